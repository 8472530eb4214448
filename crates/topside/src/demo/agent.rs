//! The agents of the show, and how each of them speaks.

/// What sessions of one agent have in common.
#[derive(Debug)]
pub(super) struct Agent {
    pub(super) id: &'static str,
    /// Its name for people.
    pub(super) title: &'static str,
    /// Where the show's sessions are said to be read from.
    pub(super) home: &'static str,
    /// The folder in it that holds transcripts.
    pub(super) folder: &'static str,
    /// The program that a person starts.
    pub(super) program: &'static str,
    pub(super) provider: &'static str,
    /// Its tool for commands, and the one for changing files.
    pub(super) tools: (&'static str, &'static str),
    /// When it asks, and what it may touch.
    pub(super) rights: (&'static str, Option<&'static str>),
    /// Tokens its models can hold.
    pub(super) window: u64,
    /// Used share of the context at which it compacts, in percent.
    pub(super) compacts_at: u64,
}

pub(super) static CODEX: Agent = Agent {
    id: "codex",
    title: "Codex",
    home: "/home/ada/.codex",
    folder: "sessions/2026/11/17",
    program: "codex",
    provider: "openai",
    tools: ("shell", "apply_patch"),
    rights: ("on-request", Some("workspace-write")),
    window: 272_000,
    compacts_at: 90,
};

pub(super) static CLAUDE: Agent = Agent {
    id: "claude_code",
    title: "Claude Code",
    home: "/home/ada/.claude",
    folder: "projects/-home-ada-code",
    program: "claude",
    provider: "anthropic",
    tools: ("Bash", "Edit"),
    rights: ("default", None),
    window: 200_000,
    compacts_at: 92,
};
