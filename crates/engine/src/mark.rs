//! Short stand-ins for ids.

use std::hash::{DefaultHasher, Hash, Hasher};

/// Eight bytes in place of an id of any length: enough to tell the ids of one machine apart.
pub(crate) fn mark(id: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    hasher.finish()
}
