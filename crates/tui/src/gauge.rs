//! Figures as pictures: gauges, spark lines, bars.

use ratatui::text::Span;
use topside_model::{Percent, Tokens};

use crate::paint::span;
use crate::theme::{Role, Theme};

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
    let cells = (0..width).map(|place| match (Some(place) == tick, place < filled) {
        (true, true) => (full, '╿'),
        (true, false) => (Role::Dim, '╿'),
        (false, true) => (full, '▰'),
        (false, false) => (Role::Rule, '▱'),
    });
    runs(theme, cells)
}

/// Neighbours that look alike share a span.
fn runs(theme: Theme, cells: impl Iterator<Item = (Role, char)>) -> Vec<Span<'static>> {
    let mut runs: Vec<(Role, String)> = Vec::new();
    for (role, sign) in cells {
        match runs.last_mut().filter(|(last, _)| *last == role) {
            Some((_, text)) => text.push(sign),
            None => runs.push((role, sign.to_string())),
        }
    }
    runs.into_iter().map(|(role, text)| span(theme, role, text)).collect()
}

/// Tokens in a minute from which each step of a spark line on is reached. One scale for all sessions and all times:
/// rows compare, and a line moves only because time goes on. Each step is about three times the one below.
const STEPS: [(u64, char); 7] =
    [(1_000_000, '█'), (300_000, '▇'), (100_000, '▆'), (30_000, '▅'), (10_000, '▄'), (3_000, '▃'), (1, '▂')];

/// The last `width` minutes as a spark line, the newest at the right end. Minutes before the first one are blank.
pub(crate) fn spark(series: &[Tokens], width: usize) -> String {
    let shown = &series[series.len().saturating_sub(width)..];
    let step = |tokens: &Tokens| STEPS.iter().find(|(from, _)| tokens.0 >= *from).map_or('▁', |(_, sign)| *sign);
    let blank = std::iter::repeat_n(' ', width - shown.len());
    blank.chain(shown.iter().map(step)).collect()
}

/// A bar from `start` to `end` (shares of the width) in `width` cells; never less than one cell.
pub(crate) fn bar(start: f64, end: f64, width: usize) -> (usize, usize) {
    let last = width.saturating_sub(1);
    let from = ((start.clamp(0.0, 1.0) * width as f64) as usize).min(last);
    let to = ((end.clamp(0.0, 1.0) * width as f64).ceil() as usize).clamp(from + 1, width.max(from + 1));
    (from, to)
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn a_spark_line_has_one_scale_whatever_else_it_shows() {
        let series = [0, 1, 2_999, 3_000, 99_999, 1_000_000, u64::MAX].map(Tokens);
        assert_eq!(spark(&series, 9), "  ▁▂▂▃▅██");
        assert_eq!(spark(&series[..4], 4), "▁▂▂▃", "a minute looks the same without its neighbours");
        assert_eq!(spark(&[Tokens(5); 9], 3), "▂▂▂");
        assert_eq!(spark(&[], 2), "  ");
    }

    #[test]
    fn bars_stay_within_their_width() {
        for (start, end, width, expected) in
            [(0.0, 1.0, 10, (0, 10)), (0.5, 0.5, 10, (5, 6)), (1.0, 1.0, 10, (9, 10)), (-1.0, 9.0, 4, (0, 4))]
        {
            assert_eq!(bar(start, end, width), expected);
        }
    }
}
