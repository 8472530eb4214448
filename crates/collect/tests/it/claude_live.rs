//! Which process has which session loaded, as processes come and go, change sessions and fall silent.

use std::path::Path;

use topside_collect::{Pace, REGISTRY, Runner, Scope};
use topside_model::{AgentId, Tie};

use crate::claude_machine::{CWD, Machine, PROJECT, ROOT, activity, prompt, prompts};

const BUSY: &str = r#","status":"busy""#;
const IDLE: &str = r#","status":"idle""#;

/// One process with one session at work, looked at.
fn working() -> Machine {
    let mut machine = Machine::new();
    machine.starts(10, &[]);
    machine.registers(10, "a", BUSY);
    machine.prompts("a", "go");
    machine.check(&["a by 10 busy"]);
    machine.passes(1);
    machine
}

#[test]
fn a_change_of_state_is_heard_without_a_look() {
    let mut machine = working();
    machine.registers(10, "a", r#","status":"waiting","waitingFor":"input needed""#);
    let round = machine.round(Pace::Touch);
    let said: Vec<String> =
        round.reports.iter().map(|(key, report)| format!("{} {}", key.id, activity(report))).collect();
    assert_eq!((said, round.look), (vec!["a question: ?".to_owned()], false));
    let again = machine.round(Pace::Touch);
    assert!(again.reports.is_empty() && again.is_quiet(), "it is said once");
}

#[test]
fn a_record_that_is_gone_or_names_another_session_is_worth_a_look() {
    let mut machine = working();
    assert!(!machine.round(Pace::Touch).look);
    machine.registers(10, "b", IDLE);
    assert!(machine.round(Pace::Touch).look);
    let mut machine = working();
    machine.host.remove(format!("{ROOT}/sessions/10.json"));
    assert!(machine.round(Pace::Touch).look);
}

#[test]
fn a_cleared_session_is_over_and_its_children_go_with_the_process() {
    let mut machine = working();
    machine.starts_child(20, 10, "a");
    machine.registers(10, "b", IDLE);
    machine.check(&["b by 10 idle"]);
    let tied = |machine: &Machine, session: &str| {
        let views = machine.presence(session).processes;
        views.into_iter().map(|view| (view.process.pid, view.tie)).collect::<Vec<_>>()
    };
    assert_eq!(tied(&machine, "b"), [(10, Tie::Owner), (20, Tie::Tree)]);
    assert_eq!(tied(&machine, "a"), []);
    // Without a parent it still names the session that it was started for.
    machine.host.remove_process(20);
    machine.starts_child(20, 1, "a");
    machine.look();
    assert_eq!(tied(&machine, "a"), [(20, Tie::Environment)]);
}

#[test]
fn a_session_is_taken_up_again_by_another_process() {
    let mut machine = working();
    machine.host.remove_process(10);
    machine.check(&[]);
    machine.starts(11, &["--resume", "a"]);
    machine.registers(11, "a", IDLE);
    machine.check(&["a by 11 idle"]);
    assert_eq!(machine.presence("a").owner.map(|owner| owner.sessions), Some(1));
}

#[test]
fn sessions_of_one_directory_have_each_their_own_process() {
    let mut machine = working();
    machine.starts(11, &[]);
    machine.registers(11, "b", IDLE);
    machine.prompts("b", "go");
    machine.check(&["a by 10 busy", "b by 11 idle"]);
}

#[test]
fn every_config_root_is_looked_into() {
    let mut machine = working();
    let at = |root: &str, session: &str| format!("{root}/{PROJECT}/{session}.jsonl");
    machine.starts_with(11, &[], |process| {
        process.variables.insert("CLAUDE_CONFIG_DIR".to_owned(), "/srv/team".to_owned());
    });
    machine.registers_in("/srv/team", 11, "b", IDLE);
    machine.host.write(at("/srv/team", "b"), prompt("b", "of the team", machine.now()));
    machine.host.write(at("/home/dev/.claude-work", "c"), prompt("c", "at work", machine.now()));
    machine.host.write(at("/mnt/box", "d"), prompt("d", "in a box", machine.now()));
    machine.runner.add_home(&AgentId::new("claude_code"), "/mnt/box".into());
    let round = machine.look();
    assert_eq!(prompts(&round).sorted(), ["b of the team", "c at work", "d in a box"]);
    assert_eq!(machine.owners(), ["a by 10 busy", "b by 11 idle"]);
    let homes: Vec<String> = round.sources.iter().map(|source| source.home.raw().to_owned()).collect();
    assert_eq!(homes.sorted(), ["/home/dev/.claude-work", "/mnt/box", "/srv/team"]);
}

trait Sorted {
    fn sorted(self) -> Self;
}

impl Sorted for Vec<String> {
    fn sorted(mut self) -> Self {
        self.sort();
        self
    }
}

#[test]
fn a_copy_of_a_config_root_does_not_double_its_processes() {
    let mut machine = working();
    machine.starts_child(20, 10, "");
    machine.host.write(format!("/home/dev/.claude-backup/{PROJECT}/a.jsonl"), prompt("a", "go", machine.now()));
    machine.registers_in("/home/dev/.claude-backup", 10, "old", BUSY);
    machine.check(&["a by 10 busy"]);
    let presence = machine.presence("a");
    assert_eq!(presence.owner.map(|owner| owner.sessions), Some(1));
    assert_eq!(presence.processes.len(), 2, "the child is tied by descent");
}

#[test]
fn what_is_started_ahead_of_need_is_no_session_until_it_is_given_one() {
    let mut machine = Machine::new();
    machine.starts(10, &["bg-spare", "--bg-spare", "/run/s"]);
    machine.starts(11, &["daemon", "run"]);
    machine.passes(60);
    // Somebody else was here meanwhile, and left.
    machine.prompts("b", "go");
    machine.check(&[]);
    machine.registers(10, "a", BUSY);
    machine.check(&["a by 10 busy"]);
}

#[test]
fn a_process_that_is_stuck_before_its_registration_is_starting() {
    let mut machine = Machine::new();
    machine.starts(10, &[]);
    machine.starts_with(11, &["-p", "go"], |process| process.terminal = None);
    machine.passes(2);
    machine.check(&[]);
    machine.passes(8);
    machine.check(&["process-10 by 10 starting"]);
    machine.registers(10, "a", IDLE);
    machine.check(&["a by 10 idle"]);
}

#[test]
fn releases_that_do_not_register_have_the_newest_transcript_of_their_directory() {
    let mut machine = Machine::new();
    machine.prompts("before", "go");
    machine.passes(60);
    machine.starts_with(10, &[], |process| {
        process.exe = Some("/usr/bin/node".into());
        process.args = ["node", "/usr/lib/node_modules/@anthropic-ai/claude-code/cli.js"].map(str::to_owned).to_vec();
    });
    machine.passes(1);
    machine.prompts("a", "go");
    machine.host.write(format!("{ROOT}/{PROJECT}/agent-0a1b2c3d.jsonl"), "");
    machine.check(&["a by 10 nothing said"]);
    // A second one in the same directory has another.
    machine.starts(11, &[]);
    machine.passes(1);
    machine.prompts("a", "more");
    machine.passes(1);
    machine.prompts("b", "go");
    machine.check(&["a by 10 nothing said", "b by 11 nothing said"]);
}

#[test]
fn a_transcript_that_moves_keeps_its_session_and_counts_once() {
    let mut machine = working();
    let moved = format!("{ROOT}/projects/-home-dev-app--claude-worktrees-x");
    let helper = format!("{ROOT}/{PROJECT}/a/subagents/agent-1.jsonl");
    machine.host.write(helper, prompt("a", "help", machine.now()));
    machine.look();
    machine.host.rename(format!("{ROOT}/{PROJECT}/a.jsonl"), format!("{moved}/a.jsonl"));
    machine.host.rename(format!("{ROOT}/{PROJECT}/a"), format!("{moved}/a"));
    machine.host.append(format!("{moved}/a.jsonl"), prompt("a", "from there", machine.now()));
    let touched = machine.round(Pace::Touch);
    assert_eq!(prompts(&touched), ["a from there"], "the open file is still the same");
    let round = machine.look();
    let gone: Vec<&str> = round.gone.iter().chain(&round.void).map(|key| key.id.as_str()).collect();
    assert_eq!(gone, ["a", "agent-1"], "what was told is taken back before it is told again");
    assert_eq!(prompts(&round).sorted(), ["a from there", "a go", "agent-1 help"]);
    assert_eq!(machine.owners(), ["a by 10 busy", "agent-1 by guest 10 busy"]);
    let round = machine.look();
    assert!(round.events.is_empty() && round.gone.is_empty());
}

#[test]
fn a_session_without_a_transcript_is_known_by_its_record_alone() {
    let mut machine = Machine::new();
    machine.starts(10, &[]);
    machine.registers(10, "a", BUSY);
    machine.check(&["a by 10 busy"]);
    let owner = machine.presence("a").owner.expect("it is loaded");
    assert_eq!(owner.cwd.map(|cwd| cwd.raw().to_owned()), Some(CWD.to_owned()));
}

#[test]
fn what_runs_is_shown_before_history_is_looked_through() {
    let mut machine = Machine::new();
    machine.runner.loaded_first();
    machine.starts(10, &[]);
    machine.registers(10, "a", BUSY);
    machine.prompts("a", "go");
    machine.prompts("b", "done");
    assert_eq!(prompts(&machine.look()), ["a go"]);
    assert_eq!(prompts(&machine.look()), ["b done"], "it ended a moment ago");
    assert!(machine.look().is_quiet());
}

#[test]
fn everything_is_looked_through_at_once_where_that_alone_may_show_what_runs() {
    let mut machine = Machine::new();
    machine.runner.loaded_first();
    machine.starts(10, &[]);
    machine.registers(10, "a", BUSY);
    machine.host.append(format!("{ROOT}/{PROJECT}/renamed.jsonl"), prompt("a", "go", machine.now()));
    assert_eq!(prompts(&machine.look()), ["renamed go"], "nothing bears its name");
    let mut calm = Machine::new();
    calm.runner.loaded_first();
    calm.prompts("b", "done");
    assert_eq!(prompts(&calm.look()), ["b done"], "nothing runs");
}

#[test]
fn a_window_is_that_of_the_process_or_of_the_settings() {
    let mut machine = Machine::new();
    machine.starts(10, &[]);
    machine.starts_with(11, &["--model", "opus"], |process| {
        process.variables.insert("CLAUDE_CODE_MAX_CONTEXT_TOKENS".to_owned(), "64000".to_owned());
    });
    machine.registers(10, "a", IDLE);
    machine.registers(11, "b", IDLE);
    let windows = |machine: &mut Machine| {
        machine.look();
        ["a", "b"].map(|id| machine.presence(id).owner.and_then(|owner| owner.window).map(|window| window.0))
    };
    assert_eq!(windows(&mut machine), [None, Some(64_000)]);
    machine.host.write(format!("{ROOT}/settings.json"), r#"{"model":"sonnet[1m]"}"#);
    assert_eq!(windows(&mut machine), [Some(1_000_000), Some(64_000)]);
}

#[test]
fn a_process_whose_environment_is_closed_uses_the_default_root() {
    let mut machine = Machine::new();
    machine.starts_with(10, &[], |process| process.variables.clear());
    machine.registers(10, "a", IDLE);
    machine.check(&["a by 10 idle"]);
    let mut elsewhere = Runner::new(REGISTRY, Scope::All, Some("/mnt/copy".into()));
    let world = elsewhere.round(&machine.host, Pace::Look).world.expect("it looked");
    assert!(world.sessions.is_empty(), "under a root only its own processes count");
}

#[test]
fn a_process_that_takes_its_record_away_ends_and_does_not_start() {
    let mut machine = Machine::new();
    machine.starts(10, &[]);
    machine.registers(10, "a", "");
    machine.check(&["a by 10 nothing said"]);
    machine.passes(60);
    machine.host.remove(format!("{ROOT}/sessions/10.json"));
    machine.check(&[]);
    machine.starts_with(10, &[], |process| process.id.started = 99);
    machine.passes(60);
    machine.check(&["process-10 by 10 starting"]);
}

#[test]
fn a_key_tells_sooner_that_a_process_is_stuck() {
    let mut machine = Machine::new();
    machine.starts(10, &[]);
    machine.starts(11, &[]);
    // What a process that had the number before left behind says nothing.
    machine.host.write(format!("{ROOT}/sessions/12.0a1b.key"), "a secret");
    machine.passes(3);
    machine.starts(12, &[]);
    machine.host.write(format!("{ROOT}/sessions/10.0a1b.key"), "a secret");
    machine.passes(2);
    machine.check(&[]);
    machine.passes(1);
    machine.check(&["process-10 by 10 starting"]);
    assert!(machine.host.reads().is_empty(), "a key is not looked into");
}

#[test]
fn a_session_that_a_person_asked_to_shorten_its_context_says_that_it_works() {
    let mut machine = working();
    let typed = |machine: &Machine, text: &str, session: &str| {
        let at = machine.now().as_millisecond();
        let line = format!("{{\"display\":\"{text}\",\"timestamp\":{at},\"sessionId\":\"{session}\"}}\n");
        machine.host.append(format!("{ROOT}/history.jsonl"), line);
    };
    let works = |machine: &Machine| {
        machine.registers(10, "a", &format!("{BUSY},\"statusUpdatedAt\":{}", machine.now().as_millisecond()));
    };
    typed(&machine, "/compact keep the tests", "a");
    works(&machine);
    machine.check(&["a by 10 compacting"]);
    // Another session, and then this one, is asked for something else.
    machine.passes(1);
    typed(&machine, "go on", "b");
    machine.check(&["a by 10 compacting"]);
    typed(&machine, "then go on", "a");
    machine.check(&["a by 10 busy"]);
    // Asked while it works on something else, it compacts only later.
    machine.passes(60);
    typed(&machine, "/compact", "a");
    machine.check(&["a by 10 busy"]);
}

#[test]
fn the_command_of_a_tool_is_shown_without_the_shell_around_it() {
    let mut machine = working();
    let script = "source /home/dev/.claude/shell-snapshots/snapshot-bash-1-a.sh && eval 'make test' < /dev/null";
    machine.starts_child(20, 10, "a");
    machine.look();
    assert_eq!(machine.presence("a").command, None, "a server is no tool");
    machine.passes(1);
    machine.starts_with(21, &[], |process| {
        process.parent = 10;
        process.exe = Some("/bin/bash".into());
        process.args = ["/bin/bash", "-c", script].map(str::to_owned).to_vec();
    });
    machine.look();
    let presence = machine.presence("a");
    let command = presence.command.expect("a tool runs");
    assert_eq!((command.line.raw(), command.process.pid), ("make test", 21));
    assert_eq!(command.started_at, Some(machine.now()));
    let lines: Vec<&str> = presence.processes.iter().map(|view| view.command.raw()).collect();
    assert_eq!(lines, ["claude", "node server.js", "make test"]);
}

/// Looks until transcripts of `session` are followed; how often that took.
fn looks_until_found(machine: &mut Machine, session: &str) -> usize {
    let finds = |machine: &mut Machine| {
        machine.passes(2);
        machine.look().sources.iter().any(|source| source.session.id.as_str() == session)
    };
    (1..=9).find(|_| finds(machine)).expect("it is found")
}

#[test]
fn a_transcript_where_nothing_is_expected_is_found_a_little_later() {
    let mut machine = Machine::new();
    machine.prompts("a", "go");
    // Long enough ago to be out of sight.
    machine.passes(3600);
    machine.look();
    machine.look();
    machine.prompts("b", "go");
    assert!((2..=5).contains(&looks_until_found(&mut machine, "b")), "nobody has it loaded");
    machine.starts(10, &[]);
    machine.prompts("c", "go");
    machine.registers(10, "c", "");
    assert_eq!(looks_until_found(&mut machine, "c"), 1, "it is loaded");
}

#[test]
fn a_home_is_watched_itself_until_it_has_folders() {
    let mut machine = Machine::new();
    machine.host.write(format!("{ROOT}/settings.json"), "{}");
    let watched = |machine: &mut Machine, path: &str| {
        machine.look();
        machine.runner.directories().contains(Path::new(path))
    };
    let projects = format!("{ROOT}/projects");
    assert!(watched(&mut machine, ROOT) && !watched(&mut machine, &projects));
    machine.passes(2);
    machine.prompts("a", "go");
    assert!(!watched(&mut machine, ROOT) && watched(&mut machine, &projects));
}

#[test]
fn the_folder_of_a_transcript_to_come_is_watched_once_it_is_there() {
    let mut machine = Machine::new();
    let folder = format!("{ROOT}/{PROJECT}");
    machine.starts(10, &[]);
    machine.registers(10, "a", BUSY);
    machine.look();
    assert!(!machine.runner.directories().contains(Path::new(&folder)));
    machine.passes(2);
    machine.host.make_dir(format!("{folder}/memory"));
    machine.look();
    assert!(machine.runner.directories().contains(Path::new(&folder)));
}
