//! The JSON documents: their goldens, and that they keep to the checked-in schemas.

use serde_json::Value;
use topside_export::wire::v1;
use topside_model::Snapshot;

use crate::support;

/// Every document of `snapshot` beside the schema it must keep to.
fn documents(snapshot: &Snapshot) -> Vec<(&'static str, String)> {
    let mut documents = vec![
        (include_str!("../../schema/snapshot.v1.json"), v1::snapshot(snapshot, true).to_json()),
        (include_str!("../../schema/snapshot.v1.json"), v1::snapshot(snapshot, false).to_json_line()),
        (include_str!("../../schema/ports.v1.json"), v1::ports(snapshot).to_json()),
        (include_str!("../../schema/reclaim.v1.json"), v1::reclaim(snapshot).to_json()),
        (include_str!("../../schema/limits.v1.json"), v1::limits(snapshot).to_json()),
        (include_str!("../../schema/doctor.v1.json"), v1::doctor(snapshot).to_json()),
        (include_str!("../../schema/status.v1.json"), v1::status(snapshot).to_json()),
    ];
    for session in &snapshot.sessions {
        documents.push((include_str!("../../schema/session.v1.json"), v1::session(snapshot, session, true).to_json()));
        let reached = v1::reached(snapshot, session, "blocked", true).to_json_line();
        documents.push((include_str!("../../schema/wait.v1.json"), reached));
        documents.push((include_str!("../../schema/why.v1.json"), v1::why(snapshot, session, true).to_json()));
    }
    documents
}

fn parse(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

#[test]
fn every_document_keeps_to_its_schema() {
    for snapshot in [support::rich(), support::empty()] {
        for (schema, document) in documents(&snapshot) {
            let validator = jsonschema::validator_for(&parse(schema)).expect("a schema");
            let errors: Vec<String> = validator.iter_errors(&parse(&document)).map(|error| error.to_string()).collect();
            assert!(errors.is_empty(), "{errors:#?}\n{document}");
        }
    }
}

#[test]
fn a_schema_asks_for_every_key() {
    let validator = jsonschema::validator_for(&parse(include_str!("../../schema/snapshot.v1.json"))).expect("a schema");
    let mut document = parse(&v1::snapshot(&support::rich(), true).to_json());
    let session = document["sessions"][0].as_object_mut().expect("an object");
    let keys: Vec<String> = session.keys().cloned().collect();
    for key in keys {
        let mut broken = document.clone();
        broken["sessions"][0].as_object_mut().expect("an object").remove(&key);
        assert!(!validator.is_valid(&broken), "{key} may be missing");
    }
}

#[test]
fn a_snapshot_says_everything_that_is_known() {
    insta::assert_snapshot!(v1::snapshot(&support::rich(), true).to_json());
}

#[test]
fn a_snapshot_of_nothing_has_every_key() {
    insta::assert_snapshot!(v1::snapshot(&support::empty(), true).to_json());
}

#[test]
fn a_session_has_its_long_lists() {
    let snapshot = support::rich();
    insta::assert_snapshot!(v1::session(&snapshot, &snapshot.sessions[0], true).to_json());
}

#[test]
fn the_reasons_of_a_session_are_a_document() {
    let snapshot = support::rich();
    insta::assert_snapshot!(v1::why(&snapshot, &snapshot.sessions[0], true).to_json());
}

#[test]
fn what_people_wrote_stays_inside_unless_asked_for() {
    let quiet = v1::snapshot(&support::rich(), false).to_json();
    assert!(!quiet.contains("Allow every origin?") && !quiet.contains("Release 2.4, please."), "{quiet}");
    let asked = v1::snapshot(&support::rich(), true).to_json();
    assert!(asked.contains("Allow every origin?") && asked.contains("Release 2.4, please."), "{asked}");
}

#[test]
fn a_line_of_a_stream_is_one_line() {
    let line = v1::snapshot(&support::rich(), true).to_json_line();
    assert!(!line.contains('\n'));
    assert_eq!(parse(&line), parse(&v1::snapshot(&support::rich(), true).to_json()));
}
