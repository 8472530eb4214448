//! What a row says of its session in words, made once for as long as the session stays as it is.

use std::cell::OnceCell;
use std::sync::Arc;

use topside_catalog::text::{shown, shown_path};
use topside_catalog::{session, status};
use topside_model::{Session, SessionKind};
use unicode_width::UnicodeWidthStr;

/// A session and its words.
#[derive(Debug, Clone)]
pub(crate) struct Face {
    pub(crate) session: Arc<Session>,
    pub(crate) project: Option<String>,
    /// The branch, then what differs from it; empty outside a repository.
    pub(crate) branch: Vec<String>,
    pub(crate) agent: String,
    pub(crate) model: Option<String>,
    /// What a subagent is called.
    pub(crate) nickname: Option<String>,
    /// Columns that project, branch, agent and model take.
    pub(crate) widths: [u16; 4],
    /// Looked for secrets only when it is in sight, which costs more than all the rest.
    action: OnceCell<Option<String>>,
    name: OnceCell<Option<String>>,
}

impl Face {
    /// The face of `session`; what `before` knows and still holds is kept.
    pub(crate) fn of(session: &Arc<Session>, before: Option<Self>) -> Self {
        let (mut action, mut name) = (OnceCell::new(), OnceCell::new());
        if let Some(before) = before {
            if Arc::ptr_eq(&before.session, session) {
                return before;
            }
            if before.session.status == session.status {
                action = before.action;
            }
            if before.session.name == session.name {
                name = before.name;
            }
        }
        let nickname = match session.identity.as_ref().map(|identity| &identity.kind) {
            Some(SessionKind::Subagent { nickname, role }) => nickname.as_ref().or(role.as_ref()).map(shown),
            _ => None,
        };
        let project = session.project.name.as_ref().map(shown_path);
        let branch = session::branch_parts(session).unwrap_or_default();
        let (agent, model) = (session::agent_short(session), session::model_short(session));
        let columns = |text: Option<&String>| text.map_or(0, |text| text.width() as u16);
        let parts = branch.iter().map(|part| part.width() as u16 + 1).sum::<u16>();
        let widths =
            [columns(project.as_ref()), parts.saturating_sub(1), columns(Some(&agent)), columns(model.as_ref())];
        Self { session: Arc::clone(session), project, branch, agent, model, nickname, widths, action, name }
    }

    /// What exactly it does or asks.
    pub(crate) fn action(&self) -> Option<&str> {
        self.action.get_or_init(|| status::action(&self.session.status)).as_deref()
    }

    /// The name a person or the agent gave it.
    pub(crate) fn name(&self) -> Option<&str> {
        self.name.get_or_init(|| self.session.name.as_ref().map(shown)).as_deref()
    }
}
