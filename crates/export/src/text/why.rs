//! `topside why`: the signals behind a session's state and numbers.

use topside_catalog::session::context_used;
use topside_catalog::text::{shown, shown_path};
use topside_catalog::{format, status};
use topside_model::{Evidence, Place, Session, Snapshot, Untrusted, elapsed};

use super::page::{Ink, Page, Piece, Sheet, many};
use super::show::title;

/// Why the state and the numbers of `session` are believed, grouped by what each signal speaks about.
pub fn why(snapshot: &Snapshot, session: &Session, page: &Page) -> String {
    let mut sheet = Sheet::new(page);
    title(&mut sheet, session);
    if session.evidence.is_empty() {
        sheet.gap();
        sheet.say(status::sentence_of(session, snapshot.taken_at, &page.zone));
        sheet.say("No signal was kept for this session. `topside doctor` tells what was read and what was not.");
    }
    let mut topics: Vec<&str> = Vec::new();
    for evidence in &session.evidence {
        if !topics.contains(&evidence.about) {
            topics.push(evidence.about);
        }
    }
    for topic in topics {
        sheet.gap();
        let claim = claim(topic, session, snapshot, page).map(|claim| format!("  {claim}")).unwrap_or_default();
        sheet.line(&[Piece::new(topic, Ink::Strong), Piece::plain(claim)]);
        for evidence in session.evidence.iter().filter(|evidence| evidence.about == topic) {
            signal(&mut sheet, evidence, snapshot);
        }
    }
    sheet.finish()
}

/// What topside says about `topic`.
fn claim(topic: &str, session: &Session, snapshot: &Snapshot, page: &Page) -> Option<String> {
    match topic {
        "status" => Some(status::sentence_of(session, snapshot.taken_at, &page.zone)),
        "stall" => session.stall.map(|stall| status::stall_sentence(stall, snapshot.taken_at)),
        "tokens" => {
            let replies = many(session.responses, "reply", "replies");
            Some(format!("{} in {replies}", format::tokens(session.usage.total())))
        }
        "context" => context_used(session).map(|used| format!("{} used", format::percent(used))),
        _ => None,
    }
}

/// One signal: what was seen, how old it is, how far it goes, and where it was seen.
fn signal(sheet: &mut Sheet<'_>, evidence: &Evidence, snapshot: &Snapshot) {
    let age = evidence.at.map(|at| format!("{} ago", format::duration(elapsed(at, snapshot.taken_at))));
    let seen = shown(&Untrusted::new(&evidence.signal));
    sheet.line(&[
        Piece::dim(format!("  {:<8}", evidence.strength.id())),
        Piece::plain(seen),
        Piece::dim(age.map(|age| format!(", {age}")).unwrap_or_default()),
    ]);
    if let Some(place) = place(&evidence.place) {
        sheet.line(&[Piece::dim(format!("          {place}"))]);
    }
}

fn place(place: &Place) -> Option<String> {
    match place {
        Place::File { path, offset } => Some(format!("{}:{offset}", shown_path(path))),
        Place::Process { pid } => Some(format!("pid {pid}")),
        Place::Lock { path, pid } => Some(format!("{} locked by pid {pid}", shown_path(path))),
        Place::Socket { path } => Some(format!("told over {}", shown_path(path))),
        Place::Nowhere => None,
    }
}
