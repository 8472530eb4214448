//! When a session waited for a person, as seen from one snapshot to the next.

use std::sync::Arc;

use topside_model::{Session, Timestamp, Wait, Waited};

/// Waits kept of a session; the oldest go first.
const KEPT: usize = 256;

/// `before`, and what `session` tells at `now`.
///
/// A wait ends when another state begins. A call that was allowed runs, by its record, since it was asked for: then its
/// wait ended when that was first seen. Who waits already did not begin to earlier, whatever is told of it later.
pub(crate) fn seen(mut before: Waited, session: &Session, now: Timestamp) -> Waited {
    let waits = session.live && session.status.kind().waits_for_a_person();
    let began = session.status.since();
    let since = waits.then(|| began.max(before.since).unwrap_or(now));
    if let Some(from) = before.since.filter(|from| since != Some(*from)) {
        let to = began.filter(|began| *began > from && *began < now).unwrap_or(now.max(from));
        let over = Arc::make_mut(&mut before.over);
        over.push(Wait { from, to });
        if over.len() > KEPT {
            over.remove(0);
        }
    }
    before.since = since;
    before
}
