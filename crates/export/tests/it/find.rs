//! Which session a person means.

use std::sync::Arc;

use topside_export::{FindError, find};
use topside_model::{Session, Snapshot, Status, Untrusted};

use crate::support;

fn snapshot(sessions: &[(&str, Option<&str>)]) -> Snapshot {
    let session = |(id, name): &(&str, Option<&str>)| {
        Arc::new(Session { name: name.map(Untrusted::new), ..support::bare(id, Status::Thinking { since: None }) })
    };
    Snapshot { sessions: sessions.iter().map(session).collect(), ..Snapshot::empty(support::now()) }
}

#[track_caller]
fn check(sessions: &[(&str, Option<&str>)], wanted: &str, expected: &str) {
    let snapshot = snapshot(sessions);
    let found = match find(&snapshot, wanted) {
        Ok(session) => session.key.id.to_string(),
        Err(error) => error.to_string(),
    };
    assert_eq!(found, expected);
}

#[test]
fn an_id_a_start_of_one_or_a_name_is_enough() {
    let sessions = [("abc1", None), ("abd2", Some("Release")), ("x", Some("abc1"))];
    check(&sessions, "abc1", "abc1");
    check(&sessions, "abd", "abd2");
    check(&sessions, "release", "abd2");
}

#[test]
fn an_id_that_starts_another_is_still_an_id() {
    check(&[("ab", None), ("abc", None)], "ab", "ab");
}

#[test]
fn several_that_fit_are_named() {
    let six: Vec<(String, Option<&str>)> = (0..7).map(|nth| (format!("ab{nth}"), Some("twin"))).collect();
    let six: Vec<(&str, Option<&str>)> = six.iter().map(|(id, name)| (id.as_str(), *name)).collect();
    check(
        &six,
        "twin",
        "\"twin\" fits 7 sessions; give more of the id: \
         ab0 (twin), ab1 (twin), ab2 (twin), ab3 (twin), ab4 (twin), and 2 more",
    );
}

#[test]
fn none_that_fits_says_where_to_look() {
    let missing = "no session has the id or the name \"zz\" (1 known here); \
                   `topside ls --all` lists them, `topside doctor` says where topside looked";
    check(&[("ab", None)], "zz", missing);
    assert!(matches!(find(&snapshot(&[("ab", None)]), ""), Err(FindError::NotFound { .. })));
}
