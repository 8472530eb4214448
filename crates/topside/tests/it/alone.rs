//! The program talks to nobody and starts nothing.

use std::process::{Command, Stdio};

use crate::home::{Home, finish, skip};

/// `command` started by `wrapper` instead.
fn under(wrapper: &[&str], command: &Command) -> Command {
    let mut started = Command::new(wrapper[0]);
    started.args(&wrapper[1..]).arg(command.get_program()).args(command.get_args()).stdin(Stdio::null());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => started.env(name, value),
            None => started.env_remove(name),
        };
    }
    started
}

/// True when `wrapper` can start a program here.
fn can(wrapper: &[&str]) -> bool {
    let mut trial = Command::new(wrapper[0]);
    trial.args(&wrapper[1..]).arg("true").stdout(Stdio::null()).stderr(Stdio::null());
    let can = trial.status().is_ok_and(|status| status.success());
    if !can {
        skip(&format!("{wrapper:?} cannot be used here"));
    }
    can
}

const COMMANDS: [&[&str]; 5] =
    [&["ls", "--all", "--json"], &["show", "01a1f722"], &["why", "01a1f722"], &["limits"], &["doctor"]];

#[test]
fn without_any_network_the_answers_are_the_same() {
    let wrapper = ["unshare", "-rn"];
    if !can(&wrapper) {
        return;
    }
    let home = Home::with(&["resume", "error-429"]);
    for args in COMMANDS {
        let with = home.run(args);
        let without = home.finish(under(&wrapper, &home.command(args)));
        assert_eq!((with.code, &with.out), (without.code, &without.out), "{args:?}");
    }
}

#[test]
fn no_program_is_started_and_no_address_is_talked_to() {
    let home = Home::with(&["resume", "error-429"]);
    let log = tempfile::NamedTempFile::new().expect("a file");
    let path = log.path().to_str().expect("text");
    // The failing ones count, too: whoever tries has a reason.
    let calls = "trace=execve,execveat,connect,bind,sendto,sendmsg";
    let wrapper = ["strace", "-f", "-qq", "-e", calls, "-e", "signal=none", "-o", path];
    if !can(&wrapper) {
        return;
    }
    for args in COMMANDS {
        let output = finish(under(&wrapper, &home.command(args)));
        assert!(output.status.success(), "{output:?}");
        let traced = std::fs::read_to_string(path).expect("a log");
        let of = |name: &str| traced.lines().filter(|line| line.contains(&format!("{name}("))).count();
        assert_eq!((of("execve"), of("execveat")), (1, 0), "it starts itself alone:\n{traced}");
        let spoken = traced.lines().filter(|line| line.contains("AF_INET")).count();
        assert_eq!(spoken, 0, "nothing is said to any address:\n{traced}");
    }
}
