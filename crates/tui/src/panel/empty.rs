//! No rows: what was looked for, where, and what to do next.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;
use topside_catalog::text::{neutralise, shown_path};
use topside_catalog::{Group, format};
use topside_model::{Health, HealthState, PlaceSeen, Snapshot};

use crate::paint::{put_all, span};
use crate::screen::Screen;
use crate::text::wrap;
use crate::theme::Role;

/// Said where nothing was found.
const NEXT: [&str; 3] = [
    "Start an agent: it appears here by itself.",
    "`topside demo` shows a simulated fleet.",
    "`topside doctor` tells what could not be read, and why.",
];

/// Draws the reason why the list is empty.
pub(crate) fn draw(buffer: &mut Buffer, area: Rect, screen: &Screen, snapshot: &Snapshot) {
    let room = usize::from(area.width).saturating_sub(4);
    let mut lines = Vec::new();
    for (role, text) in paragraphs(screen, snapshot).join(&(Role::Text, String::new())) {
        let wrapped = wrap(&text, room, 3).into_iter().map(|line| span(screen.theme, role, format!("  {line}")));
        lines.extend(wrapped.map(Line::from));
        if text.is_empty() {
            lines.push(Line::default());
        }
    }
    put_all(buffer, Rect { y: area.y + area.height.min(1), height: area.height.saturating_sub(1), ..area }, &lines);
}

/// What is said, by paragraph.
fn paragraphs(screen: &Screen, snapshot: &Snapshot) -> Vec<Vec<(Role, String)>> {
    let over = screen.listing.totals.of(Group::Over);
    if !screen.wish.filter.text.is_empty() {
        let filter = neutralise(&screen.wish.filter.text);
        return vec![vec![
            (Role::Title, format!("Nothing matches “{filter}”.")),
            (Role::Dim, "Esc clears the filter.".to_owned()),
        ]];
    }
    if over > 0 && !screen.wish.filter.over {
        let sessions = if over == 1 { "1 session has".to_owned() } else { format!("{over} sessions have") };
        return vec![vec![
            (Role::Title, "No agent is running.".to_owned()),
            (Role::Dim, format!("{sessions} ended; e shows them.")),
        ]];
    }
    let history = snapshot.health.iter().flat_map(|health| &health.places).any(|place| place.files > Some(0));
    let title = if history { "No agent runs, and none has for a while." } else { "No agent found yet." };
    let title = vec![(Role::Title, title.to_owned())];
    let idle = snapshot.programs.iter().map(|program| {
        let (agent, pid) = (neutralise(program.agent.as_str()), program.process.pid);
        (Role::Text, format!("● {agent} runs ({}, process {pid}) and has no session yet", program.role))
    });
    let places: Vec<_> = snapshot.health.iter().flat_map(looked_for).chain(idle).collect();
    let next = NEXT.into_iter().map(|text| (Role::Text, text.to_owned())).collect();
    [title, places, next].into_iter().filter(|lines| !lines.is_empty()).collect()
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
