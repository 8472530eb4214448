use std::ffi::OsString;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::copy::Copies;
use super::rows::{Access, rows};
use crate::files::{self, describe};
use crate::{FileKind, FileStat, QueryError, Row};

/// How often a look at a database that changes meanwhile is begun anew.
const TRIES: usize = 3;

/// Head of a `-wal`, with the salts that differ each time the log starts over. Source:
/// <https://www.sqlite.org/walformat.html>.
pub(super) type WalHead = [u8; 32];

/// Head of a database up to its change counter. Source: <https://www.sqlite.org/fileformat.html#the_database_header>.
type DatabaseHead = [u8; 28];

/// First bytes of a rollback journal that must be applied before its database may be read. Source:
/// <https://www.sqlite.org/fileformat.html#the_rollback_journal>.
const HOT_JOURNAL: [u8; 8] = [0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7];

/// Databases of other programs.
#[derive(Debug, Default)]
pub(crate) struct Databases {
    copies: Mutex<Copies>,
}

impl Databases {
    /// See [`Host::query`](crate::Host::query).
    pub(crate) fn query(&self, database: &Path, sql: &str) -> Result<Vec<Row>, QueryError> {
        let unreadable = |error: io::Error| QueryError::Read { path: database.to_owned(), message: error.to_string() };
        for _ in 0..TRIES {
            let found = regular(database)?;
            if let Some(head) = wal_head(database).map_err(unreadable)? {
                let mut copies = self.copies.lock().unwrap_or_else(PoisonError::into_inner);
                match copies.renew(database, &found, head) {
                    Ok(Some(copy)) => {
                        return rows(&copy, Access::Private, sql).map_err(|failure| failure.at(database));
                    }
                    Ok(None) => {}
                    // Its owner closed it meanwhile, which removes the log.
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                    Err(error) => return Err(unreadable(error)),
                }
            } else if let Some(before) = at_rest(database).map_err(unreadable)? {
                let rows = rows(database, Access::Shared, sql);
                if at_rest(database).map_err(unreadable)? == Some(before) {
                    return rows.map_err(|failure| failure.at(database));
                }
            }
        }
        Err(unreadable(io::Error::other("it changed while it was read")))
    }
}

fn regular(database: &Path) -> Result<FileStat, QueryError> {
    let path = database.to_owned();
    match files::stat(database) {
        Ok(found) if found.kind == FileKind::File => Ok(found),
        Ok(found) => Err(QueryError::Read { path, message: format!("it is {}", describe(found.kind)) }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(QueryError::Missing(path)),
        Err(error) => Err(QueryError::Read { path, message: error.to_string() }),
    }
}

/// The head of the database's `-wal`; `None` without a log that could hold anything.
pub(super) fn wal_head(database: &Path) -> io::Result<Option<WalHead>> {
    start_of(&beside(database, "-wal"))
}

/// What a database shows of itself while nobody writes to it; `None` while somebody does. The same before and after a
/// look means that there was no writing in between: a transaction with a journal changes the counter in the head, one
/// with a log leaves that behind or, when it was moved into the database, another time.
fn at_rest(database: &Path) -> io::Result<Option<(FileStat, Option<DatabaseHead>)>> {
    let head = start_of(database)?;
    let stat = files::stat(database)?;
    let is_busy = wal_head(database)?.is_some() || start_of(&beside(database, "-journal"))? == Some(HOT_JOURNAL);
    Ok((!is_busy).then_some((stat, head)))
}

/// The file `SQLite` keeps beside a database under its name and `suffix`.
pub(super) fn beside(database: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(database);
    name.push(suffix);
    name.into()
}

/// The first `N` bytes of a file; `None` when it is missing or shorter.
fn start_of<const N: usize>(path: &Path) -> io::Result<Option<[u8; N]>> {
    let mut start = [0; N];
    match files::open(path).and_then(|mut file| file.read_exact(&mut start)) {
        Ok(()) => Ok(Some(start)),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::UnexpectedEof) => Ok(None),
        Err(error) => Err(error),
    }
}
