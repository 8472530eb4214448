//! How many tests did what, read from the summary lines of the programs that run them.

use std::fmt;
use std::ops::AddAssign;

/// Counts of tests.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) passed: u64,
    pub(super) failed: u64,
    pub(super) skipped: u64,
}

impl Tally {
    /// The counts in `line`, when it is a summary: of nextest (`Summary [0.1s] 3 tests run: 3 passed, 1 skipped`), of
    /// cargo test (`test result: ok. 3 passed; 0 failed; …`) or of a task here (`3 passed; 0 failed`). A test that says by
    /// itself that something is skipped (`skipped: no tmux`) has passed and is counted here too.
    pub(super) fn of(line: &str) -> Option<Self> {
        // Of a single test, whose output nextest shows behind blanks and counts in its summary.
        if line.starts_with("    test result: ") {
            return None;
        }
        let line = line.trim();
        if line.starts_with("skipped: ") {
            return Some(Self { skipped: 1, ..Self::default() });
        }
        let counts = if line.starts_with("Summary [") {
            line.split_once("run:")?.1
        } else if let Some(counts) = line.strip_prefix("test result: ") {
            counts.split_once(". ")?.1
        } else if line
            .split_once(' ')
            .is_some_and(|(_, rest)| rest.starts_with("passed, ") || rest.starts_with("passed; "))
        {
            line
        } else {
            return None;
        };
        let mut tally = Self::default();
        for count in counts.split([',', ';']) {
            let Some((number, what)) = count.trim().split_once(' ') else { continue };
            let Ok(number) = number.parse::<u64>() else { continue };
            match what.split([' ', '(']).next() {
                Some("passed") => tally.passed += number,
                Some("failed" | "timed" | "exec") => tally.failed += number,
                Some("skipped" | "ignored") => tally.skipped += number,
                _ => {}
            }
        }
        Some(tally)
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, passed: u64, failed: u64, skipped: u64) {
        assert_eq!(Tally::of(line), Some(Tally { passed, failed, skipped }));
    }

    #[test]
    fn every_runner_is_understood() {
        check("     Summary [   1.234s] 12 tests run: 12 passed (1 slow), 3 skipped", 12, 0, 3);
        check("     Summary [  61.000s] 12 tests run: 9 passed, 2 failed, 1 timed out, 0 skipped", 9, 3, 0);
        check(
            "test result: FAILED. 4 passed; 1 failed; 2 ignored; 0 measured; 9 filtered out; finished in 0.1s",
            4,
            1,
            2,
        );
        check("5 passed, 0 failed, 1 skipped", 5, 0, 1);
        check("11 passed; 1 failed", 11, 1, 0);
        check("    skipped: no tmux", 0, 0, 1);
    }

    #[test]
    fn other_lines_count_nothing() {
        assert_eq!(Tally::of("test parse ... ok"), None);
        assert_eq!(
            Tally::of("    test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; finished in 0.00s"),
            None
        );
        assert_eq!(Tally::of("3 files read"), None);
        assert_eq!(Tally::of("corpus: 12 cells, 0 differ, 0 explained"), None);
    }
}
