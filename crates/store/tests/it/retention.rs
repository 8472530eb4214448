//! What is let go of, and when.

use topside_model::{Fact, FactKind, Outcome, StateKind, Timestamp, TurnEnd, Work};
use topside_store::{Days, Held, Retention, Store};

use crate::seen::{call, facts, limit, state, turn};
use crate::world::{at, chapter, charge, sums};

/// Start of a day of 1970, counted from its first.
fn day(number: i64) -> Timestamp {
    Timestamp::from_second(number * 24 * 3_600).expect("a moment")
}

fn held(kind: FactKind, number: Option<i64>, facts: u64) -> Held {
    Held { kind, day: number.map(day), facts }
}

/// What goes of `held` at hour `hour` of day 40, keeping `keep` days.
#[track_caller]
fn check(keep: Option<u32>, hour: i64, held: &[Held], before: Option<i64>, goes: &[(FactKind, u64)]) {
    let now = Timestamp::from_second(day(40).as_second() + hour * 3_600).expect("a moment");
    let plan = Retention { keep: keep.map(Days) }.plan(now, held);
    assert_eq!(plan.before, before.map_or(Timestamp::MIN, day));
    assert_eq!(plan.goes, goes);
}

#[test]
fn whole_days_go_when_they_are_old_enough() {
    use FactKind::{Call, Limit, State, Turn};
    let some = [held(Turn, Some(9), 3), held(Turn, Some(10), 5), held(Turn, Some(11), 7), held(Call, Some(2), 11)];
    check(None, 0, &some, None, &[]);
    check(Some(30), 0, &some, Some(10), &[(Turn, 3), (Call, 11)]);
    check(Some(30), 23, &some, Some(10), &[(Turn, 3), (Call, 11)]);
    check(Some(29), 0, &some, Some(11), &[(Turn, 8), (Call, 11)]);
    check(Some(40), 0, &some, Some(0), &[]);
    check(Some(1), 12, &[held(State, Some(38), 1), held(State, Some(39), 1)], Some(39), &[(State, 1)]);
    check(Some(1), 0, &[held(State, None, 4), held(Limit, Some(40), 1)], Some(39), &[]);
    check(Some(u32::MAX), 0, &some, None, &[]);
    check(Some(30), 0, &[], Some(10), &[]);
}

#[test]
fn what_is_old_goes_and_sums_stay() {
    let mut store = Store::in_memory().expect("there is memory");
    store.commit(&[chapter("s", 0, vec![charge(1, 5, 10)])]).expect("it is written");
    let midnight = 24 * 60;
    let stay = [
        turn("s", "2", midnight - 5, midnight, TurnEnd::Completed),
        state("s", StateKind::Question, midnight - 5, Some(midnight + 5)),
        state("s", StateKind::TurnDone, 5, None),
        limit(midnight, 20.0, None),
    ];
    let go = [
        turn("s", "1", 5, midnight - 1, TurnEnd::Completed),
        state("s", StateKind::Thinking, 5, Some(midnight - 1)),
        limit(5, 10.0, None),
    ];
    store.record(&go, at(0)).expect("it is written");
    store.record(&stay, at(0)).expect("it is written");
    let plan = Retention { keep: Some(Days(10)) }.plan(at(11 * midnight), &store.held().expect("they are counted"));
    assert_eq!(plan.goes, [(FactKind::State, 1), (FactKind::Turn, 1), (FactKind::Limit, 1)]);
    assert_eq!(store.retain(&plan).expect("they go"), 3);
    let mut left = facts(&store);
    left.sort_by_key(|fact| stay.iter().position(|one| one == fact));
    assert_eq!(left, stay);
    assert_eq!(sums(&store), ["s 00:00 10 in 1"]);
    assert_eq!(store.retain(&plan).expect("nothing goes"), 0);
}

/// A day in minutes, as `at` counts.
const DAY: i64 = 24 * 60;

/// Lets go of everything from before day 1.
fn pruned(store: &mut Store) {
    let plan = Retention { keep: Some(Days(10)) }.plan(at(11 * DAY), &store.held().expect("they are counted"));
    assert_eq!(plan.before, at(DAY));
    store.retain(&plan).expect("they go");
}

/// What the screen shows after everything from before day 1 went: `seen` was written before and is seen again, `stays` is
/// what is found then.
#[track_caller]
fn check_again(seen: &[Fact], stays: &[Fact]) {
    let mut store = Store::in_memory().expect("there is memory");
    store.record(seen, at(11 * DAY)).expect("it is written");
    pruned(&mut store);
    assert_eq!(facts(&store), stays);
    store.record(seen, at(11 * DAY)).expect("it is written");
    assert_eq!(facts(&store), stays, "seen again");
}

#[test]
fn what_went_does_not_come_back_when_it_is_seen_again() {
    let done = TurnEnd::Completed;
    check_again(&[turn("s", "1", 5, DAY - 1, done)], &[]);
    check_again(&[turn("s", "1", 5, DAY, done)], &[turn("s", "1", 5, DAY, done)]);
    // Asked for in the first minute; when it came back is not known.
    check_again(&[call("1", Work::Command, Outcome::Completed)], &[]);
    check_again(&[state("s", StateKind::Ended, 5, Some(5))], &[]);
    check_again(&[state("s", StateKind::TurnDone, 5, None)], &[state("s", StateKind::TurnDone, 5, None)]);
    check_again(&[limit(DAY - 1, 10.0, None), limit(DAY, 20.0, None)], &[limit(DAY, 20.0, None)]);
}

#[test]
fn keeping_less_for_once_is_for_good() {
    let mut store = Store::in_memory().expect("there is memory");
    pruned(&mut store);
    let longer = Retention { keep: Some(Days(11)) }.plan(at(11 * DAY), &[]);
    store.retain(&longer).expect("nothing goes");
    let forever = Retention::default().plan(at(11 * DAY), &[]);
    store.retain(&forever).expect("nothing goes");
    store.record(&[turn("s", "1", 5, DAY - 1, TurnEnd::Completed)], at(11 * DAY)).expect("it is written");
    assert!(facts(&store).is_empty());
    assert_eq!(store.bookmark().expect("it is kept").kept_since, Some(at(DAY)));
}

/// Nobody watched for weeks: what a session was in when somebody last did ended then.
#[test]
fn a_state_that_turns_out_to_have_ended_before_does_not_last() {
    let mut store = Store::in_memory().expect("there is memory");
    store.record(&[state("s", StateKind::Thinking, 5, None)], at(6)).expect("it is written");
    pruned(&mut store);
    let next = state("s", StateKind::TurnDone, 10 * DAY, None);
    store.record(&[state("s", StateKind::Thinking, 5, Some(6)), next.clone()], at(11 * DAY)).expect("it is written");
    assert_eq!(facts(&store), [next]);
}

#[test]
fn a_clock_that_was_ahead_does_not_keep_away_what_comes() {
    let mut store = Store::in_memory().expect("there is memory");
    pruned(&mut store);
    let seen = [turn("s", "1", 5, 6, TurnEnd::Completed)];
    store.record(&seen, at(7)).expect("it is written");
    assert_eq!(facts(&store), seen);
}
