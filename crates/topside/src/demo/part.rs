//! What a session of the simulated fleet is and does.

use super::agent::Agent;

/// A session of the fleet.
pub(super) struct Part {
    pub(super) agent: &'static Agent,
    /// Its name, where it has one.
    pub(super) name: Option<&'static str>,
    /// Folder it works in.
    pub(super) project: &'static str,
    /// Branch; one that starts with `wt/` is checked out in a worktree of its own.
    pub(super) branch: &'static str,
    /// Commits ahead, new files, changed files.
    pub(super) changes: (u64, u64, u64),
    pub(super) model: &'static str,
    /// How hard it thinks, where that can be set.
    pub(super) effort: Option<&'static str>,
    /// Age in minutes when the show begins.
    pub(super) age: u64,
    /// Thousands of tokens used when the show begins.
    pub(super) tokens: u64,
    /// Thousands of tokens used a minute; zero for one that rests.
    pub(super) pace: u64,
    /// Share of the context used when the show begins, in percent.
    pub(super) context: u64,
    /// Seconds into its script when the show begins.
    pub(super) offset: u64,
    /// What it does: beats with their length in seconds, over and over.
    pub(super) script: &'static [(u64, Beat)],
    /// Name of its parent, for a subagent.
    pub(super) parent: Option<&'static str>,
    /// Command line of a process that it started and that goes on.
    pub(super) server: Option<&'static str>,
    /// Port that this process listens on.
    pub(super) port: Option<u16>,
}

/// What a session does for a while.
#[derive(Debug, Clone, Copy)]
pub(super) enum Beat {
    Think,
    Run(&'static str),
    /// A command of which nothing is heard.
    Hang(&'static str),
    Edit(&'static str),
    Children(u32),
    Compact,
    Retry,
    Approve(&'static str),
    Plan(&'static str),
    Ask(&'static str),
    Done,
    Background(u32),
    Limit,
    Fail(&'static str),
    New,
    End,
    Interrupt,
    Crash,
    Unclear,
}

/// Longer than anybody watches: the beat of a session that rests.
pub(super) const FOREVER: u64 = 1_000_000_000;

/// A session of an ordinary kind, to be changed where it is not.
pub(super) const fn part(
    agent: &'static Agent,
    project: &'static str,
    branch: &'static str,
    script: &'static [(u64, Beat)],
) -> Part {
    let codex = matches!(agent.id.as_bytes(), b"codex");
    Part {
        agent,
        name: None,
        project,
        branch,
        changes: (0, 0, 0),
        model: if codex { "gpt-5.6-sol" } else { "claude-sonnet-5" },
        effort: if codex { Some("high") } else { None },
        age: 40,
        tokens: 300,
        pace: 0,
        context: 30,
        offset: 0,
        script,
        parent: None,
        server: None,
        port: None,
    }
}
