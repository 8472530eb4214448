//! The documents that scripts read keep to the schemas they are promised by.

use serde_json::Value;

use crate::fixture::Transcript;
use crate::home::Home;

/// Checks a document against the checked-in schema that it names.
#[track_caller]
pub(crate) fn check(document: &Value) {
    let schema = match document["schema"].as_str() {
        Some("topside.snapshot") => include_str!("../../../export/schema/snapshot.v1.json"),
        Some("topside.session") => include_str!("../../../export/schema/session.v1.json"),
        Some("topside.why") => include_str!("../../../export/schema/why.v1.json"),
        Some("topside.ports") => include_str!("../../../export/schema/ports.v1.json"),
        Some("topside.reclaim") => include_str!("../../../export/schema/reclaim.v1.json"),
        Some("topside.limits") => include_str!("../../../export/schema/limits.v1.json"),
        Some("topside.status") => include_str!("../../../export/schema/status.v1.json"),
        Some("topside.wait") => include_str!("../../../export/schema/wait.v1.json"),
        Some("topside.conflicts") => include_str!("../../../export/schema/conflicts.v1.json"),
        Some("topside.agents") => include_str!("../../../export/schema/agents.v1.json"),
        Some("topside.doctor") => include_str!("../../../export/schema/doctor.v1.json"),
        Some("topside.usage") => include_str!("../../../export/schema/usage.v1.json"),
        Some("topside.waits") => include_str!("../../../export/schema/waits.v1.json"),
        Some("topside.prices") => include_str!("../../../export/schema/prices.v1.json"),
        Some("topside.price_check") => include_str!("../../../export/schema/price_check.v1.json"),
        Some("topside.alert") => include_str!("../../../export/schema/alert.v1.json"),
        other => panic!("{other:?} is no schema"),
    };
    let schema = serde_json::from_str(schema).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let errors: Vec<String> = validator.iter_errors(document).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:#?}\n{document:#}");
}

#[test]
fn every_document_keeps_to_the_schema_it_names() {
    let home =
        Home::with(&["subagent-v1-1", "subagent-v1-2", "interrupt-hooks-compact", "error-429", "approval-of-edit"]);
    let pages = ["ports", "reclaim", "limits", "usage", "waits", "conflicts", "doctor"];
    let pages = pages.map(|command| vec![command, "--json"]);
    let mut commands = vec![vec!["ls", "--json"], vec!["ls", "--all", "--text", "--json"]];
    commands.extend(pages);
    commands.extend([vec!["prices", "--json"], vec!["prices", "check", "--json"]]);
    let threads: Vec<String> =
        ["subagent-v1-1", "subagent-v1-2", "interrupt-hooks-compact", "error-429", "approval-of-edit"]
            .map(|name| Transcript::of(name).thread().to_owned())
            .into();
    for thread in &threads {
        commands.extend([vec!["show", thread, "--json"], vec!["show", thread, "--json", "--text"]]);
        commands.push(vec!["why", thread, "--json"]);
    }
    for args in commands {
        check(&home.json(&args));
    }
}

#[test]
fn documents_of_an_empty_home_keep_to_their_schemas() {
    let home = Home::new();
    for command in ["ls", "ports", "reclaim", "limits", "usage", "waits", "conflicts", "doctor"] {
        check(&home.json(&[command, "--json"]));
    }
    check(&home.json(&["prices", "check", "--json"]));
}
