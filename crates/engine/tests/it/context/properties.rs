//! What holds of any context, whatever happens to it.

use proptest::prelude::*;
use topside_model::{CompactionRecord, EventKind, Money, Work};

use super::forks::{Fork, forked};
use super::{Tells, growth};
use crate::scene::{Scene, thread};

/// Something that happens to a context.
#[derive(Debug, Clone)]
enum Happening {
    Result(u8, Option<u64>),
    Prompt(u64),
    /// Input read afresh and from the cache, and output.
    Reply([u64; 4]),
    Compaction,
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        3 => (0..4_u8, proptest::option::of(0..5000_u64)).prop_map(|(tool, size)| Happening::Result(tool, size)),
        1 => (0..5000_u64).prop_map(Happening::Prompt),
        4 => [0..3000_u64, 0..3000, 0..3000, 0..800].prop_map(Happening::Reply),
        1 => Just(Happening::Compaction),
    ]
}

fn tell(scene: Scene, (n, happening): (usize, &Happening)) -> Scene {
    const KINDS: [Work; 4] = [Work::Command, Work::Read, Work::Edit, Work::Script];
    match happening {
        Happening::Result(tool, size) => scene.gets(&format!("c{n}"), KINDS[usize::from(*tool)], None, *size),
        Happening::Prompt(size) => scene.asks(Some(*size)),
        Happening::Reply(usage) => scene.replies(&format!("r{n}"), *usage),
        Happening::Compaction => scene.tells(EventKind::Compacted(CompactionRecord::Notice)),
    }
}

proptest! {
    #[test]
    fn what_is_held_is_the_context_and_what_it_cost_is_all_input(
        happenings in proptest::collection::vec(happening(), 0..60)
    ) {
        let growth = growth(&happenings.iter().enumerate().fold(thread("a"), tell));
        let cost: u64 = growth.items.iter().map(|added| added.cost.map_or(0, |Money(units)| units as u64)).sum();
        let mut input = 0;
        let mut last = 0;
        for happening in &happenings {
            match happening {
                Happening::Reply([afresh, read, written, _]) => {
                    input += afresh * 10 + read + written * 20;
                    last = afresh + read + written;
                }
                Happening::Compaction => last = 0,
                _ => {}
            }
        }
        let held: u64 = growth.items.iter().map(|added| added.held.0).sum();
        let rounding = growth.items.len() as u64;
        prop_assert!(held.abs_diff(last) <= rounding, "{held} held of {last}: {growth:?}");
        prop_assert!(cost.abs_diff(input) <= rounding, "{cost} told of {input}: {growth:?}");
    }
}

/// When somebody looks, and what becomes of the original.
#[derive(Debug, Clone)]
enum Turn {
    Look,
    TellFork,
    TellOriginal,
    ForgetOriginal,
}

fn turn() -> impl Strategy<Value = Turn> {
    prop::sample::select(vec![Turn::Look, Turn::TellFork, Turn::TellOriginal, Turn::ForgetOriginal])
}

proptest! {
    #[test]
    fn what_a_fork_costs_does_not_depend_on_when_the_original_comes_into_sight(
        shared in prop::collection::vec(happening(), 0..20),
        own in prop::collection::vec(happening(), 0..20),
        turns in prop::collection::vec(turn(), 0..12),
        is_there in any::<bool>(),
    ) {
        let original = shared.iter().enumerate().fold(thread("a"), tell);
        let copy = shared.iter().enumerate().fold(forked(), tell);
        let fork = (1000..).zip(&own).fold(copy, tell);
        let story = turns.iter().fold(Fork::new(), |story, turn| match turn {
            Turn::Look => story.look(),
            Turn::TellFork => story.tell(&fork),
            Turn::TellOriginal => story.tell(&original),
            Turn::ForgetOriginal => story.forget(&original),
        });
        let (mut told, mut fresh) = if is_there {
            (story.tell(&fork).tell(&original), Fork::new().tell(&original).tell(&fork))
        } else {
            (story.tell(&fork).forget(&original), Fork::new().tell(&fork))
        };
        prop_assert_eq!(told.growth("b"), fresh.growth("b"));
    }
}
