use std::path::Path;

use rustix::fs::{AtFlags, FileType, Mode, OFlags, Stat, open, statat};
use topside_model::Timestamp;

use crate::{FileId, FileKind, FileStat};

/// What entries of `dir` are, links as themselves. The directory's own path is gone through once, which costs more than
/// a look at an entry.
pub(crate) fn stat_in(dir: &Path, names: &[&str]) -> Vec<Option<FileStat>> {
    let Ok(dir) = open(dir, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty()) else {
        return vec![None; names.len()];
    };
    names.iter().map(|name| statat(&dir, *name, AtFlags::SYMLINK_NOFOLLOW).ok().map(|stat| facts(&stat))).collect()
}

fn facts(stat: &Stat) -> FileStat {
    let kind = match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => FileKind::File,
        FileType::Directory => FileKind::Directory,
        FileType::Symlink => FileKind::Link,
        _ => FileKind::Other,
    };
    FileStat {
        kind,
        id: FileId { device: stat.st_dev, inode: stat.st_ino },
        len: stat.st_size.cast_unsigned(),
        modified: Timestamp::new(stat.st_mtime, stat.st_mtime_nsec as i32).unwrap_or(Timestamp::UNIX_EPOCH),
    }
}
