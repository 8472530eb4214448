//! What each kind of rule is about.

use std::sync::Arc;
use std::time::Duration;

use topside_model::{
    AgentId, AlertKind, Amount, Budget, BudgetLevel, BudgetPer, BudgetState, Detail, ErrorClass, Limit, LimitId,
    LimitSample, LimitWindow, Percent, Port, PortUse, ProcessRef, Rule, Session, Snapshot, Stall, Status, Tokens,
    TurnEnd, TurnId, TurnView, Untrusted,
};

use super::{alerts, approval, check, helper, rule, session, snapshot, thinking, told};
use crate::scene::at;

fn done(since: i64) -> Status {
    Status::TurnDone { since: Some(at(since)) }
}

fn failed(since: i64) -> Status {
    Status::Failed { error: ErrorClass::Server, message: None, since: Some(at(since)) }
}

#[test]
fn a_need_is_told_when_it_has_lasted() {
    let patient = Rule { after: Duration::from_secs(30), ..rule(AlertKind::Approval) };
    let waits = || approval(Some(5));
    check(vec![patient], &[(6, waits()), (7, waits()), (34, waits()), (35, waits())], &["", "", "", "approval a"]);
    let question = |since| Status::Question { text: None, since: Some(at(since)) };
    check(vec![rule(AlertKind::Question)], &[(6, question(5)), (7, question(5))], &["", "question a"]);
    let limited = |since| Status::RateLimited { until: None, since: Some(at(since)) };
    check(vec![rule(AlertKind::Limited)], &[(6, limited(5)), (7, limited(5))], &["", "limited a"]);
    check(vec![rule(AlertKind::Failed)], &[(6, failed(5)), (7, failed(5))], &["", "failed a"]);
}

#[test]
fn what_was_there_before_topside_is_told_and_what_was_over_is_not() {
    let looks = |status: &Status| [(1_000, status.clone()), (1_001, status.clone())];
    check(vec![rule(AlertKind::Approval)], &looks(&approval(Some(5))), &["", "approval a"]);
    check(vec![rule(AlertKind::Failed)], &looks(&failed(5)), &["", "failed a"]);
    check(vec![rule(AlertKind::Failed)], &looks(&Status::Crashed { at: Some(at(5)) }), &["", ""]);
    check(vec![rule(AlertKind::Done)], &looks(&done(5)), &["", ""]);
}

#[test]
fn a_rule_may_be_about_one_project_or_agent() {
    let waits = [(6, approval(Some(5))), (8, approval(Some(5)))];
    let of = |project: &str, agent: &str| Rule {
        project: Some(project.to_owned()),
        agent: Some(AgentId::new(agent)),
        ..rule(AlertKind::Approval)
    };
    check(vec![of("webshop", "codex")], &waits, &["", "approval a"]);
    check(vec![of("webshop", "claude_code"), of("garden", "codex")], &waits, &["", ""]);
}

#[test]
fn what_two_rules_want_at_once_is_told_once_for_both() {
    let late = Rule { after: Duration::from_mins(1), ..rule(AlertKind::Approval) };
    let waits = || approval(Some(5));
    let rules = vec![rule(AlertKind::Approval), rule(AlertKind::Approval), late];
    check(rules, &[(6, waits()), (8, waits()), (65, waits())], &["", "approval a [0, 1]", "approval a [2]"]);
}

#[test]
fn a_crash_is_a_failure() {
    // Its last record may be older than topside.
    let crashed = || Status::Crashed { at: Some(at(5)) };
    let states = [(10, thinking()), (13, crashed()), (14, crashed()), (15, crashed())];
    check(vec![rule(AlertKind::Failed)], &states, &["", "", "failed a", ""]);
}

#[test]
fn a_stall_is_told_until_a_sign_of_life_comes() {
    let look = |second, since: Option<i64>| {
        let stall = since.map(|since| Stall { since: at(since), usual: Duration::from_secs(30) });
        snapshot(second, vec![Session { stall, ..session("a", thinking()) }])
    };
    let looks =
        [look(10, None), look(40, Some(5)), look(41, Some(5)), look(50, None), look(99, Some(50)), look(100, Some(50))];
    assert_eq!(told(&mut alerts(vec![rule(AlertKind::Stalled)]), looks), ["", "", "stalled a", "", "", "stalled a"]);
}

/// The session `a` with one turn that began at second 10 and ended then.
fn turned(status: Status, ended: Option<(i64, TurnEnd)>) -> Session {
    let ended = ended.map(|(second, how)| (Some(at(second)), how));
    let turn = TurnView { id: TurnId::new("t"), started_at: Some(at(10)), ended };
    Session { detail: Arc::new(Detail { turns: vec![turn], ..Detail::default() }), ..session("a", status) }
}

/// What a turn that ended at second 50 has a rule tell that wants it to have worked for so many seconds.
#[track_caller]
fn check_turn(least: u64, status: &Status, how: TurnEnd, expected: &str) {
    let rule = Rule { after: Duration::from_secs(least), ..rule(AlertKind::Done) };
    let look = |second, session| snapshot(second, vec![session]);
    let end = |second| look(second, turned(status.clone(), Some((50, how))));
    let over = look(90, turned(Status::Ended { at: Some(at(50)) }, Some((50, how))));
    let again = look(99, turned(Status::Ended { at: Some(at(50)) }, Some((50, how))));
    let looks = [look(20, turned(thinking(), None)), end(51), end(52), end(60), over, again];
    assert_eq!(told(&mut alerts(vec![rule]), looks), ["", "", expected, "", "", ""]);
}

#[test]
fn a_turn_is_done_once_when_it_worked_long_enough() {
    check_turn(30, &done(50), TurnEnd::Completed, "done a");
    check_turn(40, &done(50), TurnEnd::Completed, "done a");
    check_turn(41, &done(50), TurnEnd::Completed, "");
    check_turn(30, &Status::Ended { at: Some(at(50)) }, TurnEnd::Completed, "done a");
    check_turn(30, &done(50), TurnEnd::Interrupted, "");
}

#[test]
fn a_turn_of_which_nobody_knows_how_long_it_worked_is_told_to_those_who_hear_all() {
    let states = [(10, thinking()), (21, done(20)), (23, done(20))];
    check(vec![rule(AlertKind::Done)], &states, &["", "", "done a"]);
    check(vec![Rule { after: Duration::from_secs(1), ..rule(AlertKind::Done) }], &states, &["", "", ""]);
}

#[test]
fn of_a_helper_only_what_a_person_must_answer_is_told() {
    let rules = || vec![rule(AlertKind::Failed), rule(AlertKind::Approval), rule(AlertKind::Done)];
    let child = |status| helper("a", session("b", status));
    let look = |second, parent, status| snapshot(second, vec![session("a", parent), child(status)]);
    let alone = |status: &Status| [10, 12].map(|second| look(second, thinking(), status.clone()));
    assert_eq!(told(&mut alerts(rules()), alone(&failed(9))), ["", ""]);
    assert_eq!(told(&mut alerts(rules()), alone(&done(10))), ["", ""]);
    assert_eq!(told(&mut alerts(rules()), alone(&approval(Some(9)))), ["", "approval b [1]"]);
    // Its parent shows that it waits for its helper: that is one need.
    let both = [10, 12].map(|second| look(second, approval(Some(9)), approval(Some(9))));
    assert_eq!(told(&mut alerts(rules()), both), ["", "approval a [1]"]);
}

/// What figures of a limit of five hours have rules tell that want 80% and 95%: for each the second, the share, and when
/// it starts afresh.
#[track_caller]
fn check_limit(figures: &[(i64, f64, Option<i64>)], expected: &[&str]) {
    let rules = vec![rule(AlertKind::Limit), Rule { at: Percent(95.0), ..rule(AlertKind::Limit) }];
    let looks = figures.iter().map(|(second, used, resets)| {
        let resets_at = resets.map(at);
        let window = LimitWindow { window: Some(Duration::from_hours(5)), used: Percent(*used), resets_at };
        let (limit, seen_at) = (LimitId::new("five_hours"), at(*second));
        let sample = LimitSample { limit, name: None, plan: None, windows: vec![window], reached: None, seen_at };
        let home = Untrusted::new("/home/ada/.codex");
        let limits = vec![Limit { agent: AgentId::new("codex"), home, sample, marks: Vec::new() }];
        Snapshot { limits, ..Snapshot::empty(at(*second)) }
    });
    assert_eq!(told(&mut alerts(rules), looks), expected);
}

#[test]
fn a_limit_is_told_once_in_each_of_its_windows() {
    let (first, second) = (Some(9_000), Some(27_000));
    check_limit(
        &[
            (1, 79.9, first),
            (2, 80.0, first),
            (3, 81.0, first),
            (4, 79.0, first),
            (5, 82.0, Some(9_030)),
            (7, 82.0, first),
        ],
        &["", "", "limit 81%", "", "", ""],
    );
    check_limit(
        &[(1, 96.0, first), (3, 96.0, first), (9_000, 96.0, first), (9_010, 85.0, second), (9_020, 85.0, second)],
        &["", "limit 96% [0, 1]", "", "", "limit 85%"],
    );
    check_limit(
        &[(1, 85.0, None), (3, 85.0, None), (9, 10.0, None), (20, 90.0, None), (22, 90.0, None)],
        &["", "limit 85%", "", "", "limit 90%"],
    );
}

fn budget(level: BudgetLevel) -> BudgetState {
    let budget = Budget {
        name: "day".to_owned(),
        per: BudgetPer::Day,
        project: None,
        agent: None,
        amount: Amount::Tokens(Tokens(100)),
        warn: Percent(80.0),
    };
    let used = Amount::Tokens(Tokens(90));
    BudgetState { budget, used, share: Percent(90.0), level, from: at(0), until: at(86_400), floor: false }
}

#[test]
fn a_budget_is_told_when_it_warns_and_when_it_is_spent() {
    use BudgetLevel::{Fine, Over, Warn};
    let look = |second, level| Snapshot { budgets: vec![budget(level)], ..Snapshot::empty(at(second)) };
    let looks = [(1, Fine), (2, Warn), (4, Warn), (5, Over), (6, Over), (7, Over)].map(|(at, level)| look(at, level));
    let expected = ["", "", "budget day warn", "", "budget day over", ""];
    assert_eq!(told(&mut alerts(vec![rule(AlertKind::Budget)]), looks), expected);
}

#[test]
fn a_port_is_told_when_nobody_needs_it_any_more() {
    let port = |orphan: bool| Port {
        port: PortUse { port: 3000, exposed: false, process: Some(ProcessRef { pid: 7, started: 1 }), command: None },
        session: session("a", thinking()).key,
        orphan_since: orphan.then(|| at(10)),
        orphan,
    };
    let look = |second, orphan| Snapshot {
        ports: vec![port(orphan)],
        ..snapshot(second, vec![session("a", Status::Ended { at: Some(at(10)) })])
    };
    let patient =
        Rule { after: Duration::from_mins(1), project: Some("webshop".to_owned()), ..rule(AlertKind::OrphanPort) };
    let looks = [look(5, false), look(11, true), look(69, true), look(70, true), look(90, true)];
    assert_eq!(told(&mut alerts(vec![patient]), looks), ["", "", "", "port 3000", ""]);
}
