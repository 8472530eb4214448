//! Panes of zellij, in a window of tmux that stands for a terminal.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::thread::yield_now;

use super::{LOOKS, NOW, Tmux, agent, home, wait_until_live};
use crate::home::{Home, finish, skip};

/// A session of zellij that a terminal shows; ended when dropped.
struct Zellij {
    terminal: Tmux,
    /// Where it keeps what it keeps.
    scratch: Home,
}

impl Zellij {
    /// `None`, with the reason said, where there is no zellij or no tmux.
    fn start() -> Option<Self> {
        let scratch = Home::new();
        if zellij(&scratch, &["--version"]).output().is_err() {
            skip("no zellij");
            return None;
        }
        // Without a file of configuration it asks about one.
        fs::write(scratch.path().join("config.kdl"), "show_startup_tips false\n").expect("written");
        let variables = variables(&scratch).map(|(name, folder)| format!("{name}='{}'", folder.display()));
        let show = format!("{} TMUX= exec zellij --session work", variables.join(" "));
        let Some(terminal) = Tmux::start(scratch.path().join("s"), &[&show]) else {
            skip("no tmux");
            return None;
        };
        let started = Self { terminal, scratch };
        while started.ask(&["list-clients"]).is_none_or(|clients| clients.lines().count() < 2) {
            yield_now();
        }
        Some(started)
    }

    /// What it answers to an action; `None` when it refuses it or does not listen yet.
    fn ask(&self, action: &[&str]) -> Option<String> {
        let mut asking = zellij(&self.scratch, &["--session", "work", "action"]);
        asking.args(action);
        let answer = finish(asking);
        answer.status.success().then(|| String::from_utf8(answer.stdout).expect("text").trim().to_owned())
    }

    /// The pane that its terminal shows: `terminal_2`.
    fn shown(&self) -> Option<String> {
        let clients = self.ask(&["list-clients"])?;
        clients.lines().nth(1)?.split_whitespace().nth(1).map(str::to_owned)
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

/// The program, with nothing of the terminal that runs the tests.
fn zellij(scratch: &Home, args: &[&str]) -> Command {
    let mut command = Command::new("zellij");
    command.args(args).envs(variables(scratch));
    for variable in ["ZELLIJ", "ZELLIJ_SESSION_NAME", "ZELLIJ_PANE_ID", "ZELLIJ_SOCKET_DIR"] {
        command.env_remove(variable);
    }
    command
}

#[test]
fn the_pane_of_an_agent_is_focused_and_the_terminal_that_shows_zellij() {
    let Some(zellij) = Zellij::start() else { return };
    let (home, transcript, path) = home();
    zellij.ask(&["new-tab"]).expect("a tab");
    let agents = zellij.ask(&["new-pane", "--", "sh", "-c", &agent(&home, &path)]).expect("a pane");
    zellij.ask(&["new-pane"]).expect("another pane");
    zellij.ask(&["new-tab"]).expect("another tab");
    zellij.terminal.run(&["new-window", "sleep", "600"]);
    wait_until_live(&home);
    assert_ne!(zellij.shown().as_deref(), Some(&*agents));
    // Where the sockets lie, topside knows from the agent alone.
    let mut jump = home.command(["jump", transcript.thread(), "--now", NOW]);
    for (name, folder) in variables(&zellij.scratch).into_iter().filter(|(name, _)| *name == "XDG_CACHE_HOME") {
        jump.env(name, folder);
    }
    jump.env_remove("XDG_RUNTIME_DIR");
    let gone = home.finish(jump);
    assert_eq!((gone.code, gone.err.as_str()), (Some(0), ""));
    assert!(gone.out.starts_with("tmux shows it nowhere; attach with:"), "{}", gone.out);
    zellij.wait_for(&agents);
    assert_eq!(zellij.terminal.shown(), "0.0", "the window that shows zellij");
}
