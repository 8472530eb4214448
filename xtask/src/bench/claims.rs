//! What must hold, beside what was measured.

use std::fmt::Write as _;

use crate::bench::report::number;

/// How a figure is bounded.
#[derive(Debug, Clone, Copy)]
pub(super) enum Bound {
    AtMost(f64),
    AtLeast(f64),
}

/// One thing that must hold.
#[derive(Debug)]
pub(super) struct Claim {
    pub(super) what: String,
    /// What was measured; what was not never holds.
    pub(super) found: Option<f64>,
    pub(super) bound: Bound,
}

impl Claim {
    /// `found` is no more than `most`.
    pub(super) fn at_most(most: f64, what: &str, found: impl Into<Option<f64>>) -> Self {
        Self { what: what.to_owned(), found: found.into(), bound: Bound::AtMost(most) }
    }

    /// `found` is no less than `least`.
    pub(super) fn at_least(least: f64, what: &str, found: impl Into<Option<f64>>) -> Self {
        Self { what: what.to_owned(), found: found.into(), bound: Bound::AtLeast(least) }
    }

    fn holds(&self) -> bool {
        self.found.is_some_and(|found| match self.bound {
            Bound::AtMost(most) => found <= most,
            Bound::AtLeast(least) => found >= least,
        })
    }
}

/// A table of `claims`, and whether all of them hold.
pub(super) fn table(claims: &[Claim]) -> (String, bool) {
    let mut table = "| | measured | must be | |\n|---|---:|---|---|\n".to_owned();
    for claim in claims {
        let (words, bound) = match claim.bound {
            Bound::AtMost(most) => ("at most", most),
            Bound::AtLeast(least) => ("at least", least),
        };
        let verdict = if claim.holds() { "holds" } else { "**does not hold**" };
        let _ = writeln!(table, "| {} | {} | {words} {bound} | {verdict} |", claim.what, number(claim.found));
    }
    (table, claims.iter().all(Claim::holds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_belongs_to_what_holds_and_the_unknown_never_does() {
        let claims = [
            Claim::at_most(1.7, "a", 1.7),
            Claim::at_least(5.0, "b", 4.9),
            Claim::at_most(64.0, "c", None),
            Claim::at_least(5.0, "d", 5.0),
        ];
        let (table, all_hold) = table(&claims);
        let rows: Vec<&str> = table.lines().skip(2).collect();
        let expected = [
            "| a | 1.70 | at most 1.7 | holds |",
            "| b | 4.90 | at least 5 | **does not hold** |",
            "| c | – | at most 64 | **does not hold** |",
            "| d | 5 | at least 5 | holds |",
        ];
        assert_eq!((rows, all_hold), (expected.to_vec(), false));
    }
}
