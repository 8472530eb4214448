//! `topside ls`: sessions, those that need a person first.

use std::collections::BTreeMap;
use std::time::Duration;

use topside_catalog::session::{agent_short, branch_line, context_used, last_full_minute, model_short};
use topside_catalog::text::{neutralise, shown, shown_path};
use topside_catalog::{Group, RowFilter, format, rows, short_ids, status};
use topside_model::{Session, SessionKey, Snapshot, Status, StatusGroup, Timestamp, elapsed};

use super::empty::no_sessions;
use super::page::{Ink, Page, Piece, Sheet, clip};
use super::table::{Column, Row, table};

/// Which sessions are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listing<'a> {
    /// Only those of this agent.
    pub agent: Option<&'a str>,
    /// Also those that ended long ago, and subagents one by one.
    pub all: bool,
    /// How long a session that ended is still listed.
    pub recent: Duration,
    /// True to show what agents ask in full.
    pub text: bool,
}

const COLUMNS: [Column; 13] = [
    Column::words("", 0),
    Column::elastic("project", 0, 10),
    Column::elastic("name", 8, 12),
    Column::elastic("branch", 5, 14),
    Column::words("agent", 4),
    Column::elastic("doing", 0, 24),
    Column::figures("for", 1),
    Column::words("model", 6),
    Column::figures("ctx", 2),
    Column::figures("tokens", 3),
    Column::figures("tok/min", 7),
    Column::figures("age", 9),
    Column::words("session", 1),
];

/// The table of sessions, in the groups and the order of the screen.
pub fn ls(snapshot: &Snapshot, listing: &Listing<'_>, page: &Page) -> String {
    if snapshot.sessions.is_empty() {
        return no_sessions(snapshot, listing.recent, page);
    }
    let filter = RowFilter { over: true, children: listing.all, ..RowFilter::default() };
    let mut found = rows(snapshot, &filter, snapshot.taken_at);
    found.retain(|row| listing.agent.is_none_or(|agent| row.session.key.agent.as_str() == agent));
    let counts = counts(found.iter().map(|row| row.group), listing.agent);
    let known = found.len();
    found.retain(|row| listing.all || row.group != Group::Over || is_recent(snapshot, &row.session, listing.recent));
    let ids = short_ids(snapshot.sessions.iter().map(|session| &session.key));

    let mut sheet = Sheet::new(page);
    sheet.say(clip(&counts, page.width));
    let mut lines = Vec::new();
    let mut group = None;
    for row in &found {
        if group.replace(row.group) != Some(row.group) {
            lines.push(Row::Rule(row.group.title().to_owned()));
        }
        lines.push(Row::Cells(cells(snapshot, row, listing.text, &ids, page)));
    }
    if !lines.is_empty() {
        table(&mut sheet, &COLUMNS, &lines);
    }
    if let Some(hidden) = known.checked_sub(found.len()).filter(|hidden| *hidden > 0) {
        let note = format!("{hidden} that ended earlier not shown; `topside ls --all` lists them");
        sheet.line(&[Piece::dim(clip(&note, page.width))]);
    }
    sheet.finish()
}

/// How many sessions there are in each group, in words.
fn counts(groups: impl Iterator<Item = Group>, agent: Option<&str>) -> String {
    let mut counts = BTreeMap::new();
    for group in groups {
        *counts.entry(group).or_insert(0_usize) += 1;
    }
    let total: usize = counts.values().sum();
    let noun = if total == 1 { "session" } else { "sessions" };
    let of = agent.map(|agent| format!(" of {}", neutralise(agent))).unwrap_or_default();
    let title = |group: Group, count| if group == Group::Need && count != 1 { "need you" } else { group.title() };
    let parts: Vec<String> = counts.iter().map(|(group, count)| format!("{count} {}", title(*group, *count))).collect();
    let parts = if parts.is_empty() { String::new() } else { format!(": {}", parts.join(", ")) };
    format!("{total} {noun}{of}{parts}")
}

/// True when the session ended less than `recent` ago. One that ended at an unknown time did not end recently.
fn is_recent(snapshot: &Snapshot, session: &Session, recent: Duration) -> bool {
    let ended = session.status.since().or(session.last_at);
    ended.is_some_and(|at| elapsed(at, snapshot.taken_at) < recent)
}

fn cells(
    snapshot: &Snapshot,
    row: &topside_catalog::Row,
    text: bool,
    ids: &BTreeMap<&SessionKey, &str>,
    page: &Page,
) -> Vec<Piece> {
    let (session, now) = (&row.session, snapshot.taken_at);
    vec![
        Piece::new(status::sign(session), ink(row)),
        Piece { ink: Ink::Strong, ..Piece::known(called(session, row.depth)) },
        Piece::plain(session.name.as_ref().filter(|_| row.depth == 0).map(shown).unwrap_or_default()),
        Piece::known(branch_line(session)),
        Piece::plain(agent_short(session)),
        Piece::new(busy(row, text, snapshot, page), ink(row)),
        Piece::known(status::held(&session.status, now).map(format::duration)),
        Piece::known(model_short(session)),
        Piece::known(context_used(session).map(format::percent)),
        Piece::plain(format::tokens(session.usage.total())),
        Piece::known(last_full_minute(session).map(format::tokens)),
        Piece::known(session.created().map(|at| format::age(elapsed(at, now)))),
        Piece::dim(ids.get(&session.key).copied().map(neutralise).unwrap_or_default()),
    ]
}

/// What a row goes by: its project; under a parent, where the project is plain, its own name.
fn called(session: &Session, depth: usize) -> Option<String> {
    let project = session.project.name.as_ref().map(shown_path);
    let name = session.name.as_ref().map(shown).filter(|_| depth > 0);
    name.or(project).map(|called| "  ".repeat(depth) + &called)
}

/// What a row's session does, in words, and how many of its helpers work.
fn busy(row: &topside_catalog::Row, text: bool, snapshot: &Snapshot, page: &Page) -> String {
    let said = doing(&row.session, text, snapshot.taken_at, page);
    let folded = match row.folded {
        _ if matches!(row.session.status, Status::WaitingOnSubagents { .. }) => String::new(),
        0 => String::new(),
        1 => " (1 subagent at work)".to_owned(),
        n => format!(" ({n} subagents at work)"),
    };
    let stalled = status::stalled(&row.session, snapshot.taken_at).map(|stalled| format!("{stalled}: "));
    stalled.unwrap_or_default() + &said + &folded
}

/// What a session does, in words; a tool that runs speaks for itself.
pub(super) fn doing(session: &Session, text: bool, now: Timestamp, page: &Page) -> String {
    let status = &session.status;
    let label = status::label_of(session, now, &page.zone);
    match (status, status::action(status)) {
        (Status::Question { .. }, _) if !text => label,
        (Status::RunningTool { .. }, _) if status::listens(session) => label,
        (Status::RunningTool { .. }, Some(action)) => action,
        (_, Some(action)) => format!("{label}: {action}"),
        (_, None) => label,
    }
}

/// The ink of a row's sign and words.
fn ink(row: &topside_catalog::Row) -> Ink {
    match (&row.session.status, row.session.group()) {
        (Status::Failed { .. } | Status::Crashed { .. }, _) => Ink::Fail,
        (_, StatusGroup::Over) => Ink::Dim,
        _ if row.group == Group::Need || row.session.stall.is_some() => Ink::Need,
        _ => Ink::Plain,
    }
}
