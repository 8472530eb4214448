//! What can go wrong with the database.

use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

/// Why history cannot be kept or read; completes "failed to …".
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The folder of the database cannot be made.
    #[error("make the folder {}: check who may write there", .path.display())]
    Folder {
        /// Which folder.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// The file by which one program keeps others from writing cannot be made.
    #[error("make {}: check who may write there", .path.display())]
    Lock {
        /// Which file.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// The file of the database cannot be read.
    #[error("read {}: check who may read it", .path.display())]
    Read {
        /// Which database.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// SQLite cannot read the database in its place, and what was written last stands in its log alone.
    #[error(
        "read {path}: what was written last is in {path}-wal, which is read only where topside may write beside it; copy \
         both into a folder of your own and say --history with the copy",
        path = .0.display()
    )]
    Unfolded(PathBuf),
    /// SQLite cannot read the database in its place, and another program writes to it.
    #[error("read {}: another program writes to it; try again when that is done", .0.display())]
    Moving(PathBuf),
    /// Somebody else's database.
    #[error("open {}: it is a database, but not topside's; say --history with another file", .0.display())]
    Foreign(PathBuf),
    /// Another topside writes to the database.
    #[error("write history to {}: another topside does", .0.display())]
    Busy(PathBuf),
    /// An earlier version of topside made the database, and it was not taken over yet.
    #[error("read {}: an older topside made it; `topside usage` brings it up to date", .0.display())]
    Older(PathBuf),
    /// A later version of topside made the database.
    #[error("open {}: a newer topside made it (version {found}, this one knows {known}); update topside", .path.display())]
    Newer {
        /// Which database.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// The latest one we know.
        known: i64,
    },
    /// The database is not one of ours, is damaged, or cannot be written.
    #[error("{what} {}", .path.display())]
    Database {
        /// What was done.
        what: &'static str,
        /// Which database.
        path: PathBuf,
        /// What SQLite says.
        source: rusqlite::Error,
    },
}

impl StoreError {
    /// True when the database was one and is damaged.
    pub fn is_damage(&self) -> bool {
        self.code() == Some(ErrorCode::DatabaseCorrupt)
    }

    /// True when the database is not to be touched: somebody else's, or a later version's.
    pub fn is_not_ours(&self) -> bool {
        matches!(self, Self::Foreign(_) | Self::Newer { .. })
    }

    /// True when it may be not the database that is at fault, but what SQLite wants of the place where it lies.
    pub(crate) fn is_of_place(&self) -> bool {
        use ErrorCode::{CannotOpen, DiskFull, FileLockingProtocolFailed, PermissionDenied, ReadOnly, SystemIoFailure};
        let of_place = [CannotOpen, DiskFull, FileLockingProtocolFailed, PermissionDenied, ReadOnly, SystemIoFailure];
        self.code().is_some_and(|code| of_place.contains(&code))
    }

    fn code(&self) -> Option<ErrorCode> {
        let Self::Database { source, .. } = self else { return None };
        source.sqlite_error_code()
    }
}

/// Says what was done to which database, when that fails.
pub(crate) fn doing<'a>(what: &'static str, path: &'a Path) -> impl Fn(rusqlite::Error) -> StoreError + 'a {
    move |source| StoreError::Database { what, path: path.to_owned(), source }
}
