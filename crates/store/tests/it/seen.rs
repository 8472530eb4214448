//! What the screen saw, written and read back.

use std::ops::ControlFlow;
use std::time::Duration;

use topside_model::{
    AgentId, CallFact, CallId, Fact, LimitId, LimitSeen, Outcome, Percent, SessionId, SessionKey, StateKind, StateSpan,
    TimeZone, TurnEnd, TurnFact, TurnId, Untrusted, Work,
};
use topside_store::Store;

use crate::world::{at, chapter, charge, sums, told};

pub(crate) fn key(session: &str) -> SessionKey {
    SessionKey { agent: AgentId::new("a"), id: SessionId::new(session) }
}

pub(crate) fn state(session: &str, state: StateKind, from: i64, to: Option<i64>) -> Fact {
    Fact::State(StateSpan { session: key(session), state, tool: None, from: at(from), to: to.map(at) })
}

pub(crate) fn turn(session: &str, id: &str, started: i64, ended: i64, how: TurnEnd) -> Fact {
    let (started_at, ended_at) = (Some(at(started)), Some(at(ended)));
    Fact::Turn(TurnFact { session: key(session), turn: TurnId::new(id), started_at, ended_at, how })
}

pub(crate) fn call(id: &str, work: Work, outcome: Outcome) -> Fact {
    let (call, tool) = (CallId::new(id), Untrusted::new("Bash"));
    Fact::Call(CallFact { session: key("s"), call, tool, work, started_at: Some(at(1)), finished_at: None, outcome })
}

pub(crate) fn limit(minute: i64, used: f64, window: Option<Duration>) -> Fact {
    Fact::Limit(LimitSeen {
        agent: AgentId::new("a"),
        home: Untrusted::new("/home/ada/.a"),
        limit: LimitId::new("weekly"),
        window,
        used: Percent(used),
        resets_at: Some(at(minute + 100)),
        at: at(minute),
    })
}

/// Everything that `store` says was seen.
pub(crate) fn facts(store: &Store) -> Vec<Fact> {
    let mut facts = Vec::new();
    let take = |fact| {
        facts.push(fact);
        ControlFlow::Continue(())
    };
    store.past().expect("it is read").facts(take).expect("they are read");
    facts
}

/// Whoever writes `facts`, in portions of any size and any of them twice, finds `expected`.
#[track_caller]
fn check(given: &[Fact], expected: &[Fact]) {
    for size in 1..=given.len() {
        let mut store = Store::in_memory().expect("there is memory");
        for portion in given.chunks(size) {
            for _ in 0..2 {
                store.record(portion, at(0)).expect("it is written");
            }
        }
        assert_eq!(facts(&store), expected, "in portions of {size}");
    }
}

#[test]
fn every_kind_comes_back_as_it_was_told() {
    let (session, state_kind, tool) = (key("s"), StateKind::Approval, Some(Untrusted::new("Bash")));
    let held = StateSpan { session, state: state_kind, tool, from: at(1), to: Some(at(2)) };
    let all = [
        turn("s", "1", 1, 2, TurnEnd::Interrupted),
        call("1", Work::Edit, Outcome::Declined),
        Fact::State(held),
        state("s", StateKind::Thinking, 2, None),
        limit(7, 12.5, None),
        limit(7, 99.9, Some(Duration::from_hours(5))),
    ];
    check(&all, &all);
}

#[test]
fn a_state_that_took_no_time_was_another_one() {
    let (running, approval) = (StateKind::RunningTool, StateKind::Approval);
    check(
        &[state("s", running, 5, None), state("s", running, 5, Some(5)), state("s", approval, 5, None)],
        &[state("s", approval, 5, None)],
    );
    check(&[state("s", StateKind::Ended, 5, Some(5))], &[state("s", StateKind::Ended, 5, Some(5))]);
}

#[test]
fn a_turn_that_goes_on_is_one_turn() {
    let (first, second) = (turn("s", "1", 1, 5, TurnEnd::Interrupted), turn("s", "1", 7, 9, TurnEnd::Completed));
    let both = turn("s", "1", 1, 9, TurnEnd::Completed);
    check(&[first.clone(), second.clone()], std::slice::from_ref(&both));
    check(&[second, first], &[both]);
}

#[test]
fn a_call_that_comes_back_twice_ends_as_it_did_at_last() {
    let (goes_on, failed) = (call("1", Work::Command, Outcome::Background), call("1", Work::Command, Outcome::Failed));
    check(&[goes_on, failed.clone()], &[failed]);
}

#[test]
fn keeping_goes_on_with_what_lasts_and_the_latest_figures() {
    let mut store = Store::in_memory().expect("there is memory");
    assert_eq!(store.bookmark().expect("it is read"), topside_model::Bookmark::default());
    let day = Some(Duration::from_hours(24));
    let facts = [
        state("s", StateKind::Thinking, 1, Some(3)),
        state("s", StateKind::TurnDone, 3, None),
        limit(1, 10.0, None),
        limit(2, 20.0, None),
        limit(1, 30.0, day),
    ];
    store.record(&facts, at(9)).expect("it is written");
    store.record(&[], at(8)).expect("it is written");
    let bookmark = store.bookmark().expect("it is read");
    assert_eq!(bookmark.seen_at, Some(at(9)));
    assert_eq!(bookmark.open.into_iter().map(Fact::State).collect::<Vec<_>>(), [facts[1].clone()]);
    assert_eq!(bookmark.limits.into_iter().map(Fact::Limit).collect::<Vec<_>>(), [facts[3].clone(), facts[4].clone()]);
}

#[test]
fn a_state_that_lasts_is_read_as_far_as_somebody_watched() {
    let mut store = Store::in_memory().expect("there is memory");
    let facts = [
        state("s", StateKind::Approval, 1, Some(3)),
        state("s", StateKind::TurnDone, 3, Some(5)),
        state("s", StateKind::Question, 5, None),
    ];
    store.record(&facts, at(9)).expect("it is written");
    let mut spans = Vec::new();
    let kinds = [StateKind::Approval, StateKind::Question];
    store.past().expect("it is read").states(&kinds, |span| spans.push(span)).expect("they are read");
    let times: Vec<_> = spans.into_iter().map(|span| (span.state, span.from, span.to)).collect();
    assert_eq!(times, [(kinds[0], at(1), Some(at(3))), (kinds[1], at(5), Some(at(9)))]);
}

#[test]
fn sessions_seen_first_are_told_of_later() {
    let mut store = Store::in_memory().expect("there is memory");
    store.record(&[turn("one", "1", 1, 2, TurnEnd::Completed)], at(2)).expect("it is written");
    assert_eq!(store.past().expect("it is read").whole_sessions().expect("they are read")[0].first_at, None);
    store.commit(&[chapter("one", 0, vec![charge(1, 5, 10)])]).expect("it is written");
    assert_eq!(sums(&store), ["one 00:00 10 in 1"]);
    assert_eq!(store.past().expect("it is read").sessions.len(), 1);
    assert_eq!(store.past().expect("it is read").whole_sessions().expect("they are read")[0].first_at, Some(at(0)));
}

#[test]
fn turns_are_counted_by_session_and_day() {
    let mut store = told(&[chapter("one", 0, vec![charge(1, 5, 10)])]);
    let turns = [("one", "2", 23 * 60), ("one", "1", 30), ("one", "3", 24 * 60), ("two", "1", 5)];
    let turns = turns.map(|(session, id, minute)| turn(session, id, minute, minute + 1, TurnEnd::Completed));
    let (session, turn) = (key("two"), TurnId::new("2"));
    let timeless = TurnFact { session, turn, started_at: None, ended_at: None, how: TurnEnd::Failed };
    store.record(&turns, at(0)).expect("it is written");
    store.record(&[Fact::Turn(timeless)], at(0)).expect("it is written");
    let past = store.past().expect("it is read");
    let days = past.turns_by_day(&TimeZone::UTC).expect("they are read");
    let words = days.iter().map(|one| {
        let day = one.day.map_or("?".to_owned(), |day| day.strftime("%d").to_string());
        let first = one.first_at.map_or("?".to_owned(), |first| first.strftime("%H:%M").to_string());
        format!("{} {day} {} from {first}", one.session.id, one.turns)
    });
    let expected = ["one 15 2 from 00:30", "one 16 1 from 00:00", "two ? 1 from ?", "two 15 1 from 00:05"];
    assert_eq!(words.collect::<Vec<_>>(), expected);
}

#[test]
fn a_reader_that_has_enough_is_told_no_more() {
    let mut store = Store::in_memory().expect("there is memory");
    let facts = ["1", "2", "3"].map(|id| turn("s", id, 1, 2, TurnEnd::Completed));
    store.record(&facts, at(0)).expect("it is written");
    let mut taken = 0;
    let take = |_| {
        taken += 1;
        if taken == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    store.past().expect("it is read").facts(take).expect("they are read");
    assert_eq!(taken, 2);
}
