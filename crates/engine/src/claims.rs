//! Which sessions show which reply, and who of them pays for it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use topside_model::SessionKey;

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
        true
    }

    /// Takes back everything that `key`, which showed `marks`, claimed.
    pub(crate) fn release(&mut self, key: &SessionKey, marks: impl Iterator<Item = u64>) {
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

    /// True for a session whose replies are contested.
    pub(crate) fn concern(&self, key: &SessionKey) -> bool {
        !self.contested.is_empty() && self.numbers.get(key).is_some_and(|number| self.contested.contains(number))
    }

    /// Replies that several sessions show or showed, with those sessions.
    pub(crate) fn shared(&self) -> impl Iterator<Item = (u64, impl Iterator<Item = &SessionKey>)> {
        self.shared.iter().map(|(mark, claimants)| (*mark, self.named(claimants)))
    }

    /// The sessions that show one reply.
    pub(crate) fn of(&self, mark: u64) -> impl Iterator<Item = &SessionKey> {
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
