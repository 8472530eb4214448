//! Writing into a frame.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use crate::text::fit;
use crate::theme::{Role, Theme};

/// Writes a line into a row of the buffer; what does not fit is dropped.
pub(crate) fn put(buffer: &mut Buffer, area: Rect, line: &Line<'_>) {
    put_spans(buffer, area, &line.spans);
}

/// Writes spans into a row of the buffer; what does not fit is dropped.
pub(crate) fn put_spans(buffer: &mut Buffer, area: Rect, spans: &[Span<'_>]) {
    let area = area.intersection(*buffer.area());
    if area.is_empty() {
        return;
    }
    let mut x = area.x;
    for span in spans {
        let room = area.right() - x;
        if room == 0 {
            break;
        }
        x = write(buffer, x, area.y, span, room);
    }
}

/// Writes a span and gives the column behind it.
fn write(buffer: &mut Buffer, x: u16, y: u16, span: &Span<'_>, room: u16) -> u16 {
    if !span.content.chars().all(is_single) {
        return buffer.set_span(x, y, span, room).0;
    }
    let first = buffer.index_of(x, y);
    let cells = &mut buffer.content[first..first + usize::from(room)];
    let mut next = x;
    for (cell, c) in cells.iter_mut().zip(span.content.chars()) {
        // A blank cell is blank already; most of a frame is.
        if c != ' ' || cell.symbol() != " " {
            cell.set_char(c);
        }
        cell.set_style(span.style);
        next += 1;
    }
    next
}

/// True for characters that fill one cell whatever stands beside them: nearly all the screen is made of. They need no
/// search for graphemes, which is most of the work of writing.
fn is_single(c: char) -> bool {
    matches!(c, ' '..='~' | '\u{2500}'..='\u{25cf}' | '↑' | '↓' | '…' | '–' | '·' | '✕' | '≥')
}

/// Writes lines from the top of an area.
pub(crate) fn put_all(buffer: &mut Buffer, area: Rect, lines: &[Line<'_>]) {
    for (row, line) in area.rows().zip(lines) {
        put(buffer, row, line);
    }
}

/// A span in a theme's style.
pub(crate) fn span(theme: Theme, role: Role, text: impl Into<String>) -> Span<'static> {
    Span::styled(text.into(), theme.style(role))
}

/// A rule with a name at its left end: `─ working ────`.
pub(crate) fn heading(theme: Theme, name: &str, role: Role, width: usize) -> Line<'static> {
    let name = fit(name, width.saturating_sub(4));
    let rest = width.saturating_sub(name.width() + 3);
    Line::from(vec![
        span(theme, Role::Rule, "─ "),
        span(theme, role, name),
        span(theme, Role::Rule, format!(" {}", "─".repeat(rest))),
    ])
}

/// The area's own style under everything written so far.
pub(crate) fn tint(buffer: &mut Buffer, area: Rect, style: Style) {
    buffer.set_style(area.intersection(*buffer.area()), style);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_short_way_writes_what_the_long_way_would() {
        let singles = (' '..='\u{ffff}').filter(|c| is_single(*c));
        for text in singles.collect::<Vec<char>>().chunks(40).map(|chunk| chunk.iter().collect::<String>()) {
            for room in [0, 7, 39, 40, 60] {
                let area = Rect::new(0, 0, 60, 1);
                let line = Line::from(Span::styled(text.as_str(), Theme::Dark.style(Role::Failure)));
                let (mut short, mut long) = (Buffer::empty(area), Buffer::empty(area));
                put(&mut short, Rect { width: room, ..area }, &line);
                long.set_line(0, 0, &line, room);
                assert_eq!(short, long, "{text}");
            }
        }
    }
}
