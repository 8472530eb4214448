//! What a Codex home holds beside plain transcripts: packed ones and the index of threads.

use std::path::Path;

use anyhow::Context as _;
use rusqlite::Connection;

/// The columns that names and families are read from. Codex has more; readers must not depend on them.
const TABLES: &str = "
    CREATE TABLE threads (id TEXT PRIMARY KEY, name TEXT, updated_at INTEGER NOT NULL);
    CREATE TABLE thread_spawn_edges (parent_thread_id TEXT, child_thread_id TEXT PRIMARY KEY, status TEXT);";

/// `plain` as Codex packs transcripts that grew cold (`.jsonl.zst`).
pub fn packed(plain: &[u8]) -> anyhow::Result<Vec<u8>> {
    zstd::encode_all(plain, 3).context("pack a transcript")
}

/// The database `state_5.sqlite`, held open as a running Codex holds it: what was written last is in its log only, until
/// the value is dropped.
#[derive(Debug)]
pub struct ThreadIndex {
    connection: Connection,
}

impl ThreadIndex {
    /// A new database at `path`.
    pub fn create(path: &Path) -> anyhow::Result<Self> {
        let connection = Connection::open(path).with_context(|| format!("make {}", path.display()))?;
        connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0;")?;
        connection.execute_batch(TABLES)?;
        Ok(Self { connection })
    }

    /// Gives a thread a name.
    pub fn name(&self, thread: &str, name: &str) -> anyhow::Result<()> {
        let row = "INSERT OR REPLACE INTO threads VALUES (?1, ?2, 0)";
        self.connection.execute(row, [thread, name])?;
        Ok(())
    }

    /// Notes that one thread started another and whether it still waits for it.
    pub fn child(&self, parent: &str, child: &str, open: bool) -> anyhow::Result<()> {
        let row = "INSERT OR REPLACE INTO thread_spawn_edges VALUES (?1, ?2, ?3)";
        self.connection.execute(row, [parent, child, if open { "open" } else { "closed" }])?;
        Ok(())
    }
}
