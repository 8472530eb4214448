//! What agents tell: read once, in order, whole lines only, and nothing where nobody does.

use std::time::Duration;

use topside_collect::{Pace, Round};
use topside_model::Money;

use crate::claude_machine::Machine;

const FOLDER: &str = "/home/dev/.local/state/topside";
const SPOOL: &str = "/home/dev/.local/state/topside/signals.jsonl";
const BEFORE: &str = "/home/dev/.local/state/topside/signals.1.jsonl";

fn line(agent: &str, session: &str) -> String {
    format!(r#"{{"v":1,"at":5,"agent":"{agent}","event":"PermissionRequest","session":"{session}","tool":"Bash"}}"#)
        + "\n"
}

/// Sessions of the signals, as `agent/session`.
fn told(round: &Round) -> Vec<String> {
    round.signals.iter().map(|(key, _)| format!("{}/{}", key.agent, key.id)).collect()
}

/// A machine that was looked at, on which hooks wrote `text`.
fn machine(text: &str) -> Machine {
    let machine = Machine::new();
    machine.host.write(SPOOL, text);
    machine
}

#[test]
fn what_hooks_say_is_heard_once_and_without_a_look() {
    let mut machine = machine(&line("claude_code", "a"));
    assert_eq!(told(&machine.round(Pace::Sweep)), ["claude_code/a"]);
    assert!(machine.runner.directories().contains(std::path::Path::new(FOLDER)), "a change there wakes");
    assert!(machine.round(Pace::Touch).is_quiet());
    machine.host.append(SPOOL, line("codex", "b"));
    let round = machine.round(Pace::Touch);
    assert_eq!((told(&round), round.is_quiet()), (vec!["codex/b".to_owned()], false));
}

#[test]
fn a_line_counts_when_it_is_whole_and_makes_sense() {
    let whole = line("codex", "b");
    let (one, other) = whole.split_at(20);
    let strange = "garbage\n[]\n{\"at\":1}\n\n".to_owned() + &line("nobody", "x");
    let mut machine = machine(&(strange + one));
    assert_eq!(told(&machine.round(Pace::Sweep)), Vec::<String>::new());
    machine.host.append(SPOOL, other);
    assert_eq!(told(&machine.round(Pace::Touch)), ["codex/b"]);
    let health = machine.round(Pace::Look).health;
    let hooks = health.iter().find(|health| health.agent.as_str() == "hooks").expect("it is shown");
    assert_eq!((hooks.events, hooks.unknown[0].count), (6, 5));
}

#[test]
fn nothing_is_lost_when_a_full_spool_is_put_aside() {
    let mut machine = machine(&line("codex", "a"));
    machine.round(Pace::Sweep);
    machine.host.append(SPOOL, line("codex", "b"));
    machine.host.rename(SPOOL, BEFORE);
    machine.host.write(SPOOL, line("codex", "c"));
    assert_eq!(told(&machine.round(Pace::Touch)), ["codex/b", "codex/c"]);
    // Who comes later reads both.
    let mut late = Machine::new();
    late.host.write(BEFORE, line("codex", "a"));
    late.host.write(SPOOL, line("codex", "b"));
    assert_eq!(told(&late.round(Pace::Sweep)), ["codex/a", "codex/b"]);
}

#[test]
fn a_machine_without_hooks_shows_nothing_of_them() {
    let mut machine = Machine::new();
    let round = machine.round(Pace::Sweep);
    assert!(round.signals.is_empty() && round.health.iter().all(|health| health.agent.as_str() != "hooks"));
    assert!(!machine.runner.directories().contains(std::path::Path::new(FOLDER)));
}

#[test]
fn figures_are_read_when_they_change() {
    let mut machine = Machine::new();
    let path = format!("{FOLDER}/status-line/a.json");
    let figures = |usd: &str| {
        format!(r#"{{"v":1,"at":5,"agent":"claude_code","session":"a","cost":{{"total_cost_usd":{usd}}}}}"#)
    };
    let cost = |round: Round| round.figures.into_iter().map(|(_, figures)| figures.cost).collect::<Vec<_>>();
    machine.host.write(&path, figures("1"));
    machine.host.write(format!("{FOLDER}/status-line/.tmp"), figures("9"));
    assert_eq!(cost(machine.round(Pace::Sweep)), [Some(Money::micros(1_000_000))]);
    machine.host.advance(Duration::from_secs(1));
    assert_eq!(cost(machine.round(Pace::Look)), []);
    machine.host.replace(&path, figures("2"));
    assert_eq!(cost(machine.round(Pace::Look)), [Some(Money::micros(2_000_000))]);
}

#[test]
fn figures_that_cannot_be_read_are_a_problem_until_they_can() {
    let mut machine = Machine::new();
    let path = format!("{FOLDER}/status-line/a.json");
    machine.host.write(&path, r#"{"v":1,"at":5,"agent":"claude_code","session":"a","cost":{"total_cost_usd":1}}"#);
    machine.host.set_readable(&path, false);
    let problems = |round: &Round| {
        let hooks = round.health.iter().find(|health| health.agent.as_str() == "hooks").expect("it is shown");
        hooks.problems.len()
    };
    let round = machine.round(Pace::Sweep);
    assert_eq!((round.figures.len(), problems(&round)), (0, 1));
    machine.host.advance(Duration::from_mins(1));
    machine.host.set_readable(&path, true);
    let round = machine.round(Pace::Look);
    assert_eq!((round.figures.len(), problems(&round)), (1, 0));
}

#[test]
fn a_line_without_an_end_does_not_stop_the_spool() {
    let mut machine = machine(&"x".repeat(9 * 1024 * 1024));
    machine.round(Pace::Sweep);
    machine.host.append(SPOOL, "\n".to_owned() + &line("codex", "b"));
    assert_eq!(told(&machine.round(Pace::Touch)), ["codex/b"]);
}
