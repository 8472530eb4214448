//! The files of `/proc`, or of a tree that looks like it.
//!
//! Source of the formats: `proc(5)`.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::{DirEntryExt, FileExt};
use std::path::{Path, PathBuf};

use crate::program::{ARGS, ARGS_BYTES};
use crate::{Interest, Numbering};

/// Bound of what is read of an environment.
const ENVIRON_BYTES: u64 = 256 * 1024;

/// Bound of any other file read whole.
const FILE_BYTES: u64 = 16 * 1024 * 1024;

/// What is asked for at first; most files end within it, so that one read and one that finds the end do.
pub(super) const FIRST_READ: usize = 1024;

/// More than the longest `stat`: 52 numbers and a name of 64 bytes.
const STAT_BYTES: usize = 2048;

/// What the kernel appends to the path of a file that was removed.
const DELETED: &str = " (deleted)";

/// `/proc`.
#[derive(Debug)]
pub(super) struct ProcDir {
    root: PathBuf,
}

/// A process's folder.
#[derive(Debug, Clone, Copy)]
pub(super) struct PidEntry {
    pub(super) pid: u32,
    /// The folder's inode, which the kernel makes anew when a number is given to another process.
    pub(super) inode: u64,
}

/// A process's `stat`. While it is open it can be read again with a single call, and no other process that is given the
/// number answers in its place.
#[derive(Debug)]
pub(super) struct StatFile(File);

impl StatFile {
    /// What it says now; an error once the process is gone.
    pub(super) fn read(&self) -> io::Result<String> {
        let mut line = [0; STAT_BYTES];
        let length = self.0.read_at(&mut line, 0)?;
        Ok(lossy(&line[..length]))
    }
}

impl ProcDir {
    /// Where the numbers in it are from; see `machine-id(5)` and `namespaces(7)`.
    pub(super) fn numbering(&self) -> Option<Numbering> {
        let machine = fs::read_to_string("/etc/machine-id").ok()?.trim().to_owned();
        let namespace = fs::read_link(self.root.join("self/ns/pid")).ok()?.to_str()?.to_owned();
        Some(Numbering { machine, namespace })
    }

    pub(super) fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    pub(super) fn pids(&self) -> io::Result<Vec<PidEntry>> {
        let mut entries = Vec::new();
        for entry in fs::read_dir(&self.root)? {
            let entry = entry?;
            if let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) {
                entries.push(PidEntry { pid, inode: entry.ino() });
            }
        }
        Ok(entries)
    }

    /// A whole file, as text; what is not UTF-8 is replaced.
    pub(super) fn text(&self, path: &str) -> io::Result<String> {
        read(&self.root.join(path), FILE_BYTES).map(|bytes| lossy(&bytes))
    }

    pub(super) fn of(&self, pid: u32, file: &str) -> PathBuf {
        self.root.join(pid.to_string()).join(file)
    }

    pub(super) fn open_stat(&self, pid: u32) -> io::Result<StatFile> {
        File::open(self.of(pid, "stat")).map(StatFile)
    }

    /// Empty for a kernel thread, a process on its way out and one that may not be read.
    pub(super) fn args(&self, pid: u32) -> Vec<String> {
        let bytes = read(&self.of(pid, "cmdline"), ARGS_BYTES as u64).unwrap_or_default();
        split_args(&bytes)
    }

    /// Variables of interest; empty where the environment may not be read.
    pub(super) fn variables(&self, pid: u32, interest: &Interest) -> BTreeMap<String, String> {
        if interest.variables.is_empty() {
            return BTreeMap::new();
        }
        let bytes = read(&self.of(pid, "environ"), ENVIRON_BYTES).unwrap_or_default();
        pick_variables(&bytes, interest)
    }

    pub(super) fn link(&self, pid: u32, name: &str) -> Option<PathBuf> {
        fs::read_link(self.of(pid, name)).ok().map(without_deleted)
    }
}

/// Arguments end in NUL. A program that wrote a title over its arguments leaves empty ones behind, which are dropped.
fn split_args(bytes: &[u8]) -> Vec<String> {
    let mut args: Vec<String> = bytes.split(|byte| *byte == 0).take(ARGS).map(lossy).collect();
    args.truncate(args.iter().rposition(|arg| !arg.is_empty()).map_or(0, |last| last + 1));
    args
}

fn pick_variables(bytes: &[u8], interest: &Interest) -> BTreeMap<String, String> {
    bytes
        .split(|byte| *byte == 0)
        .filter_map(|entry| {
            let equals = entry.iter().position(|byte| *byte == b'=')?;
            let name = std::str::from_utf8(&entry[..equals]).ok()?;
            interest.variables.contains(name).then(|| (name.to_owned(), lossy(&entry[equals + 1..])))
        })
        .collect()
}

/// The path of a link in `/proc` without the kernel's mark for removed files.
pub(super) fn without_deleted(path: PathBuf) -> PathBuf {
    match path.to_str().and_then(|path| path.strip_suffix(DELETED)) {
        Some(path) => PathBuf::from(path),
        None => path,
    }
}

fn read(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(FIRST_READ);
    File::open(path)?.take(limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_split_bounded_and_freed_of_padding() {
        assert_eq!(split_args(b"agent\0--flag\0\0x\0"), ["agent", "--flag", "", "x"]);
        assert_eq!(split_args(b"title\0\0\0\0\0"), ["title"]);
        assert_eq!(split_args(b"no end"), ["no end"]);
        assert_eq!(split_args(b"\xff\0"), ["\u{fffd}"]);
        assert_eq!(split_args(&b"x\0".repeat(100)).len(), ARGS);
        assert!(split_args(b"").is_empty());
    }

    #[test]
    fn only_variables_of_interest_are_kept() {
        let interest = Interest { variables: ["KEPT".to_owned()].into(), ..Interest::default() };
        let kept = pick_variables(b"SECRET=1\0KEPT=a=b\0KEPT_NOT=2\0broken\0", &interest);
        assert_eq!(kept, BTreeMap::from([("KEPT".to_owned(), "a=b".to_owned())]));
    }

    #[test]
    fn the_mark_of_a_removed_file_is_cut() {
        assert_eq!(without_deleted(PathBuf::from("/bin/x (deleted)")), Path::new("/bin/x"));
        assert_eq!(without_deleted(PathBuf::from("/bin/x")), Path::new("/bin/x"));
    }
}
