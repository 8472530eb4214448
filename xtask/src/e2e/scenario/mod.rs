//! What is played, one function per scenario.

mod claude;
mod codex;
mod common;

use std::net::{Ipv4Addr, TcpListener};
use std::time::Duration;

use anyhow::{Context as _, ensure};

use super::agent::Agent;
use super::stage::Stage;
use super::terminal::Terminal;
use super::truth::{CLOSING, Claim, OPENING};

/// How long a state in the middle of a scenario is looked at, in seconds: long enough that the fractions of a second that
/// topside needs to notice it are less than a twentieth.
const WHILE: Duration = Duration::from_secs(7);

/// How long the state at the end is looked at.
const LAST: Duration = Duration::from_secs(12);

/// Asks for a command that goes on for a minute. Claude Code does not let a mere `sleep` do that.
const LONG_COMMAND: &str = "go %%cmd:node -e 'setTimeout(() => {}, 60000)'";

/// Where a scenario's agent runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// Without a terminal, for one prompt: `codex exec`, `claude -p`.
    Headless,
    /// Without a terminal, driven by another program that talks to it.
    Program,
    /// In a terminal.
    Terminal,
    /// In a terminal, for which a daemon of the agent works.
    Daemon,
}

/// A scenario.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scenario {
    pub(crate) agent: Agent,
    /// Its name on the command line and in reports; no other of the agent has it.
    pub(crate) name: &'static str,
    /// What happens in it.
    pub(crate) shows: &'static str,
    pub(crate) place: Place,
    /// Plays it to its end, marking on the way what the model server cannot see.
    pub(crate) play: fn(&Stage) -> anyhow::Result<()>,
}

/// All scenarios.
pub(crate) fn all() -> impl Iterator<Item = &'static Scenario> {
    codex::ALL.iter().chain(claude::ALL)
}

/// Plays one headless run to its end.
fn play(stage: &Stage, args: &[&str], end: Claim) -> anyhow::Result<()> {
    let mut run = stage.exec(args)?;
    run.finish()?;
    ensure!(!stage.threads().is_empty(), "the agent asked nothing; it printed:\n{}", run.printed());
    close(stage, end);
    Ok(())
}

/// Plays one more headless run, of `thread`, to its end.
fn play_again(stage: &Stage, thread: &str, args: &[&str], end: Claim) -> anyhow::Result<()> {
    stage.mark(thread, OPENING);
    play(stage, args, end)?;
    let threads = stage.threads();
    ensure!(threads == [thread], "a thread that is resumed keeps its id: {threads:?}");
    Ok(())
}

/// All threads of a process that just ended.
fn close(stage: &Stage, end: Claim) {
    let threads = stage.threads();
    for thread in &threads {
        stage.mark(thread, end);
    }
    for thread in &threads {
        stage.settle(thread);
    }
    stage.hold(&threads[0], LAST);
}

/// Leaves the agent and marks that `thread` is over, the way `end` says.
fn quit(stage: &Stage, terminal: &Terminal, thread: &str, end: Claim) -> anyhow::Result<()> {
    stage.mark(thread, CLOSING);
    terminal.quit()?;
    stage.mark(thread, end);
    stage.hold(thread, LAST);
    Ok(())
}

/// A port nobody listens on now.
fn free_port() -> anyhow::Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("find a free port")?;
    Ok(listener.local_addr().context("read the free port")?.port())
}
