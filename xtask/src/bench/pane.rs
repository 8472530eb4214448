//! A monitor on a screen of its own.

use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::Context as _;

use crate::bench::fleet::{Fleet, Member, quoted};
use crate::shell;

/// Lines of a common terminal.
pub(super) const COMMON: u32 = 40;
/// Lines of a terminal on which every session has room.
pub(super) const TALL: u32 = 150;

/// How many terminals were opened.
static OPENED: AtomicU32 = AtomicU32::new(0);

/// A terminal of 120 columns inside the fleet. Dropping it ends what runs there.
#[derive(Debug)]
pub(super) struct Pane {
    socket: PathBuf,
    /// Holds the moment at which the command was started.
    started: PathBuf,
}

impl Pane {
    /// Runs `command`, a line of shell, in a new terminal of `lines` lines.
    pub(super) fn open(fleet: &Fleet, label: &str, lines: u32, command: &str) -> anyhow::Result<Self> {
        // A terminal that ends holds on to its socket for a moment.
        let number = OPENED.fetch_add(1, Ordering::Relaxed);
        let file = |what: &str| fleet.meta().join(format!("{what}-{label}-{number}"));
        let (socket, started) = (file("pane"), file("started"));
        let mut tmux = fleet.inside();
        tmux.arg("tmux").arg("-S").arg(&socket).args(["-f", "/dev/null", "new-session", "-d"]);
        tmux.args(["-x", "120", "-y", &lines.to_string()]);
        // tmux gives its panes a TERM of its own, which stands for what it can show.
        let words = [quoted(&fleet.home), quoted(&started)];
        shell::run(tmux.arg(format!("cd {} && date +%s.%N > {} && exec {command}", words[0], words[1])))?;
        Ok(Self { socket, started })
    }

    /// The text on the screen.
    pub(super) fn text(&self) -> anyhow::Result<String> {
        shell::output(self.tmux().args(["capture-pane", "-p"]))
    }

    /// When the command was started, in seconds since 1970; `None` while it was not.
    pub(super) fn started(&self) -> anyhow::Result<Option<f64>> {
        match std::fs::read_to_string(&self.started) {
            Ok(text) if text.ends_with('\n') => Ok(Some(text.trim().parse().context("read when a monitor started")?)),
            _ => Ok(None),
        }
    }

    fn tmux(&self) -> Command {
        let mut tmux = Command::new("tmux");
        tmux.arg("-S").arg(&self.socket);
        tmux
    }
}

impl Drop for Pane {
    fn drop(&mut self) {
        // A tracer that loses its terminal lets go of what it traces, which then runs on; so that ends first.
        let kill = "kill -KILL $(cat /proc/#{pane_pid}/task/#{pane_pid}/children) #{pane_pid}";
        // The terminal ends with its process, which may be before it answers.
        let _ = shell::output(self.tmux().args(["run-shell", kill]));
    }
}

/// The line of `screen` that is `member`'s: one with its name or the start of its id, or, where names are cut, with
/// the start of its name beside its process.
pub(super) fn row<'a>(screen: &'a str, member: &Member) -> Option<&'a str> {
    let pid = member.pid.to_string();
    let (id, cut) = (start(&member.sid, 8), start(&member.name, 8));
    screen.lines().find(|line| {
        let words = || line.split(|char: char| !char.is_alphanumeric() && char != '-');
        let named = words().any(|word| word == member.name || word == id);
        named || (line.contains(cut) && words().any(|word| word == pid))
    })
}

/// The first `length` bytes of a word of plain letters.
fn start(word: &str, length: usize) -> &str {
    word.get(..length).unwrap_or(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_found_by_name_by_id_and_by_process() {
        let member = Member {
            sid: "d3cae3b4-413c-4433-988c-2edc5b7a4bf6".to_owned(),
            pid: 240,
            name: "thistle-cx97".to_owned(),
            path: PathBuf::new(),
        };
        let screen = " ◆ thistle-cx9  main\n ◆ thistle-cx97  main\n";
        assert_eq!(row(screen, &member), Some(" ◆ thistle-cx97  main"));
        assert_eq!(row("│ *CC thistle-c… d3cae3b4 ~", &member), Some("│ *CC thistle-c… d3cae3b4 ~"));
        assert_eq!(
            row("codex:thistle-cx9 codex 241\ncodex:thistle-cx9 codex 240", &member),
            Some("codex:thistle-cx9 codex 240")
        );
        assert_eq!(row("codex:thistle-cx9 codex 241", &member), None);
    }
}
