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
        Self { host: FakeHost::new("/home/u", now()), runner: Runner::new(REGISTRY, scope, None) }
    }

    fn look(&mut self) -> Round {
        self.runner.round(&self.host, Pace::Look)
    }

    fn sweep(&mut self) -> Round {
        self.runner.round(&self.host, Pace::Sweep)
    }

    /// Names of those of which the last look read something.
    fn grown(&self) -> Vec<String> {
        self.runner.grown().iter().map(|one| one.path().to_str().expect("a path in UTF-8").to_owned()).collect()
    }

    fn problems(&mut self) -> Vec<String> {
        let health = self.sweep().health;
        let problems = health.into_iter().flat_map(|health| health.problems);
        problems.map(|problem| format!("{}: {}", problem.path.raw(), problem.what)).collect()
    }
}

fn prompts(round: &Round) -> Vec<String> {
    let each = round.events.iter().filter_map(|(_, event)| match &event.kind {
        EventKind::PromptSent { text, .. } => Some(text.as_ref().map_or(String::new(), |text| text.raw().to_owned())),
        _ => None,
    });
    each.collect()
}

#[test]
fn what_is_appended_is_read_once_and_only_it() {
    let mut machine = Machine::new();
    machine.host.write(ROLLOUT, format!("{META}\n{}\n", prompt("one")));
    machine.host.write(ROLLOUT.replace("01a1f692", "01a1f693"), META.replace("01a1f692", "01a1f693") + "\n");
    assert_eq!(prompts(&machine.look()), ["one"]);
    assert_eq!(machine.grown().len(), 2);
    machine.host.forget_reads();
    assert_eq!(prompts(&machine.look()), Vec::<String>::new());
    assert_eq!(machine.host.bytes_read(), 0, "a quiet file is not read");
    assert_eq!(machine.grown(), Vec::<String>::new());
    let more = format!("{}\n", prompt("two"));
    machine.host.append(ROLLOUT, &more);
    assert_eq!(prompts(&machine.look()), ["two"]);
    assert_eq!(machine.host.bytes_read(), more.len() as u64);
    assert_eq!(machine.grown(), [ROLLOUT]);
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
fn a_session_is_in_sight_with_all_its_files() {
    let mut machine = Machine::new();
    machine.host.write(ROLLOUT, format!("{META}\n{}\n", prompt("long ago")));
    machine.host.advance(Duration::from_hours(24));
    let segment = ROLLOUT.replace(".jsonl", "_01a1f6aa-4596-7770-87fc-f1107a4e1769.jsonl");
    machine.host.write(&segment, format!("{META}\n{}\n", prompt("now")));
    assert_eq!(told(&mut machine), ["long ago", "now"]);
}

#[test]
fn a_family_is_in_sight_as_long_as_one_of_it_is_and_no_longer() {
    let mut machine = Machine::new();
    let child = ROLLOUT.replace("9d29cba98d20", "000000000000");
    let meta = META.replace("9d29cba98d20", "000000000000");
    let parent = r#","parent_thread_id":"01a1f692-92e8-72a1-82a6-9d29cba98d20","cli_version""#;
    machine.host.write(&child, format!("{}\n{}\n", meta.replace(r#","cli_version""#, parent), prompt("child")));
    machine.host.write(ROLLOUT, format!("{META}\n{}\n", prompt("parent")));
    assert_eq!(told(&mut machine), ["child", "parent"]);
    machine.host.advance(Duration::from_mins(8));
    machine.host.append(ROLLOUT, format!("{}\n", prompt("more")));
    machine.sweep();
    machine.host.advance(Duration::from_mins(8));
    assert_eq!(machine.look().gone.len(), 0, "the child is older than the limit, its parent is not");
    machine.host.advance(Duration::from_mins(8));
    assert_eq!(machine.look().gone.len(), 2);
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
    let mut runner = Runner::new(REGISTRY, Scope::All, Some("/mnt/copy".into()));
    let round = runner.round(&host, Pace::Look);
    assert_eq!(prompts(&round), ["inside"]);
    assert_eq!(round.sources.len(), 1);
}

/// A session told by `runner` rounds: how often its prompts count, after everything that was taken back.
fn told(machine: &mut Machine) -> Vec<String> {
    let (mut told, mut more) = (Vec::new(), true);
    while more {
        let round = machine.sweep();
        if !round.void.is_empty() || !round.gone.is_empty() {
            told.clear();
        }
        told.extend(prompts(&round));
        more = round.more;
    }
    told.sort();
    told
}

#[test]
fn when_one_file_of_a_session_moves_all_are_read_again() {
    let mut machine = Machine::new();
    let segment = ROLLOUT.replace(".jsonl", "_01a1f6aa-4596-7770-87fc-f1107a4e1769.jsonl");
    machine.host.write(ROLLOUT, format!("{META}\n{}\n", prompt("first")));
    machine.host.write(&segment, format!("{META}\n{}\n", prompt("second")));
    assert_eq!(told(&mut machine), ["first", "second"]);
    machine.host.remove(ROLLOUT);
    machine.host.write(format!("{ROLLOUT}.zst"), zstd_of(format!("{META}\n{}\n", prompt("first")).as_bytes()));
    assert_eq!(told(&mut machine), ["first", "second"]);
    machine.host.rename(&segment, segment.replace("sessions/2026/11/20", "archived_sessions"));
    assert_eq!(told(&mut machine), ["first", "second"]);
}

#[test]
fn of_an_archived_and_a_live_copy_the_longer_one_counts() {
    let mut machine = Machine::new();
    machine.host.write(ROLLOUT, format!("{META}\n{}\n", prompt("short")));
    let archived = ROLLOUT.replace("sessions/2026/11/20", "archived_sessions");
    machine.host.write(&archived, format!("{META}\n{}\n{}\n", prompt("short"), prompt("long")));
    assert_eq!(told(&mut machine), ["long", "short"]);
}

#[test]
fn a_session_in_two_homes_is_read_in_one() {
    let mut machine = Machine::new();
    machine.host.set_variable("CODEX_HOME", "/srv/codex");
    let lines = format!("{META}\n{}\n", prompt("one"));
    machine.host.write(ROLLOUT, &lines);
    let copy = ROLLOUT.replace("/home/u/.codex", "/srv/codex");
    machine.host.write(&copy, &lines);
    let round = machine.sweep();
    assert_eq!((prompts(&round), round.sources[0].home.raw()), (vec!["one".to_owned()], "/home/u/.codex"));
    machine.host.append(&copy, format!("{}\n", prompt("two")));
    assert_eq!(told(&mut machine), ["one", "two"], "the one that has more of it");
}

#[test]
fn a_file_under_a_wrong_name_is_the_session_it_says_it_is() {
    let mut machine = Machine::new();
    let name = ROLLOUT.replace("9d29cba98d20", "000000000000");
    machine.host.write(&name, format!("{META}\n{}\n", prompt("one")));
    let round = machine.look();
    let sources: Vec<&str> = round.sources.iter().map(|source| source.session.id.as_str()).collect();
    assert_eq!(sources, ["01a1f692-92e8-72a1-82a6-9d29cba98d20"]);
    assert_eq!(round.gone[0].id.as_str(), "01a1f692-92e8-72a1-82a6-000000000000");
    machine.host.append(&name, format!("{}\n", prompt("two")));
    let round = machine.look();
    assert_eq!((prompts(&round), round.gone.len()), (vec!["two".to_owned()], 0));
}

#[test]
fn what_a_replaced_file_said_wrong_is_forgotten_with_it() {
    let mut machine = Machine::new();
    machine.host.write(ROLLOUT, format!("{META}\nnonsense\n"));
    assert!(machine.problems().iter().any(|problem| problem.contains("1 line is not JSON")));
    machine.host.replace(ROLLOUT, format!("{META}\nnonsense\nmore\n"));
    machine.sweep();
    assert!(machine.problems().iter().any(|problem| problem.contains("2 lines are not JSON")));
}

#[test]
fn a_file_made_in_the_tick_in_which_its_folder_was_listed_is_found() {
    let mut machine = Machine::new();
    machine.host.write(ROLLOUT, format!("{META}\n"));
    machine.look();
    machine.host.write(ROLLOUT.replace("9d29cba98d20", "000000000000"), format!("{META}\n{}\n", prompt("soon")));
    assert_eq!(prompts(&machine.look()), ["soon"]);
}

#[test]
fn a_home_without_sessions_is_there_and_one_that_is_not_is_not() {
    let mut machine = Machine::new();
    machine.host.write("/home/u/.claude/settings.json", "{}");
    let health = machine.look().health;
    let places = health.iter().flat_map(|health| &health.places);
    let found: Vec<_> = places.map(|place| (place.path.raw(), place.files)).collect();
    assert!(found.contains(&("/home/u/.claude", Some(0))), "{found:?}");
    assert!(found.contains(&("/home/u/.codex", None)), "{found:?}");
}
