//! The database as a file.

use std::path::{Path, PathBuf};

use tempfile::TempDir;
use topside_model::{Bytes, FileMark};
use topside_store::{Store, StoreError};

use crate::world::{chapter, charge, sums, told};

fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("state/topside/history.db");
    (folder, path)
}

#[test]
fn what_was_written_is_there_after_a_restart() {
    let (_folder, path) = place();
    let one = chapter("one", 0, vec![charge(1, 5, 10)]);
    Store::open(&path).expect("it opens").commit(std::slice::from_ref(&one)).expect("it is written");
    let store = Store::open(&path).expect("it opens again");
    assert_eq!(sums(&store), ["one 00:00 10 in 1"]);
    assert_eq!(store.cursor(&one.cursor.path).expect("it is read"), Some(one.cursor));
    assert!(store.check().expect("it is checked").is_empty());
}

#[test]
fn a_copy_in_memory_goes_on_by_itself() {
    let (_folder, path) = place();
    let mut store = Store::open(&path).expect("it opens");
    store.commit(&[chapter("one", 0, vec![charge(1, 5, 10)])]).expect("it is written");
    let mut copy = store.copy_in_memory().expect("it is copied");
    copy.commit(&[chapter("two", 0, vec![charge(2, 20, 7)])]).expect("it is written");
    assert_eq!(sums(&copy), ["one 00:00 10 in 1", "two 00:15 7 in 1"]);
    assert_eq!(sums(&store), ["one 00:00 10 in 1"]);
}

#[test]
fn one_program_writes_and_others_read() {
    let (_folder, path) = place();
    assert!(Store::open_to_read(&path).expect("nothing is wrong").is_none(), "there is none yet");
    let mut writer = Store::open(&path).expect("it opens");
    assert!(matches!(Store::open(&path), Err(StoreError::Busy(_))));
    let reader = Store::open_to_read(&path).expect("it opens").expect("it is there");
    writer.commit(&[chapter("one", 0, vec![charge(1, 5, 10)])]).expect("it is written");
    assert_eq!(sums(&reader), ["one 00:00 10 in 1"]);
    drop(writer);
    assert!(Store::open(&path).is_ok(), "whoever wrote is gone");
}

#[test]
fn what_files_were_is_told_without_what_decoders_remember() {
    let one = chapter("one", 0, Vec::new()).cursor;
    let store = told(&[chapter("one", 0, Vec::new())]);
    let mut marks = Vec::new();
    store.files(|path, mark| marks.push((path.to_owned(), mark))).expect("they are read");
    assert_eq!(marks, [(one.path, FileMark { id: one.id, len: one.len, modified: one.modified })]);
}

#[test]
fn a_session_of_more_replies_than_a_page_holds_grows_in_place() {
    let (_folder, path) = place();
    let many = |from: u64, to: u64| chapter("one", 0, (from..to).map(|mark| charge(mark, 5, 1)).collect());
    Store::open(&path).expect("it opens").commit(&[many(0, 1000)]).expect("it is written");
    let mut store = Store::open(&path).expect("it opens again");
    store.commit(&[many(990, 1500)]).expect("it is written");
    assert_eq!(sums(&store), ["one 00:00 1500 in 1500"]);
}

#[test]
fn a_database_of_the_first_version_is_taken_over() {
    let (_folder, path) = place();
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("it is made");
    let connection = rusqlite::Connection::open(&path).expect("it opens");
    connection.execute_batch(include_str!("version_1.sql")).expect("it is made");
    drop(connection);
    let mut store = Store::open(&path).expect("it opens");
    assert_eq!(sums(&store), ["one 00:00 10 in 1", "one 00:15 30 in 1", "two 00:45 7 in 1"]);
    let cursor = store.cursor(&PathBuf::from("/t/one")).expect("it is read").expect("it was read before");
    assert_eq!((cursor.offset, cursor.state), (Bytes(10), b"one".to_vec()));
    // What both show is still known to be one reply.
    store.commit(&[chapter("three", 40, vec![charge(1, 5, 10)])]).expect("it is written");
    assert_eq!(sums(&store).len(), 3);
}

#[test]
fn a_newer_database_is_left_alone() {
    let (_folder, path) = place();
    drop(Store::open(&path).expect("it opens"));
    let connection = rusqlite::Connection::open(&path).expect("it opens");
    connection.pragma_update(None, "user_version", 999).expect("it is set");
    drop(connection);
    for opened in [Store::open(&path).map(Some), Store::open_to_read(&path)] {
        let error = opened.expect_err("it is refused").to_string();
        assert!(error.contains("newer topside") && error.contains("history.db"), "{error}");
    }
}

#[test]
fn what_is_no_database_is_named_and_kept() {
    let (_folder, path) = place();
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("it is made");
    std::fs::write(&path, "somebody's notes, which are long enough to be read as a header of a database ".repeat(20))
        .expect("it is written");
    let error = Store::open(&path).expect_err("it is refused").to_string();
    assert!(error.contains("history.db"), "{error}");
    assert!(std::fs::read_to_string(&path).expect("it is read").starts_with("somebody's notes"));
}

#[test]
fn a_file_that_was_replaced_is_told_anew() {
    let mut again = chapter("one", 0, vec![charge(2, 20, 7)]);
    (again.anew, again.cursor.len) = (true, Bytes(99));
    let store =
        told(&[chapter("one", 0, vec![charge(1, 5, 10)]), chapter("two", 30, vec![charge(1, 5, 10)]), again.clone()]);
    assert_eq!(sums(&store), ["one 00:15 7 in 1", "two 00:00 10 in 1"]);
    assert_eq!(store.cursor(&again.cursor.path).expect("it is read"), Some(again.cursor));
}

#[test]
fn a_session_is_forgotten_with_all_its_files_and_told_again() {
    let mut other = chapter("one", 0, vec![charge(3, 40, 5)]);
    (other.cursor.path, other.cursor.offset) = (PathBuf::from("/t/copy"), Bytes(10));
    let mut store = told(&[chapter("one", 0, vec![charge(1, 5, 10)]), other.clone()]);
    assert_eq!(sums(&store), ["one 00:00 10 in 1", "one 00:30 5 in 1"]);
    let mut again = chapter("one", 0, vec![charge(2, 20, 7)]);
    again.anew = true;
    let mut grown = chapter("one", 0, vec![charge(4, 50, 1)]);
    (grown.cursor.path, grown.from) = (other.cursor.path.clone(), other.cursor.offset);
    let left = store.commit(&[again, grown]).expect("it is written");
    assert_eq!(left, 2, "the copy is forgotten, and what goes on from there is refused");
    assert_eq!(sums(&store), ["one 00:15 7 in 1"]);
    assert_eq!(store.cursor(&other.cursor.path).expect("it is read"), None, "the copy is to be read again");
    assert_eq!(store.commit(&[other]).expect("it is written"), 0);
    assert_eq!(sums(&store), ["one 00:15 7 in 1", "one 00:30 5 in 1"]);
}

#[test]
fn what_a_damaged_record_says_does_not_stop_history() {
    let huge = chapter("one", 0, vec![charge(1, 5, u64::MAX)]);
    let mut more = chapter("one", 0, vec![charge(2, 6, u64::MAX), charge(3, 7, 1)]);
    more.from = huge.cursor.offset;
    assert_eq!(sums(&told(&[huge, more])), [format!("one 00:00 {} in 3", (1_u64 << 41) + 1)]);
}

#[test]
fn somebody_elses_database_is_left_alone() {
    let (_folder, path) = place();
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("it is made");
    let connection = rusqlite::Connection::open(&path).expect("it opens");
    connection.execute_batch("CREATE TABLE notes (text TEXT)").expect("it is made");
    drop(connection);
    let before = std::fs::read(&path).expect("it is read");
    assert!(matches!(Store::open(&path), Err(StoreError::Foreign(_))));
    assert_eq!(std::fs::read(&path).expect("it is read"), before);
    assert!(!beside(&path, ".lock").exists());
}

#[test]
fn a_file_that_is_no_database_is_left_alone() {
    let (_folder, path) = place();
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("it is made");
    std::fs::write(&path, "what to buy").expect("it is written");
    assert!(matches!(Store::open(&path), Err(StoreError::NoDatabase(_))));
    assert!(matches!(Store::open_to_read(&path), Err(StoreError::NoDatabase(_))));
    assert_eq!(std::fs::read(&path).expect("it is read"), b"what to buy");
    assert_eq!(std::fs::read_dir(path.parent().expect("a folder")).expect("a folder").count(), 1);
}

/// A database in a place where readers cannot put what they need beside it: a link takes the name.
#[cfg(unix)]
fn in_a_bad_place() -> (TempDir, PathBuf) {
    let (folder, path) = place();
    let mut store = Store::open(&path).expect("it opens");
    store.commit(&[chapter("one", 0, vec![charge(1, 5, 10)])]).expect("it is written");
    drop(store);
    std::os::unix::fs::symlink("nowhere", beside(&path, "-shm")).expect("a link");
    (folder, path)
}

fn beside(path: &Path, end: &str) -> PathBuf {
    PathBuf::from(format!("{}{end}", path.display()))
}

#[cfg(unix)]
#[test]
fn where_no_file_can_be_made_beside_it_it_is_read_all_the_same() {
    let (_folder, path) = in_a_bad_place();
    let store = Store::open_to_read(&path).expect("it opens").expect("it is there");
    assert_eq!(sums(&store), ["one 00:00 10 in 1"]);
    let mut copy = Store::open_in_memory(&path).expect("it opens").expect("it is there");
    copy.commit(&[chapter("two", 0, vec![charge(2, 20, 7)])]).expect("it is written");
    assert_eq!(sums(&copy), ["one 00:00 10 in 1", "two 00:15 7 in 1"]);
    assert_eq!(sums(&store), ["one 00:00 10 in 1"]);
}

#[cfg(unix)]
#[test]
fn what_would_be_told_only_in_part_there_is_refused() {
    let (_folder, path) = in_a_bad_place();
    std::fs::write(beside(&path, "-wal"), "something").expect("it is written");
    let error = Store::open_to_read(&path).expect_err("it has a log");
    assert!(matches!(error, StoreError::Unfolded(_)), "{error:?}");
    std::fs::remove_file(beside(&path, "-wal")).expect("it goes");
    let claim = Store::claim(&path).expect("nobody writes");
    let error = Store::open_to_read(&path).expect_err("it may change");
    assert!(matches!(error, StoreError::Moving(_)), "{error:?}");
    drop(claim);
    assert!(Store::open_to_read(&path).expect("it opens").is_some());
}
