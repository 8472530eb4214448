//! How far the limits of accounts are used: the newest report of each, and how fast it filled.

use std::collections::BTreeMap;

use topside_model::{AgentId, Limit, LimitId, LimitSample, Untrusted};

use crate::engine::{Sessions, Sources};
use crate::trail::Trail;

/// A limit of the account in one home of an agent.
type Key = (AgentId, Untrusted, LimitId);

/// What was reported of limits. What transcripts report of them is kept with their sessions, but for how fast they filled.
#[derive(Debug, Default)]
pub(crate) struct Limits {
    /// Limits that agents tell besides their transcripts.
    told: BTreeMap<Key, LimitSample>,
    /// What was reported of each limit of each home.
    trails: BTreeMap<Key, Trail>,
}

impl Limits {
    /// Takes what a transcript in `home` reports.
    pub(crate) fn observe(&mut self, agent: AgentId, home: Untrusted, sample: &LimitSample) {
        self.trails.entry((agent, home, sample.limit.clone())).or_default().add(sample);
    }

    /// Takes how far a limit is used, as the agent tells it.
    pub(crate) fn tell(&mut self, agent: AgentId, home: Untrusted, sample: LimitSample) {
        let limit = (agent, home, sample.limit.clone());
        self.trails.entry(limit.clone()).or_default().add(&sample);
        self.told.insert(limit, sample);
    }

    /// Takes limits that the agent gave a status line; what was told later stays.
    pub(crate) fn give(&mut self, agent: &AgentId, home: &Untrusted, samples: &[LimitSample]) {
        for sample in samples {
            let limit = (agent.clone(), home.clone(), sample.limit.clone());
            self.trails.entry(limit.clone()).or_default().add(sample);
            if self.told.get(&limit).is_none_or(|known| known.seen_at < sample.seen_at) {
                self.told.insert(limit, sample.clone());
            }
        }
    }

    /// The newest sample of each limit of each home, of those that were told and those that sessions saw.
    pub(crate) fn newest(&self, sources: &Sources, sessions: &Sessions) -> Vec<Limit> {
        let told = self.told.iter().map(|(key, sample)| {
            let (agent, home, _) = key.clone();
            (key.clone(), Limit { agent, home, sample: sample.clone(), marks: Vec::new() })
        });
        let mut newest: BTreeMap<Key, Limit> = told.collect();
        for source in sources.values().flatten() {
            let Some(facts) = sessions.get(&source.session) else { continue };
            for sample in facts.limits.values().filter_map(|latest| latest.value()) {
                let (agent, home) = (source.session.agent.clone(), source.home.clone());
                let key = (agent.clone(), home.clone(), sample.limit.clone());
                if newest.get(&key).is_none_or(|known| known.sample.seen_at < sample.seen_at) {
                    newest.insert(key, Limit { agent, home, sample: sample.clone(), marks: Vec::new() });
                }
            }
        }
        for (key, limit) in &mut newest {
            limit.marks = self.trails.get(key).into_iter().flat_map(Trail::marks).collect();
        }
        newest.into_values().collect()
    }
}
