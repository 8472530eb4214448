//! Why states and numbers are believed.

use serde::Serialize;
use topside_catalog::text::shown;
use topside_model::{Evidence, Place, Strength, Untrusted};

use super::leaf::{TimeV1, id, time};

/// One signal for a state or a number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct EvidenceV1 {
    /// What it speaks about.
    pub about: &'static str,
    /// What was seen, in words.
    pub signal: String,
    /// Where it was seen; `null` when it follows from the absence of something.
    pub place: Option<EvidencePlaceV1>,
    /// When it was seen or written.
    pub at: Option<TimeV1>,
    /// How far it can be trusted.
    pub strength: StrengthV1,
}

/// Where a signal was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum EvidencePlaceV1 {
    /// A record in a file.
    File {
        /// The file.
        file: String,
        /// Byte at which the record starts.
        offset: u64,
    },
    /// A lock that a process holds.
    Lock {
        /// The locked file.
        lock: String,
        /// The holder.
        pid: u32,
    },
    /// A program that told it over a connection.
    Socket {
        /// Where it listens.
        socket: String,
    },
    /// A process.
    Process {
        /// Its number.
        pid: u32,
    },
}

/// How far a signal can be trusted, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum StrengthV1 {
    /// Recency or CPU: a tie-break.
    Hint,
    /// A terminal's title.
    Title,
    /// Open calls joined with live processes.
    Joined,
    /// A record of the agent's own.
    Record,
    /// The agent's live report or a lock it holds.
    Live,
}

impl From<&Evidence> for EvidenceV1 {
    fn from(evidence: &Evidence) -> Self {
        Self {
            about: evidence.about,
            signal: shown(&Untrusted::new(&evidence.signal)),
            place: place(&evidence.place),
            at: time(evidence.at),
            strength: match evidence.strength {
                Strength::Hint => StrengthV1::Hint,
                Strength::Title => StrengthV1::Title,
                Strength::Joined => StrengthV1::Joined,
                Strength::Record => StrengthV1::Record,
                Strength::Live => StrengthV1::Live,
            },
        }
    }
}

/// The wire form of a place.
fn place(place: &Place) -> Option<EvidencePlaceV1> {
    match place {
        Place::File { path, offset } => Some(EvidencePlaceV1::File { file: id(path.raw()), offset: *offset }),
        Place::Lock { path, pid } => Some(EvidencePlaceV1::Lock { lock: id(path.raw()), pid: *pid }),
        Place::Process { pid } => Some(EvidencePlaceV1::Process { pid: *pid }),
        Place::Socket { path } => Some(EvidencePlaceV1::Socket { socket: id(path.raw()) }),
        Place::Nowhere => None,
    }
}
