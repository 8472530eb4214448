//! The process tree of a session, and its ports.

use ratatui::text::Line;
use topside_catalog::format;
use topside_catalog::text::shown;
use topside_model::{PortUse, ProcessView, Tie, elapsed};

use super::Page;
use crate::acting;
use crate::text::{fit, left, right};
use crate::theme::Role;

pub(super) fn lines(page: &Page<'_>) -> Vec<Line<'static>> {
    let session = page.session;
    let mut lines = Vec::new();
    if session.processes.is_empty() {
        lines.extend(page.nothing("No process of it is known."));
    } else {
        let room = command_room(page);
        let titles = format!(
            " {}  {} {} {}  {}",
            left("process", room),
            right("pid", 7),
            right("cpu", 5),
            right("mem", 7),
            "age"
        );
        lines.push(Line::from(page.span(Role::Dim, titles)));
        let chosen = |place| acting::on_processes(page.screen) && place == page.screen.cursor;
        let processes = session.processes.iter().enumerate();
        lines.extend(processes.map(|(place, process)| line(page, process, chosen(place))));
    }
    if session.owner_sessions > 1 {
        let sessions = session.owner_sessions;
        lines.extend(page.nothing(&format!("{sessions} sessions share the first process.")));
    }
    lines.push(Line::default());
    if session.ports.is_empty() {
        lines.extend(page.nothing("No port is open."));
    }
    lines.extend(session.ports.iter().map(|port| port_line(page, port)));
    lines
}

fn command_room(page: &Page<'_>) -> usize {
    page.width.saturating_sub(36).clamp(8, 60)
}

fn line(page: &Page<'_>, process: &ProcessView, chosen: bool) -> Line<'static> {
    let indent = "  ".repeat(process.depth.min(8) as usize);
    let command = left(&format!("{indent}{}", shown(&process.command)), command_room(page));
    let age = process.started_at.map(|started| elapsed(started, page.screen.now));
    let figures = format!(
        "  {} {} {}  {}",
        right(&process.process.pid.to_string(), 7),
        right(&format::or_dash(process.vitals.cpu, format::percent), 5),
        right(&format::or_dash(process.vitals.memory, format::bytes), 7),
        left(&format::or_dash(age, format::age), 4),
    );
    let tie = match process.tie {
        Tie::Owner => "",
        Tie::Environment => "named",
        Tie::Tree => "tree",
    };
    Line::from(vec![
        page.span(Role::Text, format!("{}{command}", if chosen { "▌" } else { " " })),
        page.span(Role::Text, figures),
        page.span(Role::Dim, tie),
    ])
}

fn port_line(page: &Page<'_>, port: &PortUse) -> Line<'static> {
    let reach = if port.exposed { "  reachable from other machines" } else { "" };
    let pid = port.process.map(|process| format!("  pid {}", process.pid)).unwrap_or_default();
    let command = port.command.as_ref().map(|command| format!("  {}", shown(command))).unwrap_or_default();
    let rest = fit(&format!("{reach}{pid}{command}"), page.width.saturating_sub(8));
    Line::from(vec![page.span(Role::Title, format!(" :{}", port.port)), page.span(Role::Dim, rest)])
}
