//! The list of sessions.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;
use topside_catalog::Group;

use crate::column::{Needs, Slot, slots};
use crate::lines::Entry;
use crate::listing::Section;
use crate::paint::{heading, put, put_spans, span, tint};
use crate::panel::table::cell::{Cell, cell};
use crate::screen::{Screen, first_in_body};
use crate::text::fit;
use crate::theme::Role;

mod cell;
mod compact;

pub(crate) use cell::{full_minutes, is_nearly_full, status_role};

/// The columns of rows that ask for something, and of the others.
struct Columns {
    asking: Vec<Slot>,
    others: Vec<Slot>,
}

impl Columns {
    fn of(&self, section: &Section) -> &[Slot] {
        if *section == Section::Group(Group::Need) { &self.asking } else { &self.others }
    }
}

/// Draws the heading line and the lines in sight.
pub(crate) fn draw(buffer: &mut Buffer, screen: &Screen) {
    let (areas, entries, rows) = (&screen.areas, &screen.entries, &screen.listing.rows);
    // Over all rows, so that scrolling does not move columns.
    let needs = Needs::of(rows);
    let width = areas.body.width;
    let columns = Columns { asking: slots(width, needs, true), others: slots(width, needs, false) };
    let top = screen.top.min(entries.len().saturating_sub(usize::from(areas.body.height.max(1))));
    let mut section = entries.iter().take(top + 1).rev().find_map(|entry| match entry {
        Entry::Heading(place) => Some(&rows[*place].section),
        _ => None,
    });
    draw_heading(buffer, areas.heading, screen, section, section.map(|section| columns.of(section)));
    let first = first_in_body(entries, top);
    let mut above: Option<usize> = None;
    for (area, entry) in areas.body.rows().zip(entries.iter().skip(first)) {
        match *entry {
            Entry::Heading(place) => {
                let next = &rows[place].section;
                // Titles stand again where the columns are others.
                let turns = section.is_none_or(|last| columns.of(last).len() != columns.of(next).len());
                draw_heading(buffer, area, screen, Some(next), turns.then(|| columns.of(next)));
                section = Some(next);
                above = None;
            }
            Entry::Count(group, count) => {
                put(buffer, area, &compact::count(screen, group, count, usize::from(area.width)));
                above = None;
            }
            Entry::Row(place) | Entry::Head(place) | Entry::Ask(place) => {
                let row = &rows[place];
                let project = &row.face.project;
                let repeats = project.is_some() && above.is_some_and(|above| rows[above].face.project == *project);
                let content = Cell { screen, row, repeats };
                match entry {
                    Entry::Head(_) => compact::draw_head(buffer, area, &content),
                    Entry::Ask(_) => compact::draw_ask(buffer, area, &content),
                    _ => draw_row(buffer, area, &content, columns.of(&row.section)),
                }
                if screen.selected.as_ref() == Some(row.key()) {
                    tint(buffer, area, screen.theme.style(Role::Selected));
                }
                above = Some(place);
            }
        }
    }
    draw_position(buffer, screen, first);
}

/// Draws the cursor's mark, the sign and a cell per column.
fn draw_row(buffer: &mut Buffer, area: Rect, content: &Cell<'_>, slots: &[Slot]) {
    put_spans(buffer, area, &content.margin());
    for slot in slots {
        let place = Rect { x: area.x + slot.x, width: slot.width, ..area }.intersection(area);
        put(buffer, place, &cell(content, *slot));
    }
}

/// A section's name, and where they are given the titles of its columns.
fn draw_heading(buffer: &mut Buffer, area: Rect, screen: &Screen, section: Option<&Section>, titles: Option<&[Slot]>) {
    let role = match section {
        Some(Section::Group(Group::Need)) => Role::Need,
        _ => Role::Title,
    };
    let name = section.map_or("nobody needs you", Section::title);
    put(buffer, area, &heading(screen.theme, name, role, usize::from(area.width)));
    let Some(slots) = titles else { return };
    if let Some(field) = screen.wish.sort {
        let x = Line::from(name).width() as u16 + 2;
        let words = Line::from(span(screen.theme, Role::Dim, format!(" by {} ", field.title)));
        put(buffer, Rect { x: area.x + x, ..area }.intersection(area), &words);
    }
    for slot in slots {
        let Some(title) = slot.field.map(|field| field.title) else { continue };
        let sorted = screen.wish.sort.is_some_and(|sort| Some(sort.id) == slot.column.field());
        let role = if sorted { Role::Title } else { Role::Dim };
        let line = Line::from(span(screen.theme, role, format!(" {} ", fit(title, usize::from(slot.width)))));
        let width = line.width() as u16;
        let x = if slot.column.is_figure() {
            (slot.x + slot.width + 1).saturating_sub(width)
        } else {
            slot.x.saturating_sub(1)
        };
        put(buffer, Rect { x: area.x + x, width, ..area }.intersection(area), &line);
    }
}

/// Where the lines in sight stand among all: a mark at the right edge, where not all are in sight.
fn draw_position(buffer: &mut Buffer, screen: &Screen, first: usize) {
    let (body, all) = (screen.areas.body, screen.entries.len());
    let height = usize::from(body.height);
    // A heading at the very top is in sight although it is no line of the body.
    if all <= height + usize::from(first == 1) || height == 0 || body.width < 2 {
        return;
    }
    let mark = (height * height / all).clamp(1, height);
    let from = ((height - mark) * first).div_ceil((all - height).max(1)).min(height - mark);
    for y in from..from + mark {
        let area = Rect { x: body.right() - 1, y: body.y + y as u16, width: 1, height: 1 };
        put(buffer, area, &Line::from(span(screen.theme, Role::Dim, "┃")));
    }
}
