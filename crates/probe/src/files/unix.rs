use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::OFlags;
use rustix::io::Errno;

use super::{kind, refusal, timestamp};
use crate::{FileId, FileKind, FileStat};

pub(super) fn stat(path: &Path) -> io::Result<FileStat> {
    facts(&fs::symlink_metadata(path)?)
}

pub(super) fn stat_open(file: &File) -> io::Result<FileStat> {
    facts(&file.metadata()?)
}

pub(super) fn read_at(file: &File, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match file.read_at(buffer, offset) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            done => return done,
        }
    }
}

/// Cannot block, follow a last link, take over a terminal or be inherited.
pub(super) fn open(path: &Path) -> io::Result<File> {
    let safe = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    match open_with(path, safe | quiet()) {
        // Only a file's owner may read it without leaving a trace in its access time.
        Err(error) if error.raw_os_error() == Some(Errno::PERM.raw_os_error()) => open_with(path, safe),
        Err(error) if error.raw_os_error() == Some(Errno::LOOP.raw_os_error()) => Err(refusal(path, FileKind::Link)),
        opened => opened,
    }
}

fn open_with(path: &Path, flags: OFlags) -> io::Result<File> {
    OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path)
}

/// Leaves the access time alone where the system can.
fn quiet() -> OFlags {
    #[cfg(target_os = "linux")]
    return OFlags::NOATIME;
    #[cfg(not(target_os = "linux"))]
    return OFlags::empty();
}

fn facts(metadata: &Metadata) -> io::Result<FileStat> {
    Ok(FileStat {
        kind: kind(metadata.file_type()),
        id: FileId { device: metadata.dev(), inode: metadata.ino() },
        len: metadata.len(),
        modified: timestamp(metadata.modified()?),
    })
}
