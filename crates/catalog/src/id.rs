//! How sessions are told apart in few characters.

use std::collections::BTreeMap;

use topside_model::SessionKey;

/// Characters that every short id has at least.
const SHORT: usize = 8;

/// For each session the shortest start of its id that no other id has, so that it can be typed.
pub fn short_ids<'a>(sessions: impl Iterator<Item = &'a SessionKey>) -> BTreeMap<&'a SessionKey, &'a str> {
    let mut keys: Vec<&SessionKey> = sessions.collect();
    keys.sort_by_key(|key| key.id.as_str());
    let mut short = BTreeMap::new();
    for (at, key) in keys.iter().enumerate() {
        // Among sorted ids the one that shares the longest start stands next to it.
        let neighbours = [at.checked_sub(1), at.checked_add(1)].into_iter().flatten().filter_map(|at| keys.get(at));
        let shared = neighbours.map(|other| shared_start(key.id.as_str(), other.id.as_str())).max().unwrap_or(0);
        let chars = (shared + 1).max(SHORT);
        let id = key.id.as_str();
        let end = id.char_indices().nth(chars).map_or(id.len(), |(end, _)| end);
        short.insert(*key, &id[..end]);
    }
    short
}

/// Characters that two texts have in common at their start.
fn shared_start(a: &str, b: &str) -> usize {
    a.chars().zip(b.chars()).take_while(|(a, b)| a == b).count()
}

#[cfg(test)]
mod tests {
    use topside_model::{AgentId, SessionId};

    use super::*;

    #[test]
    fn short_ids_are_as_long_as_they_must_be_to_differ() {
        let ids = ["019c00a4-51d0", "019c00a4-7c3a", "019c01a4-51d0", "agent", "\u{1f642}\u{1f642}"];
        let keys = ids.map(|id| SessionKey { agent: AgentId::new("codex"), id: SessionId::new(id) });
        let short = short_ids(keys.iter());
        let seen: Vec<&str> = keys.iter().map(|key| short[key]).collect();
        assert_eq!(seen, ["019c00a4-5", "019c00a4-7", "019c01a4", "agent", "\u{1f642}\u{1f642}"]);
    }
}
