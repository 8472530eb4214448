//! How runs end: what a script learns from the exit code, and a person from the message.

use std::io;
use std::process::Stdio;

use crate::fixture::Transcript;
use crate::home::{Home, NOW, Run, finish, program};

#[track_caller]
fn check(run: &Run, code: i32, told: &[&str]) {
    assert_eq!(run.code, Some(code), "{run:?}");
    assert_eq!(run.out, "", "a failure has no answer");
    for word in told {
        assert!(run.err.contains(word), "{:?} does not say {word:?}", run.err);
    }
}

#[test]
fn an_unknown_session_ends_with_3() {
    let home = Home::with(&["resume"]);
    for command in ["show", "why"] {
        check(&home.run([command, "nobody"]), 3, &["\"nobody\"", "1 known here", "topside ls --all"]);
    }
}

#[test]
fn a_beginning_of_two_ids_ends_with_4() {
    let home = Home::with(&["resume", "error-500"]);
    let (one, other) = (Transcript::of("resume"), Transcript::of("error-500"));
    for command in ["show", "why"] {
        check(&home.run([command, "01a1f722"]), 4, &["fits 2 sessions", one.thread(), other.thread()]);
    }
}

#[test]
fn a_command_line_without_sense_ends_with_2() {
    let home = Home::new();
    check(&home.run(["ls", "--bogus"]), 2, &["--bogus", "--help"]);
    check(&home.run(["sl"]), 2, &["'sl'", "--help"]);
    check(&home.run(["show"]), 2, &["<SESSION>"]);
    check(&home.run(["ls", "--now", "noon"]), 2, &["noon", "2026-05-01T10:00:00Z"]);
    check(&home.run(["ls", "--recent", "some"]), 2, &["some", "--recent"]);
    check(&home.run(["ls", "--agent", "nobody"]), 2, &["nobody", "codex"]);
}

#[test]
fn a_root_that_is_no_directory_ends_with_1() {
    let home = Home::new();
    let file = home.path().join("file");
    std::fs::write(&file, "").expect("written");
    for root in [home.path().join("nowhere"), file] {
        let output = finish({
            let mut command = program(["ls", "--now", NOW, "--root"]);
            command.arg(&root);
            command
        });
        let said = String::from_utf8(output.stderr).expect("text");
        assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0), "{said}");
        assert!(said.contains(root.to_str().expect("text")) && said.contains("--root"), "{said}");
    }
}

#[test]
fn a_reader_that_went_away_is_no_failure() {
    let home = Home::with(&["resume"]);
    for args in [&["ls", "--all"][..], &["ls", "--json"], &["show", "01a1f722"], &["doctor"], &["demo"], &["--help"]] {
        let (reader, writer) = io::pipe().expect("a pipe");
        drop(reader);
        let mut command = home.command(args);
        let child = command.stdout(writer).stderr(Stdio::piped()).spawn().expect("it starts");
        let output = child.wait_with_output().expect("it ends");
        assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]), "{args:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn an_answer_that_cannot_be_written_ends_with_1() {
    let home = Home::new();
    let full = std::fs::File::options().write(true).open("/dev/full").expect("a full device");
    let child = home.command(["ls"]).stdout(full).stderr(Stdio::piped()).spawn().expect("it starts");
    let output = child.wait_with_output().expect("it ends");
    let said = String::from_utf8(output.stderr).expect("text");
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("write to standard output"), "{said}");
}

#[test]
fn help_and_version_need_no_home() {
    for args in [&["--help"][..], &["ls", "--help"], &["--version"]] {
        let mut command = program(args);
        command.env("HOME", "");
        let output = finish(command);
        assert!(output.status.success() && !output.stdout.is_empty() && output.stderr.is_empty(), "{args:?}");
    }
}
