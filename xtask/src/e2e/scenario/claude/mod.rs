//! What is played with Claude Code, one function per scenario.

mod background;
mod headless;
mod sessions;
mod terminal;

use super::{Place, Scenario, common};
use crate::e2e::agent::Agent;
use crate::e2e::stage::Stage;

const fn headless(name: &'static str, shows: &'static str, play: fn(&Stage) -> anyhow::Result<()>) -> Scenario {
    Scenario { agent: Agent::Claude, name, shows, place: Place::Headless, play }
}

const fn program(name: &'static str, shows: &'static str, play: fn(&Stage) -> anyhow::Result<()>) -> Scenario {
    Scenario { agent: Agent::Claude, name, shows, place: Place::Program, play }
}

const fn terminal(name: &'static str, shows: &'static str, play: fn(&Stage) -> anyhow::Result<()>) -> Scenario {
    Scenario { agent: Agent::Claude, name, shows, place: Place::Terminal, play }
}

/// All scenarios of Claude Code.
pub(super) const ALL: &[Scenario] = &[
    headless("quick", "an answer at once", common::quick),
    headless("thinking", "seven seconds of thought, then an answer", common::thinking),
    headless("long-tool", "one command of eight seconds", common::long_tool),
    headless(
        "parallel-tools",
        "two commands in one reply; the first ends seven seconds earlier",
        common::parallel_tools,
    ),
    headless("subagent", "a parent that waits for its child", headless::subagent),
    headless("killed", "killed in the middle of a command", common::killed),
    headless("error-429", "every request is refused for a limit", common::error_429),
    headless("error-529", "every request finds the server overloaded", headless::error_529),
    headless("recovered-529", "the first request fails, the second is answered", headless::recovered_529),
    headless("left-behind", "a server that outlives the run", common::left_behind),
    headless("resume", "a session that is closed and resumed", headless::resume),
    headless("fork", "a session and its fork", headless::fork),
    program("sdk", "two turns asked for by a program", headless::sdk),
    program("sdk-approval", "a program that asks its user for leave, and gets it", headless::sdk_approval),
    terminal("two-turns", "two turns in a terminal", terminal::two_turns),
    terminal("approval-granted", "a command a person must allow, and allows", terminal::approval_granted),
    terminal("approval-denied", "a command a person must allow, and does not", terminal::approval_denied),
    terminal("approval-of-edit", "an edit a person must allow, and allows", terminal::approval_of_edit),
    terminal("question", "a person is asked to choose, and does", terminal::question),
    terminal("plan", "a person is shown a plan, and accepts it", terminal::plan),
    terminal("status-line", "a status line of the user's own, with topside before it", terminal::status_line),
    terminal("interrupt", "a person stops a command, then goes on", terminal::interrupt),
    terminal("slow-stream", "an answer written over seven seconds", terminal::slow_stream),
    terminal("limit", "the limit of a subscription is reached", terminal::limit),
    terminal("error", "a terminal whose requests all fail", terminal::error),
    terminal("compaction", "a compaction of seven seconds that a person asks for", terminal::compaction),
    terminal("background", "a server in the background, still running when the turn is over", background::server),
    terminal("background-command", "a command in the background whose end starts a turn", background::command),
    terminal("background-agent", "a child in the background whose end starts a turn", background::agent),
    terminal("workflow", "a workflow whose end starts a turn", background::workflow),
    terminal("clear", "a person clears the conversation and begins another", sessions::clear),
    terminal("branch", "a person branches off and goes on in the branch", sessions::branch),
    terminal("worktree", "the session moves to a new worktree", sessions::worktree),
    terminal("crash", "a terminal lost in the middle of a command", sessions::crash),
    terminal("resumed", "a session that is closed and resumed in another terminal", sessions::resumed),
    terminal("two-sessions", "two terminals in one directory, each its own session", sessions::two),
];
