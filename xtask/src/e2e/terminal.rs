//! A terminal that can be read and typed into: a private tmux server per scenario.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, bail};
use jiff::Timestamp;
use regex::Regex;

use super::agent::Agent;
use super::process::{PATIENCE, poll};
use super::scenario::Scenario;
use super::scratch::Scratch;
use crate::shell;

/// A terminal with one agent in it. Closed when dropped.
#[derive(Debug)]
pub(crate) struct Terminal {
    agent: Agent,
    socket: String,
    log: PathBuf,
}

impl Terminal {
    /// Opens the terminal called `name` of `scenario` through `tmux`, a command ready but for its arguments, and runs the
    /// agent with `args` in it, until it takes a prompt.
    pub(crate) fn open(
        scratch: &Scratch,
        tmux: Command,
        scenario: &Scenario,
        name: &str,
        args: &[&str],
    ) -> anyhow::Result<Self> {
        let terminal = Self::start(scratch, tmux, scenario, name, args)?;
        terminal.wait_ready()?;
        Ok(terminal)
    }

    /// The same, whatever the agent shows first.
    pub(crate) fn start(
        scratch: &Scratch,
        mut tmux: Command,
        scenario: &Scenario,
        name: &str,
        args: &[&str],
    ) -> anyhow::Result<Self> {
        let agent = scenario.agent;
        let socket = format!("topside-e2e-{}-{}-{}-{name}", std::process::id(), agent.name(), scenario.name);
        let terminal = Self { agent, socket, log: scratch.log(&format!("screen-{name}")) };
        tmux.args(["-L", &terminal.socket, "-f", "/dev/null"]);
        tmux.args(["new-session", "-d", "-x", "140", "-y", "45", agent.name()]).args(args);
        // The screen of a program that ended is still wanted for the report.
        tmux.args([";", "set-option", "-g", "remain-on-exit", "on"]);
        shell::run(&mut tmux)?;
        Ok(terminal)
    }

    /// Waits until the agent takes a prompt.
    pub(crate) fn wait_ready(&self) -> anyhow::Result<()> {
        self.wait(self.agent.ready())
    }

    /// Waits until the screen matches `pattern`.
    pub(crate) fn wait(&self, pattern: &str) -> anyhow::Result<()> {
        let regex = Regex::new(pattern).with_context(|| format!("read the pattern {pattern}"))?;
        match poll(PATIENCE, || self.screen().ok().filter(|screen| regex.is_match(screen))) {
            Some(_) => Ok(()),
            None => bail!("the screen never shows {pattern:?}; it shows:\n{}", self.screen()?),
        }
    }

    /// True when the screen matches `pattern` now.
    pub(crate) fn shows(&self, pattern: &str) -> bool {
        Regex::new(pattern).is_ok_and(|regex| self.screen().is_ok_and(|screen| regex.is_match(&screen)))
    }

    /// Types `text` and sends it, until `accepted` says that the agent took it; gives the moment of the Enter that did.
    /// Codex takes an Enter that comes right after much text for a line of a paste; a second one then sends both.
    pub(crate) fn submit(&self, text: &str, accepted: impl Fn() -> bool) -> anyhow::Result<Timestamp> {
        self.tmux(&["send-keys", "-l", text])?;
        self.wait(&regex::escape(text))?;
        for _ in 0..5 {
            let sent = Timestamp::now();
            self.press("Enter")?;
            if poll(Duration::from_secs(2), || accepted().then_some(())).is_some() {
                return Ok(sent);
            }
        }
        bail!("the agent does not take {text:?}; the screen shows:\n{}", self.screen()?)
    }

    /// Presses a key until the screen matches `pattern`: what shows a choice may not take keys yet.
    pub(crate) fn press_until(&self, key: &str, pattern: &str) -> anyhow::Result<()> {
        for _ in 0..5 {
            self.press(key)?;
            let shows = || self.shows(pattern).then_some(true).or_else(|| self.is_over().then_some(false));
            match poll(Duration::from_secs(2), shows) {
                Some(true) => return Ok(()),
                Some(false) => break,
                None => {}
            }
        }
        bail!("the key {key} never leads to {pattern:?}; the screen shows:\n{}", self.screen()?)
    }

    /// Presses a key by its tmux name.
    pub(crate) fn press(&self, key: &str) -> anyhow::Result<()> {
        self.tmux(&["send-keys", key]).map(drop)
    }

    /// The process of the agent.
    pub(crate) fn pid(&self) -> anyhow::Result<u32> {
        let pid = self.tmux(&["display-message", "-p", "#{pane_pid}"])?;
        pid.trim().parse().with_context(|| format!("read the process of a terminal from {pid:?}"))
    }

    /// True when the program in the terminal has ended.
    pub(crate) fn is_over(&self) -> bool {
        self.tmux(&["display-message", "-p", "#{pane_dead}"]).is_ok_and(|dead| dead.trim() == "1")
    }

    /// Leaves the agent the way people do.
    pub(crate) fn quit(&self) -> anyhow::Result<()> {
        self.submit(self.agent.quit(), || self.is_over()).map(drop)
    }

    /// What the screen shows.
    pub(crate) fn screen(&self) -> anyhow::Result<String> {
        let screen = self.tmux(&["capture-pane", "-p"])?;
        Ok(screen.lines().filter(|line| !line.trim().is_empty()).collect::<Vec<_>>().join("\n"))
    }

    fn tmux(&self, args: &[&str]) -> anyhow::Result<String> {
        shell::output(Command::new("tmux").args(["-L", &self.socket]).args(args))
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // The last screen is for reports only. tmux leaves its socket behind; a server that is gone needs no end.
        let _ = self.screen().map(|screen| std::fs::write(&self.log, screen));
        let socket = self.tmux(&["display-message", "-p", "#{socket_path}"]);
        let _ = self.tmux(&["kill-server"]);
        let _ = socket.map(|path| std::fs::remove_file(path.trim()));
    }
}
