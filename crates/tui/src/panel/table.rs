//! The list of sessions.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;
use topside_catalog::text::shown_path;
use topside_catalog::{Group, session};
use topside_model::{Session, Snapshot};

use crate::column::{Needs, Slot, slots, widest};
use crate::layout::Areas;
use crate::listing::{Entry, Section};
use crate::paint::{fit, heading, put, span, tint};
use crate::panel::table::cell::{Cell, cell};
use crate::screen::{Screen, find, first_in_body};
use crate::theme::Role;

mod cell;

pub(crate) use cell::{full_minutes, is_nearly_full, status_role};

/// Draws the heading line and the lines in sight.
pub(crate) fn draw(buffer: &mut Buffer, areas: &Areas, screen: &Screen, snapshot: &Snapshot) {
    let entries = screen.entries(areas.body.width.min(screen.size.width));
    let slots = slots(areas.body.width, needs(screen, snapshot));
    let height = usize::from(areas.body.height);
    let top = screen.top.min(entries.len().saturating_sub(height.max(1)));
    let over = entries[..=top.min(entries.len().saturating_sub(1))].iter().rev();
    let section = over.clone().find_map(|entry| match entry {
        Entry::Heading(section) => Some(section),
        _ => None,
    });
    draw_heading(buffer, areas.heading, screen, section, &slots);
    let first = first_in_body(&entries, top);
    let mut project_above = None;
    for (area, entry) in areas.body.rows().zip(entries.iter().skip(first)) {
        match entry {
            Entry::Heading(section) => {
                put(buffer, area, &section_line(screen, Some(section), usize::from(area.width)));
                project_above = None;
            }
            Entry::Rest(group, count) => put(buffer, area, &rest_line(screen, *group, *count)),
            Entry::Row(_) => {
                let Some(row) = screen.listing.row(entry) else { continue };
                let Some(session) = find(snapshot, &row.key) else { continue };
                let project = session.project.name.clone();
                let repeats = project.is_some() && project == project_above;
                draw_row(buffer, area, &Cell { screen, session, row, repeats }, &slots);
                project_above = project;
            }
        }
    }
    draw_position(buffer, areas.body, first, entries.len());
}

fn draw_row(buffer: &mut Buffer, area: Rect, content: &Cell<'_>, slots: &[Slot]) {
    let theme = content.screen.theme;
    let selected = content.screen.selected.as_ref() == Some(&content.row.key);
    let mark = if selected { "▌" } else { " " };
    put(buffer, area, &Line::from(vec![span(theme, Role::Fill, mark), content.sign()]));
    for slot in slots {
        let place = Rect { x: area.x + slot.x, width: slot.width, ..area }.intersection(area);
        put(buffer, place, &cell(content, *slot));
    }
    if selected {
        tint(buffer, area, theme.style(Role::Selected));
    }
}

/// The line over the list: the section at its top, and the titles of the columns.
fn draw_heading(buffer: &mut Buffer, area: Rect, screen: &Screen, section: Option<&Section>, slots: &[Slot]) {
    put(buffer, area, &section_line(screen, section, usize::from(area.width)));
    if let Some(field) = screen.sort {
        let title = section.map_or(0, |section| Line::from(section.title()).width()) as u16 + 2;
        let words = Line::from(span(screen.theme, Role::Dim, format!(" by {} ", field.title)));
        put(buffer, Rect { x: area.x + title, ..area }.intersection(area), &words);
    }
    for slot in slots {
        let Some(title) = slot.column.field().and_then(session::field).map(|field| field.title) else { continue };
        let sorted = screen.sort.is_some_and(|sort| Some(sort.id) == slot.column.field());
        let role = if sorted { Role::Title } else { Role::Dim };
        let text = format!(" {} ", fit(title, usize::from(slot.width)));
        let line = Line::from(span(screen.theme, role, text));
        let width = line.width() as u16;
        let x = if slot.column.is_figure() {
            (slot.x + slot.width + 1).saturating_sub(width)
        } else {
            slot.x.saturating_sub(1)
        };
        put(buffer, Rect { x: area.x + x, width, ..area }.intersection(area), &line);
    }
}

fn section_line(screen: &Screen, section: Option<&Section>, width: usize) -> Line<'static> {
    let role = match section {
        Some(Section::Group(Group::Need)) => Role::Need,
        _ => Role::Title,
    };
    heading(screen.theme, section.map_or("nobody needs you", Section::title), role, width)
}

fn rest_line(screen: &Screen, group: Group, count: usize) -> Line<'static> {
    let sign = match group {
        Group::Need => "◆",
        Group::Working => "●",
        Group::Idle => "◌",
        Group::Unknown => "?",
        Group::Over => "○",
    };
    Line::from(span(screen.theme, Role::Dim, format!(" {sign} {count} {}", group.title())))
}

/// Where the lines in sight stand among all: a mark at the right edge, where not all are in sight.
fn draw_position(buffer: &mut Buffer, body: Rect, first: usize, all: usize) {
    let height = usize::from(body.height);
    if all <= height + first_hidden(first) || height == 0 || body.width < 2 {
        return;
    }
    let mark = (height * height / all).clamp(1, height);
    let from = ((height - mark) * first).div_ceil((all - height).max(1)).min(height - mark);
    for y in from..from + mark {
        put(buffer, Rect { x: body.right() - 1, y: body.y + y as u16, width: 1, height: 1 }, &Line::from("┃"));
    }
}

/// A heading at the very top is in sight although it is no line of the body.
fn first_hidden(first: usize) -> usize {
    usize::from(first == 1)
}

/// Widths of texts over all rows, so that scrolling does not move columns.
fn needs(screen: &Screen, snapshot: &Snapshot) -> Needs {
    let keys = screen.keys();
    let sessions: Vec<&Session> = keys.iter().filter_map(|key| find(snapshot, key)).collect();
    let width = |text: &dyn Fn(&Session) -> Option<String>| {
        let texts: Vec<String> = sessions.iter().filter_map(|session| text(session)).collect();
        widest(texts.iter().map(String::as_str))
    };
    Needs {
        project: width(&|session| session.project.name.as_ref().map(shown_path)),
        branch: width(&session::branch_line),
        agent: width(&|session| Some(session.key.agent.to_string())),
        model: width(&|session| session.settings.model.as_ref().map(ToString::to_string)),
    }
}
