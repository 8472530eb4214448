//! Values that repeats and re-readings cannot change.

use std::collections::BTreeSet;

use topside_model::Origin;

/// The value with the latest origin. Taking the same facts again, in any order, gives the same value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Latest<T>(Option<(Origin, T)>);

impl<T> Default for Latest<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Latest<T> {
    /// Takes a value, unless a later one is known.
    pub(crate) fn set(&mut self, origin: Origin, value: T) {
        if self.origin().is_none_or(|known| known <= origin) {
            self.0 = Some((origin, value));
        }
    }

    /// The same for a record that may say nothing.
    pub(crate) fn fill(&mut self, origin: Origin, value: Option<T>) {
        if let Some(value) = value {
            self.set(origin, value);
        }
    }

    pub(crate) fn value(&self) -> Option<&T> {
        self.0.as_ref().map(|(_, value)| value)
    }

    pub(crate) fn origin(&self) -> Option<Origin> {
        self.0.as_ref().map(|(origin, _)| *origin)
    }
}

/// Counts records by where they stand, so that a record read twice counts once.
#[derive(Debug, Default, Clone, PartialEq)]
pub(crate) struct Tally(BTreeSet<Origin>);

impl Tally {
    pub(crate) fn add(&mut self, origin: Origin) {
        self.0.insert(origin);
    }

    pub(crate) fn count(&self) -> u64 {
        self.0.len() as u64
    }
}
