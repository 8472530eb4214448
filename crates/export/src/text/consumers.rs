//! Who used what a limit is of.

use topside_catalog::limit_use::{self, SHARES, headline};
use topside_catalog::text::{neutralise, shown, shown_path};
use topside_catalog::{format, short_ids};
use topside_model::{Consumer, LimitUse, LimitWindow, PastName, Snapshot, Untrusted};

use super::page::{Ink, Piece, Sheet, many, wrapped};
use super::table::{Column, Row, table};

/// Consumers on a page.
const SHOWN: usize = 5;

const COLUMNS: [Column; 6] = [
    Column::words("session", 0),
    Column::elastic("project", 0, 8),
    Column::figures("tokens", 0),
    Column::figures("share", 0),
    Column::figures("tok/h", 1),
    Column::elastic("name", 2, 8),
];

/// Those who used most since a window began.
pub(super) fn consumers(sheet: &mut Sheet<'_>, window: &LimitWindow, used: &LimitUse, snapshot: &Snapshot) {
    if used.sessions.is_empty() {
        let agent = neutralise(used.agent.as_str());
        let since = format::clock(used.since, snapshot.taken_at, &sheet.page.zone);
        wrapped(sheet, Ink::Dim, &format!("No tokens of {agent} are known since {since}."));
        return;
    }
    let headline = headline(used, window, snapshot, &sheet.page.zone);
    wrapped(sheet, Ink::Dim, &format!("{headline}; {SHARES}"));
    let ids = short_ids(used.sessions.iter().map(|session| &session.who.key));
    let row = |session: &Consumer<PastName>| {
        let PastName { key, project } = &session.who;
        let live = snapshot.sessions.iter().find(|live| live.key == *key);
        Row::Cells(vec![
            Piece::plain(neutralise(ids[key])),
            Piece::known(project.as_ref().map(shown_path)),
            Piece::new(format::tokens(session.tokens), Ink::Strong),
            Piece::plain(format::percent(session.share)),
            Piece::known(session.hourly.map(format::tokens)),
            Piece::dim(live.and_then(|live| live.name.as_ref()).map(shown).unwrap_or_default()),
        ])
    };
    table(sheet, &COLUMNS, &used.sessions.iter().take(SHOWN).map(row).collect::<Vec<_>>());
    let hidden = used.sessions.len().saturating_sub(SHOWN) as u64 + used.more_sessions;
    if hidden > 0 {
        wrapped(sheet, Ink::Dim, &format!("and {}", many(hidden, "more session", "more sessions")));
    }
    wrapped(sheet, Ink::Plain, &projects(used));
}

/// `by project: webshop 64% (120k/h), atlas 30%, 2 more`.
fn projects(used: &LimitUse) -> String {
    let project = |project: &Consumer<Option<Untrusted>>| {
        let name = limit_use::project(project.who.as_ref());
        let rate = project.hourly.map(|rate| format!(" ({}/h)", format::tokens(rate))).unwrap_or_default();
        format!("{name} {}{rate}", format::percent(project.share))
    };
    let mut names: Vec<String> = used.projects.iter().take(SHOWN).map(project).collect();
    let hidden = used.projects.len().saturating_sub(SHOWN) as u64 + used.more_projects;
    if hidden > 0 {
        names.push(format!("{hidden} more"));
    }
    format!("by project: {}", names.join(", "))
}
