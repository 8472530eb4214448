//! What is played with Codex, one function per scenario.

mod headless;
mod terminal;

use super::{Place, Scenario, common};
use crate::e2e::agent::Agent;
use crate::e2e::stage::Stage;

/// A model that Codex runs in code mode, with the second generation of sub-agents.
const CODE_MODE: &str = "gpt-5.6-sol";

const fn headless(name: &'static str, shows: &'static str, play: fn(&Stage) -> anyhow::Result<()>) -> Scenario {
    Scenario { agent: Agent::Codex, name, shows, place: Place::Headless, play }
}

const fn terminal(name: &'static str, shows: &'static str, play: fn(&Stage) -> anyhow::Result<()>) -> Scenario {
    Scenario { agent: Agent::Codex, name, shows, place: Place::Terminal, play }
}

const fn daemon(name: &'static str, shows: &'static str, play: fn(&Stage) -> anyhow::Result<()>) -> Scenario {
    Scenario { agent: Agent::Codex, name, shows, place: Place::Daemon, play }
}

/// All scenarios of Codex.
pub(super) const ALL: &[Scenario] = &[
    headless("quick", "an answer at once", common::quick),
    headless("thinking", "seven seconds of thought, then an answer", common::thinking),
    headless("long-tool", "one command of eight seconds", common::long_tool),
    headless("script-tool", "one command of eight seconds, run by a script in code mode", headless::script_tool),
    headless(
        "parallel-tools",
        "two commands in one reply; the first ends seven seconds earlier",
        common::parallel_tools,
    ),
    headless("subagent-v1", "a parent that waits for a child of the first generation", headless::subagent_v1),
    headless("subagent-v2", "a parent that waits for a child of the second generation", headless::subagent_v2),
    headless("killed", "killed in the middle of a command", common::killed),
    headless("error-429", "every request is refused for a limit", common::error_429),
    headless("error-500", "every request fails", headless::error_500),
    headless("recovered-500", "the first request fails, the second is answered", headless::recovered_500),
    headless("left-behind", "a server that outlives the run", common::left_behind),
    headless("resume", "a thread that is closed and resumed", headless::resume),
    headless("fork", "a thread and its fork", headless::fork),
    terminal("no-daemon", "two turns in a terminal whose process owns the thread", terminal::no_daemon),
    terminal("approval-granted", "a command a person must allow, and allows", terminal::approval_granted),
    terminal("approval-denied", "a command a person must allow, and does not", terminal::approval_denied),
    terminal(
        "approval-in-script",
        "a command in a script that a person must allow, and allows",
        terminal::approval_in_script,
    ),
    terminal(
        "approval-of-edit",
        "an edit a person must allow, with no word of it in the call",
        terminal::approval_of_edit,
    ),
    terminal(
        "unannounced",
        "an edit in a script that a person must allow, with no word of it but in the terminal's title",
        terminal::unannounced,
    ),
    terminal("unannounced-denied", "the same, and the person does not", terminal::unannounced_denied),
    terminal(
        "unannounced-command",
        "a command that a person must allow by their own rules, and allows, then stops",
        terminal::unannounced_command,
    ),
    terminal("question", "a person is asked to choose, and does", terminal::question),
    terminal("compaction", "a compaction of seven seconds that a person asks for", terminal::compaction),
    terminal("interrupt", "a person stops a command, then goes on", terminal::interrupt),
    terminal("limit", "a terminal whose requests are refused for a limit", terminal::limit),
    terminal(
        "background",
        "a server as a background terminal, still running when the turn is over",
        terminal::background,
    ),
    terminal("revert", "a person takes a turn back and asks again", terminal::revert),
    terminal("two-sessions", "two terminals in one directory, each its own process", terminal::two_sessions),
    terminal("new", "a person begins another thread in the same terminal", terminal::new),
    daemon(
        "daemon-approval",
        "a daemon's commands a person must allow: one allowed, one not",
        terminal::daemon_approval,
    ),
    daemon(
        "daemon-unannounced",
        "an edit in a daemon's script that a person must allow, with no word of it in the transcript",
        terminal::daemon_unannounced,
    ),
    daemon("daemon-interrupt", "a person stops a daemon's command, then goes on", terminal::daemon_interrupt),
    daemon("daemon-question", "a person is asked by a thread of a daemon", terminal::daemon_question),
    daemon(
        "hand-over",
        "a daemon lost in the middle of a command, and another that takes its thread over",
        terminal::hand_over,
    ),
    daemon("daemon", "two terminals of one daemon; the first is lost in the middle of a command", terminal::daemon),
];
