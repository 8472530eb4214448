//! Sessions as they were last shown, made anew only when something changed that they are made of.

use std::collections::BTreeMap;
use std::sync::Arc;

use topside_model::{Money, Session, SessionKey};

use crate::conflicts::Touched;
use crate::cost::minute;
use crate::family::parent;
use crate::view::{Frame, FromChildren, Kin, view};
use crate::waits;

/// Sessions as they were last shown.
#[derive(Default)]
pub(crate) struct Shown(BTreeMap<SessionKey, Made>);

/// A session as it was last shown, and all that it was made of.
pub(crate) struct Made {
    of: Ingredients,
    pub(crate) session: Arc<Session>,
    pub(crate) touched: Touched,
}

/// Everything a session is made of, in short: where two are equal, so are the sessions.
#[derive(Debug, Clone, PartialEq)]
struct Ingredients {
    facts: u64,
    seen: u64,
    epoch: u64,
    minute: i64,
    /// True when its parent was told that it is done.
    dismissed: bool,
    children: FromChildren,
    /// List price of it and of those it started, where that is asked for and known.
    spent: Option<Money>,
}

impl Shown {
    /// Makes a session anew, unless everything it is made of is as it was. Its children have been made before it.
    pub(crate) fn make(&mut self, key: SessionKey, frame: &Frame<'_>) {
        let Some(facts) = frame.sessions.get(&key) else { return };
        let children = frame.families.children(&key).filter_map(|child| self.0.get(child));
        let children = FromChildren::of(children.map(|made| &*made.session));
        let dismissed = parent(&key, facts, frame.sessions).is_some_and(|parent| parent.dismissed(&key.id));
        let has_figure = facts.has_figure() || frame.given.of(&key).is_some_and(|given| given.cost.is_some());
        let spent = if has_figure { frame.families.spent(&key, facts, frame.sessions) } else { None };
        let of = Ingredients {
            facts: facts.revision,
            seen: facts.seen,
            epoch: frame.epoch,
            minute: minute(frame.now),
            dismissed,
            children,
            spent,
        };
        if self.0.get(&key).is_some_and(|made| made.of == of) {
            return;
        }
        let same = self.0.get(&key).filter(|made| made.of.facts == of.facts);
        let detail = same.map_or_else(|| Arc::new(frame.detail(&key, facts)), |made| Arc::clone(&made.session.detail));
        let kin = Kin { children: &of.children, dismissed, spent };
        let mut session = view(frame, &key, facts, kin, detail);
        let before = self.0.get(&key).map(|made| made.session.waited.clone()).unwrap_or_default();
        session.waited = waits::seen(before, &session, frame.now);
        let session = Arc::new(session);
        let same = |made: &Made| {
            Arc::ptr_eq(&made.session.detail, &session.detail) && made.session.project.cwd == session.project.cwd
        };
        let touched = self.0.remove(&key).filter(same).map(|made| made.touched).unwrap_or_default();
        self.0.insert(key, Made { of, session, touched });
    }

    /// Forgets a session.
    pub(crate) fn forget(&mut self, key: &SessionKey) {
        self.0.remove(key);
    }

    /// Forgets all sessions but those that `is_known`.
    pub(crate) fn retain(&mut self, is_known: impl Fn(&SessionKey) -> bool) {
        self.0.retain(|key, _| is_known(key));
    }

    /// All of them.
    pub(crate) fn made(&self) -> &BTreeMap<SessionKey, Made> {
        &self.0
    }
}
