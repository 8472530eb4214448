//! The checked-in JSON schemas are what these types say. `UPDATE_EXPECT=1` rewrites them: a change is a decision.

use expect_test::{ExpectFile, expect_file};
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

use super::alert::AlertV1;
use super::conflict::ConflictsV1;
use super::document::{DoctorV1, Document, LimitsV1, PortsV1, ReclaimV1, SessionPageV1, SnapshotV1, VERSION, WhyV1};
use super::event::EventLineV1;
use super::fact::FactLineV1;
use super::peers::AgentsV1;
use super::price::{PriceCheckV1, PriceListV1};
use super::spending::UsageReportV1;
use super::summary::{ReachedV1, SummaryV1};
use super::wait::WaitReportV1;

/// Compares the schema of the document called `name` with the checked-in one.
#[track_caller]
fn check<T: JsonSchema>(name: &str, expected: &ExpectFile) {
    check_shape::<Document<T>>(name, &[("schema", json!(name)), ("version", json!(VERSION))], expected);
}

/// The same for any shape in which these keys have only these values.
#[track_caller]
fn check_shape<T: JsonSchema>(name: &str, fixed: &[(&str, Value)], expected: &ExpectFile) {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let mut schema = settings.into_generator().into_root_schema_for::<T>();
    schema.insert("title".to_owned(), name.into());
    for (key, value) in fixed {
        schema.pointer_mut(&format!("/properties/{key}")).expect("it has a heading")["const"] = value.clone();
    }
    let text = serde_json::to_string_pretty(&schema).expect("a schema is JSON");
    expected.assert_eq(&(text + "\n"));
}

#[test]
fn the_checked_in_schemas_follow_from_the_types() {
    check::<SnapshotV1>("topside.snapshot", &expect_file!["../../../schema/snapshot.v1.json"]);
    check::<SessionPageV1>("topside.session", &expect_file!["../../../schema/session.v1.json"]);
    check::<WhyV1>("topside.why", &expect_file!["../../../schema/why.v1.json"]);
    check::<PortsV1>("topside.ports", &expect_file!["../../../schema/ports.v1.json"]);
    check::<ReclaimV1>("topside.reclaim", &expect_file!["../../../schema/reclaim.v1.json"]);
    check::<LimitsV1>("topside.limits", &expect_file!["../../../schema/limits.v1.json"]);
    check::<DoctorV1>("topside.doctor", &expect_file!["../../../schema/doctor.v1.json"]);
    check::<AlertV1>("topside.alert", &expect_file!["../../../schema/alert.v1.json"]);
    check::<SummaryV1>("topside.status", &expect_file!["../../../schema/status.v1.json"]);
    check::<ReachedV1>("topside.wait", &expect_file!["../../../schema/wait.v1.json"]);
    check::<UsageReportV1>("topside.usage", &expect_file!["../../../schema/usage.v1.json"]);
    check::<WaitReportV1>("topside.waits", &expect_file!["../../../schema/waits.v1.json"]);
    check::<PriceListV1>("topside.prices", &expect_file!["../../../schema/prices.v1.json"]);
    check::<PriceCheckV1>("topside.price_check", &expect_file!["../../../schema/price_check.v1.json"]);
    check::<AgentsV1>("topside.agents", &expect_file!["../../../schema/agents.v1.json"]);
    check::<ConflictsV1>("topside.conflicts", &expect_file!["../../../schema/conflicts.v1.json"]);
    let event = expect_file!["../../../schema/event.v1.json"];
    check_shape::<EventLineV1<'_>>("topside.event", &[("v", json!(VERSION))], &event);
    let fact = expect_file!["../../../schema/fact.v1.json"];
    check_shape::<FactLineV1<'_>>("topside.fact", &[("version", json!(VERSION))], &fact);
}
