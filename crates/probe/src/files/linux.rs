use std::io;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{AtFlags, FileType, Mode, OFlags, RawDir, Stat, open, statat};
use topside_model::Timestamp;

use crate::{DirEntry, FileId, FileKind, FileStat};

/// Room for some hundred names: most directories are listed at once.
const LIST: usize = 16 * 1024;

/// Entries of `dir` in no order. Half the work that std makes of it, which matters where there are thousands.
pub(super) fn list(dir: &Path) -> io::Result<Vec<DirEntry>> {
    entries(&open_to_list(dir)?)
}

/// Entries of `dir`, sorted by name, and facts about those that are files.
pub(crate) fn survey(dir: &Path) -> io::Result<(Vec<DirEntry>, Vec<Option<FileStat>>)> {
    let dir = open_to_list(dir)?;
    let entries = super::sorted(entries(&dir)?);
    let look = |entry: &DirEntry| (entry.kind == FileKind::File).then(|| look(&dir, &entry.name))?;
    let stats = entries.iter().map(look).collect();
    Ok((entries, stats))
}

fn open_to_list(dir: &Path) -> io::Result<OwnedFd> {
    Ok(open(dir, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?)
}

fn entries(dir: &OwnedFd) -> io::Result<Vec<DirEntry>> {
    let mut buffer = [const { MaybeUninit::uninit() }; LIST];
    let mut listing = RawDir::new(dir, &mut buffer);
    let mut entries = Vec::new();
    while let Some(entry) = listing.next() {
        let entry = entry?;
        let name = entry.file_name();
        if let Ok(text) = name.to_str()
            && !matches!(text, "." | "..")
        {
            let kind = match entry.file_type() {
                // Some file systems do not say.
                FileType::Unknown => statat(dir, name, AtFlags::SYMLINK_NOFOLLOW).map(|stat| facts(&stat).kind),
                known => Ok(kind(known)),
            };
            entries.extend(kind.map(|kind| DirEntry { name: text.to_owned(), kind }));
        }
    }
    Ok(entries)
}

/// What entries of `dir` are, links as themselves. The directory's own path is gone through once, which costs more than
/// a look at an entry.
pub(crate) fn stat_in(dir: &Path, names: &[&str]) -> Vec<Option<FileStat>> {
    let Ok(dir) = open(dir, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty()) else {
        return vec![None; names.len()];
    };
    names.iter().map(|name| look(&dir, name)).collect()
}

fn look(dir: &OwnedFd, name: &str) -> Option<FileStat> {
    statat(dir, name, AtFlags::SYMLINK_NOFOLLOW).ok().map(|stat| facts(&stat))
}

fn kind(of: FileType) -> FileKind {
    match of {
        FileType::RegularFile => FileKind::File,
        FileType::Directory => FileKind::Directory,
        FileType::Symlink => FileKind::Link,
        _ => FileKind::Other,
    }
}

fn facts(stat: &Stat) -> FileStat {
    FileStat {
        kind: kind(FileType::from_raw_mode(stat.st_mode)),
        id: FileId { device: stat.st_dev, inode: stat.st_ino },
        len: stat.st_size.cast_unsigned(),
        modified: Timestamp::new(stat.st_mtime, stat.st_mtime_nsec as i32).unwrap_or(Timestamp::UNIX_EPOCH),
    }
}
