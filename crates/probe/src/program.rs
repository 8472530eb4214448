use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::Interest;
use crate::relevance::is_candidate;

/// Bounds of what is kept of a command line: agents pass tools tens of kilobytes of policy in their arguments.
pub(crate) const ARGS: usize = 64;
/// See [`ARGS`].
pub(crate) const ARGS_BYTES: usize = 16 * 1024;

/// What a process runs: all that changes only when it executes another program.
#[derive(Debug, Default)]
pub(crate) struct Program {
    pub(crate) exe: Option<PathBuf>,
    pub(crate) args: Vec<String>,
    pub(crate) variables: BTreeMap<String, String>,
    /// True for a program of interest.
    pub(crate) candidate: bool,
    /// True for a program with a marker in its environment.
    pub(crate) marked: bool,
}

impl Program {
    /// Draws from the facts whether the program is of interest.
    pub(crate) fn judge(self, interest: &Interest) -> Self {
        Self {
            candidate: is_candidate(interest, self.exe.as_deref(), &self.args),
            marked: interest.markers.iter().any(|marker| self.variables.contains_key(marker)),
            ..self
        }
    }

    /// True when the process and all its descendants are to be reported.
    pub(crate) fn is_root(&self) -> bool {
        self.candidate || self.marked
    }
}
