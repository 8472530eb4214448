//! Helpers of a session: where their files lie, whose they are, and when they are done.

use topside_collect::{Pace, Round};
use topside_model::{EventKind, SessionKind, TurnEnd};

use crate::claude_machine::{Machine, PROJECT, ROOT, prompt, prompts};

/// A process with session `a` at work.
fn working() -> Machine {
    let mut machine = Machine::new();
    machine.starts(10, &[]);
    machine.registers(10, "a", r#","status":"busy""#);
    machine.prompts("a", "go");
    machine.check(&["a by 10 busy"]);
    machine.passes(1);
    machine
}

/// A file below the folder of session `a`.
fn below(name: &str) -> String {
    format!("{ROOT}/{PROJECT}/a/{name}")
}

/// The line by which the parent is told something of helper `id`.
fn told(machine: &Machine, id: &str, status: &str) -> String {
    let result = format!(r#"{{"status":"{status}","agentId":"{id}"}}"#);
    let content = format!(r#"[{{"type":"tool_result","tool_use_id":"call-{id}","content":"ok"}}]"#);
    let message = format!(r#"{{"role":"user","content":{content}}}"#);
    let at = machine.now();
    format!("{{\"type\":\"user\",\"message\":{message},\"toolUseResult\":{result},\"timestamp\":\"{at}\"}}\n")
}

/// Ends of turns that a round told: `<session> <how>`.
fn ends(round: &Round) -> Vec<String> {
    let each = round.events.iter().filter_map(|(_, event)| match event.kind {
        EventKind::TurnEnded { how, .. } => Some(format!("{} {how:?}", event.session)),
        _ => None,
    });
    each.collect()
}

#[test]
fn helpers_are_found_wherever_their_session_keeps_them() {
    let mut machine = working();
    for (name, text) in [
        ("subagents/agent-1.jsonl", "one"),
        ("subagents/workflows/wf_9/agent-2.jsonl", "two"),
        ("subagents/workflows/wf_9/deeper/agent-3.jsonl", "three"),
    ] {
        machine.host.write(below(name), prompt("a", text, machine.now()));
    }
    for name in ["subagents/workflows/wf_9/journal.jsonl", "tool-results/agent-5.jsonl", "subagents/notes.jsonl"] {
        machine.host.write(below(name), prompt("a", "no transcript of a helper", machine.now()));
    }
    let mut seen = prompts(&machine.look());
    seen.sort();
    assert_eq!(seen, ["agent-1 one", "agent-2 two", "agent-3 three"]);
    let guests = ["agent-1 by guest 10 busy", "agent-2 by guest 10 busy", "agent-3 by guest 10 busy"];
    assert_eq!(machine.owners()[1..], guests);
}

#[test]
fn a_helper_is_followed_without_a_look_once_it_is_known() {
    let mut machine = working();
    let path = below("subagents/agent-1.jsonl");
    machine.host.write(&path, prompt("a", "one", machine.now()));
    machine.look();
    machine.host.append(&path, prompt("a", "more", machine.now()));
    assert_eq!(prompts(&machine.round(Pace::Touch)), ["agent-1 more"]);
}

#[test]
fn a_description_names_a_helper_and_says_when_it_is_done() {
    let mut machine = working();
    let meta = below("subagents/agent-1.meta.json");
    machine.host.write(&meta, r#"{"agentType":"Explore","description":"Look around","toolUseId":"c","spawnDepth":1}"#);
    machine.host.write(below("subagents/agent-1.jsonl"), prompt("a", "one", machine.now()));
    let round = machine.look();
    let said = |wanted: &dyn Fn(&EventKind) -> bool| round.events.iter().any(|(_, event)| wanted(&event.kind));
    assert!(said(&|kind| matches!(kind, EventKind::SessionNamed(name) if name.raw() == "Look around")));
    assert!(said(&|kind| match kind {
        EventKind::SessionOpened(identity) => match &identity.kind {
            SessionKind::Subagent { role: Some(role), .. } => role.raw() == "Explore",
            _ => false,
        },
        _ => false,
    }));
    assert_eq!(ends(&round), Vec::<String>::new());
    machine.passes(1);
    machine.host.write(&meta, r#"{"agentType":"Explore","description":"Look around","finished":true}"#);
    let mut round = machine.look();
    assert_eq!(round.void.iter().map(|key| key.id.as_str()).collect::<Vec<_>>(), ["agent-1"], "all of it is told anew");
    while round.more {
        let next = machine.round(Pace::Touch);
        round.events.extend(next.events);
        round.more = next.more;
    }
    assert_eq!((ends(&round), prompts(&round)), (vec!["agent-1 Completed".to_owned()], vec!["agent-1 one".to_owned()]));
    let of_helper = || round.events.iter().map(|(_, event)| event).filter(|event| event.session.as_str() == "agent-1");
    let last = of_helper().max_by_key(|event| event.origin).map(|event| &event.kind);
    assert_eq!(last, Some(&EventKind::TurnEnded { turn: None, how: TurnEnd::Completed }), "its end is its last fact");
}

#[test]
fn a_helper_stays_until_its_parent_is_told_its_end() {
    let mut machine = working();
    let main = format!("{ROOT}/{PROJECT}/a.jsonl");
    machine.host.write(below("subagents/agent-1.jsonl"), prompt("a", "one", machine.now()));
    machine.host.append(&main, told(&machine, "1", "async_launched"));
    machine.look();
    machine.check(&["a by 10 busy", "agent-1 by guest 10 busy"]);
    machine.host.append(&main, told(&machine, "1", "completed"));
    machine.look();
    machine.check(&["a by 10 busy"]);
}

#[test]
fn a_helper_is_gone_with_its_parents_process() {
    let mut machine = working();
    machine.host.write(below("subagents/agent-1.jsonl"), prompt("a", "one", machine.now()));
    machine.check(&["a by 10 busy", "agent-1 by guest 10 busy"]);
    machine.host.remove_process(10);
    machine.check(&[]);
}

#[test]
fn what_the_parent_says_is_said_of_its_helpers_too() {
    let mut machine = working();
    machine.host.write(below("subagents/agent-1.jsonl"), prompt("a", "one", machine.now()));
    machine.look();
    machine.registers(10, "a", r#","status":"idle""#);
    let reports = machine.round(Pace::Touch).reports;
    let heard: Vec<&str> = reports.iter().map(|(key, _)| key.id.as_str()).collect();
    assert_eq!(heard, ["a", "agent-1"]);
}

#[test]
fn commands_of_the_process_may_be_those_of_a_helper() {
    let mut machine = working();
    machine.host.write(below("subagents/agent-1.jsonl"), prompt("a", "one", machine.now()));
    machine.starts_child(20, 10, "a");
    machine.look();
    let helper = machine.presence("agent-1");
    assert_eq!((helper.youngest_child, helper.processes.len()), (Some(machine.now()), 0));
}

#[test]
fn a_helper_outlives_its_parents_transcript() {
    let mut machine = Machine::new();
    machine.host.write(below("subagents/agent-1.jsonl"), prompt("a", "one", machine.now()));
    let round = machine.look();
    assert_eq!(prompts(&round), ["agent-1 one"]);
    let parent = round.events.iter().find_map(|(_, event)| match &event.kind {
        EventKind::SessionOpened(identity) => identity.parent.clone(),
        _ => None,
    });
    assert_eq!(parent.map(|parent| parent.as_str().to_owned()), Some("a".to_owned()));
}

#[test]
fn helpers_of_2_0_lie_beside_their_parent_and_name_it() {
    let mut machine = working();
    machine.host.write(format!("{ROOT}/{PROJECT}/agent-0a1b2c3d.jsonl"), prompt("a", "flat", machine.now()));
    let round = machine.look();
    assert_eq!(prompts(&round), ["agent-0a1b2c3d flat"]);
    let opened = round.events.iter().find_map(|(_, event)| match &event.kind {
        EventKind::SessionOpened(identity) if event.session.as_str() == "agent-0a1b2c3d" => Some(identity.clone()),
        _ => None,
    });
    let opened = opened.expect("it introduces itself");
    assert_eq!(opened.parent.map(|parent| parent.as_str().to_owned()), Some("a".to_owned()));
    assert!(matches!(opened.kind, SessionKind::Subagent { .. }));
}

#[test]
fn a_helper_of_a_helper_is_linked_to_the_one_that_started_it() {
    let mut machine = working();
    machine.host.write(
        below("subagents/agent-1.jsonl"),
        prompt("a", "one", machine.now()) + &told(&machine, "2", "async_launched"),
    );
    machine.host.write(below("subagents/agent-2.jsonl"), prompt("a", "two", machine.now()));
    let round = machine.look();
    let links: Vec<String> = round
        .events
        .iter()
        .filter_map(|(_, event)| match &event.kind {
            EventKind::SubagentLinked { child, done } => {
                Some(format!("{} started {child}, done: {done}", event.session))
            }
            _ => None,
        })
        .collect();
    assert_eq!(links, ["agent-1 started agent-2, done: false"]);
}
