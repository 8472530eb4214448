//! Which sessions show which reply, and who of them pays for it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use topside_model::{SessionKey, Share, Usage};

use crate::engine::{Sessions, Sources};
use crate::session::Facts;

/// Which sessions show which reply. Forks and resumed sessions copy replies of others; each is paid for once.
#[derive(Debug, Default)]
pub(crate) struct Claims {
    keys: Vec<SessionKey>,
    numbers: BTreeMap<SessionKey, u32>,
    /// The first session that showed a reply.
    first: HashMap<u64, u32>,
    /// All sessions that show one, where they are several, or were: the one that is left pays.
    shared: BTreeMap<u64, BTreeSet<u32>>,
    /// Sessions that show replies of others, or whose replies others show.
    contested: BTreeSet<u32>,
    /// True when who pays for which reply is to be settled anew.
    unsettled: bool,
}

impl Claims {
    /// Notes that `key` shows a reply. True when others show it too.
    pub(crate) fn claim(&mut self, key: &SessionKey, mark: u64) -> bool {
        let number = self.number(key);
        let first = *self.first.entry(mark).or_insert(number);
        if first == number && !self.shared.contains_key(&mark) {
            return false;
        }
        self.shared.entry(mark).or_default().extend([first, number]);
        self.contested.extend([first, number]);
        self.unsettled = true;
        true
    }

    /// Takes back everything that `key`, which showed `marks`, claimed.
    pub(crate) fn release(&mut self, key: &SessionKey, marks: impl Iterator<Item = u64>) {
        self.touch(key);
        let Some(number) = self.numbers.get(key).copied() else { return };
        for mark in marks {
            let Some(claimants) = self.shared.get_mut(&mark) else {
                self.first.remove(&mark);
                continue;
            };
            claimants.remove(&number);
            if let Some(first) = claimants.first() {
                self.first.insert(mark, *first);
            } else {
                self.first.remove(&mark);
                self.shared.remove(&mark);
            }
        }
        self.contested.remove(&number);
    }

    /// Notes that more is about to be known of `key`: where its replies are contested, that may change who pays.
    pub(crate) fn touch(&mut self, key: &SessionKey) {
        self.unsettled |=
            !self.contested.is_empty() && self.numbers.get(key).is_some_and(|number| self.contested.contains(number));
    }

    /// Gives every session that shows a reply the largest count of it, and every one that quotes it the largest of those.
    pub(crate) fn level(&self, mark: u64, sessions: &mut Sessions) {
        for quoted in [false, true] {
            let same = |(_, share, _): &(Usage, Share, _)| (*share == Share::Quoted) == quoted;
            let known = |key: &SessionKey| sessions.get(key)?.cost.known(mark).filter(same);
            let keys: Vec<&SessionKey> = self.of(mark).filter(|key| known(key).is_some()).collect();
            let counts = keys.iter().filter_map(|key| known(key));
            let largest = counts.fold(Usage::default(), |largest, (usage, ..)| largest.max(usage));
            for key in keys {
                if let Some(facts) = sessions.get_mut(key) {
                    facts.revision += u64::from(facts.cost.raise(mark, largest));
                }
            }
        }
    }

    /// Settles whose the replies and prompts are that several sessions show: of those that asked, the first in time.
    pub(crate) fn settle(&mut self, sessions: &mut Sessions, sources: &Sources) {
        if !std::mem::take(&mut self.unsettled) {
            return;
        }
        for (mark, claimants) in self.shared() {
            let claimants: Vec<&SessionKey> = claimants.collect();
            let payer = claimants.iter().min_by_key(|key| seniority(key, mark, sessions, sources)).copied();
            let first_at = payer.and_then(|payer| sessions.get(payer)?.cost.known(mark)?.2);
            for key in claimants {
                if let Some(facts) = sessions.get_mut(key) {
                    facts.revision += u64::from(facts.settle(mark, Some(key) != payer, first_at));
                }
            }
        }
    }

    /// Replies that several sessions show or showed, with those sessions.
    fn shared(&self) -> impl Iterator<Item = (u64, impl Iterator<Item = &SessionKey>)> {
        self.shared.iter().map(|(mark, claimants)| (*mark, self.named(claimants)))
    }

    /// The sessions that show one reply.
    fn of(&self, mark: u64) -> impl Iterator<Item = &SessionKey> {
        self.shared.get(&mark).into_iter().flat_map(|claimants| self.named(claimants))
    }

    fn named<'a>(&'a self, claimants: &'a BTreeSet<u32>) -> impl Iterator<Item = &'a SessionKey> {
        claimants.iter().filter_map(|number| self.keys.get(*number as usize))
    }

    fn number(&mut self, key: &SessionKey) -> u32 {
        if let Some(number) = self.numbers.get(key) {
            return *number;
        }
        let number = self.keys.len() as u32;
        self.keys.push(key.clone());
        self.numbers.insert(key.clone(), number);
        number
    }
}

/// The order in which sessions come to own what they show: quotations last, forks after what they were forked from,
/// then by the times and names of their files, a parent before its helpers.
fn seniority(key: &SessionKey, mark: u64, sessions: &Sessions, sources: &Sources) -> impl Ord + use<> {
    let facts = sessions.get(key);
    let share = facts.and_then(|facts| facts.cost.known(mark)).map(|(_, share, _)| share);
    let share = share.unwrap_or(Share::Quoted);
    let fork = facts.is_some_and(Facts::is_fork);
    let child = facts.and_then(|facts| facts.identity.as_ref()).is_some_and(|(_, one)| one.parent.is_some());
    let path = sources.get(key).and_then(|sources| sources.iter().map(|source| source.path.clone()).min());
    let first_at = facts.and_then(Facts::first_at);
    (share, fork, first_at.is_none(), first_at, child, facts.and_then(Facts::last_at), path)
}
