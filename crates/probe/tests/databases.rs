//! Databases of others are read, and nothing about them changes.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rusqlite::Connection;
use tempfile::TempDir;
use topside_probe::{Host, Interest, OsHost, QueryError, Row, SqlValue};

/// A folder with a database, and a host to read it.
struct Place {
    folder: TempDir,
    host: OsHost,
}

/// Everything a folder shows of itself: names, times of change and bytes.
type Picture = BTreeMap<PathBuf, (SystemTime, Vec<u8>)>;

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let host = OsHost::new(Interest::default(), Some(folder.path().to_owned())).expect("a host");
        Self { folder, host }
    }

    /// The odd name shows that no part of a path is taken for an option.
    fn database(&self) -> PathBuf {
        self.folder.path().join("a ?#%20.db")
    }

    /// A connection as an agent has one: a write-ahead log that is never moved into the database unasked.
    fn owner(&self) -> Connection {
        let owner = Connection::open(self.database()).expect("a database");
        owner.execute_batch("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0").expect("a log");
        owner
    }

    fn picture(&self) -> Picture {
        let facts = |path: &Path| {
            let metadata = fs::metadata(path).expect("facts");
            let bytes = if metadata.is_file() { fs::read(path).expect("bytes") } else { Vec::new() };
            (path.to_owned(), (metadata.modified().expect("a time"), bytes))
        };
        let entries = fs::read_dir(self.folder.path()).expect("a list").map(|entry| entry.expect("an entry").path());
        let mut picture: Picture = entries.map(|path| facts(&path)).collect();
        picture.extend([facts(self.folder.path())]);
        picture
    }

    /// Runs a query and checks that it left no trace.
    fn query(&self, sql: &str) -> Result<Vec<Row>, QueryError> {
        let before = self.picture();
        let rows = self.host.query(&self.database(), sql);
        assert_eq!(self.picture(), before, "the folder is as it was");
        rows
    }

    #[track_caller]
    fn check(&self, expected: &[i64]) {
        let rows = self.query("SELECT n FROM t ORDER BY n").expect("rows");
        let expected: Vec<Row> = expected.iter().map(|number| vec![SqlValue::Integer(*number)]).collect();
        assert_eq!(rows, expected);
    }
}

fn insert(owner: &Connection, number: i64) {
    owner.execute("INSERT INTO t VALUES (?1)", [number]).expect("inserted");
}

#[test]
fn a_database_whose_owner_closed_it_is_read() {
    let place = Place::new();
    let owner = place.owner();
    owner.execute_batch("CREATE TABLE t (n); INSERT INTO t VALUES (1), (2)").expect("rows");
    owner.close().expect("closed");
    assert!(!place.folder.path().join("a ?#%20.db-wal").exists());
    place.check(&[1, 2]);
}

#[test]
fn a_database_in_use_is_read_as_it_grows() {
    let place = Place::new();
    let owner = place.owner();
    owner.execute_batch("CREATE TABLE t (n)").expect("a table");
    place.check(&[]);
    insert(&owner, 1);
    place.check(&[1]);
    place.check(&[1]);
    insert(&owner, 2);
    place.check(&[1, 2]);
    owner.execute_batch("PRAGMA wal_checkpoint(RESTART)").expect("moved");
    place.check(&[1, 2]);
    insert(&owner, 3);
    place.check(&[1, 2, 3]);
    owner.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").expect("moved");
    place.check(&[1, 2, 3]);
    insert(&owner, 4);
    place.check(&[1, 2, 3, 4]);
}

#[test]
fn a_database_left_in_its_log_by_a_crash_is_read() {
    let place = Place::new();
    let owner = place.owner();
    owner.execute_batch("CREATE TABLE t (n); INSERT INTO t VALUES (1)").expect("rows");
    let crashed = Place::new();
    for suffix in ["", "-wal"] {
        let name = format!("a ?#%20.db{suffix}");
        fs::copy(place.folder.path().join(&name), crashed.folder.path().join(&name)).expect("copied");
    }
    assert!(fs::metadata(crashed.database()).expect("facts").len() <= 4096, "all rows are in the log");
    crashed.check(&[1]);
}

#[test]
fn another_database_under_the_same_name_is_noticed() {
    let place = Place::new();
    let owner = place.owner();
    owner.execute_batch("CREATE TABLE t (n); INSERT INTO t VALUES (1)").expect("rows");
    place.check(&[1]);
    drop(owner);
    fs::remove_file(place.database()).expect("removed");
    let owner = place.owner();
    owner.execute_batch("CREATE TABLE t (n); INSERT INTO t VALUES (9)").expect("rows");
    place.check(&[9]);
}

/// Money goes from account to account, each on a page of its own, and the log is started over all the time: a look that
/// mixed two states would not add up.
fn check_that_transactions_are_seen_whole(journal: &str, after_three: &'static str) {
    const ACCOUNTS: i64 = 500;
    const TRANSFERS: i64 = 1_500;
    let place = Place::new();
    let owner = place.owner();
    owner.execute_batch(&format!("PRAGMA synchronous = OFF; PRAGMA journal_mode = {journal}")).expect("a journal");
    let accounts = "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, page BLOB); \
                    WITH RECURSIVE c(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM c WHERE i < 499) \
                    INSERT INTO t SELECT i, 0, zeroblob(3000) FROM c";
    owner.execute_batch(accounts).expect("accounts");
    let writer = std::thread::spawn(move || {
        for number in 0..TRANSFERS {
            let (from, to) = (number * 7 % ACCOUNTS, (number * 7 + 250) % ACCOUNTS);
            let transfer = format!(
                "BEGIN; UPDATE t SET n = n - {number} WHERE id = {from}; UPDATE t SET n = n + {number} WHERE id = {to}; \
                 COMMIT"
            );
            owner.execute_batch(&transfer).expect("committed");
            if number % 3 == 0 {
                owner.execute_batch(after_three).expect("done");
            }
        }
        owner
    });
    let sum = || place.host.query(&place.database(), "SELECT sum(n), count(*) FROM t");
    let whole = [[SqlValue::Integer(0), SqlValue::Integer(ACCOUNTS)]];
    while !writer.is_finished() {
        match sum() {
            Ok(rows) => assert_eq!(rows, whole),
            Err(QueryError::Read { message, .. }) => assert_eq!(message, "it changed while it was read"),
            Err(other) => panic!("{other}"),
        }
    }
    let _owner = writer.join().expect("all written");
    assert_eq!(sum().expect("rows"), whole);
}

#[test]
fn a_transaction_in_a_log_is_seen_whole_or_not_at_all() {
    check_that_transactions_are_seen_whole("WAL", "PRAGMA wal_checkpoint(RESTART)");
}

#[test]
fn a_transaction_in_a_log_that_is_emptied_is_seen_whole_or_not_at_all() {
    check_that_transactions_are_seen_whole("WAL", "PRAGMA wal_checkpoint(TRUNCATE)");
}

#[test]
fn a_transaction_with_a_journal_is_seen_whole_or_not_at_all() {
    check_that_transactions_are_seen_whole("DELETE", "");
}

#[test]
fn a_database_too_large_to_copy_is_refused_while_in_use() {
    let place = Place::new();
    let owner = place.owner();
    owner.execute_batch("CREATE TABLE t (n)").expect("a table");
    let database = fs::OpenOptions::new().write(true).open(place.database()).expect("a file");
    database.set_len(300 << 20).expect("a hole");
    let error = place.host.query(&place.database(), "SELECT n FROM t").expect_err("too large");
    assert!(error.to_string().ends_with("300 MiB are too much to copy"), "{error}");
}

#[test]
fn every_kind_of_value_is_told() {
    let place = Place::new();
    let owner = place.owner();
    owner.execute_batch("CREATE TABLE t (n); INSERT INTO t VALUES (1)").expect("rows");
    let rows = place.query("SELECT NULL, 7, 0.5, 'text', x'00ff', CAST(x'ff' AS TEXT) FROM t").expect("rows");
    let expected = vec![
        SqlValue::Null,
        SqlValue::Integer(7),
        SqlValue::Real(0.5),
        SqlValue::Text("text".to_owned()),
        SqlValue::Blob(vec![0, 255]),
        SqlValue::Text("\u{fffd}".to_owned()),
    ];
    assert_eq!(rows, [expected]);
}

#[test]
fn a_table_or_column_that_is_not_there_is_another_version() {
    let place = Place::new();
    let owner = place.owner();
    owner.execute_batch("CREATE TABLE t (n)").expect("a table");
    let schema = |sql| matches!(place.query(sql), Err(QueryError::Schema { .. }));
    assert!(schema("SELECT n FROM absent"));
    assert!(schema("SELECT absent FROM t"));
    drop(owner);
    assert!(schema("SELECT absent FROM t"), "also in one nobody has open");
    assert!(matches!(place.query("SELECT"), Err(QueryError::Read { .. })));
}

#[test]
fn what_is_no_database_is_told_as_what_it_is() {
    let place = Place::new();
    let message = || match place.query("SELECT n FROM t") {
        Err(QueryError::Read { message, .. }) => message,
        other => panic!("{other:?}"),
    };
    assert!(matches!(place.query("SELECT n FROM t"), Err(QueryError::Missing(_))));
    fs::write(place.database(), "").expect("a file");
    assert!(matches!(place.query("SELECT n FROM t"), Err(QueryError::Schema { .. })), "an empty file has no tables");
    fs::write(place.database(), "this is no database".repeat(100)).expect("a file");
    assert_eq!(message(), "file is not a database");
    fs::remove_file(place.database()).expect("removed");
    fs::create_dir(place.database()).expect("a folder");
    assert_eq!(message(), "it is a directory");
}

#[cfg(unix)]
#[test]
fn a_link_is_not_followed() {
    let place = Place::new();
    let real = place.folder.path().join("real.db");
    Connection::open(&real).and_then(|owner| owner.execute_batch("CREATE TABLE t (n)")).expect("a table");
    std::os::unix::fs::symlink(&real, place.database()).expect("a link");
    assert!(
        matches!(place.query("SELECT n FROM t"), Err(QueryError::Read { message, .. }) if message == "it is a link")
    );
}

#[test]
fn a_rollback_journal_in_use_keeps_readers_out() {
    let place = Place::new();
    let owner = Connection::open(place.database()).expect("a database");
    owner.execute_batch("CREATE TABLE t (n); INSERT INTO t VALUES (1)").expect("rows");
    place.check(&[1]);
    // A cache this small spills: pages of the open transaction reach the database.
    owner.execute_batch("PRAGMA cache_size = 1; PRAGMA synchronous = FULL; BEGIN").expect("begun");
    let rows = "WITH RECURSIVE c(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM c WHERE i < 20000) \
                INSERT INTO t SELECT i FROM c";
    owner.execute_batch(rows).expect("rows");
    assert!(matches!(place.query("SELECT n FROM t"), Err(QueryError::Read { .. })));
    owner.execute_batch("ROLLBACK").expect("taken back");
    place.check(&[1]);
}
