//! Real terminals brought to the front, with the program itself standing in for the agent.

pub(crate) mod kitty;
mod zellij;

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::fixture::Transcript;
use crate::home::{Home, finish, skip};
use crate::running::executable;
use crate::watching::Watch;

/// After the last record of the session.
const NOW: &str = "2126-11-20T01:54:00Z";
/// Looks at what is shown, for which a program runs each time, until it counts as never shown.
const LOOKS: usize = 50;

/// A tmux server of its own; ended when dropped.
pub(crate) struct Tmux {
    socket: PathBuf,
}

impl Tmux {
    /// Starts a server whose first window runs `command`. `None` where there is no tmux.
    pub(crate) fn start(socket: PathBuf, command: &[&str]) -> Option<Self> {
        let server = Self { socket };
        let size = ["new-session", "-d", "-x", "120", "-y", "40"];
        server.command(&size).args(command).status().ok()?.success().then_some(server)
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut tmux = Command::new("tmux");
        tmux.arg("-S").arg(&self.socket).args(["-f", "/dev/null"]).args(args).env_remove("TMUX");
        tmux
    }

    pub(crate) fn run(&self, args: &[&str]) -> String {
        let output = finish(self.command(args));
        assert!(output.status.success(), "tmux {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text").trim().to_owned()
    }

    /// The pane that a person in front of the server's first session sees.
    fn shown(&self) -> String {
        self.run(&["display-message", "-p", "#{window_index}.#{pane_index}"])
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        _ = self.command(&["kill-server"]).status();
    }
}

/// A shell command that becomes an agent with this transcript open.
pub(crate) fn agent(home: &Home, transcript: &Path) -> String {
    let (program, path) = (executable(home), home.path());
    format!(
        "HOME='{home}' CODEX_HOME='{home}/.codex' exec '{program}' ls --watch --root '{home}/empty' 2>>'{transcript}'",
        home = path.display(),
        program = program.display(),
        transcript = transcript.display()
    )
}

/// A home with a session in it, and the session.
fn home() -> (Home, Transcript, PathBuf) {
    let home = Home::new();
    let transcript = Transcript::of("killed-mid-turn").with("2026-11-20", "2126-11-20");
    let path = home.add(&transcript);
    (home, transcript, path)
}

pub(crate) fn wait_until_live(home: &Home) {
    Watch::start_at(home, NOW).wait_for("a live session", |document| document["sessions"][0]["live"] == true);
}

#[test]
fn the_pane_of_an_agent_is_selected() {
    let (home, transcript, path) = home();
    let scratch = Home::new();
    let Some(tmux) = Tmux::start(scratch.path().join("s"), &["sleep", "600"]) else { return skip("no tmux") };
    tmux.run(&["new-window", "sleep", "600"]);
    tmux.run(&["split-window", &agent(&home, &path)]);
    tmux.run(&["split-window", "sleep", "600"]);
    tmux.run(&["new-window", "sleep", "600"]);
    wait_until_live(&home);
    assert_eq!(tmux.shown(), "2.0");
    let dry = home.run(["jump", transcript.thread(), "--dry-run", "--now", NOW]);
    assert_eq!((dry.code, tmux.shown().as_str()), (Some(0), "2.0"), "{}", dry.err);
    assert!(dry.out.contains("select-pane -t %2") && dry.out.contains("attach with: tmux -S"), "{}", dry.out);
    let gone = home.run(["jump", transcript.thread(), "--now", NOW]);
    assert_eq!((gone.code, tmux.shown().as_str()), (Some(0), "1.1"), "{}", gone.err);
}

#[test]
fn a_pane_within_a_pane_of_another_server_is_reached() {
    let (home, transcript, path) = home();
    let scratch = Home::new();
    let socket = scratch.path().join("inner");
    let Some(inner) = Tmux::start(socket.clone(), &["sleep", "600"]) else { return skip("no tmux") };
    inner.run(&["new-session", "-d", "-s", "work", "-x", "120", "-y", "40", "sleep", "600"]);
    inner.run(&["split-window", "-t", "work", &agent(&home, &path)]);
    inner.run(&["new-window", "-t", "work", "sleep", "600"]);
    // The outer server shows the other session of the inner one, in a window that is not the current one.
    let attach = format!("TMUX= exec tmux -S '{}' attach -t 0", socket.display());
    let outer = Tmux::start(scratch.path().join("outer"), &["sleep", "600"]).expect("another server");
    outer.run(&["new-window", &attach]);
    outer.run(&["new-window", "sleep", "600"]);
    wait_until_live(&home);
    while inner.run(&["list-clients", "-F", "#{session_name}"]) != "0" {
        std::thread::yield_now();
    }
    let run = home.run(["jump", transcript.thread(), "--now", NOW]);
    assert_eq!(run.code, Some(0), "{}", run.err);
    assert_eq!(outer.shown(), "1.0", "the window that shows the inner server");
    assert_eq!(inner.run(&["list-clients", "-F", "#{session_name}"]), "work", "it shows the session of the agent");
    assert_eq!(inner.run(&["display-message", "-p", "-t", "work", "#{window_index}.#{pane_index}"]), "0.1");
}

#[test]
fn a_session_without_a_process_has_no_terminal() {
    let (home, transcript, _) = home();
    let run = home.run(["jump", transcript.thread(), "--now", NOW]);
    assert_eq!(run.code, Some(1));
    assert!(run.err.contains("no process has it loaded"), "{}", run.err);
    let refused = home.run(["jump", transcript.thread(), "--read-only", "--now", NOW]);
    assert!(refused.err.contains("topside only looks here"), "{}", refused.err);
}
