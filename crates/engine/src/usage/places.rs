//! Small numbers for things.

use std::hash::Hash;

use foldhash::{HashMap, HashMapExt as _};

/// Things by their place in the order they came first.
#[derive(Debug)]
pub(super) struct Places<K> {
    of: HashMap<K, u32>,
    keys: Vec<K>,
}

impl<K> Default for Places<K> {
    fn default() -> Self {
        Self { of: HashMap::new(), keys: Vec::new() }
    }
}

impl<K: Copy + Eq + Hash> Places<K> {
    /// The place of `key`, which gets the next one where it is new.
    pub(super) fn place(&mut self, key: K) -> u32 {
        let next = self.keys.len() as u32;
        let place = *self.of.entry(key).or_insert(next);
        if place == next {
            self.keys.push(key);
        }
        place
    }

    /// The place of `key`, which has one.
    pub(super) fn find(&self, key: K) -> u32 {
        self.of[&key]
    }

    /// What has that place.
    pub(super) fn at(&self, place: u32) -> K {
        self.keys[place as usize]
    }

    /// Everything, in order of places.
    pub(super) fn keys(&self) -> &[K] {
        &self.keys
    }
}
