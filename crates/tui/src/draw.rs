//! The frame.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;
use topside_model::Snapshot;

use crate::paint::{heading, put, put_all};
use crate::panel::{detail, empty, filter, footer, header, help, limits, ports, reclaim, sort, stop, table, usage};
use crate::screen::{Overlay, Screen};
use crate::theme::Role;

/// Draws the screen over a snapshot into an empty buffer. Draws only what is in sight, and nothing that does not fit.
pub fn draw(buffer: &mut Buffer, screen: &Screen, snapshot: &Snapshot) {
    let screen = &*screen.sized(buffer.area, snapshot);
    let areas = &screen.areas;
    header::draw(buffer, areas.header, screen, snapshot);
    if let Some(overlay) = screen.overlay {
        draw_overlay(buffer, areas.overlay, overlay, screen, snapshot);
    } else if screen.listing.rows.is_empty() {
        let area = Rect { height: areas.body.bottom().saturating_sub(areas.heading.y), ..areas.heading };
        empty::draw(buffer, area.union(areas.body), screen, snapshot);
    } else {
        table::draw(buffer, screen);
        detail::draw(buffer, areas, screen, snapshot);
    }
    limits::draw_summary(buffer, areas.limits, screen, snapshot);
    ports::draw_summary(buffer, areas.ports, screen, snapshot);
    filter::draw(buffer, areas.filter, screen);
    footer::draw(buffer, areas.footer, screen, snapshot);
}

fn draw_overlay(buffer: &mut Buffer, area: Rect, overlay: Overlay, screen: &Screen, snapshot: &Snapshot) {
    let title = match overlay {
        Overlay::Usage => return usage::draw(buffer, area, screen, snapshot),
        Overlay::Limits => "limits",
        Overlay::Ports => "ports",
        Overlay::Sort => "sort by",
        Overlay::Help => "keys",
        Overlay::Reclaim => "left over",
        Overlay::Stop => "stop",
    };
    put(buffer, area, &heading(screen.theme, title, Role::Title, usize::from(area.width)));
    let body = Rect { y: area.y.saturating_add(1).min(area.bottom()), height: area.height.saturating_sub(1), ..area };
    let lines = overlay_lines(overlay, screen, snapshot, body);
    let first = match overlay {
        Overlay::Sort => (screen.cursor + 1).saturating_sub(usize::from(body.height)),
        Overlay::Ports => (screen.cursor + 2).saturating_sub(usize::from(body.height)),
        _ => last_scroll(screen.scroll, lines.len(), body),
    };
    put_all(buffer, body, &lines[first.min(lines.len())..]);
}

fn overlay_lines(overlay: Overlay, screen: &Screen, snapshot: &Snapshot, body: Rect) -> Vec<Line<'static>> {
    match overlay {
        Overlay::Limits => limits::lines(screen, snapshot, body.width),
        Overlay::Ports => ports::lines(screen, snapshot, body.width),
        Overlay::Sort => sort::lines(screen, body.width),
        Overlay::Help => help::lines(screen, body.width),
        Overlay::Usage => usage::lines(screen, snapshot, body),
        Overlay::Reclaim => reclaim::lines(screen, snapshot, body),
        Overlay::Stop => stop::lines(screen, body.width),
    }
}

/// How far what has the keys can be scrolled: its lines less those on the screen.
pub(crate) fn scrolled_lines(screen: &Screen, snapshot: &Snapshot) -> usize {
    let areas = &screen.areas;
    match screen.overlay {
        Some(overlay) => {
            let head = if overlay == Overlay::Usage { usage::head_height(screen, snapshot) } else { 1 };
            let body = Rect { height: areas.overlay.height.saturating_sub(head), ..areas.overlay };
            last_scroll(usize::MAX, overlay_lines(overlay, screen, snapshot, body).len(), body)
        }
        None => last_scroll(usize::MAX, detail::lines(screen, snapshot, areas.detail.width).len(), areas.detail),
    }
}

/// `wanted`, but never past the point where the last line stands at the bottom.
pub(crate) fn last_scroll(wanted: usize, lines: usize, area: Rect) -> usize {
    wanted.min(lines.saturating_sub(usize::from(area.height)))
}
