//! `topside waits`: how long sessions waited for a person, row by row.

use std::collections::BTreeMap;
use std::time::Duration;

use topside_catalog::text::{neutralise, shown_path};
use topside_catalog::{format, short_ids};
use topside_model::{RowKey, SessionKey, WaitQuery, WaitReport, WaitTally, WaitsBy};

use super::page::{Ink, Page, Piece, Sheet, wrapped};
use super::table::{Column, Row, table};

const FIGURES: [Column; 6] = [
    Column::figures("waits", 4),
    Column::figures("approvals", 3),
    Column::figures("questions", 3),
    Column::figures("longest", 2),
    Column::figures("at least one", 1),
    Column::figures("waited", 0),
];

/// The report as a table and its total.
pub fn waits(report: &WaitReport, page: &Page) -> String {
    let mut sheet = Sheet::new(page);
    heading(&mut sheet, &report.query, report);
    if report.rows.is_empty() {
        wrapped(&mut sheet, Ink::Plain, "No session was seen to wait for you.");
        wrapped(&mut sheet, Ink::Plain, "Waits are noted while the screen is open: run `topside`.");
        return sheet.finish();
    }
    let keys = key_columns(report.query.by);
    let columns: Vec<Column> = keys.iter().chain(&FIGURES).copied().collect();
    let ids = short_ids(report.rows.iter().filter_map(|row| match &row.key {
        RowKey::Session { key, .. } => Some(key),
        _ => None,
    }));
    let line = |mut cells: Vec<Piece>, tally: &WaitTally| {
        cells.resize(keys.len(), Piece::plain(""));
        cells.extend(figures(tally));
        Row::Cells(cells)
    };
    let mut rows: Vec<Row> = report.rows.iter().map(|row| line(key_cells(&row.key, &ids), &row.tally)).collect();
    rows.push(Row::Rule("total".to_owned()));
    rows.push(line(Vec::new(), &report.total));
    table(&mut sheet, &columns, &rows);
    sheet.gap();
    let any = format::duration(report.total.any);
    wrapped(
        &mut sheet,
        Ink::Dim,
        &format!("For {any} at least one waited; two that waited at once count both in the rest."),
    );
    sheet.finish()
}

/// What was asked, and where days begin.
fn heading(sheet: &mut Sheet<'_>, query: &WaitQuery, report: &WaitReport) {
    let by = match query.by {
        WaitsBy::Day => "day",
        WaitsBy::Session => "session",
        WaitsBy::Project => "project",
    };
    let asked = [
        Some(format!("waits for you by {by}")),
        query.since.map(|day| format!("since {day}")),
        query.until.map(|day| format!("until {day}")),
        query.agent.as_ref().map(|agent| format!("of {}", neutralise(agent.as_str()))),
        query.project.as_ref().map(|project| format!("in {}", neutralise(project))),
    ];
    wrapped(sheet, Ink::Strong, &asked.into_iter().flatten().collect::<Vec<_>>().join(", "));
    let zone = neutralise(&format::zone(&query.zone, report.taken_at));
    wrapped(
        sheet,
        Ink::Dim,
        &format!("time zone {zone}; approvals and questions, as far as the screen was open to see them"),
    );
    sheet.gap();
}

fn key_columns(by: WaitsBy) -> &'static [Column] {
    const DAY: &[Column] = &[Column::words("day", 0)];
    const SESSION: &[Column] = &[Column::elastic("session", 0, 8), Column::elastic("project", 1, 8)];
    const PROJECT: &[Column] = &[Column::elastic("project", 0, 12)];
    match by {
        WaitsBy::Day => DAY,
        WaitsBy::Session => SESSION,
        WaitsBy::Project => PROJECT,
    }
}

fn key_cells(key: &RowKey, ids: &BTreeMap<&SessionKey, &str>) -> Vec<Piece> {
    match key {
        RowKey::Day(day) => vec![Piece::plain(day.to_string())],
        RowKey::Session { key, project } => {
            vec![Piece::plain(neutralise(ids[key])), Piece::known(project.as_ref().map(shown_path))]
        }
        RowKey::Project(project) => vec![Piece::known(project.as_ref().map(shown_path))],
        // Waits are told apart by nothing else.
        _ => Vec::new(),
    }
}

fn figures(tally: &WaitTally) -> [Piece; 6] {
    let time = |time: Duration| if time.is_zero() { Piece::dim("0s") } else { Piece::plain(format::duration(time)) };
    [
        Piece::plain(format::count(tally.waits)),
        time(tally.approval),
        time(tally.question),
        time(tally.longest),
        time(tally.any),
        Piece::new(format::duration(tally.time()), Ink::Strong),
    ]
}
