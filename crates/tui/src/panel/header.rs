//! Totals, rate and time: the line that answers at a glance.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use topside_catalog::text::neutralise;
use topside_catalog::{Group, format};
use topside_model::{HealthState, Snapshot, elapsed};

use crate::paint::{put, span};
use crate::panel::budget;
use crate::screen::{NARROW, Screen};
use crate::theme::Role;

/// From this width on there is room for more than the figures.
const ROOMY: u16 = 100;

/// Draws the header. What does not fit is left out from the end; the time stays.
pub(crate) fn draw(buffer: &mut Buffer, area: Rect, screen: &Screen, snapshot: &Snapshot) {
    let width = usize::from(area.width);
    let right = right_parts(screen);
    let left = left_parts(screen, snapshot);
    let mut shown = Line::from(vec![span(screen.theme, Role::Text, " ")]);
    // The clock, the blanks before it and one at the end.
    let clock_width = right.last().map_or(0, Span::width) + 3;
    for part in left {
        if shown.width() + part.width() + clock_width > width {
            break;
        }
        shown.push_span(part);
        shown.push_span("  ");
    }
    let room = width.saturating_sub(shown.width() + 1);
    let mut end: Vec<Span<'_>> = Vec::new();
    for part in right.into_iter().rev() {
        let taken: usize = end.iter().map(Span::width).sum();
        if taken + part.width() + 3 <= room || end.is_empty() && part.width() <= room {
            if !end.is_empty() {
                end.insert(0, Span::raw("   "));
            }
            end.insert(0, part);
        }
    }
    let taken: usize = end.iter().map(Span::width).sum();
    shown.push_span(" ".repeat(room.saturating_sub(taken)));
    shown.extend(end);
    put(buffer, area, &shown);
}

fn left_parts(screen: &Screen, snapshot: &Snapshot) -> Vec<Span<'static>> {
    let theme = screen.theme;
    let totals = &screen.listing.totals;
    // A side pane has room for two counts: who needs a person, and how many do not.
    let narrow = screen.size.width < NARROW;
    let mut parts = Vec::new();
    if !narrow {
        parts.push(span(theme, Role::Title, "topside"));
    }
    if snapshot.demo {
        parts.push(span(theme, Role::Demo, " DEMO "));
    }
    let open: usize = totals.groups.iter().sum::<usize>() - totals.of(Group::Over);
    let need = totals.of(Group::Need);
    if need > 0 {
        let verb = if need == 1 { "needs" } else { "need" };
        parts.push(span(theme, Role::Need, format!("◆ {need} {verb} you")));
    }
    parts.extend(longest_wait(screen));
    for health in &snapshot.health {
        if let HealthState::Panicked(_) = health.state {
            parts.push(span(theme, Role::Failure, format!("✕ {} collector failed", neutralise(health.title))));
        }
    }
    parts.extend(budget::mark(screen, snapshot));
    if !narrow || need == 0 {
        parts.push(span(theme, Role::Text, format!("{open} {}", if open == 1 { "agent" } else { "agents" })));
    }
    let others = [
        (totals.of(Group::Working), "working"),
        (totals.limited, "limited"),
        (totals.of(Group::Idle), "idle"),
        (totals.of(Group::Unknown), "unknown"),
        (totals.of(Group::Over), "ended"),
    ];
    let counted = others.into_iter().filter(|(count, _)| *count > 0);
    parts.extend(counted.map(|(count, name)| span(theme, Role::Dim, format!("{count} {name}"))));
    parts
}

/// For how long a person has kept one of them waiting.
fn longest_wait(screen: &Screen) -> Option<Span<'static>> {
    let wait = format::duration(elapsed(screen.listing.totals.waits_since?, screen.now));
    let text = if screen.size.width < ROOMY { wait } else { format!("longest {wait}") };
    Some(span(screen.theme, Role::Need, text))
}

fn right_parts(screen: &Screen) -> Vec<Span<'static>> {
    let mut parts = Vec::new();
    if let Some(rate) = screen.listing.totals.rate {
        parts.push(span(screen.theme, Role::Text, format!("{} tok/min", format::tokens(rate))));
    }
    let time = format::clock(screen.now, screen.now, &screen.zone);
    parts.push(span(screen.theme, Role::Dim, time));
    parts
}
