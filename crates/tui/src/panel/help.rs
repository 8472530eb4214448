//! Every key and every sign.

use ratatui::text::Line;

use crate::keys;
use crate::paint::span;
use crate::screen::Screen;
use crate::text::left;
use crate::theme::Role;

const SIGNS: [(&str, &str); 14] = [
    ("◆", "needs your permission or answer"),
    ("▲", "stopped by a limit"),
    ("✕", "failed or crashed"),
    ("●", "working"),
    ("◐", "working, silent for unusually long"),
    ("◌", "done or idle: your move"),
    ("○", "ended"),
    ("?", "cannot be told; w says why"),
    ("⇄", "in another session's way"),
    ("▰▰▰▱╿▱", "context used; compacts at the tick"),
    ("▰▰▰╿▱▱", "limit used; the tick is the clock"),
    ("▁▃▅", "tokens a minute, of the last minutes"),
    ("≥ ~ ≈", "at least; a guess; estimated"),
    ("–", "not known"),
];

/// Columns of a key, and of a sign.
const KEY: usize = 16;
const SIGN: usize = 8;

/// Columns of the keys with what they do, where the signs stand beside them.
const KEYS: usize = 74;
/// From this width on they do.
const ROOMY: u16 = 120;

/// The lines of the help.
pub(crate) fn lines(screen: &Screen, width: u16) -> Vec<Line<'static>> {
    let row = |sign: &str, room: usize, what: &str| {
        Line::from(vec![
            span(screen.theme, Role::Key, format!("  {}", left(sign, room))),
            span(screen.theme, Role::Text, what),
        ])
    };
    let mut lines = vec![Line::default()];
    lines.extend(keys::ALL.iter().map(|(key, what)| row(key, KEY, what)));
    if screen.acting.allowed {
        lines.push(Line::default());
        lines.extend(keys::ACTING.iter().map(|(key, what)| row(key, KEY, what)));
    }
    let theme = ("theme", screen.theme.id());
    let signs = SIGNS.iter().chain([&theme]);
    if width < ROOMY {
        lines.push(Line::default());
        lines.extend(signs.map(|(sign, what)| row(sign, KEY, what)));
        return lines;
    }
    for (line, (sign, what)) in lines.iter_mut().skip(1).zip(signs) {
        line.push_span(" ".repeat(KEYS.saturating_sub(line.width())));
        line.extend(row(sign, SIGN, what));
    }
    lines
}
