//! Sessions that are in each other's way.

use std::collections::BTreeSet;

use topside_engine::Engine;
use topside_model::{
    Contested, EventKind, FileChange, GitState, Outcome, PortUse, Project, SessionKind, Settings, Snapshot, SourceId,
    TurnEnd, Untrusted, Work, Worktree, World,
};

use crate::scene::{Scene, agent, at, start, thread};

impl Scene {
    fn in_folder(self, cwd: &str) -> Self {
        let cwd = Some(Untrusted::new(cwd));
        self.says(0, EventKind::SettingsChanged(Box::new(Settings { cwd, ..Settings::default() })))
    }

    fn edits(self, second: i64, path: &str) -> Self {
        self.says(second, EventKind::FileTouched { path: Untrusted::new(path), how: FileChange::Updated })
    }

    fn serves(mut self, port: u16) -> Self {
        self.presence.ports.push(PortUse { port, exposed: false, process: None, command: None });
        self
    }

    /// It asks for a command; with `failed` that came back and did not work.
    fn commanded(self, second: i64, line: &str, failed: bool) -> Self {
        let called = self.says(second, EventKind::ToolStarted(Box::new(start(line, Work::Command, false))));
        let (outcome, exit_code) = (Outcome::Failed, Some(1));
        let call = topside_model::CallId::new(line);
        let done = EventKind::ToolFinished { call, outcome, exit_code, took: None, delivered: true, size: None };
        if failed { called.says(second + 1, done) } else { called }
    }
}

/// A session in `/r` whose process runs since second 5.
fn one(id: &'static str, started: u64) -> Scene {
    thread(id).in_folder("/r").owned_since(5, started).turn(10)
}

fn shown(scenes: &[&Scene], worktrees: &[(&str, &str, Option<&str>)], now: i64) -> Snapshot {
    let mut engine = Engine::new();
    for (source, scene) in (0..).zip(scenes) {
        scene.tell(&mut engine, SourceId(source));
    }
    for (cwd, root, worktree) in worktrees {
        let (root, worktree) = (Some(Untrusted::new(*root)), worktree.map(Untrusted::new));
        let git = Some(GitState { root, worktree, ..GitState::default() });
        let project = Project { cwd: Some(Untrusted::new(*cwd)), name: None, git };
        engine.project(Untrusted::new(*cwd), project);
    }
    let linked = worktrees.iter().filter_map(|(cwd, root, name)| {
        Some(Worktree {
            name: Untrusted::new((*name)?),
            path: Untrusted::new(*cwd),
            repository: Untrusted::new(*root),
            branch: None,
            changed_at: None,
            by_agent: true,
        })
    });
    engine.worktrees(Untrusted::new("/r"), linked.collect());
    let sessions = scenes.iter().map(|scene| (scene.key(), scene.presence.clone())).collect();
    let (elsewhere, programs) = (BTreeSet::default(), Vec::new());
    engine.world(World { at: at(now), sessions, elsewhere, programs, owners_known: true });
    engine.snapshot(at(now))
}

/// Conflicts, a line each: what about, between whom.
#[track_caller]
fn check(scenes: &[&Scene], expected: &[&str]) {
    check_in(scenes, &[], expected);
}

#[track_caller]
fn check_in(scenes: &[&Scene], worktrees: &[(&str, &str, Option<&str>)], expected: &[&str]) {
    let snapshot = shown(scenes, worktrees, 100);
    let line = |about: &Contested| match about {
        Contested::File(path) => path.raw().to_owned(),
        Contested::Tree { repository, worktree } => {
            format!("tree {} {}", repository.raw(), worktree.as_ref().map_or("itself", Untrusted::raw))
        }
        Contested::Port(port) => format!("port {port}"),
        Contested::OrphanPort(port) => format!("orphan on {port}"),
    };
    let words = snapshot.conflicts.iter().map(|conflict| {
        assert!(conflict.sessions.iter().all(|key| key.agent == agent()));
        let between: Vec<&str> = conflict.sessions.iter().map(|key| key.id.as_str()).collect();
        format!("{}: {}", line(&conflict.about), between.join(" "))
    });
    assert_eq!(words.collect::<Vec<_>>(), expected);
}

#[test]
fn two_that_change_one_file_while_both_run_are_in_conflict() {
    let (a, b) = (one("a", 1).edits(20, "src/pay.rs"), one("b", 2).edits(30, "/r/lib/../src/./pay.rs"));
    check(&[&a, &b], &["/r/src/pay.rs: a b"]);
    check(&[&a, &one("b", 2).edits(30, "src/other.rs")], &[]);
    check(&[&a, &b, &one("c", 3).edits(40, "src/pay.rs")], &["/r/src/pay.rs: a b c"]);
}

#[test]
fn what_was_changed_before_the_other_ran_is_no_conflict() {
    let a = one("a", 1).edits(20, "src/pay.rs");
    check(&[&a, &one("b", 2).owned_since(25, 2).edits(30, "src/pay.rs")], &[]);
    check(&[&a, &one("b", 2).edits(30, "src/pay.rs").unloaded()], &[]);
    let later = one("c", 3).owned_since(25, 3).edits(26, "src/pay.rs");
    check(&[&a, &one("b", 2).edits(30, "src/pay.rs"), &later], &["/r/src/pay.rs: a b c"]);
}

#[test]
fn a_family_works_together() {
    let kind = SessionKind::Subagent { nickname: None, role: None };
    let child = one("b", 2).edits(30, "src/pay.rs").child_of("a", kind);
    check(&[&one("a", 1).edits(20, "src/pay.rs"), &child], &[]);
    let stranger = one("c", 3).edits(40, "src/pay.rs");
    check(&[&one("a", 1), &child, &stranger], &["/r/src/pay.rs: b c"]);
}

#[test]
fn two_in_one_working_tree_are_in_conflict_once_one_writes() {
    let tree = [("/r", "/r", None)];
    check_in(&[&one("a", 1), &one("b", 2)], &tree, &[]);
    check_in(&[&one("a", 1).edits(20, "x"), &one("b", 2)], &tree, &["tree /r itself: a b"]);
    check_in(&[&one("a", 1).edits(20, "/elsewhere/x"), &one("b", 2)], &tree, &[]);
    let apart = [("/r", "/r", None), ("/r/.worktrees/w", "/r", Some("w"))];
    let aside = one("b", 2).in_folder("/r/.worktrees/w").edits(30, "x");
    check_in(&[&one("a", 1).edits(20, "x"), &aside], &apart, &[]);
    let too = one("c", 3).in_folder("/r/.worktrees/w");
    check_in(&[&one("a", 1), &aside, &too], &apart, &["tree /r w: b c"]);
    // Each writes in the other's tree, which is not the one that it shares.
    let astray = one("b", 2).in_folder("/r/.worktrees/w").edits(30, "/r/x");
    check_in(&[&astray, &too], &apart, &[]);
    check_in(&[&one("a", 1).edits(20, "/r/.worktrees/w/x"), &one("b", 2)], &apart, &[]);
}

#[test]
fn two_that_listen_on_one_port_are_in_conflict() {
    check(&[&one("a", 1).serves(3000), &one("b", 2).serves(3001)], &[]);
    check(&[&one("a", 1).serves(3000).serves(3000), &one("b", 2)], &[]);
    check(&[&one("a", 1).serves(3000), &one("b", 2).serves(3000)], &["port 3000: a b"]);
}

#[test]
fn an_orphan_stands_in_the_way_of_who_names_its_port() {
    let orphan = one("a", 1).rests(15, TurnEnd::Completed).serves(8080).unloaded();
    for line in
        ["vite --port 8080", "vite --port=8080", "serve -p 8080", "PORT=8080 npm start", "curl localhost:8080/x"]
    {
        check(&[&orphan, &one("b", 2).commanded(20, line, false)], &["orphan on 8080: a b"]);
    }
    check(&[&orphan, &one("b", 2).commanded(20, "vite --port 8080", true)], &["orphan on 8080: a b"]);
    for line in ["vite", "vite --port 18080", "vite --port 80801", "head -c 8080 x", "seq 8080", "bc :8080.5"] {
        check(&[&orphan, &one("b", 2).commanded(20, line, false)], &[]);
    }
}
