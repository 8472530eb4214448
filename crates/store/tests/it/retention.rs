//! What is let go of, and when.

use topside_model::{FactKind, StateKind, Timestamp, TurnEnd};
use topside_store::{Days, Held, Retention, Store};

use crate::seen::{facts, limit, state, turn};
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
