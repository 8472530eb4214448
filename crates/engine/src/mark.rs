//! Short stand-ins for ids.

use std::hash::{DefaultHasher, Hash, Hasher};

use siphasher::sip::SipHasher13;

/// Eight bytes in place of an id of any length: enough to tell the ids of one machine apart.
pub(crate) fn mark(id: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    hasher.finish()
}

/// The same for what is kept: equal in every release and on every machine.
pub(crate) fn lasting_mark(id: &str) -> u64 {
    SipHasher13::new().hash(id.as_bytes())
}
