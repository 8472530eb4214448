//! Which session something is about, in short.

use serde::Serialize;
use topside_model::{PastSession, Session, SessionId, SessionKind};

use super::leaf::{exact, id, prose};
use super::session::KindV1;

/// Which session something is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SubjectV1 {
    /// Whose session: an agent's id. More may come.
    pub agent: String,
    /// Its own id.
    pub id: String,
    /// A name a person or the agent gave it; history does not keep it.
    pub name: Option<String>,
    /// What it is for.
    pub kind: KindV1,
    /// Who started it.
    pub parent: Option<String>,
    /// Short name of the directory's repository.
    pub project: Option<String>,
    /// Its directory.
    pub cwd: Option<String>,
}

impl From<&Session> for SubjectV1 {
    fn from(session: &Session) -> Self {
        let identity = session.identity.as_deref();
        let kind = match identity.map(|identity| &identity.kind) {
            None | Some(SessionKind::User) => KindV1::User,
            Some(SessionKind::Subagent { .. }) => KindV1::Subagent,
            Some(SessionKind::Internal(_)) => KindV1::Internal,
        };
        Self {
            agent: id(session.key.agent.as_str()),
            id: id(session.key.id.as_str()),
            name: prose(session.name.as_ref()),
            kind,
            parent: identity.and_then(|identity| identity.parent.as_ref()).map(SessionId::as_str).map(id),
            project: exact(session.project.name.as_ref()),
            cwd: exact(session.project.cwd.as_ref()),
        }
    }
}

impl From<&PastSession> for SubjectV1 {
    fn from(session: &PastSession) -> Self {
        let kind = match &session.parent {
            _ if session.internal => KindV1::Internal,
            Some(_) => KindV1::Subagent,
            None => KindV1::User,
        };
        Self {
            agent: id(session.key.agent.as_str()),
            id: id(session.key.id.as_str()),
            name: None,
            kind,
            parent: session.parent.as_ref().map(SessionId::as_str).map(id),
            project: exact(session.project.as_ref()),
            cwd: exact(session.cwd.as_ref()),
        }
    }
}
