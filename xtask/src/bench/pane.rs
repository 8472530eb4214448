//! A monitor on a screen of its own.

use std::path::PathBuf;
use std::process::Command;

use crate::bench::fleet::{Fleet, quoted};
use crate::shell;

/// A terminal of 120 columns and 40 lines inside the fleet. Dropping it ends what runs there.
#[derive(Debug)]
pub(super) struct Pane {
    socket: PathBuf,
}

impl Pane {
    /// Runs `command`, a line of shell, in a new terminal.
    pub(super) fn open(fleet: &Fleet, label: &str, command: &str) -> anyhow::Result<Self> {
        let socket = fleet.meta().join(format!("pane-{label}"));
        let mut tmux = fleet.inside();
        tmux.arg("tmux").arg("-S").arg(&socket).args(["-f", "/dev/null", "new-session", "-d", "-x", "120", "-y", "40"]);
        // tmux gives its panes a TERM of its own, which stands for what it can show.
        shell::run(tmux.arg(format!("cd {} && exec {command}", quoted(&fleet.home))))?;
        Ok(Self { socket })
    }

    /// The text on the screen.
    pub(super) fn text(&self) -> anyhow::Result<String> {
        shell::output(self.tmux().args(["capture-pane", "-p"]))
    }

    fn tmux(&self) -> Command {
        let mut tmux = Command::new("tmux");
        tmux.arg("-S").arg(&self.socket);
        tmux
    }
}

impl Drop for Pane {
    fn drop(&mut self) {
        if let Err(error) = shell::output(self.tmux().arg("kill-server")) {
            eprintln!("bench: a terminal did not end: {error:#}");
        }
    }
}
