//! Databases of earlier versions.

use rusqlite::Connection;
use topside_model::{TimeZone, TurnEnd};
use topside_store::Store;

use crate::seen::{facts, turn};
use crate::world::{at, sums};

#[test]
fn a_database_of_the_first_version_takes_what_is_seen() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("history.db");
    let connection = Connection::open(&path).expect("it opens");
    connection.execute_batch(include_str!("version_1.sql")).expect("it is made");
    drop(connection);
    let mut store = Store::open(&path).expect("it opens");
    let before = sums(&store);
    let seen = [turn("one", "1", 1, 2, TurnEnd::Completed)];
    store.record(&seen, at(2)).expect("it is written");
    drop(store);
    let store = Store::open(&path).expect("it opens again");
    assert_eq!((facts(&store), sums(&store)), (seen.to_vec(), before));
    assert!(store.check().expect("it is checked").is_empty());
}

/// Such a one cannot be changed while an earlier version of topside writes to it.
#[test]
fn a_reader_of_a_database_without_facts_finds_that_nothing_was_seen() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("history.db");
    drop(Store::open(&path).expect("it opens"));
    let connection = Connection::open(&path).expect("it opens");
    let tables = ["state", "turn", "call", "quota_seen", "quota", "watch"].map(|table| format!("DROP TABLE {table};"));
    connection.execute_batch(&tables.concat()).expect("they go");
    connection.pragma_update(None, "user_version", 3).expect("it is set");
    let store = Store::open_to_read(&path).expect("it opens").expect("it is there");
    assert!(facts(&store).is_empty() && store.held().expect("they are counted").is_empty());
    assert!(store.past().expect("it is read").turns_by_day(&TimeZone::UTC).expect("they are counted").is_empty());
}
