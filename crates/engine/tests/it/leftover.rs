//! What counts as left over, and what does not.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use topside_engine::Engine;
use topside_model::{
    AgentId, AgentProcess, Bytes, GitState, Leftover, LeftoverKind, PortUse, Presence, ProcessRef, ProcessView,
    Project, SessionKey, SourceId, Tie, TurnEnd, Untrusted, Vitals, Worktree, World,
};

use crate::scene::{Scene, at, thread};

const HOUR: i64 = 3_600;

/// A process that names its session and starts at second `pid`.
fn process(pid: u32, parent: u32, command: &str) -> ProcessView {
    ProcessView {
        process: ProcessRef { pid, started: pid.into() },
        parent,
        depth: 1,
        command: Untrusted::new(command),
        vitals: Vitals { cpu: None, memory: Some(Bytes(u64::from(pid) * 1_000_000)) },
        started_at: Some(at(pid.into())),
        tie: Tie::Environment,
    }
}

/// What a session that is over left running.
fn left(processes: Vec<ProcessView>) -> Presence {
    Presence { processes, ..Presence::default() }
}

fn key(id: &str) -> SessionKey {
    SessionKey { agent: AgentId::new("codex"), id: topside_model::SessionId::new(id) }
}

/// What is left over `hours` after the beginning, with these things running and these agent programs idle.
fn leftovers(scenes: &[&Scene], running: &[(&str, Presence)], programs: &[u32], hours: i64) -> Vec<Leftover> {
    let mut engine = Engine::new();
    for (source, scene) in (0..).zip(scenes) {
        scene.tell(&mut engine, SourceId(source));
    }
    let mut sessions: BTreeMap<SessionKey, Presence> =
        scenes.iter().map(|scene| (scene.key(), scene.presence.clone())).collect();
    sessions.extend(running.iter().map(|(id, presence)| (key(id), presence.clone())));
    let program = |pid: &u32| AgentProcess {
        agent: AgentId::new("codex"),
        process: ProcessRef { pid: *pid, started: u64::from(*pid) },
        role: "daemon",
        cwd: None,
    };
    let programs = programs.iter().map(program).collect();
    let now = at(hours * HOUR);
    engine.world(World { at: now, sessions, elsewhere: BTreeSet::new(), programs, owners_known: true });
    engine.snapshot(now).leftovers
}

/// Kind and processes of each leftover in a line.
fn words(leftovers: &[Leftover]) -> Vec<String> {
    let line = |one: &Leftover| {
        let pids: Vec<String> = one.processes.iter().map(|process| process.process.pid.to_string()).collect();
        format!("{} {}", one.kind.id(), pids.join(" "))
    };
    leftovers.iter().map(line).collect()
}

/// Checks what is left of processes that a session which is over started.
#[track_caller]
fn check(processes: Vec<ProcessView>, expected: &[&str]) {
    assert_eq!(words(&leftovers(&[], &[("gone", left(processes))], &[], 1)), expected);
}

#[test]
fn what_a_session_that_is_over_left_running_is_grouped_by_tree() {
    check(vec![process(7, 1, "sleep 9")], &["process 7"]);
    check(
        vec![process(7, 1, "bash -c x"), process(8, 7, "sleep 9"), process(9, 1, "top")],
        &["process 7 8", "process 9"],
    );
    check(vec![process(7, 1, "npx @modelcontextprotocol/server-git")], &["mcp_server 7"]);
    check(
        vec![process(7, 1, "python compute.py"), process(8, 1, "uvx mcp-server-time")],
        &["mcp_server 8", "process 7"],
    );
}

#[test]
fn a_port_makes_it_a_server() {
    let vite = process(7, 1, "vite");
    let port = PortUse { port: 5173, exposed: false, process: Some(vite.process), command: None };
    let presence = Presence { ports: vec![port], ..left(vec![vite]) };
    let found = leftovers(&[], &[("gone", presence)], &[], 1);
    assert_eq!((words(&found), found[0].ports.as_slice()), (vec!["server 7".to_owned()], &[5173][..]));
}

#[test]
fn what_serves_a_person_or_another_session_is_not_left_over() {
    check(vec![process(7, 1, "/usr/bin/tmux new"), process(8, 7, "bash"), process(9, 8, "vim")], &[]);
    check(vec![process(7, 1, "tmux: server"), process(8, 1, "sleep 9")], &["process 8"]);
    // An agent that was started by a tool of another names that one's session.
    let inner = thread("inner").rests(10, TurnEnd::Completed);
    let owner = inner.presence.owner.as_ref().expect("it is loaded").process;
    let agent = ProcessView { process: owner, ..process(100, 1, "codex") };
    let tool = process(120, 100, "cargo test");
    assert_eq!(leftovers(&[&inner], &[("gone", left(vec![agent, tool]))], &[], 1), []);
    assert_eq!(
        leftovers(&[], &[("gone", left(vec![process(7, 1, "codex app-server"), process(8, 7, "sh")]))], &[7], 1),
        []
    );
}

#[test]
fn what_a_living_session_runs_in_or_with_is_not_left_over() {
    // A script of a session that is over starts agents.
    let mut inner = thread("inner").rests(10, TurnEnd::Completed);
    let owner = inner.presence.owner.as_ref().expect("it is loaded").process;
    inner.presence.processes = vec![ProcessView { process: owner, tie: Tie::Owner, ..process(owner.pid, 7, "codex") }];
    let gone = left(vec![process(7, 1, "bash loop.sh"), process(9, 1, "top")]);
    assert_eq!(words(&leftovers(&[&inner], &[("gone", gone)], &[], 1)), ["process 9"]);
    // Its servers name the session that its process had loaded before.
    let gone = left(vec![process(120, owner.pid, "npx some-mcp"), process(121, 120, "node some-mcp")]);
    assert_eq!(words(&leftovers(&[&inner], &[("gone", gone)], &[], 1)), Vec::<String>::new());
}

#[test]
fn what_an_earlier_process_of_a_session_started_is_left_over() {
    let mut scene = thread("a").rests(10, TurnEnd::Completed);
    let owner = scene.presence.owner.as_mut().expect("it is loaded");
    owner.process.started = 50;
    scene.presence.processes = vec![
        ProcessView { process: owner.process, tie: Tie::Owner, ..process(100, 1, "codex") },
        process(40, 1, "npx some-mcp"),
        process(60, 1, "nohup server"),
    ];
    assert_eq!(words(&leftovers(&[&scene], &[], &[], 1)), ["mcp_server 40"]);
}

#[test]
fn a_session_that_rests_for_a_day_is_left_over_with_what_it_started() {
    let mut scene = thread("a").turn(10).rests(20, TurnEnd::Completed);
    let owner = scene.presence.owner.clone().expect("it is loaded").process;
    scene.presence.processes = vec![
        ProcessView { process: owner, tie: Tie::Owner, ..process(100, 1, "codex") },
        ProcessView { tie: Tie::Tree, ..process(120, 100, "mcp") },
    ];
    assert_eq!(words(&leftovers(&[&scene], &[], &[], 23)), Vec::<String>::new());
    let found = leftovers(&[&scene], &[], &[], 25);
    assert_eq!(words(&found), ["idle_session 100 120"]);
    assert_eq!((found[0].since, found[0].memory()), (Some(at(20)), Some(Bytes(220_000_000))));
    let working = thread("a").turn(10);
    assert_eq!(leftovers(&[&working], &[], &[], 99), [], "it works");
    let mut shared = scene.clone();
    shared.presence.owner.as_mut().expect("it is loaded").sessions = 2;
    assert_eq!(leftovers(&[&shared], &[], &[], 99), [], "its process has another session loaded");
}

/// A worktree of `/src/shop`, called as its folder is.
fn worktree(path: &str, changed: i64, by_agent: bool) -> Worktree {
    Worktree {
        name: Untrusted::new(path.rsplit('/').next().expect("a name")),
        path: Untrusted::new(path),
        repository: Untrusted::new("/src/shop"),
        branch: None,
        changed_at: Some(at(changed)),
        by_agent,
    }
}

/// A hundred hours after the beginning these sessions are there.
fn world(sessions: BTreeMap<SessionKey, Presence>) -> World {
    World { at: at(100 * HOUR), sessions, elsewhere: BTreeSet::new(), programs: Vec::new(), owners_known: true }
}

/// A session is loaded and works in this folder.
fn works_in(folder: &str) -> World {
    let mut presence = thread("a").presence;
    presence.owner.as_mut().expect("it is loaded").cwd = Some(Untrusted::new(folder));
    world(BTreeMap::from([(key("a"), presence)]))
}

#[test]
fn a_worktree_is_left_over_when_nobody_works_in_it() {
    let old = worktree("/src/shop/.claude/worktrees/old", 0, true);
    let young = worktree("/src/shop/.claude/worktrees/young", 99 * HOUR, true);
    let own = worktree("/src/own", 0, false);
    let mut engine = Engine::new().idle_after(Duration::from_hours(2));
    engine.worktrees(Untrusted::new("/src/shop"), vec![own, young, old.clone()]);
    engine.world(world(BTreeMap::new()));
    let found = engine.snapshot(at(100 * HOUR)).leftovers;
    assert_eq!(found.iter().map(|one| one.kind.clone()).collect::<Vec<_>>(), [LeftoverKind::Worktree(old)]);
    assert_eq!((found[0].ending(), found[0].since), (None, Some(at(0))));
    engine.world(works_in("/src/shop/.claude/worktrees/old/api"));
    assert!(engine.snapshot(at(100 * HOUR)).leftovers.is_empty(), "a session works there");
}

#[test]
fn a_worktree_that_a_link_leads_to_is_known_by_its_name() {
    let cwd = Untrusted::new("/home/ada/shop/.claude/worktrees/old");
    let mut engine = Engine::new();
    engine.worktrees(Untrusted::new("/src/shop"), vec![worktree("/src/shop/.claude/worktrees/old", 0, true)]);
    engine.world(works_in(cwd.raw()));
    for (root, name, left) in [("/src/shop", Some("old"), 0), ("/src/shop", None, 1), ("/src/other", Some("old"), 1)] {
        let (root, worktree) = (Some(Untrusted::new(root)), name.map(Untrusted::new));
        let git = Some(GitState { root, worktree, ..GitState::default() });
        engine.project(cwd.clone(), Project { cwd: Some(cwd.clone()), name: None, git });
        assert_eq!(engine.snapshot(at(100 * HOUR)).leftovers.len(), left, "{name:?}");
    }
}
