//! The program in a terminal of its own, and what stands on it.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::bail;

use crate::shell;

/// The moment the demo's clock stands at.
const NOW: &str = "2026-11-17T12:00:00Z";
/// Time for the program to draw, and between two looks at it.
const PATIENCE: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(250);

/// A private tmux server; ended when dropped.
struct Terminal {
    socket: String,
}

impl Terminal {
    fn tmux(&self) -> Command {
        let mut tmux = Command::new("tmux");
        tmux.args(["-L", &self.socket, "-f", "/dev/null"]);
        tmux
    }

    /// What is on the screen, with its colours.
    fn screen(&self) -> anyhow::Result<String> {
        shell::output(self.tmux().args(["capture-pane", "-e", "-p"]))
    }

    /// The screen once it shows something and has come to rest.
    fn settled(&self) -> anyhow::Result<String> {
        let start = Instant::now();
        let mut before = String::new();
        while start.elapsed() < PATIENCE {
            std::thread::sleep(PAUSE);
            let now = self.screen()?;
            if now == before && now.contains("DEMO") {
                return Ok(now);
            }
            before = now;
        }
        bail!("the screen does not come to rest; it shows:\n{before}")
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        if let Err(error) = shell::output(self.tmux().arg("kill-server")) {
            eprintln!("pictures: a terminal did not end: {error:#}");
        }
    }
}

/// What the demo of `topside` shows in a terminal of this size after some keys, with its colours.
pub(super) fn take(topside: &Path, theme: &str, (width, height): (u16, u16), keys: &[&str]) -> anyhow::Result<String> {
    let terminal = Terminal { socket: format!("topside-pictures-{}", std::process::id()) };
    let mut open = terminal.tmux();
    open.args(["new-session", "-d", "-x", &width.to_string(), "-y", &height.to_string(), "-e", "TZ=UTC"]);
    open.arg(topside).args(["--now", NOW, "--theme", theme, "demo"]);
    shell::run(&mut open)?;
    terminal.settled()?;
    for key in keys {
        shell::run(terminal.tmux().args(["send-keys", key]))?;
    }
    terminal.settled()
}
