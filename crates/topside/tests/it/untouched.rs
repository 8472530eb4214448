//! A home is as it was after every command: nothing is written, removed or left behind, also beside a database in use.

use std::fs;

use topside_testkit::home::ThreadIndex;

use crate::fixture::Transcript;
use crate::home::{Home, Run};
use crate::inventory::Inventory;
use crate::watching::Watch;

/// Every command, on a home with the transcript `resume`.
fn commands() -> Vec<Vec<&'static str>> {
    let mut commands = vec![vec![], vec!["ls"], vec!["ls", "--all", "--text"], vec!["ls", "--json"], vec!["demo"]];
    for command in ["show", "why"] {
        commands.extend([vec![command, "01a1f722"], vec![command, "01a1f722", "--json"], vec![command, "nobody"]]);
    }
    for command in ["ports", "limits", "doctor"] {
        commands.extend([vec![command], vec![command, "--json"]]);
    }
    commands
}

/// A home whose index has names that are in its log only, and the one who holds it open.
fn with_an_index() -> (Home, ThreadIndex) {
    let home = Home::with(&["resume"]);
    let index = ThreadIndex::create(&home.codex().join("state_5.sqlite")).expect("an index");
    index.name(Transcript::of("resume").thread(), "a name in the log").expect("a row");
    let log = fs::metadata(home.codex().join("state_5.sqlite-wal")).expect("a log");
    assert!(log.len() > 0);
    (home, index)
}

/// Runs every command with a place of its own for temporary files, which is left empty.
fn run_all(home: &Home) {
    let temporary = tempfile::tempdir().expect("a folder");
    for args in commands() {
        let mut command = home.command(&args);
        for variable in ["TMPDIR", "TMP", "TEMP"] {
            command.env(variable, temporary.path());
        }
        let Run { code, err, .. } = home.finish(command);
        assert_eq!(code, Some(if args.contains(&"nobody") { 3 } else { 0 }), "{args:?}: {err}");
        let left = fs::read_dir(temporary.path()).expect("a list").count();
        assert_eq!(left, 0, "{args:?} left something behind");
    }
}

#[test]
fn every_command_leaves_a_home_as_it_was() {
    run_all(&Home::with(&["resume"]));
}

#[test]
fn a_database_in_use_is_read_and_left_as_it_was() {
    let (home, _owner) = with_an_index();
    assert_eq!(home.only_session()["name"], "a name in the log");
    run_all(&home);
}

#[test]
fn a_database_whose_rows_are_all_in_its_log_is_read_without_its_owner() {
    let (owned, _owner) = with_an_index();
    let home = Home::with(&["resume"]);
    // What a machine leaves behind that lost its power: a log, and nobody who holds it.
    for file in ["state_5.sqlite", "state_5.sqlite-wal"] {
        fs::copy(owned.codex().join(file), home.codex().join(file)).expect("a copy");
    }
    assert_eq!(home.only_session()["name"], "a name in the log");
    run_all(&home);
}

#[test]
fn watching_leaves_a_home_as_it_was() {
    let (home, _owner) = with_an_index();
    let before = Inventory::of(home.path());
    let mut watch = Watch::start(&home);
    watch.wait_for("a name", |document| document["sessions"][0]["name"] == "a name in the log");
    drop(watch);
    let changed = Inventory::of(home.path()).changed_since(&before);
    assert!(changed.is_empty(), "topside changed {changed:?}");
}
