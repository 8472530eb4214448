//! No rows: what was looked for, where, and what to do next.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;
use topside_catalog::text::{neutralise, shown_path};
use topside_catalog::{Group, format};
use topside_model::{Health, HealthState, PlaceSeen, Snapshot};

use crate::paint::{fit, put_all, span};
use crate::screen::Screen;
use crate::theme::Role;

/// Draws the reason why the list is empty.
pub(crate) fn draw(buffer: &mut Buffer, area: Rect, screen: &Screen, snapshot: &Snapshot) {
    put_all(buffer, area, &lines(screen, snapshot, usize::from(area.width)));
}

fn lines(screen: &Screen, snapshot: &Snapshot, width: usize) -> Vec<Line<'static>> {
    let say = |role, text: String| Line::from(span(screen.theme, role, fit(&format!("  {text}"), width)));
    let over = screen.listing.totals.of(Group::Over);
    if !screen.filter.text.is_empty() {
        let filter = neutralise(&screen.filter.text);
        return vec![
            Line::default(),
            say(Role::Title, format!("Nothing matches “{filter}”.")),
            say(Role::Dim, "Esc clears the filter.".to_owned()),
        ];
    }
    if over > 0 && !screen.filter.over {
        let sessions = if over == 1 { "1 session has".to_owned() } else { format!("{over} sessions have") };
        return vec![
            Line::default(),
            say(Role::Title, "No agent is running.".to_owned()),
            say(Role::Dim, format!("{sessions} ended; a shows them.")),
        ];
    }
    let mut lines = vec![Line::default(), say(Role::Title, "No agent found yet.".to_owned()), Line::default()];
    for health in &snapshot.health {
        lines.extend(looked_for(health).into_iter().map(|(role, text)| say(role, text)));
    }
    lines.push(Line::default());
    lines.push(say(Role::Text, "Start an agent: it appears here by itself.".to_owned()));
    lines.push(say(Role::Text, "`topside demo` shows a simulated fleet.".to_owned()));
    lines.push(say(Role::Text, "`topside doctor` tells what could not be read, and why.".to_owned()));
    lines
}

/// Where one collector looked, and what it found.
fn looked_for(health: &Health) -> Vec<(Role, String)> {
    let title = neutralise(health.title);
    if let HealthState::Panicked(message) = &health.state {
        return vec![(Role::Failure, format!("✕ {title}: the collector failed: {}", neutralise(message)))];
    }
    let place = |place: &PlaceSeen| {
        let path = shown_path(&place.path);
        match place.files {
            None => (Role::Dim, format!("○ {title}: {path} does not exist")),
            Some(0) => (Role::Dim, format!("○ {title}: {path} holds no session")),
            Some(files) => (Role::Text, format!("● {title}: {path} holds {} files", format::count(files))),
        }
    };
    health.places.iter().map(place).collect()
}
