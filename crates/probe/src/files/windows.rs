use std::fs::{File, OpenOptions};
use std::io;
use std::os::windows::fs::{FileExt, OpenOptionsExt};
use std::path::Path;

use super::{kind, timestamp};
use crate::{FileId, FileStat};

/// Opens a directory too. Source: `CreateFileW`, `FILE_FLAG_BACKUP_SEMANTICS`.
const BACKUP_SEMANTICS: u32 = 0x0200_0000;

/// Opens a link itself. Source: `CreateFileW`, `FILE_FLAG_OPEN_REPARSE_POINT`.
const OPEN_REPARSE_POINT: u32 = 0x0020_0000;

/// Asks for nothing but facts.
const NO_ACCESS: u32 = 0;

pub(super) fn stat(path: &Path) -> io::Result<FileStat> {
    let flags = BACKUP_SEMANTICS | OPEN_REPARSE_POINT;
    stat_open(&OpenOptions::new().access_mode(NO_ACCESS).custom_flags(flags).open(path)?)
}

pub(super) fn stat_open(file: &File) -> io::Result<FileStat> {
    let metadata = file.metadata()?;
    let identity = winapi_util::file::information(file)?;
    Ok(FileStat {
        kind: kind(metadata.file_type()),
        id: FileId { device: identity.volume_serial_number(), inode: identity.file_index() },
        len: metadata.len(),
        modified: timestamp(metadata.modified()?),
    })
}

pub(super) fn read_at(file: &File, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
    file.seek_read(buffer, offset)
}

/// Others may go on writing, renaming and removing the file: std shares it in every way.
pub(super) fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).custom_flags(OPEN_REPARSE_POINT).open(path)
}
