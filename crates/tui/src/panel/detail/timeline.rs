//! Turns and tool calls in time, latest turn first; within a turn the bars show what ran when.

use ratatui::text::Line;
use topside_catalog::text::shown;
use topside_catalog::{format, status};
use topside_model::{Outcome, Timestamp, ToolCall, TurnEnd, TurnView, elapsed};

use super::Page;
use crate::gauge::bar;
use crate::text::{left, right};
use crate::theme::Role;

pub(super) fn lines(page: &Page<'_>) -> Vec<Line<'static>> {
    let detail = &page.session.detail;
    if detail.turns.is_empty() && detail.tools.is_empty() {
        return page.nothing("No turn was seen yet.");
    }
    let mut tools: &[ToolCall] = &detail.tools;
    let mut lines = Vec::new();
    for turn in detail.turns.iter().rev() {
        let first = tools.partition_point(|tool| match (tool.started_at, turn.started_at) {
            (Some(tool), Some(turn)) => tool < turn,
            _ => false,
        });
        let (earlier, own) = tools.split_at(first);
        tools = earlier;
        lines.push(turn_line(page, turn));
        lines.extend(own.iter().map(|tool| call_line(page, tool, Some(turn))));
        lines.push(Line::default());
    }
    if !tools.is_empty() {
        let title = if detail.turns.is_empty() { "calls; no turn was seen" } else { "calls before these turns" };
        lines.push(Line::from(page.span(Role::Title, format!(" {title}"))));
        lines.extend(tools.iter().map(|tool| call_line(page, tool, None)));
    }
    lines
}

fn turn_line(page: &Page<'_>, turn: &TurnView) -> Line<'static> {
    let (screen, now) = (page.screen, page.screen.now);
    let began = format::or_dash(turn.started_at, |at| format::clock(at, now, &screen.zone));
    let took = turn.started_at.map(|from| elapsed(from, end_of(turn, now)));
    let (role, how) = match turn.ended {
        None => (Role::Text, status::label(&page.session.status, now, &screen.zone)),
        Some((_, TurnEnd::Completed)) => (Role::Dim, "completed".to_owned()),
        Some((_, TurnEnd::Interrupted)) => (Role::Dim, "interrupted".to_owned()),
        Some((_, TurnEnd::Failed)) => (Role::Failure, "failed".to_owned()),
    };
    Line::from(vec![
        page.span(Role::Title, format!(" turn {began}  ")),
        page.span(Role::Text, format!("{}  ", format::or_dash(took, format::duration))),
        page.span(role, how),
    ])
}

/// The moment a turn ended, or now while it goes on.
fn end_of(turn: &TurnView, now: Timestamp) -> Timestamp {
    turn.ended.and_then(|(at, _)| at).unwrap_or(now)
}

/// Name and command at the left, the bar over the time of its turn at the right, the time it took at the end.
fn call_line(page: &Page<'_>, call: &ToolCall, turn: Option<&TurnView>) -> Line<'static> {
    let now = page.screen.now;
    let bars = (page.width / 3).clamp(4, 40);
    let words = page.width.saturating_sub(bars + 14).max(4);
    let summary = call.summary.as_ref().map(|summary| format!(" {}", shown(summary))).unwrap_or_default();
    let (sign, role) = match call.outcome {
        None => ("●", Role::Text),
        Some(Outcome::Completed) => (" ", Role::Fill),
        Some(Outcome::Failed) => ("✕", Role::Failure),
        Some(Outcome::Declined) => ("⊘", Role::Dim),
        Some(Outcome::Background) => ("…", Role::Fill),
        Some(Outcome::Unknown) => ("?", Role::Dim),
    };
    let ended = call.finished_at.unwrap_or(now);
    let took = call.took.or_else(|| call.started_at.map(|from| elapsed(from, ended)));
    let time = turn.and_then(|turn| Some((turn.started_at?, end_of(turn, now))));
    let picture = match (call.started_at, time) {
        (Some(from), Some((start, end))) => picture(start, end, from, ended, bars),
        _ => " ".repeat(bars),
    };
    Line::from(vec![
        page.span(role, format!(" {sign} ")),
        page.span(Role::Text, left(&format!("{}{summary}", shown(&call.name)), words)),
        page.span(role, format!("  {picture}")),
        page.span(Role::Text, right(&format::or_dash(took, format::short_duration), 8)),
    ])
}

/// A bar over the turn's time.
fn picture(start: Timestamp, end: Timestamp, from: Timestamp, to: Timestamp, width: usize) -> String {
    let whole = elapsed(start, end).as_secs_f64().max(0.001);
    let share = |at: Timestamp| elapsed(start, at).as_secs_f64() / whole;
    let (first, last) = bar(share(from), share(to), width);
    format!("{}{}{}", " ".repeat(first), "━".repeat(last - first), " ".repeat(width.saturating_sub(last)))
}
