//! What was compared, and where the two sides differ.

use std::fmt;

use crate::corpus::cell::Cell;

/// What was compared so far.
#[derive(Debug, Default)]
pub(super) struct Report {
    pub(super) cells: usize,
    pub(super) differences: Vec<Difference>,
}

/// A cell on which the two sides differ.
#[derive(Debug)]
pub(super) struct Difference {
    pub(super) home: String,
    /// The session, the rate limit, or the home as a whole.
    pub(super) row: String,
    pub(super) column: String,
    pub(super) ours: Cell,
    pub(super) oracle: Cell,
    /// Why that is right.
    pub(super) rule: Option<&'static str>,
}

impl Report {
    /// Compares one cell.
    pub(super) fn check(&mut self, home: &str, row: &str, column: &str, ours: Cell, oracle: Cell) {
        self.cells += 1;
        if ours == oracle {
            return;
        }
        let (home, row, column) = (home.to_owned(), row.to_owned(), column.to_owned());
        self.differences.push(Difference { home, row, column, ours, oracle, rule: None });
    }

    /// Compares whether a row is there.
    pub(super) fn check_presence(&mut self, home: &str, row: &str, ours: bool, oracle: bool) {
        let word = |there| Cell::Text(if there { "present" } else { "absent" }.to_owned());
        self.check(home, row, "row", word(ours), word(oracle));
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { home, row, column, ours, oracle, rule } = self;
        write!(f, "{home} {row} {column}: ours={ours} oracle={oracle}")?;
        rule.map_or(Ok(()), |rule| write!(f, " (explained: {rule})"))
    }
}
