//! Of which days turns are known, when only those are told of that somebody saw.

use proptest::prelude::*;
use topside_engine::BoardFold;
use topside_model::{TimeZone, Timestamp, UsageBoard};

use super::scene::{Scene, TOKEN, flat, moment, session};

/// A time of November; `18T10:00`.
fn at(time: &str) -> Timestamp {
    moment(&format!("2026-11-{time}:00Z"))
}

/// Turns that are told of: whose, when the first of them began, and how many.
type Told = (usize, Timestamp, u64);

/// The board of the 20th on replies of one token, by session and time, and on these turns.
fn board(sessions: &[(&str, &str, Option<&str>)], replies: &[(usize, Timestamp)], told: &[Told]) -> UsageBoard {
    let mut scene = Scene::default();
    scene.sessions.extend(sessions.iter().map(|(agent, id, parent)| session(agent, id, *parent, None)));
    for (session, at) in replies {
        scene.reply(*session, "m", Some(&at.to_string()), 1);
    }
    let mut fold = BoardFold::new(TimeZone::UTC, at("20T23:00"), &scene.sessions, &scene.billings);
    scene.buckets.iter().for_each(|bucket| fold.add(bucket));
    for (session, first, turns) in told {
        fold.add_turns(*session, *first, *turns);
    }
    fold.board(&|_, _| Some(flat(TOKEN)))
}

/// Turns of the last days of a board, today last.
fn last(board: &UsageBoard, days: usize) -> Vec<Option<u64>> {
    board.days[board.days.len() - days..].iter().map(|day| day.turns).collect()
}

/// A session `c` of one agent, a helper of it, and a session `a` of another agent.
const THREE: [(&str, &str, Option<&str>); 3] =
    [("codex", "c", None), ("codex", "h", Some("c")), ("claude_code", "a", None)];
const C: usize = 0;
const HELPER: usize = 1;
const A: usize = 2;

/// Turns of the 16th to the 20th.
#[track_caller]
fn check(replies: &[(usize, &str)], told: &[(usize, &str, u64)], expected: [Option<u64>; 5]) {
    let replies: Vec<_> = replies.iter().map(|(session, time)| (*session, at(time))).collect();
    let told: Vec<_> = told.iter().map(|(session, time, turns)| (*session, at(time), *turns)).collect();
    assert_eq!(last(&board(&THREE, &replies, &told), 5), expected);
}

/// Replies of `c` at ten o'clock on the 17th to the 20th.
const FOUR_DAYS: [(usize, &str); 4] = [(C, "17T10:00"), (C, "18T10:00"), (C, "19T10:00"), (C, "20T10:00")];

#[test]
fn turns_are_known_from_the_first_one_of_a_session_on() {
    check(&FOUR_DAYS, &[], [None; 5]);
    let since_then = [(C, "17T09:59", 1), (C, "18T09:00", 2), (C, "19T09:00", 3), (C, "20T09:00", 4)];
    check(&FOUR_DAYS, &since_then, [None, Some(1), Some(2), Some(3), Some(4)]);
    // There was one before, on the same day.
    let later = [(C, "17T10:01", 1), (C, "18T09:00", 2), (C, "19T09:00", 3), (C, "20T09:00", 4)];
    check(&FOUR_DAYS, &later, [None, None, Some(2), Some(3), Some(4)]);
}

#[test]
fn of_the_first_day_that_is_told_of_some_turns_may_be_missing() {
    check(&FOUR_DAYS, &[(C, "19T09:00", 3), (C, "20T09:00", 4)], [None, None, None, None, Some(4)]);
    check(&FOUR_DAYS, &[(C, "20T09:00", 4)], [None; 5]);
}

#[test]
fn a_day_with_replies_and_no_turn_is_not_known_nor_is_the_next_one_told_of() {
    let told = [(C, "17T09:00", 1), (C, "19T09:00", 3), (C, "20T09:00", 4)];
    check(&FOUR_DAYS, &told, [None, Some(1), None, None, Some(4)]);
}

#[test]
fn what_a_helper_does_belongs_to_a_turn_of_whoever_started_it() {
    let (first, second) = ((C, "19T09:00", 3), (C, "20T09:00", 4));
    let replies = [(C, "19T10:00"), (HELPER, "19T11:00"), (HELPER, "20T10:00")];
    check(&replies, &[first, second, (HELPER, "19T10:30", 9)], [None, None, None, Some(3), Some(4)]);
    check(&replies, &[first], [None, None, None, Some(3), None]);
    // A helper that was there before the first turn.
    check(&[(HELPER, "19T08:00"), (C, "19T10:00")], &[first], [None, None, None, Some(3), None]);
    check(&[(HELPER, "19T10:00")], &[(HELPER, "19T09:00", 9)], [None; 5]);
}

#[test]
fn turns_of_a_day_are_known_when_those_of_all_its_sessions_are() {
    let replies = [(C, "19T10:00"), (C, "20T10:00"), (A, "20T10:00")];
    let codex = [(C, "19T09:00", 3), (C, "20T09:00", 4)];
    check(&replies, &codex, [None, None, None, Some(3), None]);
    check(&replies, &[codex[0], codex[1], (A, "20T09:00", 5)], [None, None, None, Some(3), Some(9)]);
    check(&replies, &[codex[0], codex[1], (A, "20T11:00", 5)], [None, None, None, Some(3), None]);
}

#[test]
fn turns_of_a_day_without_replies_do_not_count() {
    // A fork that has copies of the turns it began with: another session paid for their replies.
    let told = [(C, "17T09:00", 1), (C, "18T09:00", 2), (A, "18T09:00", 2), (A, "19T09:00", 5)];
    check(&[FOUR_DAYS[0], FOUR_DAYS[1], (A, "19T10:00")], &told, [None, Some(1), Some(2), Some(5), None]);
}

#[test]
fn a_session_whose_turns_are_told_of_from_before_the_board_has_known_days() {
    let first = moment("2026-08-01T09:00:00Z");
    let replies = [(C, moment("2026-07-01T09:00:00Z")), (C, at("20T10:00"))];
    let board = board(&THREE, &replies, &[(C, first, 7), (C, at("20T09:00"), 4)]);
    assert_eq!(last(&board, 2), [None, Some(4)]);
}

/// The screen shows the last hundred turns of a session: on a first run, more is not known.
#[test]
fn a_month_counts_turns_and_cost_of_the_same_days() {
    let days = 6..=20_i64;
    let times: Vec<Timestamp> =
        days.flat_map(|day| (10..20).map(move |hour| at(&format!("{day:02}T{hour}:00")))).collect();
    let replies: Vec<_> = times.iter().map(|time| (C, *time)).collect();
    let told: Vec<Told> = times[150 - 95..].iter().map(|time| (C, *time, 1)).collect();
    let board = board(&THREE, &replies, &told);
    assert_eq!(last(&board, 15), [vec![None; 6], vec![Some(10); 9]].concat());
    let agent = &board.agents[0];
    let turns = agent.turns.as_ref().expect("some days are known");
    assert_eq!((agent.tally.replies, turns.count, turns.tally.replies), (150, 90, 90));
}

proptest! {
    /// Turns of sessions, no two of one session in the same hour, of which only the last are told of: what is said to be
    /// known is true.
    #[test]
    fn no_turn_is_missing_from_a_day_that_is_known(
        hours in prop::collection::btree_set((0..3_usize, 0..240_i64), 0..40),
        kept in prop::collection::vec(0..20_usize, 3),
    ) {
        let sessions = [("codex", "0", None), ("codex", "1", None), ("claude_code", "2", None)];
        let start = at("11T00:00").as_second();
        let time = |hour: i64| Timestamp::from_second(start + hour * 3_600).expect("a moment");
        let turns: Vec<(usize, Timestamp)> = hours.iter().map(|(session, hour)| (*session, time(*hour))).collect();
        let of = |session| turns.iter().filter(move |(of, _)| *of == session);
        let told = (0..3).flat_map(|session| of(session).rev().take(kept[session]).map(|(of, time)| (*of, *time, 1)));
        let found = last(&board(&sessions, &turns, &told.collect::<Vec<_>>()), 10);
        let whole: Vec<Told> = turns.iter().map(|(session, time)| (*session, *time, 1)).collect();
        let truth = last(&board(&sessions, &turns, &whole), 10);
        for (day, (found, truth)) in (0..).zip(found.iter().zip(&truth)) {
            let began = (0..24).map(|hour| time(day * 24 + hour));
            let began = began.map(|at| turns.iter().filter(|(_, turn)| *turn == at).count() as u64).sum::<u64>();
            prop_assert_eq!(*truth, (began > 0).then_some(began), "where all are told of, all are known");
            prop_assert!(found.is_none() || found == truth, "{found:?} for {truth:?} on day {day}");
        }
    }
}
