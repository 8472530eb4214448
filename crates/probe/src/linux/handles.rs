//! `/proc/PID/fd`.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::proc_dir::{ProcDir, without_deleted};
use crate::OpenHandle;

/// Owner's write permission, which a link in `fd` has when the file is open for writing: `proc_pid_fd(5)`.
const WRITABLE: u32 = 0o200;

/// Memory files have a path-like name, but no place on a disk.
const MEMORY_FILE: &str = "/memfd:";

pub(super) fn open_files(proc: &ProcDir, pid: u32) -> io::Result<Vec<OpenHandle>> {
    let handles = links(proc, pid)?.filter(|(_, target)| target.is_absolute() && !is_memory_file(target));
    Ok(handles
        .map(|(link, target)| OpenHandle {
            path: without_deleted(target),
            writable: fs::symlink_metadata(link).ok().map(|facts| facts.permissions().mode() & WRITABLE != 0),
        })
        .collect())
}

/// Inodes of the sockets a process holds.
pub(super) fn sockets(proc: &ProcDir, pid: u32) -> io::Result<impl Iterator<Item = u64>> {
    Ok(links(proc, pid)?.filter_map(|(_, target)| socket_inode(target.to_str()?)))
}

/// Each handle's link and what it leads to. A handle closed meanwhile is left out.
fn links(proc: &ProcDir, pid: u32) -> io::Result<impl Iterator<Item = (PathBuf, PathBuf)>> {
    let entries = fs::read_dir(proc.of(pid, "fd"))?;
    Ok(entries.filter_map(|entry| {
        let link = entry.ok()?.path();
        let target = fs::read_link(&link).ok()?;
        Some((link, target))
    }))
}

fn is_memory_file(target: &Path) -> bool {
    target.to_str().is_some_and(|target| target.starts_with(MEMORY_FILE))
}

fn socket_inode(target: &str) -> Option<u64> {
    target.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok()
}
