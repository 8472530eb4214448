//! Pieces that panels are made of: text that fits, gauges, spark lines, bars.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use topside_model::{Percent, Tokens};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::theme::{Role, Theme};

/// `text` in at most `width` columns. What does not fit is cut between two graphemes and ends in `…`.
pub(crate) fn fit(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let Some(room) = width.checked_sub(1) else { return String::new() };
    let mut used = 0;
    let kept: String = text
        .graphemes(true)
        .take_while(|grapheme| {
            used += grapheme.width();
            used <= room
        })
        .collect();
    format!("{}…", kept.trim_end())
}

/// The end of `text` in at most `width` columns, for paths: `…/panel/table.rs`.
pub(crate) fn fit_end(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let Some(room) = width.checked_sub(1) else { return String::new() };
    let mut used = 0;
    let mut kept: Vec<&str> = text
        .graphemes(true)
        .rev()
        .take_while(|grapheme| {
            used += grapheme.width();
            used <= room
        })
        .collect();
    kept.reverse();
    format!("…{}", kept.concat())
}

/// `text` over lines of at most `width` columns, broken at blanks where there are any; at most `most` lines, the last
/// of which ends in `…` where text is left.
pub(crate) fn wrap(text: &str, width: usize, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_word_bounds() {
        match lines.last_mut().filter(|line| line.width() + word.width() <= width) {
            Some(line) => line.push_str(word),
            None => lines.push(word.trim_start().to_owned()),
        }
    }
    if lines.len() > most {
        let rest = lines.split_off(most.saturating_sub(1)).concat();
        lines.push(rest);
    }
    lines.iter().map(|line| fit(line.trim_end(), width)).collect()
}

/// `text` in exactly `width` columns, at their right end.
pub(crate) fn right(text: &str, width: usize) -> String {
    let text = fit(text, width);
    format!("{}{text}", " ".repeat(width.saturating_sub(text.width())))
}

/// `text` in exactly `width` columns, at their left end.
pub(crate) fn left(text: &str, width: usize) -> String {
    let text = fit(text, width);
    let room = width.saturating_sub(text.width());
    format!("{text}{}", " ".repeat(room))
}

/// Writes a line into a row of the buffer; what does not fit is dropped.
pub(crate) fn put(buffer: &mut Buffer, area: Rect, line: &Line<'_>) {
    let area = area.intersection(*buffer.area());
    if !area.is_empty() {
        buffer.set_line(area.x, area.y, line, area.width);
    }
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

/// A gauge of `width` cells with its filled part, and a tick at `tick`.
pub(crate) fn gauge(
    theme: Theme,
    share: Percent,
    tick: Option<Percent>,
    width: usize,
    full: Role,
) -> Vec<Span<'static>> {
    let cell = |share: Percent| (share.0.clamp(0.0, 100.0) / 100.0 * width as f64) as usize;
    // What is not nothing shows, and what is not all does not look full.
    let filled = if share.0 > 0.0 { cell(share).max(1).min(width) } else { 0 };
    let tick = tick.map(|tick| cell(tick).min(width.saturating_sub(1)));
    (0..width)
        .map(|place| match (Some(place) == tick, place < filled) {
            (true, true) => span(theme, full, "╿"),
            (true, false) => span(theme, Role::Dim, "╿"),
            (false, true) => span(theme, full, "▰"),
            (false, false) => span(theme, Role::Rule, "▱"),
        })
        .collect()
}

/// The last `width` minutes as a spark line, the newest at the right end. Minutes before the first one are blank.
pub(crate) fn spark(series: &[Tokens], width: usize) -> String {
    const STEPS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let shown = &series[series.len().saturating_sub(width)..];
    let top = shown.iter().map(|tokens| tokens.0).max().unwrap_or(0).max(1);
    let bars: String =
        shown.iter().map(|tokens| STEPS[(u128::from(tokens.0) * 7).div_ceil(u128::from(top)) as usize]).collect();
    format!("{}{bars}", " ".repeat(width - shown.len()))
}

/// A bar from `start` to `end` (shares of the width) in `width` cells; never less than one cell.
pub(crate) fn bar(start: f64, end: f64, width: usize) -> (usize, usize) {
    let last = width.saturating_sub(1);
    let from = ((start.clamp(0.0, 1.0) * width as f64) as usize).min(last);
    let to = ((end.clamp(0.0, 1.0) * width as f64).ceil() as usize).clamp(from + 1, width.max(from + 1));
    (from, to)
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
    fn text_is_cut_between_graphemes() {
        for (text, width, expected) in [
            ("plain", 5, "plain"),
            ("plain", 4, "pla…"),
            ("日本語", 5, "日本…"),
            ("日本語", 4, "日…"),
            ("e\u{301}e\u{301}e\u{301}", 2, "e\u{301}…"),
            ("👩‍👩‍👧 family", 3, "👩‍👩‍👧…"),
            ("a b", 2, "a…"),
            ("x", 0, ""),
        ] {
            assert_eq!(fit(text, width), expected, "{text} in {width}");
        }
        assert_eq!(fit_end("src/panel/table.rs", 10), "…/table.rs");
    }

    #[test]
    fn columns_are_exact() {
        for text in ["", "x", "日本語日本語", "a\u{301}b", "🙂🙂🙂"] {
            for width in 0..12 {
                assert_eq!(left(text, width).width(), width, "{text}");
                assert_eq!(right(text, width).width(), width, "{text}");
            }
        }
    }

    #[test]
    fn lines_break_at_blanks() {
        assert_eq!(wrap("one two three", 7, 9), ["one two", "three"]);
        assert_eq!(wrap("one two three four", 5, 2), ["one", "two…"]);
        assert_eq!(wrap("unbreakable", 4, 9), ["unb…"]);
        assert_eq!(wrap("", 4, 9), Vec::<String>::new());
    }

    #[test]
    fn a_gauge_never_looks_empty_or_full_when_it_is_not() {
        let drawn = |share, tick| {
            let spans = gauge(Theme::Plain, Percent(share), tick, 5, Role::Fill);
            spans.into_iter().map(|span| span.content.into_owned()).collect::<String>()
        };
        for (share, tick, expected) in [
            (0.0, None, "▱▱▱▱▱"),
            (1.0, None, "▰▱▱▱▱"),
            (99.0, None, "▰▰▰▰▱"),
            (100.0, None, "▰▰▰▰▰"),
            (140.0, None, "▰▰▰▰▰"),
            (50.0, Some(Percent(90.0)), "▰▰▱▱╿"),
            (50.0, Some(Percent(10.0)), "╿▰▱▱▱"),
            (f64::NAN, None, "▱▱▱▱▱"),
        ] {
            assert_eq!(drawn(share, tick), expected, "{share}");
        }
    }

    #[test]
    fn sparks_and_bars_stay_within_their_width() {
        assert_eq!(spark(&[Tokens(0), Tokens(1), Tokens(700)], 5), "  ▁▂█");
        assert_eq!(spark(&[Tokens(5); 9], 3), "███");
        assert_eq!(spark(&[], 2), "  ");
        for (start, end, width, expected) in
            [(0.0, 1.0, 10, (0, 10)), (0.5, 0.5, 10, (5, 6)), (1.0, 1.0, 10, (9, 10)), (-1.0, 9.0, 4, (0, 4))]
        {
            assert_eq!(bar(start, end, width), expected);
        }
    }
}
