//! How long sessions waited for a person.

use std::time::Duration;

use topside_engine::WaitFold;
use topside_model::{
    AgentId, Lineage, RowKey, StateKind, StateSpan, TimeZone, Timestamp, Untrusted, WaitQuery, WaitReport, WaitTally,
    WaitsBy,
};

use super::scene::{moment, session};

/// A time of November; `18T10:00`.
fn at(time: &str) -> Timestamp {
    moment(&format!("2026-11-{time}:00Z"))
}

/// Two sessions of a project, a helper of the first, and one without a project.
fn sessions() -> [Lineage; 4] {
    let of = |id, parent, project| session("codex", id, parent, project);
    [of("a", None, Some("shop")), of("b", None, Some("shop")), of("h", Some("a"), None), of("c", None, None)]
}

/// Whose state, which, from when to when.
type Told<'a> = (usize, StateKind, &'a str, Option<&'a str>);

const ALLOW: StateKind = StateKind::Approval;
const ASK: StateKind = StateKind::Question;

fn report(by: WaitsBy, days: (Option<&str>, Option<&str>), zone: TimeZone, told: &[Told<'_>]) -> WaitReport {
    let day = |day: Option<&str>| day.map(|day| day.parse().expect("a day"));
    let query = WaitQuery { by, since: day(days.0), until: day(days.1), zone, agent: None, project: None };
    let sessions = sessions();
    let mut fold = WaitFold::new(query, &sessions);
    for (place, state, from, to) in told {
        let (session, from, to) = (sessions[*place].key.clone(), at(from), to.map(at));
        fold.add(&StateSpan { session, state: *state, tool: None, from, to }, at("20T12:00"));
    }
    fold.report(at("20T12:00"))
}

fn minutes(time: Duration) -> u64 {
    time.as_secs() / 60
}

/// A row's key, how often, minutes for leave, for answers, the longest, and in which at least one waited.
fn words(key: &str, tally: &WaitTally) -> String {
    let WaitTally { waits, approval, question, longest, any } = *tally;
    let [approval, question, longest, any] = [approval, question, longest, any].map(minutes);
    format!("{key}: {waits} waits, {approval} + {question}, longest {longest}, any {any}")
}

#[track_caller]
fn check(by: WaitsBy, told: &[Told<'_>], expected: &[&str]) {
    check_days(by, (None, None), TimeZone::UTC, told, expected);
}

#[track_caller]
fn check_days(by: WaitsBy, days: (Option<&str>, Option<&str>), zone: TimeZone, told: &[Told<'_>], expected: &[&str]) {
    let report = report(by, days, zone, told);
    let key = |key: &RowKey| match key {
        RowKey::Day(day) => day.to_string(),
        RowKey::Session { key, .. } => key.id.to_string(),
        RowKey::Project(project) => project.as_ref().map_or("none", Untrusted::raw).to_owned(),
        other => format!("{other:?}"),
    };
    let mut lines: Vec<String> = report.rows.iter().map(|row| words(&key(&row.key), &row.tally)).collect();
    lines.push(words("total", &report.total));
    assert_eq!(lines, expected);
}

#[test]
fn only_leave_and_answers_are_waits() {
    let told = [
        (0, ALLOW, "18T10:00", Some("18T10:05")),
        (0, StateKind::TurnDone, "18T10:06", Some("18T11:00")),
        (0, ASK, "18T11:00", Some("18T11:20")),
        (0, StateKind::RateLimited, "18T12:00", None),
    ];
    check(
        WaitsBy::Day,
        &told,
        &["2026-11-18: 2 waits, 5 + 20, longest 20, any 25", "total: 2 waits, 5 + 20, longest 20, any 25"],
    );
}

#[test]
fn two_sessions_that_wait_at_once_count_both_but_the_time_only_once() {
    let told = [(0, ALLOW, "18T10:00", Some("18T10:30")), (1, ASK, "18T10:20", Some("18T10:50"))];
    check(
        WaitsBy::Session,
        &told,
        &[
            "a: 1 waits, 30 + 0, longest 30, any 30",
            "b: 1 waits, 0 + 30, longest 30, any 30",
            "total: 2 waits, 30 + 30, longest 30, any 50",
        ],
    );
    check(
        WaitsBy::Project,
        &told,
        &["shop: 2 waits, 30 + 30, longest 30, any 50", "total: 2 waits, 30 + 30, longest 30, any 50"],
    );
}

#[test]
fn what_touches_is_one_wait_where_it_is_of_one_kind() {
    let then = |kind| [(0, ALLOW, "18T10:00", Some("18T10:10")), (0, kind, "18T10:10", Some("18T10:30"))];
    let lines = ["a: 1 waits, 30 + 0, longest 30, any 30", "total: 1 waits, 30 + 0, longest 30, any 30"];
    check(WaitsBy::Session, &then(ALLOW), &lines);
    let lines = ["a: 2 waits, 10 + 20, longest 20, any 30", "total: 2 waits, 10 + 20, longest 20, any 30"];
    check(WaitsBy::Session, &then(ASK), &lines);
}

#[test]
fn a_helper_waits_with_the_one_that_started_it() {
    let told = [
        (2, ALLOW, "18T10:00", Some("18T10:30")),
        (0, ALLOW, "18T10:01", Some("18T10:31")),
        (2, ALLOW, "18T11:00", Some("18T11:01")),
        (3, ALLOW, "18T12:00", Some("18T14:00")),
    ];
    check(
        WaitsBy::Project,
        &told,
        &[
            "none: 1 waits, 120 + 0, longest 120, any 120",
            "shop: 2 waits, 32 + 0, longest 31, any 32",
            "total: 3 waits, 152 + 0, longest 120, any 152",
        ],
    );
}

#[test]
fn a_wait_over_midnight_belongs_to_both_days_of_the_zone_and_is_one_in_the_total() {
    let told = [(0, ALLOW, "18T22:30", Some("19T00:10"))];
    check(
        WaitsBy::Day,
        &told,
        &[
            "2026-11-18: 1 waits, 90 + 0, longest 90, any 90",
            "2026-11-19: 1 waits, 10 + 0, longest 10, any 10",
            "total: 1 waits, 100 + 0, longest 100, any 100",
        ],
    );
    let east = TimeZone::get("Africa/Lagos").expect("a zone an hour ahead");
    check_days(
        WaitsBy::Day,
        (Some("2026-11-19"), None),
        east,
        &told,
        &["2026-11-19: 1 waits, 70 + 0, longest 70, any 70", "total: 1 waits, 70 + 0, longest 70, any 70"],
    );
    check_days(
        WaitsBy::Session,
        (None, Some("2026-11-18")),
        TimeZone::UTC,
        &told,
        &["a: 1 waits, 90 + 0, longest 90, any 90", "total: 1 waits, 90 + 0, longest 90, any 90"],
    );
}

#[test]
fn a_wait_that_lasts_does_so_until_now_and_a_wrong_clock_adds_no_ages() {
    check(
        WaitsBy::Session,
        &[(0, ASK, "20T11:30", None)],
        &["a: 1 waits, 0 + 30, longest 30, any 30", "total: 1 waits, 0 + 30, longest 30, any 30"],
    );
    let sessions = sessions();
    let query =
        WaitQuery { by: WaitsBy::Day, since: None, until: None, zone: TimeZone::UTC, agent: None, project: None };
    let mut fold = WaitFold::new(query, &sessions);
    let state = StateSpan {
        session: sessions[0].key.clone(),
        state: ALLOW,
        tool: None,
        from: Timestamp::MIN,
        to: Some(at("18T00:00")),
    };
    fold.add(&state, at("20T12:00"));
    assert_eq!(fold.report(at("20T12:00")).rows.len(), 366);
}

#[test]
fn waits_of_a_project_or_an_agent_are_those_of_its_sessions_and_their_helpers() {
    let sessions = sessions();
    let narrow = |agent: Option<&str>, project: Option<&str>| {
        let (agent, project) = (agent.map(AgentId::new), project.map(str::to_owned));
        let (by, since, until, zone) = (WaitsBy::Session, None, None, TimeZone::UTC);
        let mut fold = WaitFold::new(WaitQuery { by, since, until, zone, agent, project }, &sessions);
        for (place, session) in sessions.iter().enumerate() {
            let (session, state, tool) = (session.key.clone(), ALLOW, None);
            let (from, to) = (at("18T10:00"), Some(at(&format!("18T10:0{}", place + 1))));
            fold.add(&StateSpan { session, state, tool, from, to }, at("20T12:00"));
        }
        let report = fold.report(at("20T12:00"));
        report.rows.iter().map(|row| minutes(row.tally.time())).collect::<Vec<_>>()
    };
    let agent = sessions[0].key.agent.as_str();
    // The helper of the first one waited longest.
    assert_eq!(narrow(None, Some("shop")), [3, 2]);
    assert_eq!((narrow(Some(agent), None), narrow(None, None)), (vec![4, 3, 2], vec![4, 3, 2]));
    assert!(narrow(Some("nobody"), None).is_empty() && narrow(None, Some("Shop")).is_empty());
}
