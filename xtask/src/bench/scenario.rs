//! The fleets that are measured.

use anyhow::bail;

/// One fleet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Scenario {
    /// Its name on the command line and in files.
    pub(super) name: &'static str,
    /// Live sessions of Claude Code.
    pub(super) claude: u32,
    /// Live sessions of Codex.
    pub(super) codex: u32,
    /// What lies on the disk beside them.
    pub(super) history: Option<History>,
    /// Seed of the simulator's dice.
    pub(super) seed: u32,
    /// How long a session rests between turns, in seconds, on average.
    pub(super) idle_mean: u32,
    /// CPU milliseconds per second that a busy agent burns.
    pub(super) burn_ms: u32,
}

/// Sessions that are over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct History {
    pub(super) files: u32,
    pub(super) gigabytes: u32,
}

/// Three sessions and nothing else.
const S1: Scenario = Scenario { name: "s1", claude: 2, codex: 1, history: None, seed: 1, idle_mean: 15, burn_ms: 15 };
/// A busy person's machine.
const S2: Scenario = Scenario {
    name: "s2",
    claude: 10,
    codex: 10,
    history: Some(History { files: 2000, gigabytes: 4 }),
    seed: 1,
    idle_mean: 25,
    burn_ms: 15,
};
/// More than anybody runs.
const S3: Scenario = Scenario {
    name: "s3",
    claude: 50,
    codex: 50,
    history: Some(History { files: 10_000, gigabytes: 10 }),
    seed: 2,
    idle_mean: 60,
    burn_ms: 3,
};

/// A busy person's sessions beside years of history, and what these cost the screen.
pub(super) const HISTORY: Scenario = Scenario {
    name: "history",
    claude: 10,
    codex: 10,
    history: Some(History { files: 10_000, gigabytes: 10 }),
    seed: 1,
    idle_mean: 25,
    burn_ms: 5,
};

/// The scenarios that are compared with rivals, the smallest first.
pub(super) const ALL: [Scenario; 3] = [S1, S2, S3];

/// The scenarios that `word` asks for: one by its name, or `all`.
pub(super) fn asked(word: &str) -> anyhow::Result<Vec<Scenario>> {
    let asked: Vec<Scenario> = ALL.into_iter().filter(|scenario| word == "all" || word == scenario.name).collect();
    if asked.is_empty() {
        bail!("no scenario is called {word}: s1, s2, s3 or all");
    }
    Ok(asked)
}

impl Scenario {
    /// Live sessions.
    pub(super) fn sessions(&self) -> u32 {
        self.claude + self.codex
    }

    /// The same fleet on an empty disk, for the scenario whose history must not cost anything.
    pub(super) fn without_history(&self) -> Option<Self> {
        (*self == S3).then(|| self.bare())
    }

    /// The same fleet on an empty disk.
    pub(super) fn bare(&self) -> Self {
        Self { name: "bare", history: None, ..*self }
    }
}
