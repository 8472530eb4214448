//! Blocks of five hours.

use std::collections::{BTreeMap, BTreeSet};

/// Hours of a block.
const LENGTH: i64 = 5;

/// A block, in hours of UTC since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Block {
    /// Its first hour: that of its first reply.
    pub(super) first: i64,
    /// The hour it ends with, which is not part of it.
    pub(super) end: i64,
}

/// For each of `hours`, in which an agent (the first number) had replies, the block it lies in.
///
/// A block begins with the hour of the first reply after the one before it ended. Within it nobody can be silent for
/// five hours and go on, so that a pause of that length ends a block too.
pub(super) fn blocks(hours: &BTreeSet<(u32, i64)>) -> BTreeMap<(u32, i64), Block> {
    let mut found = BTreeMap::new();
    let mut running: Option<(u32, Block)> = None;
    for (agent, hour) in hours.iter().copied() {
        let same = running.filter(|(whose, block)| *whose == agent && hour < block.end);
        let (_, block) = *running.insert(same.unwrap_or((agent, Block { first: hour, end: hour + LENGTH })));
        found.insert((agent, hour), block);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks in which hour the block of each of `hours` begins.
    #[track_caller]
    fn check(hours: &[(u32, i64)], firsts: &[i64]) {
        let found = blocks(&hours.iter().copied().collect());
        let begun: Vec<i64> = hours.iter().map(|hour| found[hour].first).collect();
        assert_eq!(begun, firsts, "{hours:?}");
        assert!(found.values().all(|block| block.end == block.first + LENGTH));
    }

    #[test]
    fn a_block_is_five_hours_from_its_first_reply() {
        check(&[], &[]);
        check(&[(0, 8), (0, 9), (0, 12), (0, 13)], &[8, 8, 8, 13]);
        check(&[(0, 8), (0, 20), (0, 24), (0, 25)], &[8, 20, 20, 25]);
        check(&[(0, -3), (0, 1), (0, 2)], &[-3, -3, 2]);
    }

    #[test]
    fn each_agent_has_its_own_blocks() {
        check(&[(0, 8), (1, 10), (0, 11), (1, 14)], &[8, 10, 8, 10]);
    }
}
