//! topside in the hooks of an agent, and the person who lets it run them.

use std::path::Path;

use super::agent::Agent;
use super::scenario::Scenario;
use super::scratch::Scratch;
use super::terminal::Terminal;
use crate::shell;

/// Puts `topside` into the agent's hooks, or elsewhere as `options` say.
pub(crate) fn install(scratch: &Scratch, topside: &Path, scenario: &Scenario, options: &[&str]) -> anyhow::Result<()> {
    let mut install = scratch.command(topside);
    install.args(["hooks", "install", "--yes"]).args(options).args([scenario.agent.id(), "--root"]);
    shell::run(install.arg(scratch.home()))
}

/// Tells the agent that its hooks may run, as a person does: Codex asks once, in a dialogue of its own, and keeps the
/// answer in its home, for its daemon as well. Claude Code does not ask about hooks of the user.
pub(crate) fn trust(scratch: &Scratch, scenario: &Scenario) -> anyhow::Result<()> {
    match scenario.agent {
        Agent::Claude => Ok(()),
        // It throws away what was typed before it asks, and ends where that takes too long on a busy machine.
        Agent::Codex => say_so(scratch, scenario).or_else(|_| say_so(scratch, scenario)),
    }
}

fn say_so(scratch: &Scratch, scenario: &Scenario) -> anyhow::Result<()> {
    let terminal = Terminal::start(scratch, scratch.command("tmux"), scenario, "trust", &["--no-daemon"])?;
    terminal.wait("Hooks need review")?;
    terminal.press_until("2", "› 2. Trust all and continue")?;
    terminal.press("Enter")?;
    terminal.wait_ready()?;
    terminal.quit()
}
