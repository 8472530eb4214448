//! Repeats and the order of files change nothing, whatever is told.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::sample::Index;
use topside_model::{
    CallId, Event, EventKind, FileChange, Origin, Outcome, ResponseId, SessionId, Share, SourceId, Terms, Tokens,
    ToolStart, TurnEnd, TurnId, Untrusted, Usage, Work,
};

use crate::recorded::{TRANSCRIPTS, shown, transcript};
use crate::scene::{at, start};

/// `events`, and after some of them one that came before.
fn with_repeats(events: &[Event], repeats: &[(Index, Index)]) -> Vec<Event> {
    let mut after: BTreeMap<usize, Vec<Event>> = BTreeMap::new();
    for (place, which) in repeats {
        let place = place.index(events.len());
        after.entry(place).or_default().push(events[which.index(place + 1)].clone());
    }
    let told = events.iter().enumerate();
    told.flat_map(|(place, event)| std::iter::once(event.clone()).chain(after.remove(&place).into_iter().flatten()))
        .collect()
}

fn repeats() -> impl Strategy<Value = Vec<(Index, Index)>> {
    prop::collection::vec(any::<(Index, Index)>(), 0..200)
}

#[test]
fn a_transcript_told_twice_gives_the_same_picture() {
    for (name, events) in &*TRANSCRIPTS {
        assert_eq!(shown(events.iter().chain(events)), shown(events), "{name}");
    }
}

#[test]
fn the_cost_of_a_transcript_is_the_sum_over_its_replies() {
    for (name, events) in &*TRANSCRIPTS {
        let mut replies: BTreeMap<(&SessionId, &ResponseId), Usage> = BTreeMap::new();
        for event in events {
            if let EventKind::ResponseUsage { response, usage, .. } = &event.kind {
                replies.insert((&event.session, response), *usage);
            }
        }
        for session in shown(events).sessions {
            let own = || replies.iter().filter(|((id, _), _)| **id == session.key.id).map(|(_, usage)| *usage);
            let sum = own().fold(Usage::default(), |mut sum, usage| {
                sum += usage;
                sum
            });
            assert_eq!((session.usage, session.responses), (sum, own().count() as u64), "{name}");
        }
    }
}

#[test]
fn the_files_of_a_thread_may_be_read_in_any_order() {
    let (first, second) = (transcript("revert-segment-1", 1), transcript("revert-segment-2", 2));
    assert_eq!(first[0].session, second[0].session);
    let forwards = shown(first.iter().chain(&second));
    assert_eq!(shown(second.iter().chain(&first)), forwards);
    assert_eq!(forwards.sessions.len(), 1);
    assert_eq!(forwards.sessions[0].detail.first_prompt, Some(Untrusted::new("BIGUSE")));
}

/// Something that may happen; `Index` picks the call it happens to.
#[derive(Debug, Clone)]
enum Happening {
    Call(Work, bool),
    Result(Index, Outcome, Option<i32>, bool),
    Other(EventKind),
}

fn happening() -> impl Strategy<Value = Happening> {
    let work = prop::sample::select(vec![Work::Command, Work::Script, Work::Edit, Work::Read]);
    let outcome =
        prop::sample::select(vec![Outcome::Completed, Outcome::Failed, Outcome::Background, Outcome::Unknown]);
    let how = prop::sample::select(vec![TurnEnd::Completed, TurnEnd::Interrupted, TurnEnd::Failed]);
    let turn = || (0..200_u16).prop_map(|n| TurnId::new(format!("t{n}")));
    let other = prop_oneof![
        2 => (turn(), any::<bool>()).prop_map(|(turn, automatic)| EventKind::TurnStarted { turn, automatic }),
        2 => (prop::option::of(turn()), how).prop_map(|(turn, how)| EventKind::TurnEnded { turn, how }),
        1 => Just(EventKind::PromptSent { prompt: None, text: None, size: None }),
        4 => (0..900_u16).prop_map(|n| {
            EventKind::FileTouched { path: Untrusted::new(format!("f{n}")), how: FileChange::Updated }
        }),
        4 => (0..50_u16, 0..1000_u64).prop_map(|(reply, tokens)| EventKind::ResponseUsage {
            response: ResponseId::new(format!("r{reply}")),
            model: None,
            usage: Usage { output: Tokens(tokens), ..Usage::default() },
            terms: Terms::default(),
            share: Share::Own,
            settled: true,
        }),
    ];
    prop_oneof![
        (work, any::<bool>()).prop_map(|(work, counted)| Happening::Call(work, counted)),
        (any::<Index>(), outcome, any::<Option<i32>>(), any::<bool>())
            .prop_map(|(call, outcome, code, delivered)| Happening::Result(call, outcome, code, delivered)),
        other.prop_map(Happening::Other),
    ]
}

/// The records of a life in one file: every call is asked for once, noted and delivered at most once.
fn records(happenings: Vec<(Happening, i64)>) -> Vec<Event> {
    let mut calls = 0_usize;
    let mut told = BTreeSet::new();
    let mut kind = |happening| match happening {
        Happening::Call(work, counted) => {
            calls += 1;
            Some(EventKind::ToolStarted(Box::new(ToolStart { counted, ..start(&format!("c{calls}"), work, false) })))
        }
        Happening::Result(call, outcome, exit_code, delivered) => {
            let call = CallId::new(format!("c{}", 1 + call.index(calls.max(1))));
            let first = told.insert((call.clone(), delivered));
            first.then_some(EventKind::ToolFinished { call, outcome, exit_code, took: None, delivered, size: None })
        }
        Happening::Other(kind) => Some(kind),
    };
    let told = (1..).zip(happenings).filter_map(|(offset, (happening, second))| {
        let origin = Origin { rank: 1, offset, source: SourceId(1) };
        Some(Event { session: SessionId::new("a"), at: Some(at(second)), origin, kind: kind(happening)? })
    });
    told.collect()
}

/// A life of up to `length` records; the clock by which they are stamped jumps.
fn life(length: usize) -> impl Strategy<Value = Vec<Event>> {
    prop::collection::vec((happening(), 0..7200_i64), 1..length)
        .prop_map(records)
        .prop_filter("somebody was there", |events| !events.is_empty())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn repeats_in_a_transcript_change_nothing(repeats in repeats()) {
        for (name, events) in &*TRANSCRIPTS {
            prop_assert_eq!(shown(&with_repeats(events, &repeats)), shown(events), "{}", name);
        }
    }

    #[test]
    fn repeats_in_a_long_life_change_nothing(events in life(1500), repeats in repeats()) {
        prop_assert_eq!(shown(&with_repeats(&events, &repeats)), shown(&events));
        prop_assert_eq!(shown(events.iter().chain(&events)), shown(&events));
    }

    #[test]
    fn a_life_in_two_files_may_be_read_in_any_order(events in life(400), cut in any::<Index>()) {
        let (first, second) = events.split_at(cut.index(events.len()));
        let moved = |event: &Event| Event { origin: Origin { rank: 2, ..event.origin }, ..event.clone() };
        let second: Vec<Event> = second.iter().map(moved).collect();
        prop_assert_eq!(shown(second.iter().chain(first)), shown(first.iter().chain(&second)));
    }
}
