//! Things that are no transcripts where transcripts are expected.

use std::ffi::OsStr;
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::bad_bytes::{numbers, whole};
use crate::fixture::Transcript;
use crate::home::{Home, Run, skip, write};

/// A thread that never was.
const NOBODY: &str = "00000000-0000-7000-8000-000000000000";

/// A home with the transcript `resume`, and the path at which a bad one is to be put.
fn beside_a_good_one() -> (Home, PathBuf) {
    let home = Home::with(&["resume"]);
    let path = home.place(&Transcript::of("resume").as_thread(NOBODY));
    (home, path)
}

/// The good transcript is read as if nothing were, and `doctor` says what is wrong with `path`.
#[track_caller]
fn check(home: &Home, path: &Path, what: &str) {
    let run = home.run(["ls", "--all", "--json"]);
    check_run(home, &run, path, what);
    let page = home.run(["doctor"]);
    assert_eq!(page.code, Some(0), "{page:?}");
    assert!(page.out.contains(&home.redacted(&path.display().to_string())) && page.out.contains(what), "{}", page.out);
}

#[track_caller]
fn check_run(home: &Home, run: &Run, path: &Path, what: &str) {
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""));
    let everything: Value = serde_json::from_str(&run.out).expect("JSON");
    let good = Transcript::of("resume");
    let sessions = everything["sessions"].as_array().expect("a list");
    let row = sessions.iter().find(|session| session["id"] == good.thread()).expect("the good one");
    assert_eq!(numbers(row), whole());
    let problems = everything["health"][0]["problems"].as_array().expect("a list");
    let path = home.redacted(&path.display().to_string());
    let note = problems.iter().find(|problem| problem["path"] == path.as_str()).expect("a note");
    let said = note["what"].as_str().expect("words");
    assert!(said.contains(what), "{said}");
}

/// Runs a program of the system; false when it could not do what it was asked to.
fn made_by(program: &str, args: &[&str], path: &Path) -> bool {
    let mut command = Command::new(program);
    command.arg(path).args(args).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

#[test]
fn a_directory_is_noted() {
    let (home, path) = beside_a_good_one();
    fs::create_dir(&path).expect("a directory");
    fs::write(path.join("inside"), "x").expect("written");
    check(&home, &path, "a directory where a file is expected");
}

#[test]
fn a_pipe_is_noted_and_waited_for_by_nobody() {
    let (home, path) = beside_a_good_one();
    assert!(made_by("mkfifo", &[], &path), "a pipe");
    check(&home, &path, "a pipe, socket or device");
    // Another one where the index is, and where names are logged.
    assert!(made_by("mkfifo", &[], &home.codex().join("state_5.sqlite")), "a pipe");
    assert!(made_by("mkfifo", &[], &home.codex().join("session_index.jsonl")), "a pipe");
    check(&home, &home.codex().join("state_5.sqlite"), "a pipe, socket or device");
}

#[test]
fn a_device_is_noted() {
    let (home, path) = beside_a_good_one();
    // The device that never ends: reading it would never end.
    if !made_by("mknod", &["c", "1", "5"], &path) {
        skip("only a privileged user can make devices");
        return;
    }
    check(&home, &path, "a pipe, socket or device");
}

#[test]
fn links_are_noted_and_followed_by_nobody() {
    let (home, path) = beside_a_good_one();
    symlink(&path, &path).expect("a link to itself");
    let up = home.codex().join("sessions/2026/11/up");
    symlink("..", &up).expect("a link upwards");
    let away = home.codex().join("sessions/2026/12");
    symlink("/", &away).expect("a link to everything");
    for link in [&path, &up, &away] {
        check(&home, link, "a symbolic link");
    }
}

#[test]
fn a_home_that_is_a_link_to_itself_is_noted() {
    let home = Home::new();
    symlink(home.codex(), home.codex()).expect("a link to itself");
    let run = home.run(["doctor"]);
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""));
    assert!(run.out.contains("not read"), "{}", run.out);
}

#[test]
fn a_home_that_is_a_link_to_a_directory_is_read() {
    let home = Home::with(&["resume"]);
    let elsewhere = home.path().join("dotfiles");
    fs::rename(home.codex(), &elsewhere).expect("moved");
    symlink(&elsewhere, home.codex()).expect("a link");
    assert_eq!(numbers(&home.only_session()), whole());
}

#[test]
fn a_file_where_a_directory_is_expected_is_noted() {
    let home = Home::new();
    let path = home.codex().join("sessions");
    write(&path, b"x", "2026-11-20T00:00:00Z".parse().expect("a time"));
    let run = home.run(["doctor"]);
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""));
    assert!(run.out.contains("[HOME]/.codex/sessions: "), "{}", run.out);
}

/// `args` run by a user who may not read everything; `None` where that cannot be had.
fn run_as_somebody<I: AsRef<OsStr>>(home: &Home, args: impl IntoIterator<Item = I>) -> Option<Run> {
    let mut command = home.command(args);
    if rustix::process::geteuid().is_root() {
        // Who may read everything tries to be somebody who may not.
        fs::set_permissions(home.path(), Permissions::from_mode(0o755)).expect("opened");
        command.uid(65534).gid(65534);
        let mut trial = Command::new(env!("CARGO_BIN_EXE_topside"));
        let trial = trial.arg("--version").stdout(Stdio::null()).uid(65534).gid(65534).status();
        if !trial.is_ok_and(|status| status.success()) {
            skip("the program cannot be started as somebody else");
            return None;
        }
    }
    Some(home.finish(command))
}

#[test]
fn what_may_not_be_read_is_noted() {
    let (home, path) = beside_a_good_one();
    let closed = home.codex().join("sessions/2026/12");
    fs::create_dir_all(&closed).expect("a directory");
    write(&path, b"secret", "2026-11-20T04:00:00Z".parse().expect("a time"));
    for path in [&path, &closed] {
        fs::set_permissions(path, Permissions::from_mode(0o000)).expect("closed");
    }
    let run = run_as_somebody(&home, ["ls", "--all", "--json"]);
    fs::set_permissions(&closed, Permissions::from_mode(0o755)).expect("opened, to be removed");
    let Some(run) = run else { return };
    for path in [&path, &closed] {
        check_run(&home, &run, path, "ermission denied");
    }
}

/// Whatever of it was read before, and whether or not the answer was given before.
#[test]
fn what_was_used_is_never_told_without_the_folder_that_may_not_be_read() {
    // A folder that may be listed without a look at its files hides them as well.
    for mode in [0o000, 0o444] {
        let (home, other) = (Home::with(&["resume"]), Transcript::of("exec-apply-patch"));
        let folder = home.codex().join("sessions/2026/12");
        write(&folder.join(&other.file), &other.bytes, other.last_at());
        let kept = tempfile::tempdir().expect("a folder");
        fs::set_permissions(kept.path(), Permissions::from_mode(0o777)).expect("opened to everybody");
        let history = kept.path().join("history.db");
        let usage = |mode, args: &[&OsStr]| {
            fs::set_permissions(&folder, Permissions::from_mode(mode)).expect("closed or opened");
            let run = run_as_somebody(&home, [OsStr::new("usage")].iter().chain(args));
            fs::set_permissions(&folder, Permissions::from_mode(0o755)).expect("opened, to be removed");
            run
        };
        let with_history = [OsStr::new("--history"), history.as_os_str()];
        let Some(part) = usage(mode, &[]) else { return };
        let all = usage(0o755, &[]).expect("as before");
        let closed = |but| {
            format!("topside: [HOME]/.codex/sessions/2026/12 is left out{but}: Permission denied (os error 13)\n")
        };
        assert_eq!((part.err, all.err), (closed(""), String::new()));
        assert_ne!(part.out, all.out);
        let document = usage(mode, &[OsStr::new("--json")]).expect("as before").out;
        let document: Value = serde_json::from_str(&document).expect("JSON");
        let folder = json!({"path": "[HOME]/.codex/sessions/2026/12", "what": "Permission denied (os error 13)"});
        assert_eq!(document["left_out"], json!([folder]));
        // The second time each answer is the one that was kept.
        for (mode, out) in [(mode, part.out), (0o755, all.out.clone()), (mode, all.out)] {
            let err = if mode == 0o755 { String::new() } else { closed(", but for what was read before") };
            for _ in 0..2 {
                let run = usage(mode, &with_history).expect("as before");
                assert_eq!((run.code, &run.out, &run.err), (Some(0), &out, &err), "{mode:o}");
            }
        }
    }
}
