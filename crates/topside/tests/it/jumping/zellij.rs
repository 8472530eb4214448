//! Panes of zellij, in a window of tmux that stands for a terminal.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::thread::yield_now;

use serde_json::Value;

use super::{LOOKS, NOW, Tmux, agent, home, wait_until_live};
use crate::home::{Home, Run, finish, skip};

/// The file with the script of a pane.
const SCRIPT: &str = "agent.sh";

/// A session of zellij that a terminal shows; ended when dropped.
struct Zellij {
    terminal: Tmux,
    /// Where it keeps what it keeps.
    scratch: Home,
}

impl Zellij {
    /// A session with two tabs, of which the second one runs this in its second pane. `None`, with the reason said, where
    /// there is no zellij or no tmux.
    fn start(script: &str) -> Option<Self> {
        let scratch = Home::new();
        if zellij(&scratch, &["--version"]).status().ok().is_none_or(|status| !status.success()) {
            skip("no zellij");
            return None;
        }
        let file = |name, text: &str| {
            let path = scratch.path().join(name);
            fs::write(&path, text).expect("written");
            path.display().to_string()
        };
        let pane = |script: &str| format!(r#"pane command="sh" {{ args "{script}"; }}"#);
        let (waits, runs) = (pane(&file("waits", "echo ready; exec sleep 600")), pane(&file(SCRIPT, script)));
        let layout = format!("layout {{ tab focus=true {{ {waits}; }}; tab {{ {waits}; {runs}; }}; }}");
        let layout = file("layout.kdl", &layout);
        // Without a file of configuration it asks about one.
        file("config.kdl", "show_startup_tips false\n");
        let variables = variables(&scratch).map(|(name, folder)| format!("{name}='{}'", folder.display()));
        let shows = format!("{} exec zellij -s work -n '{layout}'", variables.join(" "));
        let Some(terminal) = Tmux::start(scratch.path().join("s"), &[&shows]) else {
            skip("no tmux");
            return None;
        };
        // Asked before it stands, it may end or never answer.
        while !terminal.run(&["capture-pane", "-p"]).contains("ready") {
            yield_now();
        }
        // An action is about the terminal in which a person typed something last.
        terminal.run(&["send-keys", "Escape"]);
        Some(Self { terminal, scratch })
    }

    /// What it answers to an action; `None` when it refuses it or does not answer.
    fn ask(&self, action: &[&str]) -> Option<String> {
        let mut asking = zellij(&self.scratch, &["-s", "work", "action"]);
        asking.args(action);
        let answer = finish(asking);
        answer.status.success().then(|| String::from_utf8(answer.stdout).expect("text").trim().to_owned())
    }

    /// The pane that its terminal shows: `terminal_2`.
    fn shown(&self) -> Option<String> {
        let clients = self.ask(&["list-clients"])?;
        clients.lines().nth(1)?.split_whitespace().nth(1).map(str::to_owned)
    }

    /// The pane in which the script runs, of which zellij knows within moments.
    fn pane_of_script(&self) -> String {
        let number = |panes: Value| {
            let runs =
                |pane: &&Value| pane["terminal_command"].as_str().is_some_and(|command| command.ends_with(SCRIPT));
            panes.as_array()?.iter().find(runs)?["id"].as_u64()
        };
        let look = || number(serde_json::from_str(&self.ask(&["list-panes", "-a", "-j"])?).ok()?);
        format!("terminal_{}", (0..LOOKS).find_map(|_| look()).expect("it is there"))
    }

    /// Runs topside with zellij's own files elsewhere than in the home that topside must not change. Where its sockets
    /// lie, topside knows from the agent alone: its own lie elsewhere.
    fn topside(&self, home: &Home, args: &[&str]) -> Run {
        let mut command = home.command(args.iter().chain(&["--now", NOW]));
        command.env("XDG_CACHE_HOME", self.scratch.path()).env_remove("XDG_RUNTIME_DIR");
        command.env("ZELLIJ_SOCKET_DIR", home.path());
        home.finish(command)
    }

    /// Waits until its terminal shows this pane, which it does within moments.
    #[track_caller]
    fn wait_for(&self, pane: &str) {
        let comes = (0..LOOKS).any(|_| self.shown().as_deref() == Some(pane));
        assert!(comes, "pane {:?} is shown, not {pane}", self.shown());
    }
}

impl Drop for Zellij {
    fn drop(&mut self) {
        _ = zellij(&self.scratch, &["kill-session", "work"]).output();
    }
}

fn variables(scratch: &Home) -> [(&'static str, PathBuf); 4] {
    let folder = |name: &'static str| (name, scratch.path().to_owned());
    ["HOME", "ZELLIJ_CONFIG_DIR", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"].map(folder)
}

/// The program, with nothing of the terminal that runs the tests, and ended when it does not answer.
fn zellij(scratch: &Home, args: &[&str]) -> Command {
    let mut command = Command::new("timeout");
    command.args(["5", "zellij"]).args(args).envs(variables(scratch));
    for variable in ["ZELLIJ", "ZELLIJ_SESSION_NAME", "ZELLIJ_PANE_ID", "ZELLIJ_SOCKET_DIR"] {
        command.env_remove(variable);
    }
    command
}

#[test]
fn the_pane_of_an_agent_is_focused_and_the_terminal_that_shows_zellij() {
    let (home, transcript, path) = home();
    let Some(zellij) = Zellij::start(&agent(&home, &path)) else { return };
    zellij.terminal.run(&["new-window", "sleep", "600"]);
    wait_until_live(&home);
    let agents = zellij.pane_of_script();
    assert_ne!(zellij.shown().as_ref(), Some(&agents));
    // The second time the pane is in front already, and what shows zellij is not.
    for _ in 0..2 {
        zellij.terminal.run(&["select-window", "-t", ":1"]);
        let gone = zellij.topside(&home, &["jump", transcript.thread()]);
        assert_eq!((gone.code, gone.err.as_str()), (Some(0), ""));
        assert!(gone.out.starts_with("tmux shows it nowhere; attach with:"), "{}", gone.out);
        zellij.wait_for(&agents);
        assert_eq!(zellij.terminal.shown(), "0.0", "the window that shows zellij");
    }
}
