//! What could be won back: marked with a key, ended together.

use ratatui::layout::Rect;
use ratatui::text::Line;
use topside_catalog::{format, leftover};
use topside_model::{Bytes, Leftover, LeftoverKind, Snapshot, Worktree, elapsed};

use crate::paint::span;
use crate::screen::Screen;
use crate::text::{fit, left, right, wrap};
use crate::theme::Role;

/// Lines above the first thing.
const HEAD: usize = 2;
/// Most lines that one sentence about a thing takes.
const MOST: usize = 3;

/// Every leftover on a line, what is to be won in all, and of the one under the cursor what its line has no room for. Where
/// they do not fit, leftovers around the cursor: what is said of that one is always in sight.
pub(crate) fn lines(screen: &Screen, snapshot: &Snapshot, body: Rect) -> Vec<Line<'static>> {
    let (width, height) = (usize::from(body.width), usize::from(body.height));
    let theme = screen.theme;
    let leftovers = &snapshot.leftovers;
    if leftovers.is_empty() {
        let nothing = "  No session has rested for long, and none that is over left anything.";
        return vec![Line::default(), span(theme, Role::Dim, nothing).into()];
    }
    let memory = leftovers.iter().filter_map(Leftover::memory).reduce(|sum, one| Bytes(sum.0 + one.0));
    let memory = memory.map(|memory| format!("  {} of memory to win back", format::bytes(memory))).unwrap_or_default();
    let titles = format!("    {}{} {}  {}", left("what", 14), right("memory", 8), right("for", 5), left("project", 14));
    let titles = titles + "  runs or lies in";
    let mut lines = vec![
        span(theme, Role::Text, fit(&format!("  {} left over{memory}", leftovers.len()), width)).into(),
        span(theme, Role::Dim, fit(&titles, width)).into(),
    ];
    let about = leftovers.get(screen.cursor).into_iter().flat_map(about);
    let about = about.flat_map(|text| wrap(&text, width.saturating_sub(3), MOST));
    let about: Vec<Line> = about.map(|text| span(theme, Role::Dim, format!("  {text}")).into()).collect();
    // A blank line stands between.
    let room = height.saturating_sub(HEAD + about.len() + 1).max(1);
    let rows = leftovers.iter().enumerate().skip((screen.cursor + 1).saturating_sub(room)).take(room);
    lines.extend(rows.map(|(place, one)| line(screen, one, place == screen.cursor, width)));
    lines.push(Line::default());
    lines.extend(about);
    lines
}

fn line(screen: &Screen, one: &Leftover, chosen: bool, width: usize) -> Line<'static> {
    let theme = screen.theme;
    let marked = one.processes.first().is_some_and(|first| screen.acting.marked.contains(&first.process));
    let age = one.since.map(|since| elapsed(since, screen.now));
    let ports = one.ports.iter().map(|port| format!(":{port}"));
    let what = ports.chain([leftover::what(one)]).collect::<Vec<_>>().join(" ");
    let mut line = Line::from(vec![
        span(theme, Role::Text, if chosen { "▌" } else { " " }),
        span(theme, Role::Key, if marked { "• " } else { "  " }),
        span(theme, Role::Title, format!(" {}", left(leftover::kind(&one.kind), 14))),
        span(theme, Role::Text, right(&format::or_dash(one.memory(), format::bytes), 8)),
        span(theme, Role::Text, format!(" {}", right(&format::or_dash(age, format::age), 5))),
        span(theme, Role::Text, format!("  {}", left(&leftover::owner(one).unwrap_or_default(), 14))),
    ]);
    let room = width.saturating_sub(line.width() + 3);
    line.push_span(span(theme, Role::Dim, format!("  {}", fit(&what, room))));
    line
}

/// What ends, or how a worktree is removed.
fn about(one: &Leftover) -> impl Iterator<Item = String> {
    let worktree = match &one.kind {
        LeftoverKind::Worktree(worktree) => Some(removal(worktree)),
        _ => None,
    };
    let what = leftover::what(one);
    let processes = match one.processes.len() {
        0 => None,
        1 => Some(format!("pid {}: {what}", pids(one))),
        count => Some(format!("{count} processes: pid {}: {what}", pids(one))),
    };
    worktree.into_iter().chain(processes)
}

/// How a worktree is removed.
pub(crate) fn removal(worktree: &Worktree) -> String {
    format!("topside deletes no folder; this does: {}", leftover::removal(worktree))
}

fn pids(one: &Leftover) -> String {
    let pids: Vec<String> = one.processes.iter().map(|process| process.process.pid.to_string()).collect();
    pids.join(", ")
}
