//! Every key and every sign.

use ratatui::text::Line;

use crate::keys;
use crate::paint::span;
use crate::screen::Screen;
use crate::text::left;
use crate::theme::Role;

const SIGNS: [(&str, &str); 7] = [
    ("◆", "needs you: leave or an answer"),
    ("▲", "stopped by a limit"),
    ("✕", "failed or crashed"),
    ("●", "working"),
    ("◌", "done or idle: your move"),
    ("○", "ended"),
    ("?", "cannot be told; w says why"),
];

/// The lines of the help.
pub(crate) fn lines(screen: &Screen) -> Vec<Line<'static>> {
    let row = |sign: &str, what: &str| {
        Line::from(vec![
            span(screen.theme, Role::Key, format!("  {}", left(sign, 16))),
            span(screen.theme, Role::Text, what),
        ])
    };
    let mut lines = vec![Line::default()];
    lines.extend(keys::ALL.iter().map(|(key, what)| row(key, what)));
    if screen.acting.allowed {
        lines.push(Line::default());
        lines.extend(keys::ACTING.iter().map(|(key, what)| row(key, what)));
    }
    lines.push(Line::default());
    lines.extend(SIGNS.iter().map(|(sign, what)| row(sign, what)));
    lines.push(Line::default());
    lines.push(row("▰▰▰▱╿▱", "context used; the tick is where the agent compacts by itself"));
    lines.push(row("▰▰▰╿▱▱", "limit used; the tick is where the clock stands in its window"));
    lines.push(row("theme", screen.theme.id()));
    lines
}
