//! Exit codes: what a script learns without reading.

use std::process::ExitCode;

use topside_export::FindError;

/// How the program ended. `topside --help` documents the numbers; they do not change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    /// It did what it was asked to.
    Ok = 0,
    /// Something failed; the message says what.
    Failure = 1,
    /// The command line makes no sense. clap uses the same number.
    Usage = 2,
    /// No session has that id or name.
    NotFound = 3,
    /// More than one session fits.
    Ambiguous = 4,
    /// The session that was waited for is over, and never came to it.
    Over = 5,
    /// The time to wait is up. The program `timeout` uses the same number.
    Timeout = 124,
}

impl Exit {
    /// Every way to end, by its number.
    pub(crate) const ALL: [Self; 7] =
        [Self::Ok, Self::Failure, Self::Usage, Self::NotFound, Self::Ambiguous, Self::Over, Self::Timeout];

    /// What the number tells, as `--help` says it.
    pub(crate) fn meaning(self) -> &'static str {
        match self {
            Self::Ok => "done",
            Self::Failure => "something failed; the message says what",
            Self::Usage => "the command line makes no sense",
            Self::NotFound => "no session has that id or name",
            Self::Ambiguous => "more than one session has it",
            Self::Over => "the session that was waited for is over, and never came to it",
            Self::Timeout => "the time to wait is up",
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

impl From<&FindError> for Exit {
    fn from(error: &FindError) -> Self {
        match error {
            FindError::NotFound { .. } => Self::NotFound,
            FindError::Ambiguous { .. } => Self::Ambiguous,
        }
    }
}
