//! Files grow, shrink, are replaced, packed and lost; the runner follows and loses nothing.

use std::time::Duration;

use topside_collect::{Pace, REGISTRY, Round, Runner, Scope};
use topside_model::{EventKind, Timestamp};
use topside_probe::{FakeHost, Host};

const ROLLOUT: &str =
    "/home/u/.codex/sessions/2026/11/20/rollout-2026-11-20T01-00-00-01a1f692-92e8-72a1-82a6-9d29cba98d20.jsonl";
const META: &str = r#"{"timestamp":"2026-11-20T01:00:00.000Z","type":"session_meta","payload":{"id":"01a1f692-92e8-72a1-82a6-9d29cba98d20","cli_version":"0.169.0"}}"#;

fn now() -> Timestamp {
    "2026-11-20T01:00:05Z".parse().expect("a time")
}

fn prompt(text: &str) -> String {
    format!(
        r#"{{"timestamp":"2026-11-20T01:00:01.000Z","type":"event_msg","payload":{{"type":"user_message","message":"{text}"}}}}"#
    )
}

struct Machine {
    host: FakeHost,
    runner: Runner,
}

impl Machine {
    fn new() -> Self {
        let scope = Scope::Current { recent: Duration::from_mins(10) };
        Self { host: FakeHost::new("/home/u", now()), runner: Runner::new(REGISTRY, scope, None, &[]) }
    }

    fn look(&mut self) -> Round {
        self.runner.round(&self.host, Pace::Look)
    }

    fn sweep(&mut self) -> Round {
        self.runner.round(&self.host, Pace::Sweep)
    }

    fn problems(&mut self) -> Vec<String> {
        let health = self.sweep().health;
        let problems = health.into_iter().flat_map(|health| health.problems);
        problems.map(|problem| format!("{}: {}", problem.path.raw(), problem.what)).collect()
    }
}

fn prompts(round: &Round) -> Vec<String> {
    let each = round.events.iter().filter_map(|(_, event)| match &event.kind {
        EventKind::PromptSent(text) => Some(text.as_ref().map_or(String::new(), |text| text.raw().to_owned())),
        _ => None,
    });
    each.collect()
}

#[test]
fn what_is_appended_is_read_once_and_only_it() {
    let mut machine = Machine::new();
    machine.host.write(ROLLOUT, format!("{META}\n{}\n", prompt("one")));
    assert_eq!(prompts(&machine.look()), ["one"]);
    machine.host.forget_reads();
    assert_eq!(prompts(&machine.look()), Vec::<String>::new());
    assert_eq!(machine.host.bytes_read(), 0, "a quiet file is not read");
    let more = format!("{}\n", prompt("two"));
    machine.host.append(ROLLOUT, &more);
    assert_eq!(prompts(&machine.look()), ["two"]);
    assert_eq!(machine.host.bytes_read(), more.len() as u64);
}

#[test]
fn a_shorter_or_another_file_voids_what_was_known() {
    let mut machine = Machine::new();
    machine.host.write(ROLLOUT, format!("{META}\n{}\n", prompt("old")));
    machine.look();
    machine.host.truncate(ROLLOUT, META.len() + 1);
    assert_eq!(machine.look().void.len(), 1);
    machine.look();
    machine.host.replace(ROLLOUT, format!("{META}\n{}\n{}\n", prompt("other"), prompt("file")));
    let voided = machine.look();
    assert_eq!((voided.void.len(), voided.more), (1, true));
    assert_eq!(prompts(&machine.look()), ["other", "file"]);
}

#[test]
fn a_packed_file_is_read_and_the_plain_one_wins() {
    let mut machine = Machine::new();
    let plain = format!("{META}\n{}\n", prompt("packed"));
    let packed = zstd_of(plain.as_bytes());
    machine.host.write(format!("{ROLLOUT}.zst"), packed);
    assert_eq!(prompts(&machine.look()), ["packed"]);
    machine.host.write(ROLLOUT, format!("{META}\n{}\n", prompt("plain")));
    let thawed = machine.sweep();
    assert_eq!(prompts(&thawed), ["plain"]);
}

/// One raw block in a frame: zstd without a compressor.
fn zstd_of(plain: &[u8]) -> Vec<u8> {
    let size = u32::try_from(plain.len()).expect("short");
    let header = (size << 3) | 1;
    let mut frame = vec![0x28, 0xB5, 0x2F, 0xFD, 0xA0];
    frame.extend(size.to_le_bytes());
    frame.extend(&header.to_le_bytes()[..3]);
    frame.extend(plain);
    frame
}

#[test]
fn a_session_out_of_sight_is_let_go_and_an_old_one_is_never_read() {
    let mut machine = Machine::new();
    machine.host.write(ROLLOUT, format!("{META}\n"));
    machine.look();
    machine.host.advance(Duration::from_mins(11));
    assert_eq!(machine.look().gone.len(), 1);
    machine.host.forget_reads();
    machine.sweep();
    assert_eq!(machine.host.bytes_read(), 0);
}

#[test]
fn things_that_are_no_files_are_named_and_never_opened() {
    let mut machine = Machine::new();
    let named = |what: &str| ROLLOUT.replace("9d29cba98d20", what);
    machine.host.make_fifo(named("aaaaaaaaaaaa"));
    machine.host.make_dir(named("bbbbbbbbbbbb"));
    machine.host.make_link(named("cccccccccccc"));
    machine.host.write(named("dddddddddddd"), format!("{META}\n"));
    machine.host.set_readable(named("dddddddddddd"), false);
    let problems = machine.problems();
    for part in ["a pipe, socket or device", "a directory where", "a symbolic link", "dddddddddddd"] {
        assert!(problems.iter().any(|problem| problem.contains(part)), "{part}: {problems:?}");
    }
}

#[test]
fn lines_that_are_no_json_and_empty_files_leave_a_row_and_a_note() {
    let mut machine = Machine::new();
    machine.host.write(ROLLOUT, format!("{META}\nnonsense\n\n{}\n", prompt("still read")));
    let empty = ROLLOUT.replace("9d29cba98d20", "eeeeeeeeeeee");
    machine.host.write(&empty, "");
    let round = machine.look();
    assert_eq!(prompts(&round), ["still read"]);
    assert_eq!(round.sources.len(), 2, "an empty transcript is a session of which nothing is known");
    assert!(machine.problems().iter().any(|problem| problem.contains("1 line is not JSON")));
}

#[test]
fn a_clock_that_runs_backwards_is_survived() {
    let mut machine = Machine::new();
    machine.host.write(ROLLOUT, format!("{META}\n"));
    machine.look();
    machine.host.set_now("2026-11-19T00:00:00Z".parse().expect("a time"));
    machine.host.append(ROLLOUT, format!("{}\n", prompt("yesterday")));
    assert_eq!(prompts(&machine.look()), ["yesterday"]);
}

#[test]
fn ten_thousand_old_files_cost_no_reading() {
    let mut machine = Machine::new();
    for number in 0..10_000 {
        let path = ROLLOUT.replace("9d29cba98d20", &format!("{number:012}"));
        machine.host.write(&path, format!("{META}\n"));
    }
    machine.host.advance(Duration::from_hours(1));
    let round = machine.look();
    assert_eq!((round.events.len(), machine.host.bytes_read()), (0, 0));
    assert_eq!(machine.host.now(), now() + Duration::from_hours(1));
}

#[test]
fn under_a_root_only_what_lies_below_it_is_read() {
    let host = FakeHost::new("/mnt/copy", now());
    host.write(ROLLOUT, format!("{META}\n"));
    host.write(ROLLOUT.replace("/home/u", "/mnt/copy"), format!("{META}\n{}\n", prompt("inside")));
    host.set_variable("CODEX_HOME", "/home/u/.codex");
    let mut runner = Runner::new(REGISTRY, Scope::All, Some("/mnt/copy".into()), &[]);
    let round = runner.round(&host, Pace::Look);
    assert_eq!(prompts(&round), ["inside"]);
    assert_eq!(round.sources.len(), 1);
}
