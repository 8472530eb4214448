//! Text in a given number of columns.

use std::iter::repeat_n;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// `text` in at most `width` columns. What does not fit is cut between two graphemes and ends in `…`.
pub(crate) fn fit(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let Some(room) = width.checked_sub(1) else { return String::new() };
    if text.is_ascii() {
        return format!("{}…", text[..room].trim_end());
    }
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
    match width.checked_sub(text.width()) {
        Some(blank) => repeat_n(' ', blank).chain(text.chars()).collect(),
        None => right(&fit(text, width), width),
    }
}

/// `text` in exactly `width` columns, at their left end.
pub(crate) fn left(text: &str, width: usize) -> String {
    match width.checked_sub(text.width()) {
        Some(blank) => text.chars().chain(repeat_n(' ', blank)).collect(),
        None => left(&fit(text, width), width),
    }
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
}
