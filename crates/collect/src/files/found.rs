//! A file that was looked for and found.

use std::path::{MAIN_SEPARATOR_STR, Path, PathBuf};

use topside_probe::FileStat;

/// A regular file somebody wanted.
#[derive(Debug)]
pub struct Found<T> {
    /// Where it is.
    pub path: PathBuf,
    /// Facts about it.
    pub stat: FileStat,
    /// What was made of its name.
    pub what: T,
}

impl<T> Found<T> {
    /// There may be many: the path is made in one piece.
    pub(super) fn of(dir: &Path, name: &str, stat: Option<FileStat>, what: Option<T>) -> Option<Self> {
        let (stat, what) = stat.zip(what)?;
        let mut path = PathBuf::with_capacity(dir.as_os_str().len() + MAIN_SEPARATOR_STR.len() + name.len());
        path.push(dir);
        path.push(name);
        Some(Self { path, stat, what })
    }
}
