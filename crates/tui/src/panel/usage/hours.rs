//! Hours of the week: when tokens are used.

use ratatui::text::Line;
use topside_catalog::format;
use topside_catalog::text::neutralise;
use topside_model::Tokens;

use super::Page;
use super::chart::spark;
use crate::text::right;
use crate::theme::Role;

const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
/// Columns for the weekday, with blanks around it.
const NAME: usize = 5;
/// Columns for what a weekday used, with blanks before it.
const SUM: usize = 7;
/// Signs of the four quarters of the most that an hour used.
const SHADES: [char; 4] = ['░', '▒', '▓', '█'];

pub(super) fn lines(page: &Page<'_>) -> Vec<Line<'static>> {
    let hours = &page.board.hours.0;
    let most = hours.iter().flatten().copied().max().unwrap_or_default();
    if most == Tokens(0) {
        return vec![page.remark("No reply in the last 28 days.")];
    }
    let cell = (page.width.saturating_sub(NAME + SUM) / 24).clamp(1, 6);
    // Cells of a terminal are twice as high as wide.
    let high = (cell / 2).clamp(1, (page.height.saturating_sub(6) / 7).max(1));
    let mut lines = vec![clock(page, cell)];
    for (name, day) in WEEKDAYS.into_iter().zip(hours) {
        lines.extend((0..high).map(|nth| weekday(page, if nth == 0 { name } else { "" }, day, most, cell)));
    }
    let by_hour: [u64; 24] = std::array::from_fn(|hour| sum(hours.iter().map(|day| day[hour])).0);
    let values = by_hour.iter().flat_map(|tokens| std::iter::repeat_n(*tokens, cell));
    let mut all = Line::from(page.span(Role::Dim, " all "));
    all.extend(spark(values, by_hour.into_iter().max().unwrap_or(0), page.screen.theme.style(Role::Fill)));
    lines.extend([all, Line::default(), legend(page, most), busiest(page, most)]);
    lines
}

/// Names of hours over their columns, as many as fit.
fn clock(page: &Page<'_>, cell: usize) -> Line<'static> {
    let every = match cell {
        1 => 6,
        2 => 3,
        _ => 1,
    };
    let names = (0..24).step_by(every).map(|hour| format!("{hour:02}{}", " ".repeat(cell * every - 2)));
    let names: String = names.collect();
    Line::from(page.span(Role::Dim, format!("{}{names}{}", " ".repeat(NAME), right("tokens", SUM))))
}

fn weekday(page: &Page<'_>, name: &str, day: &[Tokens; 24], most: Tokens, cell: usize) -> Line<'static> {
    let shades = day.iter().map(|tokens| match shade(*tokens, most) {
        Some(shade) => shade.to_string().repeat(cell),
        None => format!("{:cell$}", '·'),
    });
    let mut line = Line::from(page.span(Role::Dim, format!(" {name:<4}")));
    line.push_span(page.span(Role::Fill, shades.collect::<String>()));
    if !name.is_empty() {
        let sum = sum(day.iter().copied());
        line.push_span(page.span(Role::Text, right(&format::tokens(sum), SUM)));
    }
    line
}

fn sum(tokens: impl Iterator<Item = Tokens>) -> Tokens {
    tokens.fold(Tokens(0), |sum, tokens| sum + tokens)
}

/// The sign for so many of at most `most` tokens; `None` where there are none.
fn shade(tokens: Tokens, most: Tokens) -> Option<char> {
    let quarters = (u128::from(tokens.0) * 4).div_ceil(u128::from(most.0.max(1)));
    (quarters as usize).checked_sub(1).map(|place| SHADES[place.min(3)])
}

/// What the shades stand for.
fn legend(page: &Page<'_>, most: Tokens) -> Line<'static> {
    let mut line = Line::from(page.span(Role::Dim, " up to"));
    for (place, shade) in SHADES.into_iter().enumerate() {
        let upper = Tokens((u128::from(most.0) * (place as u128 + 1) / 4) as u64);
        line.push_span(page.span(Role::Fill, format!("  {shade}{shade}")));
        line.push_span(page.span(Role::Dim, format!(" {}", format::tokens(upper))));
    }
    line
}

fn busiest(page: &Page<'_>, most: Tokens) -> Line<'static> {
    let hours = &page.board.hours.0;
    let places = (0..7).flat_map(|day| (0..24).map(move |hour| (day, hour)));
    let busiest = places.into_iter().find(|(day, hour)| hours[*day][*hour] == most);
    let busiest = busiest.map(|(day, hour)| format!("; most on {} from {hour:02}:00 on", WEEKDAYS[day]));
    let zone = neutralise(&format::zone(&page.board.zone, page.screen.now));
    page.remark(&format!("last 28 days, time zone {zone}{}", busiest.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shade_is_a_quarter_of_the_most() {
        for (tokens, expected) in [
            (0, None),
            (1, Some('░')),
            (25, Some('░')),
            (26, Some('▒')),
            (75, Some('▓')),
            (76, Some('█')),
            (100, Some('█')),
        ] {
            assert_eq!(shade(Tokens(tokens), Tokens(100)), expected, "{tokens}");
        }
        assert_eq!(shade(Tokens(u64::MAX), Tokens(u64::MAX)), Some('█'));
    }
}
