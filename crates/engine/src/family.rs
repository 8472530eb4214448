//! Which session started which.

use std::collections::{BTreeMap, BTreeSet};

use topside_model::{Cost, Money, SessionKey};

use crate::engine::Sessions;
use crate::session::Facts;

/// Children by parent.
pub(crate) struct Families(BTreeMap<SessionKey, Vec<SessionKey>>);

impl Families {
    /// The families of `sessions`. One that claims to be an ancestor of its own parent is nobody's child.
    pub(crate) fn of(sessions: &Sessions) -> Self {
        let mut parents: BTreeMap<&SessionKey, SessionKey> = BTreeMap::new();
        let mut families: BTreeMap<SessionKey, Vec<SessionKey>> = BTreeMap::new();
        for (key, facts) in sessions {
            let Some(parent) = parent_key(key, facts) else { continue };
            let mut ancestors = std::iter::successors(Some(&parent), |ancestor| parents.get(ancestor));
            if sessions.contains_key(&parent) && ancestors.all(|ancestor| ancestor != key) {
                families.entry(parent.clone()).or_default().push(key.clone());
                parents.insert(key, parent);
            }
        }
        Self(families)
    }

    /// The children of a session.
    pub(crate) fn children(&self, key: &SessionKey) -> impl Iterator<Item = &SessionKey> {
        self.0.get(key).into_iter().flatten()
    }

    /// Every key once, children before their parents.
    pub(crate) fn children_first<'a>(&'a self, keys: impl Iterator<Item = &'a SessionKey>) -> Vec<SessionKey> {
        let (mut seen, mut out) = (BTreeSet::new(), Vec::new());
        for key in keys {
            self.visit(key, &mut seen, &mut out);
        }
        out
    }

    fn visit<'a>(&'a self, key: &'a SessionKey, seen: &mut BTreeSet<&'a SessionKey>, out: &mut Vec<SessionKey>) {
        if !seen.insert(key) {
            return;
        }
        for child in self.children(key) {
            self.visit(child, seen, out);
        }
        out.push(key.clone());
    }

    /// List price of a session and of all those it started; `None` where some of it is not known.
    pub(crate) fn spent(&self, key: &SessionKey, facts: &Facts, sessions: &Sessions) -> Option<Money> {
        let known = |cost: &Cost| cost.unpriced.is_empty().then_some(cost.money);
        let own = known(&facts.list.all.cost);
        self.children(key).fold(own, |sum, child| {
            let spent = sessions.get(child).and_then(|facts| self.spent(child, facts, sessions));
            sum.zip(spent).map(|(sum, spent)| sum + spent)
        })
    }
}

/// The session that started one, by its own word.
pub(crate) fn parent<'a>(key: &SessionKey, facts: &Facts, sessions: &'a Sessions) -> Option<&'a Facts> {
    sessions.get(&parent_key(key, facts)?)
}

fn parent_key(key: &SessionKey, facts: &Facts) -> Option<SessionKey> {
    let id = facts.identity.as_ref()?.1.parent.clone()?;
    Some(SessionKey { agent: key.agent.clone(), id })
}
