//! Blocks of five hours.

use topside_model::{Period, TimeZone, UsageQuery};

use super::scene::{Scene, check, moment, rows, session};

/// Replies of two agents in a day.
fn scene() -> Scene {
    let mut scene = Scene::default();
    let codex = scene.session("s", None, None);
    scene.sessions.push(session("claude_code", "t", None, None));
    for (session, at, tokens) in [
        (codex, "2026-11-20T12:59:59Z", 2),
        (codex, "2026-11-20T08:20:00Z", 1),
        (1, "2026-11-20T10:50:00Z", 100),
        (codex, "2026-11-20T13:00:00Z", 4),
        (codex, "2026-11-20T23:45:00Z", 8),
    ] {
        scene.reply(session, "m", Some(at), tokens);
    }
    scene
}

#[test]
fn a_block_begins_with_the_hour_of_its_first_reply() {
    check(
        &scene().rows(Period::Blocks),
        &[
            ("codex 2026-11-20T08:00:00Z 5h running", 3),
            ("claude_code 2026-11-20T10:00:00Z 5h running", 100),
            ("codex 2026-11-20T13:00:00Z 5h", 4),
            ("codex 2026-11-20T23:00:00Z 5h", 8),
        ],
    );
}

/// Which blocks run at a moment, by when they start.
#[track_caller]
fn check_running(now: &str, expected: &[&str]) {
    let query = UsageQuery::all(Period::Blocks, TimeZone::UTC);
    let report = scene().at(query, &|_, _| None, moment(now));
    let running: Vec<String> =
        rows(&report).into_iter().map(|(key, _)| key).filter(|key| key.ends_with("running")).collect();
    assert_eq!(running.len(), expected.len(), "{now}: {running:?}");
    assert!(running.iter().zip(expected).all(|(key, start)| key.contains(start)), "{now}: {running:?}");
}

#[test]
fn a_block_runs_until_its_end() {
    check_running("2026-11-20T07:59:59Z", &[]);
    check_running("2026-11-20T08:00:00Z", &["T08:00"]);
    check_running("2026-11-20T12:59:59Z", &["T08:00", "T10:00"]);
    check_running("2026-11-20T13:00:00Z", &["T10:00", "T13:00"]);
    check_running("2026-11-21T04:00:00Z", &[]);
}

#[test]
fn a_block_tells_its_last_reply() {
    let report = scene().report(UsageQuery::all(Period::Blocks, TimeZone::UTC));
    let first = &report.rows[0].spending;
    assert_eq!(first.span, Some((moment("2026-11-20T08:20:00Z"), moment("2026-11-20T12:59:59Z"))));
}
