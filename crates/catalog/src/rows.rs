//! Which sessions are rows of a list.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use topside_model::{Session, SessionKey, SessionKind, Snapshot, StatusGroup, Timestamp};

use crate::order::{Group, group, order};
use crate::status;
use crate::text::{shown, shown_path};

/// Which sessions a list shows.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct RowFilter {
    /// Words that must all occur in a session's project, branch, agent, status, model, name or id, case aside.
    pub text: String,
    /// True to show sessions that are over.
    pub over: bool,
    /// True to show each subagent under its parent instead of folding it in.
    pub children: bool,
}

/// One row of a list.
#[derive(Debug, Clone)]
pub struct Row {
    /// Its session.
    pub session: Arc<Session>,
    /// The group it stands in; a child stands in its parent's.
    pub group: Group,
    /// Distance from the top of its family as shown.
    pub depth: usize,
    /// Subagents folded into it that are at work.
    pub folded: usize,
}

/// The rows of a list, in [`order`]. Sessions of the agent's own machinery are never rows. A subagent whose parent is
/// shown stands under it or is folded into it, unless it blocks on a person: then it is a row of its own.
pub fn rows(snapshot: &Snapshot, filter: &RowFilter, now: Timestamp) -> Vec<Row> {
    let shown: Vec<Arc<Session>> =
        snapshot.sessions.iter().filter(|session| is_wanted(session, filter, now)).cloned().collect();
    let keys: BTreeSet<&SessionKey> = shown.iter().map(|session| &session.key).collect();
    let mut families: BTreeMap<SessionKey, Vec<Arc<Session>>> = BTreeMap::new();
    let mut tops = Vec::new();
    for session in order(&shown, now) {
        match parent(&session).filter(|key| keys.contains(key) && !is_blocked(&session)) {
            Some(parent) => families.entry(parent).or_default().push(session),
            None => tops.push(session),
        }
    }
    let mut rows = Vec::new();
    for session in tops {
        let place = group(&session, now);
        add_family(&mut rows, &mut families, Row { session, group: place, depth: 0, folded: 0 }, filter.children);
    }
    rows
}

/// Adds a row and, beneath it or folded into it, its children. Each family is taken out when it is added, so a ring
/// of links ends.
fn add_family(rows: &mut Vec<Row>, families: &mut BTreeMap<SessionKey, Vec<Arc<Session>>>, row: Row, expand: bool) {
    let children = families.remove(&row.session.key).unwrap_or_default();
    let (place, depth) = (row.group, row.depth + 1);
    let at_work = children.iter().filter(|child| child.status.group() == StatusGroup::Working).count();
    rows.push(Row { folded: if expand { 0 } else { at_work }, ..row });
    if expand {
        for session in children {
            add_family(rows, families, Row { session, group: place, depth, folded: 0 }, expand);
        }
    }
}

fn is_wanted(session: &Session, filter: &RowFilter, now: Timestamp) -> bool {
    !is_internal(session)
        && (filter.over || group(session, now) != Group::Over)
        && matches_text(session, &filter.text, now)
}

fn is_blocked(session: &Session) -> bool {
    session.status.group() == StatusGroup::Blocked
}

fn is_internal(session: &Session) -> bool {
    matches!(session.identity.as_ref().map(|identity| &identity.kind), Some(SessionKind::Internal(_)))
}

/// The session that started a subagent.
fn parent(session: &Session) -> Option<SessionKey> {
    let identity = session.identity.as_ref()?;
    let id = identity.parent.clone().filter(|_| matches!(identity.kind, SessionKind::Subagent { .. }))?;
    Some(SessionKey { agent: session.key.agent.clone(), id })
}

/// True when every word of `text` occurs in what a row says.
fn matches_text(session: &Session, text: &str, now: Timestamp) -> bool {
    if text.trim().is_empty() {
        return true;
    }
    let git = session.project.git.as_ref();
    let mut hay = vec![
        session.key.agent.as_str().to_owned(),
        session.key.id.as_str().to_owned(),
        session.status.id().to_owned(),
        group(session, now).title().to_owned(),
    ];
    hay.extend(session.project.name.as_ref().map(shown_path));
    hay.extend(git.and_then(|git| git.branch.as_ref()).map(shown_path));
    hay.extend(session.settings.model.as_ref().map(|model| model.as_str().to_owned()));
    hay.extend(session.name.as_ref().map(shown));
    hay.extend(status::action(&session.status));
    hay.extend(session.stall.map(|_| "stalled".to_owned()));
    let hay = hay.join("\n").to_lowercase();
    text.to_lowercase().split_whitespace().all(|word| hay.contains(word))
}
