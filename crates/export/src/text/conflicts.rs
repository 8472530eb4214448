//! `topside conflicts`: sessions that are in each other's way.

use topside_catalog::{conflict, format};
use topside_model::{Conflict, Contested, Snapshot, elapsed};

use super::page::{Ink, Page, Piece, Sheet, wrapped};

/// Each conflict, and below it the sessions that have it.
pub fn conflicts(snapshot: &Snapshot, page: &Page) -> String {
    let mut sheet = Sheet::new(page);
    if snapshot.conflicts.is_empty() {
        wrapped(&mut sheet, Ink::Plain, "No two sessions are in each other's way.");
        let compared =
            "topside compared the files, working trees and ports of those that run; `topside ls` lists them.";
        wrapped(&mut sheet, Ink::Plain, compared);
    }
    for one in &snapshot.conflicts {
        sheet.gap();
        let ago = one.at.map(|at| format!(", {} ago", format::duration(elapsed(at, snapshot.taken_at))));
        sheet.line(&[
            Piece::new(format!("{} {}  ", conflict::SIGN, what(one)), Ink::Need),
            Piece::new(conflict::about(&one.about), Ink::Strong),
            Piece::dim(ago.unwrap_or_default()),
        ]);
        for party in conflict::parties(snapshot, one, None) {
            sheet.say(format!("    {party}"));
        }
    }
    sheet.finish()
}

fn what(one: &Conflict) -> &'static str {
    match one.about {
        Contested::File(_) => "file changed by several",
        Contested::Tree { .. } => "working tree shared",
        Contested::Port(_) => "port used by several",
        Contested::OrphanPort(_) => "port held by an orphan, wanted by",
    }
}
