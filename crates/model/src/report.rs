//! What an agent says of itself while it runs, outside its transcripts.

use crate::evidence::Place;
use crate::text::Untrusted;
use crate::unit::Timestamp;

/// What an agent says one of its sessions does now. Said when something changes, so its age says nothing: it holds for as
/// long as its process lives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// What it does.
    pub activity: Activity,
    /// Since when; of what is heard, when it was first heard.
    pub since: Option<Timestamp>,
    /// Where it says so.
    pub place: Place,
}

impl Report {
    /// True when it was heard over a connection, by which it comes once and may come late; others are read where they
    /// stand.
    pub fn is_heard(&self) -> bool {
        matches!(self.place, Place::Socket { .. })
    }
}

/// What a session does, in the agent's own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Activity {
    /// It works.
    Busy,
    /// It shortens its context, because a person asked it to.
    Compacting,
    /// It rests.
    Idle,
    /// It rests, and commands it started go on.
    Background,
    /// A person must allow something: what, where the agent says so.
    Approval(Option<Untrusted>),
    /// A person must answer something.
    Question(Option<Untrusted>),
    /// A person has a menu of the agent open.
    Dialog,
    /// It asks a person something before its first prompt: whether to trust a folder, or to sign in.
    Starting,
    /// A word nobody taught us.
    Other(Untrusted),
}
