//! Small tables: columns are dropped by rank until the rest fits.

use ratatui::text::Line;
use unicode_width::UnicodeWidthStr;

use super::Page;
use crate::text::{fit, left, right};
use crate::theme::Role;

/// A column. The first one of a table holds names and gives way to the others.
#[derive(Clone, Copy)]
pub(super) struct Column {
    title: &'static str,
    /// The one with the highest rank is dropped first; those of rank 0 stay.
    rank: u8,
    /// True for what stands at the right end of its column.
    figure: bool,
}

/// A column of words.
pub(super) const fn words(title: &'static str, rank: u8) -> Column {
    Column { title, rank, figure: false }
}

/// A column of figures.
pub(super) const fn figures(title: &'static str, rank: u8) -> Column {
    Column { title, rank, figure: true }
}

/// Names may be cut down to this.
const LEAST_NAME: usize = 10;
/// Names longer than this are cut even where there is room.
const MOST_NAME: usize = 40;
/// Blanks before a column.
const GAP: usize = 2;

/// What a cell says, and how it looks.
pub(super) type Cell = (Role, String);

/// Titles and rows, each row with a cell for every column.
pub(super) fn lines(page: &Page<'_>, columns: &[Column], rows: &[Vec<Cell>]) -> Vec<Line<'static>> {
    let mut shown: Vec<(usize, usize)> = (0..columns.len()).map(|place| (place, width(columns, rows, place))).collect();
    while needed(&shown) > page.width
        && let Some(worst) = shown.iter().skip(1).map(|(place, _)| columns[*place].rank).max().filter(|rank| *rank > 0)
    {
        shown.retain(|(place, _)| *place == 0 || columns[*place].rank < worst);
    }
    let over = shown.iter().map(|(_, width)| width + GAP).sum::<usize>().saturating_sub(page.width);
    shown[0].1 = shown[0].1.saturating_sub(over);
    let titles: Vec<Cell> = columns.iter().map(|column| (Role::Dim, column.title.to_owned())).collect();
    std::iter::once(&titles).chain(rows).map(|row| line(page, columns, &shown, row)).collect()
}

fn width(columns: &[Column], rows: &[Vec<Cell>], place: usize) -> usize {
    let widest = rows.iter().map(|row| row[place].1.width()).max().unwrap_or(0).max(columns[place].title.width());
    if place == 0 { widest.min(MOST_NAME) } else { widest }
}

/// Columns of the terminal that these take, the name cut as far as it may be.
fn needed(shown: &[(usize, usize)]) -> usize {
    let name = shown[0].1.min(LEAST_NAME);
    name + GAP + shown[1..].iter().map(|(_, width)| width + GAP).sum::<usize>()
}

fn line(page: &Page<'_>, columns: &[Column], shown: &[(usize, usize)], row: &[Cell]) -> Line<'static> {
    let mut line = Line::from(" ");
    for (nth, (place, width)) in shown.iter().copied().enumerate() {
        let (role, text) = &row[place];
        let text = fit(text, width);
        let text = if columns[place].figure { right(&text, width) } else { left(&text, width) };
        line.push_span(" ".repeat(if nth > 0 { GAP } else { 0 }));
        line.push_span(page.span(*role, text));
    }
    line
}
