//! Tables, and how older ones become these.

use rusqlite::{Connection, Result};

use crate::convert;

/// Marks a database as ours: "tops".
pub(crate) const APPLICATION: i64 = 0x746f_7073;

/// Steps from an empty database to today's tables. A step is never changed once it has shipped; new ones are added.
pub(crate) const STEPS: &[Step] = &[
    Step::Tables(FIRST),
    Step::Tables(PACKED),
    Step::Rows(convert::pack_replies),
    Step::Tables(FACTS),
    Step::Tables(PRUNED),
    Step::Tables(ANSWERS),
    Step::Tables(TELLERS),
    Step::Tables(APART),
    Step::Tables(SHOWING),
    Step::Rows(convert::pack_shown),
];

/// A step from one form of the tables to the next.
#[derive(Clone, Copy)]
pub(crate) enum Step {
    /// Tables come and go.
    Tables(&'static str),
    /// What is in them changes.
    Rows(fn(&Connection) -> Result<()>),
}

const FIRST: &str = "
CREATE TABLE session (
    id INTEGER PRIMARY KEY,
    agent TEXT NOT NULL,
    name TEXT NOT NULL,
    parent TEXT,
    fork INTEGER NOT NULL,
    internal INTEGER NOT NULL,
    cwd TEXT,
    project TEXT,
    version TEXT,
    told_by INTEGER,               -- rank of the transcript that told parent, cwd, project and version
    first_at INTEGER,              -- all times: milliseconds since 1970
    last_at INTEGER,
    UNIQUE (agent, name)
) STRICT;

CREATE TABLE file (
    id INTEGER PRIMARY KEY,
    agent TEXT NOT NULL,
    path BLOB NOT NULL UNIQUE,
    device INTEGER NOT NULL,
    inode INTEGER NOT NULL,
    len INTEGER NOT NULL,
    modified INTEGER NOT NULL,     -- nanoseconds since 1970
    offset INTEGER NOT NULL,
    head INTEGER NOT NULL,
    before INTEGER NOT NULL,
    state BLOB NOT NULL
) STRICT;

-- A transcript of a session, whichever file it lies in.
CREATE TABLE leaf (
    id INTEGER PRIMARY KEY,
    session INTEGER NOT NULL REFERENCES session,
    rank INTEGER NOT NULL,
    contested INTEGER NOT NULL DEFAULT 0,  -- 1 once another leaf showed one of its replies
    UNIQUE (session, rank)
) STRICT;

CREATE TABLE told (
    file INTEGER NOT NULL REFERENCES file,
    leaf INTEGER NOT NULL REFERENCES leaf,
    PRIMARY KEY (file, leaf)
) STRICT, WITHOUT ROWID;

-- What replies have in common for which the same tokens cost the same.
CREATE TABLE billing (
    id INTEGER PRIMARY KEY,
    model TEXT,
    tier TEXT NOT NULL,
    regional INTEGER NOT NULL,
    size INTEGER NOT NULL
) STRICT;

CREATE TABLE reply (
    leaf INTEGER NOT NULL REFERENCES leaf,
    key INTEGER NOT NULL,
    flags INTEGER NOT NULL,        -- see row.rs
    at INTEGER,
    billing INTEGER NOT NULL REFERENCES billing,
    input INTEGER NOT NULL,
    cache_read INTEGER NOT NULL,
    cache_write_5m INTEGER NOT NULL,
    cache_write_1h INTEGER NOT NULL,
    output INTEGER NOT NULL,
    reasoning INTEGER NOT NULL,
    searches INTEGER NOT NULL,
    PRIMARY KEY (leaf, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX reply_shared ON reply (key) WHERE flags & 1;

-- Sums of the replies a leaf pays for, by quarter of an hour.
CREATE TABLE bucket (
    leaf INTEGER NOT NULL REFERENCES leaf,
    quarter INTEGER NOT NULL,      -- quarters of an hour since 1970; the least number where the time is not known
    billing INTEGER NOT NULL REFERENCES billing,
    first_at INTEGER,
    last_at INTEGER,
    input INTEGER NOT NULL,
    cache_read INTEGER NOT NULL,
    cache_write_5m INTEGER NOT NULL,
    cache_write_1h INTEGER NOT NULL,
    output INTEGER NOT NULL,
    reasoning INTEGER NOT NULL,
    searches INTEGER NOT NULL,
    replies INTEGER NOT NULL,
    unsettled INTEGER NOT NULL,
    PRIMARY KEY (leaf, quarter, billing)
) STRICT, WITHOUT ROWID;
";

/// Replies in pages and sums in one row for each leaf: a tenth of the work, and less than half of the room.
const PACKED: &str = "
-- What the decoder of a file remembers; apart, so that files are listed without it.
CREATE TABLE decoder (
    file INTEGER PRIMARY KEY REFERENCES file ON DELETE CASCADE,
    state BLOB NOT NULL
) STRICT;
INSERT INTO decoder SELECT id, state FROM file;
ALTER TABLE file DROP COLUMN state;

-- Replies of a leaf, a hundred or so to a page (reply.rs); the number is that of the leaf and that of the page in it (book.rs).
CREATE TABLE page (id INTEGER PRIMARY KEY, replies BLOB NOT NULL) STRICT;
-- Sums of the replies a leaf pays for, by quarter of an hour and billing (sums.rs).
CREATE TABLE sums (leaf INTEGER PRIMARY KEY REFERENCES leaf, sums BLOB NOT NULL) STRICT;
-- A leaf that shows the reply with this key, of those that others may show; and the leaves that show it too.
CREATE TABLE shown (key INTEGER PRIMARY KEY, leaf INTEGER NOT NULL) STRICT;
CREATE TABLE also_shown (key INTEGER NOT NULL, leaf INTEGER NOT NULL, PRIMARY KEY (key, leaf)) STRICT, WITHOUT ROWID;
DROP TABLE bucket;
";

/// What the screen saw of sessions. Kinds are small numbers: see kind.rs.
const FACTS: &str = "
CREATE TABLE state (
    session INTEGER NOT NULL REFERENCES session,
    from_at INTEGER NOT NULL,
    state INTEGER NOT NULL,
    tool TEXT,
    to_at INTEGER,                 -- null while it lasts
    PRIMARY KEY (session, from_at, state)
) STRICT, WITHOUT ROWID;
CREATE INDEX state_open ON state (session) WHERE to_at IS NULL;

CREATE TABLE turn (
    session INTEGER NOT NULL REFERENCES session,
    name TEXT NOT NULL,
    started_at INTEGER,
    ended_at INTEGER,
    how INTEGER NOT NULL,
    PRIMARY KEY (session, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE call (
    session INTEGER NOT NULL REFERENCES session,
    name TEXT NOT NULL,
    tool TEXT NOT NULL,
    work INTEGER NOT NULL,
    started_at INTEGER,
    finished_at INTEGER,
    outcome INTEGER NOT NULL,
    PRIMARY KEY (session, name)
) STRICT, WITHOUT ROWID;

-- A window of a limit of an account.
CREATE TABLE quota (
    id INTEGER PRIMARY KEY,
    agent TEXT NOT NULL,
    home TEXT NOT NULL,
    name TEXT NOT NULL,
    length INTEGER NOT NULL,       -- of the window, in seconds; -1 where it is not known
    UNIQUE (agent, home, name, length)
) STRICT;

CREATE TABLE quota_seen (
    quota INTEGER NOT NULL REFERENCES quota,
    at INTEGER NOT NULL,
    used REAL NOT NULL,            -- percent
    resets_at INTEGER,
    PRIMARY KEY (quota, at)
) STRICT, WITHOUT ROWID;

-- One row: until when somebody watched.
CREATE TABLE watch (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    seen_at INTEGER NOT NULL
) STRICT;
";

/// What the screen still shows of days that were let go of does not come back.
const PRUNED: &str = "
-- One row, once anything was let go of: facts that were over before this moment.
CREATE TABLE pruned (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    before INTEGER NOT NULL
) STRICT;
";

/// Reports that were made since history changed last.
const ANSWERS: &str = "
CREATE TABLE answer (
    question BLOB PRIMARY KEY,
    made_at INTEGER NOT NULL,
    answer BLOB NOT NULL
) STRICT;
";

/// Whose file a leaf lies in may decide who pays for a reply.
const TELLERS: &str = "
CREATE INDEX told_leaf ON told (leaf);
";

/// Such reports lie beside the database (kept.rs).
const APART: &str = "
DROP TABLE answer;
";

/// Which leaves show which reply, some hundred to a row: a tenth of the work, and half of the room.
const SHOWING: &str = "
-- Entries of the keys from this one up to that of the next row (shown.rs), of replies that other leaves may show.
CREATE TABLE showing (first INTEGER PRIMARY KEY, entries BLOB NOT NULL) STRICT;
";

/// Version of today's tables.
pub(crate) fn latest() -> i64 {
    i64::try_from(STEPS.len()).unwrap_or(i64::MAX)
}

/// Version of the tables.
pub(crate) fn version(connection: &Connection) -> Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// True for a database that is ours or nobody's yet, and its version.
pub(crate) fn origin(connection: &Connection) -> Result<(bool, i64)> {
    let application: i64 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_master", [], |row| row.get(0))?;
    Ok((application == APPLICATION || tables == 0, version(connection)?))
}

/// Takes the tables to today's version, each step whole or not at all.
pub(crate) fn migrate(connection: &mut Connection) -> Result<()> {
    let done = version(connection)?;
    for (number, step) in (1_i64..).zip(STEPS).filter(|(number, _)| *number > done) {
        let step_in = connection.transaction()?;
        match step {
            Step::Tables(tables) => step_in.execute_batch(tables)?,
            Step::Rows(change) => change(&step_in)?,
        }
        step_in.pragma_update(None, "user_version", number)?;
        step_in.commit()?;
    }
    Ok(())
}
