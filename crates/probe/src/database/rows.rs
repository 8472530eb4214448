use std::fmt::Write;
use std::path::Path;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Error, OpenFlags};

use crate::{QueryError, Row, SqlValue};

/// Whose the database is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Access {
    /// Somebody else's: nothing beside it is made, locked or looked for.
    Shared,
    /// Our own copy, beside which `SQLite` may keep the index of its log.
    Private,
}

/// Why there are no rows.
#[derive(Debug)]
pub(super) struct Failure(Error);

/// Runs `sql` on `database`, which nobody can write through this connection.
pub(super) fn rows(database: &Path, access: Access, sql: &str) -> Result<Vec<Row>, Failure> {
    read(database, access, sql).map_err(Failure)
}

fn read(database: &Path, access: Access, sql: &str) -> Result<Vec<Row>, Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(uri(database, access), flags)?;
    let mut statement = connection.prepare(sql)?;
    let columns = statement.column_count();
    let mut found = statement.query([])?;
    let mut rows = Vec::new();
    while let Some(row) = found.next()? {
        rows.push((0..columns).map(|column| row.get_ref(column).map(value)).collect::<Result<_, _>>()?);
    }
    Ok(rows)
}

fn value(value: ValueRef<'_>) -> SqlValue {
    match value {
        ValueRef::Null => SqlValue::Null,
        ValueRef::Integer(number) => SqlValue::Integer(number),
        ValueRef::Real(number) => SqlValue::Real(number),
        ValueRef::Text(text) => SqlValue::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => SqlValue::Blob(bytes.to_vec()),
    }
}

/// Only a URI can say `immutable`. Source: <https://www.sqlite.org/uri.html>.
fn uri(database: &Path, access: Access) -> String {
    let mut uri = "file:".to_owned();
    if cfg!(windows) {
        uri.push('/');
    }
    for byte in database.as_os_str().as_encoded_bytes() {
        match byte {
            b'\\' if cfg!(windows) => uri.push('/'),
            b'/' | b'.' | b'_' | b'-' | b':' => uri.push(char::from(*byte)),
            byte if byte.is_ascii_alphanumeric() => uri.push(char::from(*byte)),
            byte => write!(uri, "%{byte:02X}").expect("a string takes any text"),
        }
    }
    uri + match access {
        Access::Shared => "?mode=ro&immutable=1",
        Access::Private => "?mode=ro",
    }
}

impl Failure {
    /// The error for a query on `database`, which may not be where the rows were looked for.
    pub(super) fn at(self, database: &Path) -> QueryError {
        let path = database.to_owned();
        let message = match self.0 {
            Error::SqlInputError { msg, .. } | Error::SqliteFailure(_, Some(msg)) => msg,
            other => other.to_string(),
        };
        // SQLite has one code for every mistake in a query and tells them apart in words only.
        if message.starts_with("no such ") {
            QueryError::Schema { path, message }
        } else {
            QueryError::Read { path, message }
        }
    }
}
