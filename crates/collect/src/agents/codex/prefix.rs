//! Where a file's own history begins.
//!
//! A fork or a child may start with a copy of its parent's records, stamped with the time of the copy. They are not the
//! child's doing: nothing in them is counted, but running totals go on from theirs.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use topside_model::Timestamp;

use super::paths::uuid_time;
use crate::source::json::Json;
use crate::source::version::numbers;

/// The first version that records when turns begin.
const MARKED: [u32; 3] = [0, 100, 0];

/// How far reading has come.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum History {
    /// In the session's own records.
    #[default]
    Own,
    /// In the copy, which ends before this ordinal.
    UntilOrdinal(u64),
    /// In the copy, which ends at the session's first own turn.
    UntilOwnTurn {
        /// When the session was made.
        created: Option<Timestamp>,
        /// Time of the copy.
        copied: Option<Timestamp>,
        /// True where each turn begins with a record that tells when: then nothing else begins the session's own.
        marked: bool,
    },
}

impl History {
    /// In a copy of another thread's records, which `version` made at the moment `copied` for a session of the moment
    /// `created`.
    pub(super) fn copy(created: Option<Timestamp>, copied: Option<Timestamp>, version: Option<&str>) -> Self {
        Self::UntilOwnTurn { created, copied, marked: version.is_some_and(|version| numbers(version) >= MARKED) }
    }

    /// Takes the next record, which may begin a `turn`; true when it is the session's own.
    pub(super) fn owns(&mut self, at: Option<Timestamp>, ordinal: Option<u64>, turn: Option<Json<'_>>) -> bool {
        let began = match self {
            Self::Own => return true,
            Self::UntilOrdinal(first) => ordinal.is_none_or(|ordinal| ordinal >= *first),
            Self::UntilOwnTurn { created, copied, marked } => {
                let younger = turn.and_then(|turn| began_after(turn, *created));
                *marked &= turn.is_none() || younger.is_some();
                let later = || {
                    let copied = (*copied)?.checked_add(SignedDuration::from_secs(1)).ok()?;
                    Some(at? > copied)
                };
                younger.unwrap_or_else(|| !*marked && later().unwrap_or(false))
            }
        };
        if began {
            *self = Self::Own;
        }
        began
    }
}

/// Whether a turn began after `created`. Copied records keep the turn's own start in seconds, and its id, which since
/// 2025 begins with its time in milliseconds (UUID version 7).
fn began_after(turn: Json<'_>, created: Option<Timestamp>) -> Option<bool> {
    let created = created?;
    let started = turn.field("started_at").and_then(Json::number).map(|seconds| seconds as i64);
    let by_id = || uuid_time(&turn.field("turn_id")?.text()?).and_then(|id| i64::try_from(id).ok());
    match started {
        // Within the second only the id tells.
        Some(second) if second != created.as_second() => Some(second > created.as_second()),
        Some(_) => Some(by_id().is_none_or(|id| id >= created.as_millisecond())),
        None => by_id().map(|id| id >= created.as_millisecond()),
    }
}
