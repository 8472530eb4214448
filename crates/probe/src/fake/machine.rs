//! Everything of the fake machine that is not a file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use topside_model::Timestamp;

use super::disk::Disk;
use super::server::Server;
use crate::{FileLock, Git, HearTitle, Listener, Numbering, OpenHandle, Processes, QueryError, Row, Stir};

/// A read that reached a file of the fake machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// The file's name when it was opened.
    pub path: PathBuf,
    /// Where the read began.
    pub offset: u64,
    /// How many bytes it gave.
    pub len: usize,
}

pub(super) type Wake = Arc<dyn Fn(Stir) + Send + Sync>;

pub(super) struct Machine {
    pub(super) now: Timestamp,
    pub(super) disk: Disk,
    pub(super) reads: Vec<Read>,
    pub(super) variables: BTreeMap<String, String>,
    pub(super) processes: Processes,
    pub(super) open_files: BTreeMap<u32, Vec<OpenHandle>>,
    pub(super) locks: Vec<FileLock>,
    pub(super) listeners: Vec<Listener>,
    pub(super) numbering: Option<Numbering>,
    /// True on a system that does not tell of handles, locks and ports.
    pub(super) blind: bool,
    pub(super) repositories: BTreeMap<PathBuf, Git>,
    pub(super) answers: Vec<Answer>,
    pub(super) watchers: BTreeMap<u64, Watched>,
    pub(super) watchers_made: u64,
    pub(super) servers: BTreeMap<PathBuf, Server>,
    pub(super) connections_made: u64,
    /// Titles of terminals, by the process shown there.
    pub(super) titles: BTreeMap<u32, String>,
    pub(super) title_watches: BTreeMap<u64, TitleWatch>,
    /// Why no terminal says a title.
    pub(super) titles_refused: Option<String>,
}

/// Somebody who asks for the title of a terminal.
pub(super) struct TitleWatch {
    pub(super) pid: u32,
    pub(super) hear: HearTitle,
}

/// What a query on `database` whose SQL contains `sql_part` gives.
pub(super) struct Answer {
    pub(super) database: PathBuf,
    pub(super) sql_part: String,
    /// Rows, or the message of a schema error.
    pub(super) rows: Result<Vec<Row>, String>,
}

pub(super) struct Watched {
    pub(super) wake: Wake,
    pub(super) dirs: BTreeSet<PathBuf>,
}

impl Machine {
    pub(super) fn new(now: Timestamp) -> Self {
        Self {
            now,
            disk: Disk::default(),
            reads: Vec::new(),
            variables: BTreeMap::new(),
            processes: Processes::default(),
            open_files: BTreeMap::new(),
            locks: Vec::new(),
            listeners: Vec::new(),
            numbering: None,
            blind: false,
            repositories: BTreeMap::new(),
            answers: Vec::new(),
            watchers: BTreeMap::new(),
            watchers_made: 0,
            servers: BTreeMap::new(),
            connections_made: 0,
            titles: BTreeMap::new(),
            title_watches: BTreeMap::new(),
            titles_refused: None,
        }
    }

    /// The newest answer that fits.
    pub(super) fn answer(&self, database: &std::path::Path, sql: &str) -> Result<Vec<Row>, QueryError> {
        let path = database.to_owned();
        if self.disk.inode(database).is_err() {
            return Err(QueryError::Missing(path));
        }
        let fits = |answer: &&Answer| answer.database == database && sql.contains(&answer.sql_part);
        match self.answers.iter().rev().find(fits).map(|answer| answer.rows.clone()) {
            Some(Ok(rows)) => Ok(rows),
            Some(Err(message)) => Err(QueryError::Schema { path, message }),
            None => Err(QueryError::Read { path, message: format!("no answer was set for: {sql}") }),
        }
    }
}
