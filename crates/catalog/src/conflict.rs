//! How conflicts between sessions read.

use topside_model::{Conflict, Contested, Session, SessionKey, Snapshot};

use crate::id::short_ids;
use crate::session::agent_short;
use crate::text::{neutralise, shown_path};

/// The sign of a session that is in another one's way.
pub const SIGN: &str = "⇄";

/// What it is about, by its name: a path, a worktree, `:3000`.
pub fn about(about: &Contested) -> String {
    match about {
        Contested::File(path) => shown_path(path),
        Contested::Tree { repository, worktree: None } => shown_path(repository),
        Contested::Tree { repository, worktree: Some(name) } => {
            format!("worktree {} of {}", shown_path(name), shown_path(repository))
        }
        Contested::Port(port) | Contested::OrphanPort(port) => format!(":{port}"),
    }
}

/// What happens there, as it follows on its name: `is changed by`, `is worked in by`.
pub fn verb(about: &Contested) -> &'static str {
    match about {
        Contested::File(_) => "is changed by",
        Contested::Tree { .. } => "is worked in by",
        Contested::Port(_) => "is listened on by",
        Contested::OrphanPort(_) => "is held by what was left behind, and wanted by",
    }
}

/// Conflicts that a session is part of.
pub fn of<'a>(snapshot: &'a Snapshot, session: &'a SessionKey) -> impl Iterator<Item = &'a Conflict> {
    snapshot.conflicts.iter().filter(move |conflict| conflict.sessions.contains(session))
}

/// The sessions of a conflict by project, agent and short id, without `but`, if given; of an orphan's port those that
/// want it.
pub fn parties(snapshot: &Snapshot, conflict: &Conflict, but: Option<&SessionKey>) -> Vec<String> {
    let ids = short_ids(snapshot.sessions.iter().map(|session| &session.key));
    let called = |key: &SessionKey| {
        let id = neutralise(ids.get(key).copied().unwrap_or(key.id.as_str()));
        let session = snapshot.sessions.iter().find(|session| session.key == *key);
        session.map_or_else(|| id.clone(), |session| format!("{} {id}", name(session)))
    };
    let wanting = usize::from(matches!(conflict.about, Contested::OrphanPort(_)));
    conflict.sessions.iter().skip(wanting).filter(|key| Some(*key) != but).map(called).collect()
}

/// The conflict as a sentence, seen from one of its sessions: `src/pay.rs is changed by webshop claude 019c02a4 too`.
pub fn sentence(snapshot: &Snapshot, conflict: &Conflict, from: &SessionKey) -> String {
    let others = parties(snapshot, conflict, Some(from)).join(", ");
    let (about, verb) = (about(&conflict.about), verb(&conflict.about));
    let is_holder = conflict.sessions.first() == Some(from);
    match conflict.about {
        Contested::OrphanPort(_) if is_holder => format!("{about} {verb} {others}"),
        Contested::OrphanPort(_) => format!("{about} is held by what another session left behind"),
        _ => format!("{about} {verb} {others} too"),
    }
}

/// Project and agent of a session.
fn name(session: &Session) -> String {
    let project = session.project.name.as_ref().map_or_else(|| "no project".to_owned(), shown_path);
    format!("{project} {}", agent_short(session))
}
