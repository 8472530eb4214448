//! Usage reports as pages, documents and tables.

mod reports;

use serde_json::Value;
use topside_catalog::TimeZone;
use topside_export::text::{self, Page};
use topside_export::{csv, wire::v1};
use topside_model::{Problem, Spending, Untrusted, UsageQuery, UsageReport};
use unicode_width::UnicodeWidthStr;

use self::reports::{blocks, daily, hostile, limited, others, sessions};
use crate::support;

fn page(width: usize) -> Page {
    Page { width, colour: false, zone: TimeZone::UTC }
}

/// Checks a page at 60, 80 and 120 columns against its goldens.
fn check(name: &str, report: &UsageReport) {
    for width in [60, 80, 120] {
        insta::assert_snapshot!(format!("{name}_{width}"), text::usage(report, &page(width)));
    }
}

#[test]
fn days_stand_one_below_the_other() {
    check("daily", &daily());
}

#[test]
fn blocks_say_which_is_running() {
    check("blocks", &blocks());
}

#[test]
fn sessions_say_their_project() {
    check("sessions", &sessions());
}

#[test]
fn what_was_asked_for_is_said() {
    check("limited", &limited());
}

#[test]
fn every_other_row_has_its_name() {
    for report in others() {
        insta::assert_snapshot!(format!("{}_80", report.query.period.id()), text::usage(&report, &page(80)));
    }
}

#[test]
fn a_report_of_nothing_says_what_to_do() {
    let nothing = UsageReport { rows: Vec::new(), total: Spending::default(), ..daily() };
    insta::assert_snapshot!(text::usage(&nothing, &page(60)));
    let asked = UsageQuery { project: Some("Webshop".to_owned()), ..nothing.query.clone() };
    let narrow = UsageReport { query: asked, ..nothing };
    insta::assert_snapshot!("nothing_of_a_project", text::usage(&narrow, &page(60)));
    for (number, names) in [&[][..], &["webshop"], &["web", "shop", "\u{1b}[2Jws"]].into_iter().enumerate() {
        let unknown_project = Some(names.iter().map(|name| Untrusted::new(*name)).collect());
        let page = text::usage(&UsageReport { unknown_project, ..narrow.clone() }, &page(60));
        insta::assert_snapshot!(format!("unknown_project_{number}"), page);
    }
}

#[test]
fn colours_mark_what_is_not_known() {
    let page = Page { colour: true, ..page(120) };
    assert!(text::usage(&daily(), &page).contains("\u{1b}[2m–\u{1b}[0m"));
}

#[test]
fn a_page_keeps_to_its_width_whatever_it_holds() {
    for report in others().into_iter().chain([daily(), blocks(), sessions(), limited(), hostile()]) {
        for width in [60, 80, 120, 200] {
            for line in text::usage(&report, &page(width)).lines() {
                assert!(line.width() <= width, "{:?} {width}: {line}", report.query.period);
            }
        }
    }
}

#[test]
fn nothing_that_acts_on_a_terminal_gets_out() {
    let acts = |c: char| (c.is_control() && c != '\n' && c != '\r') || c == '\u{202e}';
    for face in [text::usage(&hostile(), &page(9_000)), v1::usage(&hostile(), &[]).to_json(), csv::usage(&hostile())] {
        assert!(!face.contains(acts) && !face.contains("\\u00"), "{face:?}");
    }
}

#[test]
fn every_document_keeps_to_its_schema() {
    let schema: Value = serde_json::from_str(include_str!("../../schema/usage.v1.json")).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    for report in others().into_iter().chain([daily(), blocks(), sessions(), limited(), hostile()]) {
        let document = serde_json::from_str(&v1::usage(&report, &left_out()).to_json()).expect("JSON");
        let errors: Vec<String> = validator.iter_errors(&document).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:#?}\n{document:#}");
    }
}

/// A folder that may not be looked into, and whose name is meant to do harm.
fn left_out() -> [Problem; 1] {
    [Problem { path: Untrusted::new("/home/ada/.codex/\u{1b}[2J"), what: "Permission denied".to_owned() }]
}

#[test]
fn a_document_names_what_is_missing_from_it() {
    let document: Value = serde_json::from_str(&v1::usage(&daily(), &left_out()).to_json()).expect("JSON");
    let path = document["left_out"][0]["path"].as_str().expect("a path");
    assert!(path.starts_with("/home/ada/.codex/") && !path.contains('\u{1b}'), "{path}");
    assert_eq!(document["left_out"][0]["what"], "Permission denied");
}

#[test]
fn a_document_tells_each_day_with_its_models() {
    insta::assert_snapshot!(v1::usage(&daily(), &[]).to_json());
}

#[test]
fn a_document_tells_blocks_and_what_was_asked() {
    let keys = |report: &UsageReport| -> Value {
        let mut document: Value = serde_json::from_str(&v1::usage(report, &[]).to_json()).expect("JSON");
        for row in document["rows"].as_array_mut().expect("rows") {
            row.as_object_mut().expect("a row").retain(|key, _| {
                ["key", "agent", "project", "starts_at", "ends_at", "running"].contains(&key.as_str())
            });
        }
        for large in ["total", "undated"] {
            document.as_object_mut().expect("an object").remove(large);
        }
        document
    };
    let documents = [blocks(), sessions(), limited()].map(|report| keys(&report));
    insta::assert_snapshot!(serde_json::to_string_pretty(&documents).expect("JSON"));
}

#[test]
fn a_table_has_one_record_for_each_row() {
    let table = csv::usage(&daily()) + &csv::usage(&sessions());
    assert_eq!(table.matches("\r\n").count(), table.matches('\n').count());
    insta::assert_snapshot!(table.replace("\r\n", "\n"));
}

#[test]
fn a_table_holds_no_formulas() {
    let table = csv::usage(&hostile());
    assert!(table.contains(",\"'=cmd|"), "{table}");
    assert!(!table.contains(",=cmd") && !table.contains("\"=cmd"), "{table}");
    assert_eq!(table.lines().count(), 4);
}

#[test]
fn numbers_of_a_report_are_named_as_those_of_a_session() {
    let names = |value: &Value| -> Vec<String> { value.as_object().expect("an object").keys().cloned().collect() };
    let session: Value = serde_json::from_str(&v1::snapshot(&support::rich(), false).to_json()).expect("JSON");
    let report: Value = serde_json::from_str(&v1::usage(&daily(), &[]).to_json()).expect("JSON");
    let session = names(&session["sessions"][0]["usage"]);
    assert_eq!(names(&report["rows"][0]["usage"]), session);
    assert_eq!(names(&report["rows"][0]["models"][0]["usage"]), session);
}
