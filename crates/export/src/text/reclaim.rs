//! `topside reclaim`: what could be won back.

use topside_catalog::{format, leftover};
use topside_model::{Bytes, Leftover, LeftoverKind, Snapshot, elapsed};

use super::page::{Ink, Page, Piece, Sheet, many, wrapped};
use super::table::{Column, Row, table};

const COLUMNS: [Column; 7] = [
    Column::words("what", 0),
    Column::elastic("whose", 1, 8),
    Column::figures("memory", 0),
    Column::figures("for", 0),
    Column::figures("pid", 2),
    Column::words("port", 3),
    Column::elastic("command or folder", 0, 12),
];

/// The table of what could be won back, and how.
pub fn reclaim(snapshot: &Snapshot, page: &Page) -> String {
    let mut sheet = Sheet::new(page);
    let leftovers = &snapshot.leftovers;
    if leftovers.is_empty() {
        sheet.say("Nothing is left over.");
        wrapped(
            &mut sheet,
            Ink::Dim,
            "No session has rested for long, none that is over left something running, and no worktree is without one.",
        );
        return sheet.finish();
    }
    let rows: Vec<Row> = leftovers.iter().map(|one| Row::Cells(cells(snapshot, one))).collect();
    table(&mut sheet, &COLUMNS, &rows);
    sheet.gap();
    let memory = leftovers.iter().filter_map(Leftover::memory).reduce(|sum, one| Bytes(sum.0 + one.0));
    let memory = memory.map(|memory| format!(", {} of memory to win back", format::bytes(memory))).unwrap_or_default();
    sheet.say(format!("{}{memory}", many(leftovers.len() as u64, "thing is left over", "things are left over")));
    let worktrees = leftovers.iter().filter_map(|one| match &one.kind {
        LeftoverKind::Worktree(worktree) => Some(leftover::removal(worktree)),
        _ => None,
    });
    let removals: Vec<String> = worktrees.collect();
    if !removals.is_empty() {
        sheet.gap();
        wrapped(&mut sheet, Ink::Dim, "topside deletes no folder. Once you have what you need of a worktree:");
        for removal in removals {
            sheet.say(format!("  {removal}"));
        }
    }
    sheet.finish()
}

fn cells(snapshot: &Snapshot, one: &Leftover) -> Vec<Piece> {
    let age = one.since.map(|since| format::age(elapsed(since, snapshot.taken_at)));
    let ports = one.ports.iter().map(|port| format!(":{port}")).collect::<Vec<_>>().join(" ");
    vec![
        Piece::new(leftover::kind(&one.kind), Ink::Strong),
        Piece::known(leftover::owner(one)),
        Piece::known(one.memory().map(format::bytes)),
        Piece::known(age),
        Piece::known(one.processes.first().map(|process| process.process.pid.to_string())),
        Piece::known((!ports.is_empty()).then_some(ports)),
        Piece::plain(leftover::what(one)),
    ]
}
