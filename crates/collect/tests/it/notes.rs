//! Names that a home keeps beside its transcripts.

use topside_collect::{Pace, REGISTRY, Runner, Scope};
use topside_model::EventKind;
use topside_probe::{FakeHost, SqlValue};

const THREAD: &str = "01a1aaaa-0000-7000-8000-00000000000a";
const HOME: &str = "/home/u/.codex";

/// A thread that was named in its transcript by a version that did so, and in `session_index.jsonl` by `logged`.
fn host(logged: &str) -> FakeHost {
    let host = FakeHost::new("/home/u", "2026-11-20T01:00:05Z".parse().expect("a time"));
    let record = |kind: &str, payload: &str| {
        format!(r#"{{"timestamp":"2026-11-20T01:00:00.000Z","type":"{kind}","payload":{{{payload}}}}}"#)
    };
    let meta = record("session_meta", &format!(r#""id":"{THREAD}""#));
    let named = record("event_msg", r#""type":"thread_name_updated","thread_name":"of the transcript""#);
    let path = format!("{HOME}/sessions/2026/11/20/rollout-2026-11-20T01-00-00-{THREAD}.jsonl");
    host.write(path, format!("{meta}\n{named}\n"));
    host.write(format!("{HOME}/session_index.jsonl"), logged);
    host
}

fn logged(name: &str) -> String {
    format!("{{\"id\":\"{THREAD}\",\"thread_name\":\"{name}\",\"updated_at\":\"2026-11-20T01:00:03.000000001Z\"}}\n")
}

fn indexed(host: &FakeHost, database: &str, name: &str) {
    let row = vec![SqlValue::Text(THREAD.to_owned()), SqlValue::Text(name.to_owned())];
    host.set_rows(format!("{HOME}/{database}"), "from threads", vec![row]);
    host.set_rows(format!("{HOME}/{database}"), "from thread_spawn_edges", Vec::new());
}

/// The name that counts: the one that stands last.
#[track_caller]
fn check(host: &FakeHost, expected: &str) {
    let round = Runner::new(REGISTRY, Scope::All, None).round(host, Pace::Look);
    let names = round.events.iter().filter_map(|(_, event)| match &event.kind {
        EventKind::SessionNamed(name) => Some((event.origin, name.raw())),
        _ => None,
    });
    assert_eq!(names.max_by_key(|(origin, _)| *origin).map(|(_, name)| name), Some(expected));
}

#[test]
fn the_index_outranks_the_log_and_the_log_the_transcript() {
    check(&host(""), "of the transcript");
    check(&host(&(logged("first") + &logged("second"))), "second");
    let host = host(&logged("of the log"));
    indexed(&host, "state_5.sqlite", "of the index");
    check(&host, "of the index");
    indexed(&host, "state_12.sqlite", "of the newest index");
    check(&host, "of the newest index");
}

#[test]
fn an_index_of_another_version_or_none_at_all_leaves_the_log() {
    let host = host(&(logged("of the log") + "torn {\"id\":\n"));
    check(&host, "of the log");
    host.set_schema_error(format!("{HOME}/state_5.sqlite"), "from", "no such column: name");
    check(&host, "of the log");
}
