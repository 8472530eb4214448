//! What can be wrong with the configuration file.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use topside_catalog::text::neutralise;

/// Why the configuration file cannot be used; completes "failed to …".
#[derive(Debug)]
pub(crate) enum ConfigError {
    /// It cannot be read.
    Read(PathBuf, io::Error),
    /// Something in it is wrong.
    Wrong {
        /// The file.
        file: PathBuf,
        /// The line it stands in, from 1 on; `None` where it is about all of it.
        line: Option<usize>,
        /// What, and what to write instead.
        what: String,
    },
}

impl ConfigError {
    /// Something wrong at a place (in bytes) of `text`, which is what `file` says.
    pub(super) fn at(file: &Path, text: &str, place: Option<usize>, what: &str) -> Self {
        let before = |place| text.as_bytes().iter().take(place).filter(|byte| **byte == b'\n').count();
        // What is wrong may quote the file.
        let what = neutralise(&what.replace('\n', ", "));
        Self::Wrong { file: file.to_owned(), line: place.map(|place| before(place) + 1), what }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |file: &Path| neutralise(&file.to_string_lossy());
        match self {
            Self::Read(file, error) => write!(
                f,
                "read the configuration {}: {error}; give a file that can be read (`topside config example` shows one)",
                name(file)
            ),
            Self::Wrong { file, line: Some(line), what } => {
                write!(f, "use the configuration {}, line {line}: {what}", name(file))
            }
            Self::Wrong { file, line: None, what } => write!(f, "use the configuration {}: {what}", name(file)),
        }
    }
}

impl std::error::Error for ConfigError {}
