//! Databases of earlier versions.

use rusqlite::Connection;
use topside_model::TurnEnd;
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
fn a_database_of_an_earlier_version_is_not_read_before_it_is_taken_over() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("history.db");
    let connection = Connection::open(&path).expect("it opens");
    connection.execute_batch(include_str!("version_1.sql")).expect("it is made");
    let error = Store::open_to_read(&path).expect_err("it is refused").to_string();
    assert!(error.contains("`topside usage` does that"), "{error}");
    drop(Store::open(&path).expect("it opens"));
    assert!(Store::open_to_read(&path).expect("nothing is wrong").is_some());
}
