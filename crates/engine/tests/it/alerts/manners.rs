//! When something is told, and when not: short needs, repeats, restarts, quiet hours, floods.

use topside_engine::Alerts;
use topside_model::{AlertKind, AlertPolicy, QuietHours, Rule, Snapshot, Status, TimeZone, Timestamp};

use super::{alerts, approval, check, policy, restarted, rule, session, snapshot, thinking, told, words};

fn rules() -> Vec<Rule> {
    vec![rule(AlertKind::Approval)]
}

/// What one session tells that waits for leave since these seconds, or works.
#[track_caller]
fn check_waits(looks: &[(i64, Option<Status>)], expected: &[&str]) {
    let states: Vec<(i64, Status)> =
        looks.iter().map(|(second, status)| (*second, status.clone().unwrap_or_else(thinking))).collect();
    check(rules(), &states, expected);
}

#[expect(clippy::unnecessary_wraps, reason = "it stands beside `None`, which is a session at work")]
fn since(second: i64) -> Option<Status> {
    Some(approval(Some(second)))
}

#[test]
fn what_is_over_at_once_is_not_told() {
    check_waits(&[(10, since(9)), (11, None), (20, since(19)), (21, None), (30, None)], &["", "", "", "", ""]);
    // Nor what only seems to have been there for long.
    check_waits(&[(10, since(1)), (11, None), (20, since(1)), (21, None)], &["", "", "", ""]);
}

#[test]
fn a_second_need_is_told_and_the_first_one_is_not_told_again() {
    check_waits(
        &[
            (10, since(9)),
            (11, since(9)),
            (12, since(9)),
            (30, since(25)),
            (31, since(25)),
            (40, since(9)),
            (42, since(9)),
        ],
        &["", "approval a", "", "", "approval a", "", ""],
    );
}

#[test]
fn signals_may_differ_in_when_a_need_began() {
    check_waits(&[(10, since(8)), (11, since(8)), (12, since(9)), (14, since(9))], &["", "approval a", "", ""]);
}

#[test]
fn where_nobody_knows_since_when_an_absence_ends_a_need() {
    let waits = || Some(approval(None));
    check_waits(
        &[(10, waits()), (11, waits()), (900, waits()), (901, None), (902, waits()), (905, waits())],
        &["", "approval a", "", "", "", ""],
    );
    check_waits(
        &[(10, waits()), (11, waits()), (12, None), (20, waits()), (21, waits())],
        &["", "approval a", "", "", "approval a"],
    );
    // A record that comes later says when it began.
    check_waits(&[(10, waits()), (11, waits()), (12, since(9)), (14, since(9))], &["", "approval a", "", ""]);
}

#[test]
fn after_a_restart_nothing_is_told_again() {
    for since in [Some(5), None] {
        let look = |second| snapshot(second, vec![session("a", approval(since))]);
        let mut before = alerts(rules());
        assert_eq!(told(&mut before, [look(10), look(11)]), ["", "approval a"], "{since:?}");
        let mut after = restarted(&before, rules(), 12);
        assert_eq!(told(&mut after, [look(500), look(501), look(502)]), ["", "", ""], "{since:?}");
        // Another rule was not told anything.
        let mut other = restarted(
            &before,
            vec![Rule { agent: None, project: Some("webshop".into()), ..rule(AlertKind::Approval) }],
            12,
        );
        assert_eq!(told(&mut other, [look(500), look(501)]), ["", "approval a"], "{since:?}");
    }
    let look = |second, since| snapshot(second, vec![session("a", approval(Some(since)))]);
    let mut before = alerts(rules());
    told(&mut before, [look(10, 5), look(11, 5), look(20, 15), look(21, 15)]);
    let mut after = restarted(&before, rules(), 30);
    assert_eq!(
        told(&mut after, [look(500, 5), look(501, 5), look(502, 400), look(503, 400)]),
        ["", "", "", "approval a"]
    );
}

#[test]
fn it_waits_while_time_alone_makes_something_worth_telling() {
    let mut alerts = alerts(rules());
    let look = |second, status| snapshot(second, vec![session("a", status)]);
    let mut waits = |snapshot: Snapshot| {
        alerts.look(&snapshot, snapshot.taken_at);
        alerts.is_waiting()
    };
    assert!(!waits(look(10, thinking())));
    assert!(waits(look(11, approval(Some(11)))));
    assert!(!waits(look(12, approval(Some(11)))), "it was told");
    assert!(waits(look(20, approval(Some(19)))));
    assert!(!waits(look(21, thinking())), "it is over");
}

#[test]
fn in_quiet_hours_only_the_urgent_is_told_and_the_rest_when_they_end() {
    let time = |text: &str| text.parse().expect("a time");
    let quiet = Some(QuietHours { from: time("22:00"), until: time("07:00") });
    let urgent = Rule { urgent: true, ..rule(AlertKind::Failed) };
    let policy = AlertPolicy { quiet, ..policy(vec![rule(AlertKind::Approval), urgent]) };
    let mut alerts = Alerts::new(policy, TimeZone::get("Europe/Berlin").expect("a zone"), &[]);
    let mut look = |at: &str, id: &str, status: Status| {
        let now: Timestamp = at.parse().expect("a moment");
        let waits = session("over", if at < "2026-11-21T02" { approval(None) } else { thinking() });
        let snapshot = Snapshot { taken_at: now, ..snapshot(0, vec![waits, session(id, status)]) };
        words(&alerts.look(&snapshot, now))
    };
    let failed = || Status::Failed { error: topside_model::ErrorClass::Server, message: None, since: None };
    let (evening, night) = ("2026-11-20T20:59:58Z", "2026-11-20T21:00:00Z");
    assert_eq!((look(evening, "a", thinking()), look(night, "a", approval(None))), (String::new(), String::new()));
    assert_eq!(look("2026-11-20T21:00:05Z", "b", failed()), "");
    assert_eq!(look("2026-11-20T21:00:06Z", "b", failed()), "failed b [1]");
    assert_eq!(look("2026-11-21T05:59:58Z", "c", approval(None)), "");
    assert_eq!(look("2026-11-21T05:59:59Z", "c", approval(None)), "");
    assert_eq!(look("2026-11-21T06:00:00Z", "c", approval(None)), "approval c", "it still waits, and `over` does not");
}

#[test]
fn a_flood_is_told_in_one_alert() {
    let flood = |second, from: usize, to: usize| {
        let waits = (from..to).map(|n| session(&n.to_string(), approval(Some(n.cast_signed() as i64))));
        snapshot(second, waits.collect())
    };
    let mut alerts = Alerts::new(AlertPolicy { per_minute: 2, ..policy(rules()) }, TimeZone::UTC, &[]);
    let looks = [flood(10, 0, 6), flood(11, 0, 6), flood(12, 0, 9), flood(14, 0, 9), flood(70, 0, 8), flood(71, 0, 8)];
    let more = "approval 6, approval 7";
    assert_eq!(told(&mut alerts, looks), ["", "approval 0, approval 1, 4 more", "", "", "", more]);
    let one = told(&mut alerts, [flood(300, 20, 23), flood(301, 20, 23), flood(302, 20, 23)]);
    assert_eq!(one, ["", "approval 20, approval 21, approval 22", ""], "one is no crowd");
}

#[test]
fn the_urgent_comes_first() {
    let rules = vec![rule(AlertKind::Approval), Rule { urgent: true, ..rule(AlertKind::Question) }];
    let mut alerts = Alerts::new(AlertPolicy { per_minute: 1, ..policy(rules) }, TimeZone::UTC, &[]);
    let asks = || Status::Question { text: None, since: None };
    let look = |second| {
        snapshot(second, vec![session("a", approval(Some(1))), session("b", approval(Some(2))), session("c", asks())])
    };
    assert_eq!(told(&mut alerts, [look(10), look(11)]), ["", "question c [1], 2 more"]);
}

#[test]
fn a_simulated_fleet_needs_nobody() {
    let look = |second| Snapshot { demo: true, ..snapshot(second, vec![session("a", approval(None))]) };
    assert_eq!(told(&mut alerts(rules()), [look(1), look(3)]), ["", ""]);
}
