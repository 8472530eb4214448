//! How many turns there were, where all are known.

use std::collections::{BTreeMap, BTreeSet};

/// Turns by place of the agent and by day, as days before today; `None` where some are not known.
pub(super) type TurnCounts = BTreeMap<(u32, usize), Option<u64>>;

/// What is known of turns.
#[derive(Debug, Default)]
pub(super) struct Turns {
    counts: BTreeMap<(u32, usize), u64>,
    /// Places of the sessions whose turns are known.
    told: BTreeSet<u32>,
    /// Which sessions had replies, by agent and day.
    replied: BTreeSet<(u32, usize, u32)>,
}

impl Turns {
    /// Takes that a session had replies on a day.
    pub(super) fn replies(&mut self, agent: u32, age: usize, session: u32) {
        self.replied.insert((agent, age, session));
    }

    /// Takes turns of a session that began on a day, or on one that nobody asks for.
    pub(super) fn told(&mut self, agent: u32, age: Option<usize>, session: u32, turns: u64) {
        self.told.insert(session);
        if let Some(age) = age {
            *self.counts.entry((agent, age)).or_default() += turns;
        }
    }

    /// The turns of each agent on each day on which it had replies: known where those of all its sessions are.
    pub(super) fn counts(&self) -> TurnCounts {
        let mut counts = TurnCounts::new();
        for (agent, age, session) in &self.replied {
            let known = || self.counts.get(&(*agent, *age)).copied().unwrap_or(0);
            let count = counts.entry((*agent, *age)).or_insert_with(|| Some(known()));
            if !self.told.contains(session) {
                *count = None;
            }
        }
        counts
    }
}
