//! The agents: where they come from, how they are set up and started.

mod claude;
mod codex;
mod install;

use std::path::{Path, PathBuf};
use std::process::Command;

pub(crate) use self::claude::SUBSCRIBER;
pub(crate) use self::install::{Versions, install};

/// An agent that is played with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Agent {
    Codex,
    Claude,
}

/// What an agent is told about the scenario's world.
#[derive(Debug)]
pub(crate) struct World<'a> {
    pub(crate) project: &'a Path,
    /// A directory for what agents would otherwise leave in the machine's own.
    pub(crate) tmp: &'a Path,
    /// Port of the model server.
    pub(crate) port: u16,
}

impl Agent {
    /// Both.
    pub(crate) const ALL: [Self; 2] = [Self::Codex, Self::Claude];

    /// Its name on the command line and in reports; its program is called the same.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Codex => "codex",
            Self::Claude => "claude",
        }
    }

    /// Arguments that make it answer one prompt without a terminal, asking nobody.
    pub(crate) fn headless(self) -> &'static [&'static str] {
        match self {
            Self::Codex => &["exec"],
            Self::Claude => &["-p", "--dangerously-skip-permissions"],
        }
    }

    /// What topside calls it.
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Codex => "codex",
            Self::Claude => "claude_code",
        }
    }

    /// What its terminal shows when it takes a prompt.
    pub(crate) fn ready(self) -> &'static str {
        match self {
            Self::Codex => "Ask Codex",
            Self::Claude => "(?m)^❯",
        }
    }

    /// What a person types to leave it.
    pub(crate) fn quit(self) -> &'static str {
        match self {
            Self::Codex => "/quit",
            Self::Claude => "/exit",
        }
    }

    /// Where it keeps its transcripts below the home directory.
    pub(crate) fn transcripts(self) -> PathBuf {
        PathBuf::from(match self {
            Self::Codex => ".codex/sessions",
            Self::Claude => ".claude/projects",
        })
    }

    /// Files to be in the home directory before its first start: paths below it, and texts.
    pub(crate) fn files(self, world: &World<'_>) -> Vec<(&'static str, String)> {
        match self {
            Self::Codex => codex::files(world),
            Self::Claude => claude::files(world),
        }
    }

    /// Gives `command` the variables it reads.
    pub(crate) fn environment(self, world: &World<'_>, command: &mut Command) {
        match self {
            Self::Codex => codex::environment(command),
            Self::Claude => claude::environment(world, command),
        }
    }
}
