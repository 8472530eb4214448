//! Bars of block signs, an eighth of a line fine.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

/// What fills a cell by eighths, from the bottom.
const EIGHTHS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// The same from the left.
const LEFT_EIGHTHS: [char; 9] = [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'];

/// `value` of `most` in steps of `cells` cells; what is not nothing shows.
fn eighths(value: u64, most: u64, cells: usize) -> usize {
    if value == 0 || most == 0 {
        return 0;
    }
    let steps = u128::from(value.min(most)) * (cells as u128 * 8) / u128::from(most);
    (steps as usize).max(1)
}

/// Bars side by side, each a column wide and `height` lines high, the highest line first. Parts of a bar stand on each
/// other, the first at the bottom, each in the style of its place.
pub(super) fn stacked(bars: &[Vec<u64>], height: usize, styles: &[Style]) -> Vec<Line<'static>> {
    let most = bars.iter().map(|bar| sum(bar)).max().unwrap_or(0);
    let row = |level: usize| line(bars.iter().map(|bar| cell(bar, most, height, level, styles)));
    (0..height).rev().map(row).collect()
}

/// The cell of a bar at a level above the ground: its sign, in the style of the part that its middle lies in.
fn cell(bar: &[u64], most: u64, height: usize, level: usize, styles: &[Style]) -> (Style, char) {
    let filled = eighths(sum(bar), most, height).saturating_sub(8 * level).min(8);
    let middle = (16 * level + filled) as f64 / (16 * height) as f64 * most as f64;
    let part = (0..bar.len()).find(|part| sum(&bar[..=*part]) as f64 > middle);
    // Rounding may leave the middle of the highest cell above the last part.
    let part = part.or_else(|| bar.iter().rposition(|part| *part > 0));
    let style = part.filter(|_| filled > 0).and_then(|part| styles.get(part)).copied();
    (style.unwrap_or_default(), EIGHTHS[filled])
}

/// All parts of a bar.
fn sum(bar: &[u64]) -> u64 {
    bar.iter().fold(0, |sum, part| sum.saturating_add(*part))
}

/// Values on one line, of which `most` would be a full cell.
pub(super) fn spark(values: impl Iterator<Item = u64>, most: u64, style: Style) -> Line<'static> {
    line(values.map(|value| (style, EIGHTHS[eighths(value, most, 1)])))
}

/// A bar of at most `width` cells from the left.
pub(super) fn bar(value: u64, most: u64, width: usize) -> String {
    let eighths = eighths(value, most, width);
    let part = (!eighths.is_multiple_of(8)).then_some(LEFT_EIGHTHS[eighths % 8]);
    std::iter::repeat_n('█', eighths / 8).chain(part).collect()
}

/// Neighbours that look alike share a span; blanks look like what stands before them.
fn line(cells: impl Iterator<Item = (Style, char)>) -> Line<'static> {
    let mut runs: Vec<(Style, String)> = Vec::new();
    for (style, sign) in cells {
        match runs.last_mut().filter(|(last, _)| *last == style || sign == ' ') {
            Some((_, text)) => text.push(sign),
            None => runs.push((style, sign.to_string())),
        }
    }
    Line::from(runs.into_iter().map(|(style, text)| Span::styled(text, style)).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use ratatui::style::Color;

    use super::*;

    fn text(line: &Line<'_>) -> String {
        line.spans.iter().map(|span| span.content.as_ref()).collect()
    }

    #[test]
    fn a_bar_is_as_high_as_its_sum_and_never_nothing() {
        let bars = [vec![0, 0], vec![1, 0], vec![300, 100], vec![500, 300], vec![250, 250]];
        let lines = stacked(&bars, 2, &[Style::new(); 2]);
        assert_eq!(lines.iter().map(text).collect::<Vec<_>>(), ["   █▂", " ▁███"]);
        assert_eq!(stacked(&[vec![0]], 2, &[Style::new()]).iter().map(text).collect::<Vec<_>>(), [" ", " "]);
    }

    #[test]
    fn parts_stand_on_each_other() {
        let styles = [Color::Red, Color::Blue].map(|colour| Style::new().fg(colour));
        let colours = |bar: Vec<u64>| {
            let lines = stacked(&[bar], 4, &styles);
            lines.iter().rev().map(|line| line.spans[0].style.fg).collect::<Vec<_>>()
        };
        let (red, blue) = (Some(Color::Red), Some(Color::Blue));
        assert_eq!(colours(vec![50, 50]), [red, red, blue, blue]);
        assert_eq!(colours(vec![10, 90]), [blue, blue, blue, blue]);
        assert_eq!(colours(vec![0, 1]), [blue, blue, blue, blue]);
        assert_eq!(colours(vec![99, 1]), [red, red, red, red]);
    }

    #[test]
    fn bars_from_the_left_end_in_eighths() {
        for (value, most, width, expected) in
            [(0, 9, 4, ""), (1, 1_000, 4, "▏"), (1, 2, 3, "█▌"), (9, 9, 4, "████"), (12, 9, 4, "████"), (5, 0, 4, "")]
        {
            assert_eq!(bar(value, most, width), expected, "{value} of {most}");
        }
    }
}
