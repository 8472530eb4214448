//! The user's own program, started for each alert.

use std::io::Write;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use topside_catalog::text::neutralise;

use super::message::Message;

/// How long it may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often it is asked whether it has ended.
const PULSE: Duration = Duration::from_millis(20);

/// Starts the program with these words, no shell between, and waits for its end: the alert is on its standard input as one
/// line of JSON, and in its environment.
pub(crate) fn start(words: &[String], message: &Message) -> anyhow::Result<()> {
    start_within(words, message, PATIENCE)
}

fn start_within(words: &[String], message: &Message, patience: Duration) -> anyhow::Result<()> {
    let (program, args) = words.split_first().context("start the command: none is set under [notifications]")?;
    let name = neutralise(program);
    let mut command = Command::new(program);
    command.args(args).envs(message.variables.iter().map(|(key, value)| (key, value)));
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    alone(&mut command);
    let mut child = command.spawn().with_context(|| format!("start {name}"))?;
    if let Some(mut input) = child.stdin.take() {
        // Far less than a pipe holds, so this never waits; a program need not read it.
        writeln!(input, "{}", message.document).ok();
    }
    let end = Instant::now() + patience;
    loop {
        match child.try_wait().with_context(|| format!("wait for {name}"))? {
            Some(status) if status.success() => return Ok(()),
            Some(status) => bail!("tell it by {name}: it ended with {status}"),
            None if Instant::now() >= end => break,
            None => std::thread::sleep(PULSE),
        }
    }
    stop(&mut child);
    bail!("tell it by {name}: it was stopped after {} s", patience.as_secs())
}

/// Gives the program a process group of its own, so that no key pressed on topside's terminal reaches it.
#[cfg(unix)]
fn alone(command: &mut Command) {
    std::os::unix::process::CommandExt::process_group(command, 0);
}

#[cfg(not(unix))]
fn alone(_: &mut Command) {}

/// Ends the program and what it started in its group.
fn stop(child: &mut Child) {
    #[cfg(unix)]
    if let Some(group) = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw) {
        rustix::process::kill_process_group(group, rustix::process::Signal::KILL).ok();
    }
    child.kill().ok();
    child.wait().ok();
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;

    use super::*;

    fn message() -> Message {
        let variables = vec![("TOPSIDE_KIND", "test".to_owned()), ("TOPSIDE_TEXT", "$(touch x) `y`".to_owned())];
        let document = r#"{"kind":"test"}"#.to_owned();
        Message { title: String::new(), body: None, urgent: false, document, variables, made: Instant::now() }
    }

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn a_program_gets_the_alert_and_no_shell_reads_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("out");
        let file = file.to_str().expect("text");
        let script = "cat > \"$1\"; printf '%s|%s' \"$TOPSIDE_KIND\" \"$TOPSIDE_TEXT\" >> \"$1\"";
        start(&words(&["sh", "-c", script, "sh", file]), &message()).expect("it ends well");
        assert_eq!(fs::read_to_string(file).expect("a file"), "{\"kind\":\"test\"}\ntest|$(touch x) `y`");
    }

    #[track_caller]
    fn check(program: &[&str], patience: Duration, expected: &str) {
        let error = start_within(&words(program), &message(), patience).expect_err("it cannot be told so");
        assert!(format!("{error:#}").starts_with(expected), "{error:#}");
    }

    #[test]
    fn what_goes_wrong_is_said() {
        check(&["sh", "-c", "exit 3"], PATIENCE, "tell it by sh: it ended with exit status: 3");
        check(&["/no/such\u{1b}program"], PATIENCE, "start /no/such␛program: No such file");
        check(&[], PATIENCE, "start the command: none is set under [notifications]");
    }

    #[test]
    fn what_hangs_is_stopped_with_all_it_started() {
        let folder = tempfile::tempdir().expect("a folder");
        let pipe = folder.path().join("pipe");
        let made = Command::new("mkfifo").arg(&pipe).status().expect("mkfifo");
        assert!(made.success());
        // The pipe ends when nobody is left who could write into it.
        let (tell, ended) = std::sync::mpsc::channel();
        let read = pipe.clone();
        std::thread::spawn(move || tell.send(fs::read(read)));
        let hangs = ["sh", "-c", "sleep 600 > \"$1\" & wait", "sh", pipe.to_str().expect("text")];
        check(&hangs, Duration::from_secs(1), "tell it by sh: it was stopped after 1 s");
        let rest = ended.recv_timeout(Duration::from_mins(1)).expect("nothing is left").expect("a pipe");
        assert!(rest.is_empty());
    }
}
