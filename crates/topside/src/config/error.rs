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

/// What serde says of a value at a place (in bytes) of `text`, in words for whoever writes the file.
pub(super) fn plain(text: &str, place: Option<usize>, said: &str) -> String {
    if let Some(name) = said.strip_prefix("missing field ") {
        return format!("{} is missing: `topside config example` shows how it is written", name.trim_matches('`'));
    }
    let kind = said.strip_prefix("invalid type: ").or_else(|| said.strip_prefix("invalid value: "));
    let Some((found, wanted)) = kind.and_then(|kind| kind.rsplit_once(", expected ")) else { return said.to_owned() };
    let name = place.and_then(|place| key(text, place)).unwrap_or("this");
    let found = match found.split_once(' ') {
        _ if found == "map" => "a table",
        _ if found == "sequence" => "a list",
        Some(("integer" | "boolean" | "string", value)) => value.trim_matches('`'),
        _ => found.strip_prefix("floating point ").map_or(found, |value| value.trim_matches('`')),
    };
    let wanted = match wanted {
        "u64" => "a whole number from 0 on".to_owned(),
        "u32" => format!("a whole number from 0 to {}", u32::MAX),
        "i64" => "a whole number".to_owned(),
        "a string" => "a text in quotes".to_owned(),
        "a boolean" => "true or false".to_owned(),
        "a sequence" if found == "a table" => format!("two brackets around its name: [[{name}]]"),
        "a sequence" => "a list: [ … ]".to_owned(),
        section if section.starts_with("struct ") => format!("it as a section of its own: [{name}]"),
        other => other.to_owned(),
    };
    format!("{name} is {found}: write {wanted}")
}

/// The key whose value, or the section whose head, is at a place of `text`.
fn key(text: &str, place: usize) -> Option<&str> {
    let (before, behind) = text.split_at_checked(place)?;
    let line = before.rsplit('\n').next()?.trim();
    let name = match line.strip_suffix('=') {
        Some(names) => names.rsplit(['{', ',']).next()?,
        None if line.is_empty() => behind.lines().next()?.trim().strip_prefix('[')?.trim_end_matches(']'),
        None => return None,
    };
    Some(name.trim()).filter(|name| !name.is_empty())
}
