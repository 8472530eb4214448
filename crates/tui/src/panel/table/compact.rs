//! Lines of a narrow pane.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;
use topside_catalog::{Group, format, status};

use super::cell::{Cell, doing};
use crate::column::MARGIN;
use crate::paint::{heading, put, put_spans};
use crate::screen::Screen;
use crate::text::{fit, right};
use crate::theme::Role;

/// Columns for how long it waits.
const FOR: u16 = 8;

/// Where a session is, and how long it waits: the first line of a row that asks for something.
pub(super) fn draw_head(buffer: &mut Buffer, area: Rect, content: &Cell<'_>) {
    let (screen, face) = (content.screen, &content.row.face);
    put_spans(buffer, area, &content.margin());
    let held = format::or_dash(status::held(&face.session.status, screen.now), format::duration);
    let names = Rect { x: area.x + MARGIN, width: area.width.saturating_sub(MARGIN + FOR + 1), ..area };
    let project = fit(face.project.as_deref().unwrap_or(format::DASH), usize::from(names.width));
    let mut line = Line::from(content.text(Role::Text, project));
    for more in [face.branch.first(), Some(&face.agent)].into_iter().flatten() {
        let text = format!(" · {more}");
        if line.width() + Line::from(text.as_str()).width() <= usize::from(names.width) {
            line.push_span(content.text(Role::Dim, text));
        }
    }
    put(buffer, names, &line);
    let held = content.text(Role::Text, right(&held, usize::from(FOR)));
    put(buffer, Rect { x: area.right().saturating_sub(FOR + 1), width: FOR, ..area }, &Line::from(held));
}

/// What a session asks, over the whole width: the second line.
pub(super) fn draw_ask(buffer: &mut Buffer, area: Rect, content: &Cell<'_>) {
    let selected = content.margin()[0].clone();
    put_spans(buffer, area, &[selected]);
    let place = Rect { x: area.x + MARGIN, width: area.width.saturating_sub(MARGIN + 1), ..area };
    put(buffer, place, &doing(content, usize::from(place.width)));
}

/// A heading that says how many sessions a group has.
pub(super) fn count(screen: &Screen, group: Group, count: usize, width: usize) -> Line<'static> {
    heading(screen.theme, &format!("{count} {}", group.title()), Role::Title, width)
}
