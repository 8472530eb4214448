//! `topside wait`: who came to what was waited for.

use topside_catalog::format;
use topside_catalog::status::{glyph, held};
use topside_catalog::text::{neutralise, shown_path};
use topside_model::{Session, Snapshot, StatusGroup};

use super::ls::doing;
use super::page::{Ink, Page, Piece, Sheet};

/// One line on what `session` does; `text` lets its question through.
pub fn reached(snapshot: &Snapshot, session: &Session, text: bool, page: &Page) -> String {
    let ink = if session.group() == StatusGroup::Blocked { Ink::Need } else { Ink::Plain };
    let agent = neutralise(session.key.agent.as_str());
    let project = session.project.name.as_ref().map_or_else(|| agent.clone(), shown_path);
    let held = held(&session.status, snapshot.taken_at).map(|time| format!("  {}", format::duration(time)));
    let mut sheet = Sheet::new(page);
    sheet.line(&[
        Piece::new(glyph(&session.status), ink),
        Piece::plain(" "),
        Piece::new(project, Ink::Strong),
        Piece::plain("  "),
        Piece::new(doing(session, text, snapshot.taken_at, page), ink),
        Piece::plain(held.unwrap_or_default()),
        Piece::dim(format!("  {agent} {}", neutralise(session.key.id.as_str()))),
    ]);
    sheet.finish()
}
