//! What is played, one function per scenario.

mod headless;
mod terminal;

use std::net::{Ipv4Addr, TcpListener};

use anyhow::Context as _;

use super::stage::Stage;

/// Where a scenario's agent runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// Without a terminal: `codex exec`.
    Headless,
    /// In a terminal.
    Terminal,
}

/// A scenario.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scenario {
    /// Its name on the command line and in reports.
    pub(crate) name: &'static str,
    pub(crate) place: Place,
    /// Plays it to its end, marking on the way what the model server cannot see.
    pub(crate) play: fn(&Stage) -> anyhow::Result<()>,
}

const fn headless(name: &'static str, play: fn(&Stage) -> anyhow::Result<()>) -> Scenario {
    Scenario { name, place: Place::Headless, play }
}

const fn terminal(name: &'static str, play: fn(&Stage) -> anyhow::Result<()>) -> Scenario {
    Scenario { name, place: Place::Terminal, play }
}

/// All scenarios.
pub(crate) const ALL: &[Scenario] = &[
    headless("quick", headless::quick),
    headless("thinking", headless::thinking),
    headless("long-tool", headless::long_tool),
    headless("script-tool", headless::script_tool),
    headless("parallel-tools", headless::parallel_tools),
    headless("subagent-v1", headless::subagent_v1),
    headless("subagent-v2", headless::subagent_v2),
    headless("killed", headless::killed),
    headless("error-429", headless::error_429),
    headless("error-500", headless::error_500),
    headless("recovered-500", headless::recovered_500),
    headless("left-behind", headless::left_behind),
    headless("resume", headless::resume),
    headless("fork", headless::fork),
    terminal("no-daemon", terminal::no_daemon),
    terminal("approval-granted", terminal::approval_granted),
    terminal("approval-denied", terminal::approval_denied),
    terminal("approval-of-edit", terminal::approval_of_edit),
    terminal("compaction", terminal::compaction),
    terminal("interrupt", terminal::interrupt),
    terminal("limit", terminal::limit),
    terminal("background", terminal::background),
    terminal("revert", terminal::revert),
    terminal("two-sessions", terminal::two_sessions),
    terminal("daemon", terminal::daemon),
];

/// A port nobody listens on now.
fn free_port() -> anyhow::Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("find a free port")?;
    Ok(listener.local_addr().context("read the free port")?.port())
}
