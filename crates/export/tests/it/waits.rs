//! Reports on waits as pages, documents and tables.

use std::time::Duration;

use topside_catalog::TimeZone;
use topside_export::text::{self, Page};
use topside_export::{csv, wire::v1};
use topside_model::{
    AgentId, RowKey, SessionId, SessionKey, Untrusted, WaitQuery, WaitReport, WaitRow, WaitTally, WaitsBy,
};

use crate::support;

fn tally(waits: u64, approval: u64, question: u64) -> WaitTally {
    let minutes = Duration::from_mins;
    WaitTally {
        waits,
        approval: minutes(approval),
        question: minutes(question),
        longest: minutes(approval.max(question)),
        any: minutes(approval.max(question) + 1),
    }
}

fn report(by: WaitsBy, keys: [RowKey; 2]) -> WaitReport {
    let [first, second] = keys;
    let rows = vec![WaitRow { key: first, tally: tally(12, 95, 20) }, WaitRow { key: second, tally: tally(1, 0, 3) }];
    let query = WaitQuery {
        by,
        since: "2026-11-01".parse().ok(),
        until: None,
        zone: TimeZone::UTC,
        agent: (by == WaitsBy::Session).then(|| AgentId::new("codex")),
        project: (by == WaitsBy::Day).then(|| "web\u{1b}[2Jshop".to_owned()),
    };
    WaitReport { taken_at: support::now(), query, rows, total: tally(13, 95, 23) }
}

fn daily() -> WaitReport {
    report(WaitsBy::Day, ["2026-11-19", "2026-11-20"].map(|day| RowKey::Day(day.parse().expect("a day"))))
}

fn by_session() -> WaitReport {
    let key = |id: &str| SessionKey { agent: AgentId::new("codex"), id: SessionId::new(id) };
    let row = |id, project: Option<&str>| RowKey::Session { key: key(id), project: project.map(Untrusted::new) };
    report(WaitsBy::Session, [row("019c00a4-51d0", Some("=webshop")), row("019d00a4-51d0", None)])
}

fn by_project() -> WaitReport {
    report(WaitsBy::Project, [RowKey::Project(Some(Untrusted::new("webshop"))), RowKey::Project(None)])
}

#[test]
fn every_kind_of_row_has_its_page() {
    for report in [daily(), by_session(), by_project()] {
        for width in [60, 80] {
            let page = Page { width, colour: false, zone: TimeZone::UTC };
            insta::assert_snapshot!(format!("{}_{width}", report.query.by.id()), text::waits(&report, &page));
        }
    }
}

#[test]
fn where_nobody_waited_it_says_when_waits_are_noted() {
    let nothing = WaitReport { rows: Vec::new(), total: WaitTally::default(), ..daily() };
    let page = text::waits(&nothing, &Page { width: 80, colour: false, zone: TimeZone::UTC });
    assert!(page.contains("Waits are noted while the screen is open"), "{page}");
}

#[test]
fn a_document_and_a_table_tell_the_same() {
    insta::assert_snapshot!("document", v1::waits(&by_session()).to_json());
    insta::assert_snapshot!("table", csv::waits(&by_session()).replace("\r\n", "\n"));
}
