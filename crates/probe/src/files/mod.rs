//! Directories and regular files. A link is never followed at the end of a path; nothing but a regular file is opened.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

use std::fs::{File, FileType};
use std::io;
use std::path::Path;
use std::time::SystemTime;

use topside_model::Timestamp;

#[cfg(unix)]
use unix as system;
#[cfg(windows)]
use windows as system;

use crate::{DirEntry, FileKind, FileStat, OpenFile};

#[cfg(target_os = "linux")]
pub(crate) use linux::{stat_in, survey};

/// Entries of `dir`, sorted by name, from the directory alone (no look at each entry). A name that is not Unicode is
/// left out: no agent writes one, and it could not be opened by the text shown for it.
pub(crate) fn list(dir: &Path) -> io::Result<Vec<DirEntry>> {
    unsorted(dir).map(sorted)
}

fn sorted(mut entries: Vec<DirEntry>) -> Vec<DirEntry> {
    entries.sort_unstable_by(|left, right| left.name.cmp(&right.name));
    entries
}

#[cfg(target_os = "linux")]
use linux::list as unsorted;

#[cfg(not(target_os = "linux"))]
fn unsorted(dir: &Path) -> io::Result<Vec<DirEntry>> {
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(dir)? {
        let entry = entry?;
        if let (Ok(name), Ok(file_type)) = (entry.file_name().into_string(), entry.file_type()) {
            entries.push(DirEntry { name, kind: kind(file_type) });
        }
    }
    Ok(entries)
}

/// What is at `path`, a link as itself.
pub(crate) fn stat(path: &Path) -> io::Result<FileStat> {
    system::stat(path)
}

/// Opens a regular file. The look before keeps pipes and devices from ever being opened (opening some devices acts on
/// them); the look after holds even when the file was exchanged in between.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    require_regular(path, stat(path)?.kind)?;
    let file = system::open(path)?;
    require_regular(path, kind(file.metadata()?.file_type()))?;
    Ok(file)
}

/// A regular file open for reading.
pub(crate) struct RegularFile(pub(crate) File);

impl OpenFile for RegularFile {
    fn stat(&self) -> io::Result<FileStat> {
        system::stat_open(&self.0)
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        system::read_at(&self.0, offset, buffer)
    }
}

fn require_regular(path: &Path, kind: FileKind) -> io::Result<()> {
    if kind == FileKind::File { Ok(()) } else { Err(refusal(path, kind)) }
}

/// The error for something that is not a regular file.
pub(crate) fn refusal(path: &Path, kind: FileKind) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, format!("{} is {}", path.display(), describe(kind)))
}

/// The kind in words.
pub(crate) fn describe(kind: FileKind) -> &'static str {
    match kind {
        FileKind::File => "a file",
        FileKind::Directory => "a directory",
        FileKind::Link => "a link",
        FileKind::Other => "a pipe, socket or device",
    }
}

fn kind(file_type: FileType) -> FileKind {
    if file_type.is_file() {
        FileKind::File
    } else if file_type.is_dir() {
        FileKind::Directory
    } else if file_type.is_symlink() {
        FileKind::Link
    } else {
        FileKind::Other
    }
}

/// A time outside the years 1 to 9999, which some file systems can hold, is taken as the epoch.
fn timestamp(time: SystemTime) -> Timestamp {
    Timestamp::try_from(time).unwrap_or(Timestamp::UNIX_EPOCH)
}
