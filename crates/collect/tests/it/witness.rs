//! Whether a look at the machine would find what another one found is told without looking again.

use std::path::Path;

use topside_collect::{REGISTRY, Scene, Witness, transcripts};
use topside_model::Timestamp;
use topside_probe::{FakeHost, Host as _};

const ROLLOUT: &str =
    "/u/.codex/sessions/2026/11/20/rollout-2026-11-20T01-00-00-01a1f6a5-7e34-7b52-acf6-b5413449b662.jsonl";
const CHAT: &str = "/u/.claude/projects/-a/s.jsonl";
const HELPER: &str = "/u/.claude/projects/-a/s/subagents/agent-1.jsonl";

/// A machine with transcripts that were written an hour ago.
fn host() -> FakeHost {
    let host = FakeHost::new("/u", "2026-11-20T01:00:00Z".parse().expect("a time"));
    for path in [ROLLOUT, CHAT, HELPER] {
        host.write(path, b"{}\n");
    }
    host.set_now(hour(2));
    host
}

fn hour(hour: i8) -> Timestamp {
    format!("2026-11-20T{hour:02}:00:00Z").parse().expect("a time")
}

/// What a search for every transcript rests on, with so many files by name.
fn scene(host: &FakeHost, named: usize) -> Option<Scene> {
    let scenes = REGISTRY.iter().map(|agent| {
        let witness = Witness::new(host, named);
        transcripts(&witness, *agent, &[], None);
        witness.scene()
    });
    scenes.collect::<Option<Vec<_>>>().map(Scene::of)
}

fn holds(scene: &Scene, host: &FakeHost) -> bool {
    let kept = Scene::from_bytes(&scene.to_bytes()).expect("what was kept comes back");
    kept.holds_while(host, || Some(())).is_some()
}

/// Checks that the scene no longer holds after a `change`, whether that comes long after the search or in the same moment, and
/// whether files are noted by name or not.
#[track_caller]
fn check_told(change: impl Fn(&FakeHost)) {
    for (searched, changed, named) in [(2, 3, 10), (1, 1, 10), (2, 3, 0), (2, 3, 1)] {
        let host = host();
        host.set_now(hour(searched));
        let scene = scene(&host, named).expect("only files were asked for");
        assert!(holds(&scene, &host), "nothing has changed");
        host.set_now(hour(changed));
        change(&host);
        assert!(!holds(&scene, &host), "searched at {searched}, changed at {changed}, {named} by name");
    }
}

#[test]
fn a_scene_holds_as_long_as_nothing_changes() {
    let host = host();
    let scene = scene(&host, 10).expect("only files were asked for");
    host.set_now(hour(5));
    host.write("/u/notes/elsewhere.txt", b"what no agent wrote");
    host.remove("/u/notes");
    assert!(holds(&scene, &host), "the home has the same entries as before");
    assert_eq!(scene.holds_while(&host, || None::<()>), None, "nothing came of the work");
}

#[test]
fn every_change_that_a_search_would_find_is_told() {
    check_told(|host| host.append(ROLLOUT, b"{}\n"));
    check_told(|host| host.append(HELPER, b"{}\n"));
    check_told(|host| host.write("/u/.claude/projects/-a/t.jsonl", b"{}\n"));
    check_told(|host| host.write("/u/.claude/projects/-b/t.jsonl", b"{}\n"));
    check_told(|host| host.write("/u/.claude-work/projects/-a/t.jsonl", b"{}\n"));
    check_told(|host| host.write("/u/.codex/archived_sessions/one.jsonl", b"{}\n"));
    check_told(|host| host.remove(CHAT));
    check_told(|host| host.remove("/u/.codex/sessions/2026"));
    check_told(|host| host.rename(CHAT, "/u/.claude/projects/-a/t.jsonl"));
    check_told(|host| host.rename("/u/.claude/projects/-a", "/u/.claude/projects/-b"));
    check_told(|host| host.set_variable("CODEX_HOME", "/elsewhere"));
}

#[test]
fn a_file_that_was_replaced_by_one_alike_is_told() {
    let host = host();
    let scene = scene(&host, 10).expect("only files were asked for");
    let modified = host.stat(Path::new(CHAT)).expect("it is there").modified;
    host.replace(CHAT, b"[]\n");
    host.set_modified(CHAT, modified);
    assert!(!holds(&scene, &host));
}

#[test]
fn what_nobody_can_compare_makes_no_scene() {
    let host = host();
    let witness = Witness::new(&host, 10);
    witness.open(Path::new(CHAT)).expect("it opens");
    assert_eq!(witness.scene(), None, "what is in a file is not noted");
    assert_eq!(Scene::from_bytes(b"no scene"), None);
}
