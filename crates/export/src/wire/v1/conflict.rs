//! Sessions that are in each other's way.

use serde::Serialize;
use topside_model::{Conflict, Contested, Session, SessionKey, Snapshot};

use super::document::Document;
use super::leaf::{TimeV1, exact, time};
use super::subject::SubjectV1;

/// Sessions that are in each other's way. Keys that do not belong to the kind are `null`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ConflictV1 {
    /// What about: `file`, which each of them changed; `tree`, a working tree of git in which all of them work; `port`, on
    /// which each of them listens; `orphan_port`, which one that is over left taken and another wants. More may come.
    pub kind: &'static str,
    /// The file.
    pub path: Option<String>,
    /// The repository of the working tree.
    pub repository: Option<String>,
    /// Name of the linked worktree; `null` for the repository's own working tree.
    pub worktree: Option<String>,
    /// The port.
    pub port: Option<u16>,
    /// Between whom; of a port that an orphan holds, whose orphan it is comes first.
    pub sessions: Vec<SubjectV1>,
    /// When the last of them laid hands on it.
    pub at: Option<TimeV1>,
}

/// Conflicts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ConflictsV1 {
    /// Sessions that are in each other's way.
    pub conflicts: Vec<ConflictV1>,
}

impl ConflictV1 {
    /// A conflict between these sessions.
    pub(super) fn new<'a>(conflict: &Conflict, sessions: impl Iterator<Item = &'a Session>) -> Self {
        let nothing = Self {
            kind: "",
            path: None,
            repository: None,
            worktree: None,
            port: None,
            sessions: sessions.map(SubjectV1::from).collect(),
            at: time(conflict.at),
        };
        match &conflict.about {
            Contested::File(path) => Self { kind: "file", path: exact(Some(path)), ..nothing },
            Contested::Tree { repository, worktree } => {
                let (repository, worktree) = (exact(Some(repository)), exact(worktree.as_ref()));
                Self { kind: "tree", repository, worktree, ..nothing }
            }
            Contested::Port(port) => Self { kind: "port", port: Some(*port), ..nothing },
            Contested::OrphanPort(port) => Self { kind: "orphan_port", port: Some(*port), ..nothing },
        }
    }

    /// What about, in words: `the file /code/a.rs`.
    pub fn about(&self) -> String {
        let known = |text: &Option<String>| text.clone().unwrap_or_default();
        match (self.kind, self.port) {
            ("file", _) => format!("the file {}", known(&self.path)),
            ("tree", _) => {
                let worktree = self.worktree.as_ref().map(|name| format!(" (worktree {name})")).unwrap_or_default();
                format!("the working tree of {}{worktree}", known(&self.repository))
            }
            ("orphan_port", Some(port)) => format!("port {port}, held by an orphan"),
            (_, Some(port)) => format!("port {port}"),
            (kind, None) => kind.to_owned(),
        }
    }
}

/// The conflicts of `snapshot`.
pub fn conflicts(snapshot: &Snapshot) -> Document<ConflictsV1> {
    Document::new("topside.conflicts", snapshot, ConflictsV1 { conflicts: conflicts_of(snapshot) })
}

/// The same without a heading, and without the names of sessions: they may be words of people.
pub(super) fn conflicts_of(snapshot: &Snapshot) -> Vec<ConflictV1> {
    let told = |conflict: &Conflict| {
        let session = |key: &SessionKey| snapshot.sessions.iter().find(|session| session.key == *key);
        let sessions = conflict.sessions.iter().filter_map(session);
        let mut told = ConflictV1::new(conflict, sessions.map(|session| &**session));
        told.sessions.iter_mut().for_each(|session| session.name = None);
        told
    };
    snapshot.conflicts.iter().map(told).collect()
}
