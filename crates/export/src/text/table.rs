//! Tables that keep to the page: columns give way by rank, and none is cut in the middle.

use std::cmp::Reverse;

use super::page::{Ink, Piece, Sheet, clip, width};

/// Columns between two columns.
const GAP: usize = 2;

/// A column of a table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column {
    /// Its heading.
    pub(super) title: &'static str,
    /// Who goes first when room is short: the highest. Zero stays.
    pub(super) rank: u8,
    /// Which edge its cells stand at.
    pub(super) side: Side,
    /// The least width it can be clipped to; `None` where a clipped cell says nothing.
    pub(super) least: Option<usize>,
}

/// The edge that cells stand at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Left,
    Right,
}

impl Column {
    /// A column of words.
    pub(super) const fn words(title: &'static str, rank: u8) -> Self {
        Self { title, rank, side: Side::Left, least: None }
    }

    /// A column of words that may be clipped to `least` columns.
    pub(super) const fn elastic(title: &'static str, rank: u8, least: usize) -> Self {
        Self { title, rank, side: Side::Left, least: Some(least) }
    }

    /// A column of figures.
    pub(super) const fn figures(title: &'static str, rank: u8) -> Self {
        Self { title, rank, side: Side::Right, least: None }
    }
}

/// A line of a table.
pub(super) enum Row {
    /// A rule that names the rows below it.
    Rule(String),
    /// One cell for each column.
    Cells(Vec<Piece>),
}

/// Writes `rows` under the titles of `columns`.
pub(super) fn table(sheet: &mut Sheet<'_>, columns: &[Column], rows: &[Row]) {
    let natural = natural_widths(columns, rows);
    let widths = fit(columns, &natural, sheet.page.width);
    let titles: Vec<Piece> = columns.iter().map(|column| Piece::new(column.title, Ink::Dim)).collect();
    write_cells(sheet, columns, &widths, &titles);
    for row in rows {
        match row {
            Row::Rule(title) => sheet.rule(title),
            Row::Cells(cells) => write_cells(sheet, columns, &widths, cells),
        }
    }
}

/// The width that each column would like.
fn natural_widths(columns: &[Column], rows: &[Row]) -> Vec<usize> {
    let mut widths: Vec<usize> = columns.iter().map(|column| width(column.title)).collect();
    for row in rows {
        let Row::Cells(cells) = row else { continue };
        for (widest, cell) in widths.iter_mut().zip(cells) {
            *widest = width(&cell.text).max(*widest);
        }
    }
    widths
}

/// The width that each column gets on a page of `room` columns; `None` where it gave way.
fn fit(columns: &[Column], natural: &[usize], room: usize) -> Vec<Option<usize>> {
    let least = |at: usize| columns[at].least.map_or(natural[at], |least| least.min(natural[at]));
    let mut kept: Vec<usize> = (0..columns.len()).collect();
    let needed = |kept: &[usize]| kept.iter().map(|at| least(*at) + GAP).sum::<usize>().saturating_sub(GAP);
    while needed(&kept) > room {
        let Some(weakest) = kept.iter().copied().filter(|at| columns[*at].rank > 0).max_by_key(|at| columns[*at].rank)
        else {
            break;
        };
        kept.retain(|at| *at != weakest);
    }
    // What is left goes first to the columns that would stay longest, and among them to those that need most.
    let mut spare = room.saturating_sub(needed(&kept));
    let mut widths = vec![None; columns.len()];
    kept.sort_by_key(|at| (columns[*at].rank, Reverse(columns[*at].least)));
    for at in kept {
        let more = (natural[at] - least(at)).min(spare);
        spare -= more;
        widths[at] = Some(least(at) + more);
    }
    widths
}

fn write_cells(sheet: &mut Sheet<'_>, columns: &[Column], widths: &[Option<usize>], cells: &[Piece]) {
    let mut pieces = Vec::with_capacity(cells.len() * 2);
    let mut owed = 0;
    for ((column, cell), room) in columns.iter().zip(cells).zip(widths) {
        let Some(room) = *room else { continue };
        let text = clip(&cell.text, room);
        let pad = room - width(&text);
        let before = if column.side == Side::Right { owed + pad } else { owed };
        owed = if column.side == Side::Right { GAP } else { pad + GAP };
        pieces.push(Piece::plain(" ".repeat(before)));
        pieces.push(Piece::new(text, cell.ink));
    }
    sheet.line(trimmed(&pieces));
}

/// The pieces without blank ones at the end.
fn trimmed(pieces: &[Piece]) -> &[Piece] {
    let end = pieces.iter().rposition(|piece| !piece.text.trim().is_empty()).map_or(0, |last| last + 1);
    &pieces[..end]
}

#[cfg(test)]
mod tests {
    use super::{Column, fit};

    const COLUMNS: [Column; 3] = [Column::elastic("a", 0, 4), Column::words("b", 1), Column::elastic("c", 0, 6)];

    #[track_caller]
    fn check(room: usize, expected: [Option<usize>; 3]) {
        assert_eq!(fit(&COLUMNS, &[10, 3, 10], room), expected, "{room} columns");
    }

    #[test]
    fn room_goes_first_to_what_needs_most() {
        check(100, [Some(10), Some(3), Some(10)]);
        check(19, [Some(4), Some(3), Some(8)]);
        check(22, [Some(5), Some(3), Some(10)]);
    }

    #[test]
    fn what_matters_least_goes_first() {
        check(16, [Some(4), None, Some(10)]);
        check(12, [Some(4), None, Some(6)]);
        check(5, [Some(4), None, Some(6)]);
    }
}
