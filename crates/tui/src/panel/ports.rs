//! Ports that sessions opened, those left behind marked.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use topside_catalog::format;
use topside_catalog::text::{neutralise, shown, shown_path};
use topside_model::{Port, Snapshot, elapsed};

use crate::paint::{put, span};
use crate::screen::{Screen, find};
use crate::text::{fit, left};
use crate::theme::Role;

/// Draws the ports on one line, orphans first; those that do not fit are counted.
pub(crate) fn draw_summary(buffer: &mut Buffer, area: Rect, screen: &Screen, snapshot: &Snapshot) {
    let theme = screen.theme;
    let mut line = Line::from(span(theme, Role::Title, " ports"));
    let ports = sorted(snapshot);
    let mut left_out = 0;
    for port in &ports {
        let number = format!("  :{}", port.port.port);
        let owner = owner(port, snapshot);
        let (number_role, role, what) = if port.orphan {
            (Role::Warning, Role::Warning, format!(" orphan ({owner}{})", orphan_age(port, screen, ", ")))
        } else {
            (Role::Text, Role::Dim, format!(" {owner}"))
        };
        let part = [span(theme, number_role, number), span(theme, role, what)];
        let width: usize = part.iter().map(Span::width).sum();
        if left_out == 0 && line.width() + width + 5 <= usize::from(area.width) {
            line.extend(part);
        } else {
            left_out += 1;
        }
    }
    if left_out > 0 {
        line.push_span(span(theme, Role::Dim, format!("  +{left_out}")));
    }
    put(buffer, area, &line);
}

/// Every port in full.
pub(crate) fn lines(screen: &Screen, snapshot: &Snapshot, width: u16) -> Vec<Line<'static>> {
    let mut lines = vec![Line::default()];
    if snapshot.ports.is_empty() {
        lines.push(span(screen.theme, Role::Dim, "  No session has opened a port.").into());
    }
    let ports = sorted(snapshot).into_iter().enumerate();
    lines.extend(ports.map(|(place, port)| full(port, place == screen.cursor, screen, snapshot, usize::from(width))));
    lines
}

fn full(port: &Port, chosen: bool, screen: &Screen, snapshot: &Snapshot, width: usize) -> Line<'static> {
    let theme = screen.theme;
    let state = if port.orphan { format!("orphan{}", orphan_age(port, screen, " ")) } else { "in use".to_owned() };
    let reach = if port.port.exposed { "other machines" } else { "this machine" };
    let mut line = Line::from(vec![
        span(
            theme,
            if port.orphan { Role::Warning } else { Role::Text },
            format!("{} {}", if chosen { "▌" } else { " " }, left(&format!(":{}", port.port.port), 7)),
        ),
        span(theme, if port.orphan { Role::Warning } else { Role::Dim }, left(&state, 15)),
        span(theme, Role::Text, format!("{}  ", left(&owner(port, snapshot), 16))),
        span(theme, if port.port.exposed { Role::Title } else { Role::Dim }, left(reach, 16)),
    ]);
    let pid = port.port.process.map(|process| format!("pid {}", process.pid));
    let command = port.port.command.as_ref().map(shown);
    let process = [pid, command].into_iter().flatten().collect::<Vec<_>>().join("  ");
    let process = if process.is_empty() { "process not known".to_owned() } else { process };
    line.push_span(span(theme, Role::Dim, fit(&process, width.saturating_sub(line.width() + 1))));
    line
}

/// Orphans first, then by number.
pub(crate) fn sorted(snapshot: &Snapshot) -> Vec<&Port> {
    let mut ports: Vec<&Port> = snapshot.ports.iter().collect();
    ports.sort_by_key(|port| (!port.orphan, port.port.port));
    ports
}

/// The project of the session that opened the port, else its id.
fn owner(port: &Port, snapshot: &Snapshot) -> String {
    let project = find(snapshot, &port.session).and_then(|session| session.project.name.as_ref());
    project.map_or_else(|| fit(&neutralise(port.session.id.as_str()), 12), shown_path)
}

fn orphan_age(port: &Port, screen: &Screen, before: &str) -> String {
    port.orphan_since.map(|since| format!("{before}{}", format::age(elapsed(since, screen.now)))).unwrap_or_default()
}
