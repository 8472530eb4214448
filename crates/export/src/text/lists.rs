//! The lists at the foot of a session's page. An empty list is left out.

use topside_catalog::text::{neutralise, shown, shown_path};
use topside_catalog::{format, status};
use topside_model::{FileChange, Outcome, Session, Snapshot, Timestamp, ToolCall, elapsed};

use super::page::{Ink, Piece, Sheet};
use super::table::{Column, Row, table};

/// Entries of a list; the JSON form has them all.
const ENTRIES: usize = 10;

/// The latest tool calls.
pub(super) fn tools(sheet: &mut Sheet<'_>, session: &Session, now: Timestamp) {
    const COLUMNS: [Column; 5] = [
        Column::figures("started", 2),
        Column::words("tool", 0),
        Column::elastic("what", 0, 20),
        Column::figures("took", 1),
        Column::words("outcome", 0),
    ];
    let zone = sheet.page.zone.clone();
    let cells = |call: &ToolCall| {
        let took = call.took.or_else(|| Some(elapsed(call.started_at?, call.finished_at?)));
        vec![
            Piece::known(call.started_at.map(|at| format::clock(at, now, &zone))),
            Piece::plain(shown(&call.name)),
            Piece::known(call.summary.as_ref().map(shown)),
            Piece::known(took.map(format::short_duration)),
            outcome(call),
        ]
    };
    list(sheet, "tool calls", &COLUMNS, session.detail.tools.iter().map(cells).collect());
}

fn outcome(call: &ToolCall) -> Piece {
    let code = call.exit_code.filter(|code| *code != 0).map(|code| format!(" ({code})")).unwrap_or_default();
    match call.outcome {
        None => Piece::plain("open"),
        Some(Outcome::Completed) => Piece::plain(format!("done{code}")),
        Some(Outcome::Failed) => Piece::new(format!("failed{code}"), Ink::Fail),
        Some(Outcome::Declined) => Piece::plain("declined"),
        Some(Outcome::Background) => Piece::plain("in background"),
        Some(Outcome::Unknown) => Piece::known(None),
    }
}

/// The processes as a tree.
pub(super) fn processes(sheet: &mut Sheet<'_>, session: &Session, now: Timestamp) {
    const COLUMNS: [Column; 5] = [
        Column::figures("pid", 0),
        Column::elastic("command", 0, 20),
        Column::figures("cpu", 1),
        Column::figures("memory", 2),
        Column::figures("age", 3),
    ];
    let rows = session.processes.iter().map(|process| {
        let indent = "  ".repeat(process.depth as usize);
        vec![
            Piece::plain(process.process.pid.to_string()),
            Piece::plain(format!("{indent}{}", shown(&process.command))),
            Piece::known(process.vitals.cpu.map(format::percent)),
            Piece::known(process.vitals.memory.map(format::bytes)),
            Piece::known(process.started_at.map(|started| format::age(elapsed(started, now)))),
        ]
    });
    list(sheet, "processes", &COLUMNS, rows.collect());
}

/// The children, with what they do.
pub(super) fn subagents(sheet: &mut Sheet<'_>, session: &Session, snapshot: &Snapshot) {
    const COLUMNS: [Column; 3] =
        [Column::words("session", 0), Column::elastic("name", 1, 8), Column::elastic("doing", 0, 12)];
    let zone = sheet.page.zone.clone();
    let rows = session.detail.subagents.iter().map(|link| {
        let child = snapshot.session(&link.id);
        let doing = child.map(|child| status::label(&child.status, snapshot.taken_at, &zone));
        vec![
            Piece::plain(neutralise(link.id.as_str())),
            Piece::known(child.and_then(|child| child.name.as_ref()).map(shown)),
            if link.done { Piece::dim("done") } else { Piece::known(doing) },
        ]
    });
    list(sheet, "subagents", &COLUMNS, rows.collect());
}

/// The files changed.
pub(super) fn files(sheet: &mut Sheet<'_>, session: &Session, now: Timestamp) {
    const COLUMNS: [Column; 4] = [
        Column::words("change", 0),
        Column::elastic("file", 0, 20),
        Column::figures("times", 1),
        Column::figures("ago", 2),
    ];
    let rows = session.detail.files.iter().map(|file| {
        let change = match file.how {
            FileChange::Added => "added",
            FileChange::Updated => "changed",
            FileChange::Deleted => "deleted",
        };
        vec![
            Piece::plain(change),
            Piece::plain(shown_path(&file.path)),
            Piece::plain(file.times.to_string()),
            Piece::known(file.at.map(|at| format::age(elapsed(at, now)))),
        ]
    });
    list(sheet, "files", &COLUMNS, rows.collect());
}

/// The files it was read from, each whole on its line.
pub(super) fn sources(sheet: &mut Sheet<'_>, session: &Session) {
    if session.detail.sources.is_empty() {
        return;
    }
    sheet.gap();
    sheet.rule("read from");
    for source in &session.detail.sources {
        sheet.say(shown_path(source));
    }
}

/// The last [`ENTRIES`] rows under a rule.
fn list(sheet: &mut Sheet<'_>, title: &str, columns: &[Column], rows: Vec<Vec<Piece>>) {
    if rows.is_empty() {
        return;
    }
    let earlier = rows.len().saturating_sub(ENTRIES);
    let latest: Vec<Row> = rows.into_iter().skip(earlier).map(Row::Cells).collect();
    sheet.gap();
    sheet.rule(title);
    table(sheet, columns, &latest);
    if earlier > 0 {
        sheet.line(&[Piece::dim(format!("{earlier} more; --json has what was kept"))]);
    }
}
