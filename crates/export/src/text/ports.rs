//! `topside ports`: what sessions listen on, and what they left running.

use topside_catalog::format;
use topside_catalog::text::{neutralise, shown, shown_path};
use topside_model::{Port, Snapshot, elapsed};

use super::page::{Ink, Page, Piece, Sheet};
use super::table::{Column, Row, table};

const COLUMNS: [Column; 7] = [
    Column::figures("port", 0),
    Column::words("reach", 3),
    Column::elastic("session", 0, 12),
    Column::words("agent", 4),
    Column::words("state", 1),
    Column::figures("pid", 2),
    Column::elastic("command", 0, 12),
];

/// The table of ports.
pub fn ports(snapshot: &Snapshot, page: &Page) -> String {
    let mut sheet = Sheet::new(page);
    if snapshot.ports.is_empty() {
        sheet.say("No session listens on a port.");
        sheet.say("topside looked at the processes of every session it knows; `topside ls` lists those.");
        return sheet.finish();
    }
    let rows: Vec<Row> = snapshot.ports.iter().map(|port| Row::Cells(cells(snapshot, port))).collect();
    table(&mut sheet, &COLUMNS, &rows);
    if snapshot.ports.iter().any(|port| port.orphan) {
        sheet.gap();
        sheet.line(&[Piece::dim(
            "An orphan outlived its session: `topside stop --pid PID` ends it, `topside reclaim` all of them.",
        )]);
    }
    sheet.finish()
}

fn cells(snapshot: &Snapshot, port: &Port) -> Vec<Piece> {
    let listener = &port.port;
    let state = match port.orphan_since {
        Some(since) => Piece::new(format!("orphan {}", format::duration(elapsed(since, snapshot.taken_at))), Ink::Need),
        None if port.orphan => Piece::new("orphan", Ink::Need),
        None => Piece::plain("in use"),
    };
    vec![
        Piece::new(format!(":{}", listener.port), Ink::Strong),
        if listener.exposed { Piece::new("network", Ink::Need) } else { Piece::plain("local") },
        Piece::plain(owner(snapshot, port)),
        Piece::plain(neutralise(port.session.agent.as_str())),
        state,
        Piece::known(listener.process.map(|process| process.pid.to_string())),
        Piece::known(listener.command.as_ref().map(shown)),
    ]
}

/// The project of the session a port belongs to, else its id.
fn owner(snapshot: &Snapshot, port: &Port) -> String {
    let session = snapshot.sessions.iter().find(|session| session.key == port.session);
    let project = session.and_then(|session| session.project.name.as_ref());
    project.map_or_else(|| neutralise(port.session.id.as_str()), shown_path)
}
