//! What running processes say of themselves in `sessions/<pid>.json`, and whose word it is.

use topside_collect::Pace;
use topside_model::ProcessRef;
use topside_probe::Numbering;

use crate::claude_machine::{Machine, ROOT, recorded};

/// A machine on which the process that wrote the recorded registry file runs.
fn recorded_in(file: &str) -> (Machine, u64) {
    let text = recorded(&format!("registry/{file}.json"));
    let record: serde_json::Value = serde_json::from_str(&text).expect("it is whole");
    let pid = record["pid"].as_u64().expect("a number");
    let machine = Machine::new();
    machine.starts_with(pid as u32, &[], |process| {
        let start = record["procStart"].as_str().map_or(Ok(1), str::parse);
        process.id = ProcessRef { pid: pid as u32, started: start.expect("ticks") };
        let registered = record["startedAt"].as_i64().expect("milliseconds") - 800;
        process.started_at = Some(topside_model::Timestamp::from_millisecond(registered).expect("a time"));
    });
    machine.host.write(format!("{ROOT}/sessions/{pid}.json"), text);
    (machine, pid)
}

#[track_caller]
fn says(file: &str, expected: &str) {
    let (mut machine, pid) = recorded_in(file);
    machine.look();
    let owners = machine.owners();
    let [one] = &owners[..] else { panic!("{file}: {owners:?}") };
    assert_eq!(one.split_once(" by ").map(|(_, said)| said), Some(format!("{pid} {expected}").as_str()), "{file}");
}

#[test]
fn every_word_of_every_release_is_understood() {
    says("2.1.328-busy", "busy");
    says("2.1.328-idle", "idle");
    says("2.1.328-shell", "background");
    says("2.1.328-permission", "approval: permission prompt");
    says("2.1.328-question", "question: ?");
    says("2.1.328-dialog", "dialog");
    says("2.1.328-print-busy", "busy");
    says("2.1.197-permission", "approval: permission prompt");
    says("2.1.119-waiting", "approval: approve Bash");
    says("2.1.75", "nothing said");
    says("2.1.328-starting", "nothing said");
}

#[test]
fn words_of_tomorrow_are_passed_on_and_unknown_waits_ask_a_person() {
    says("2.1.328-unknown-status", "other: pondering");
    let mut machine = Machine::new();
    machine.starts(10, &[]);
    machine.registers(10, "a", r#","status":"waiting","waitingFor":"a royal assent""#);
    machine.check(&["a by 10 approval: a royal assent"]);
    machine.registers(10, "a", r#","status":"waiting""#);
    machine.check(&["a by 10 approval: ?"]);
}

#[test]
fn a_session_in_the_background_says_what_it_needs() {
    let (mut machine, _) = recorded_in("2.1.328-background");
    let state = format!("{ROOT}/jobs/6d65f87f/state.json");
    machine.host.write(&state, recorded("jobs/working-blocked.json"));
    machine.look();
    assert!(machine.owners()[0].ends_with("approval: approve Bash: touch subfile3"), "{:?}", machine.owners());
    machine.host.write(&state, recorded("jobs/working-active.json"));
    machine.look();
    assert!(machine.owners()[0].ends_with("approval: permission prompt"), "{:?}", machine.owners());
}

#[test]
fn the_id_of_a_job_never_leads_out_of_its_folder() {
    let mut machine = Machine::new();
    machine.starts(10, &[]);
    machine.host.write(format!("{ROOT}/jobs/../secret/state.json"), r#"{"needs":"a secret"}"#);
    machine.registers(10, "a", r#","status":"waiting","waitingFor":"permission prompt","jobId":"../secret""#);
    machine.check(&["a by 10 approval: permission prompt"]);
}

#[test]
fn a_record_is_worth_what_its_process_is() {
    let mut machine = Machine::new();
    machine.registers(10, "a", r#","status":"busy""#);
    machine.check(&[]);
    // Another program has the number now.
    machine.starts_with(10, &[], |process| process.exe = Some("/usr/bin/vim".into()));
    machine.check(&[]);
    // Another Claude Code has it, started at another time; so young that nothing else can be said of it.
    machine.starts_with(10, &[], |process| process.id.started = 11);
    machine.check(&[]);
    machine.starts(10, &[]);
    machine.check(&["a by 10 busy"]);
}

#[test]
fn without_a_start_the_times_of_start_and_registration_must_fit() {
    let mut machine = Machine::new();
    let registered = machine.now().as_millisecond() + 900;
    let record = format!(r#"{{"pid":10,"sessionId":"a","startedAt":{registered}}}"#);
    machine.host.write(format!("{ROOT}/sessions/10.json"), record);
    machine.starts(10, &[]);
    machine.check(&["a by 10 nothing said"]);
    machine.passes(3600);
    machine.starts_with(10, &[], |process| process.id.started = 99);
    machine.check(&[]);
}

#[test]
fn a_long_turn_leaves_an_old_record_that_still_holds() {
    let mut machine = Machine::new();
    machine.starts(10, &[]);
    machine.registers(10, "a", r#","status":"busy","statusUpdatedAt":1795140000000"#);
    machine.check(&["a by 10 busy"]);
    machine.passes(5 * 3600);
    machine.check(&["a by 10 busy"]);
    let since = machine.presence("a").owner.and_then(|owner| owner.report?.since);
    assert_eq!(since.map(topside_model::Timestamp::as_millisecond), Some(1_795_140_000_000));
}

#[test]
fn the_last_whole_record_counts_while_another_is_written() {
    let mut machine = Machine::new();
    let path = format!("{ROOT}/sessions/10.json");
    machine.starts(10, &[]);
    machine.registers(10, "a", r#","status":"busy""#);
    machine.check(&["a by 10 busy"]);
    for torn in ["", r#"{"pid":10,"sessionId":"a","cwd":"/home/dev/app","status":"id"#] {
        machine.passes(1);
        machine.host.write(&path, torn);
        let round = machine.round(Pace::Touch);
        assert!(!round.look && round.reports.is_empty(), "{torn:?} says nothing new");
        machine.check(&["a by 10 busy"]);
    }
    machine.registers(10, "a", r#","status":"idle""#);
    machine.check(&["a by 10 idle"]);
}

#[test]
fn a_record_that_is_torn_from_the_start_is_read_when_it_is_whole() {
    let mut machine = Machine::new();
    machine.starts(10, &[]);
    machine.host.write(format!("{ROOT}/sessions/10.json"), "");
    machine.check(&[]);
    machine.registers(10, "a", r#","status":"idle""#);
    machine.check(&["a by 10 idle"]);
}

#[test]
fn secrets_and_files_of_others_are_never_opened() {
    let mut machine = Machine::new();
    machine.starts(10, &[]);
    machine.registers(10, "a", r#","status":"idle""#);
    let names = ["10.0a1b.key", "pid-10.json", "10.json.tmp.3", "ten.json"];
    for name in names {
        machine.host.write(format!("{ROOT}/sessions/{name}"), recorded("registry/2.1.328-busy.json"));
    }
    for name in [".credentials.json", "daemon/roster.json", "daemon/control.key", "ide/4000.lock", "history.jsonl"] {
        machine.host.write(format!("{ROOT}/{name}"), "{}");
    }
    machine.prompts("a", "hello");
    machine.round(Pace::Sweep);
    machine.check(&["a by 10 idle"]);
    let mut opened: Vec<String> = machine.host.reads().iter().map(|read| read.path.display().to_string()).collect();
    opened.sort();
    opened.dedup();
    assert_eq!(opened, [format!("{ROOT}/projects/-home-dev-app/a.jsonl"), format!("{ROOT}/sessions/10.json")]);
}

#[test]
fn a_document_of_another_shape_is_no_record() {
    let mut machine = Machine::new();
    machine.starts(7, &[]);
    machine.host.write(format!("{ROOT}/sessions/7.json"), recorded("registry/foreign.json"));
    machine.check(&[]);
    machine.host.write(format!("{ROOT}/sessions/7.json"), "[1,2]");
    machine.check(&[]);
}

#[test]
fn a_record_of_another_container_tells_of_a_session_that_cannot_be_seen() {
    let mut machine = Machine::new();
    machine.host.set_numbering(Numbering { machine: "m".to_owned(), namespace: "pid:[1]".to_owned() });
    machine.registers(10, "here", r#","status":"busy","pidDomain":"linux:m:pid:[1]""#);
    machine.registers(11, "boxed", r#","status":"busy","pidDomain":"linux:m:pid:[2]""#);
    machine.registers(12, "old", r#","status":"busy""#);
    for session in ["here", "boxed", "old"] {
        machine.prompts(session, session);
    }
    machine.check(&[]);
    assert_eq!(machine.elsewhere(), ["boxed"]);
}
