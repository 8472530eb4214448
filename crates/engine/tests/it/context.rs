//! What came into a context, and what it has cost since, by hand.
//!
//! One token of input costs 10, of what is read from the cache 1, of what is written to it 20; money is in these units.

use proptest::prelude::*;
use topside_engine::{Engine, Prices};
use topside_model::{
    Added, Addition, Bytes, CallId, CompactionRecord, EventKind, Growth, Identity, ModelId, Money, Outcome, ResponseId,
    SessionId, Share, SourceId, Terms, Tokens, Untrusted, Usage, Work,
};

use crate::scene::{Scene, at, start, thread};

/// A token of input costs ten units of money.
fn prices() -> Prices {
    let json = r#"{"prices": [{"models": ["m"], "input": "0.000010", "cache_read": "0.000001",
        "cache_write_5m": "0.000020", "output": "0.000100"}]}"#;
    Prices::parse(json).expect("prices")
}

/// Tokens of a reply: afresh, from the cache, into the cache, written.
fn tokens([input, read, written, output]: [u64; 4]) -> Usage {
    Usage {
        input_uncached: Tokens(input),
        cache_read: Tokens(read),
        cache_write_5m: Tokens(written),
        output: Tokens(output),
        ..Usage::default()
    }
}

trait Tells: Sized {
    fn tells(self, kind: EventKind) -> Self;

    fn replies(self, id: &str, usage: [u64; 4]) -> Self {
        self.replies_as(id, tokens(usage), Share::Own, "m")
    }

    fn replies_as(self, id: &str, usage: Usage, share: Share, model: &str) -> Self {
        let (response, model) = (ResponseId::new(id), Some(ModelId::new(model)));
        self.tells(EventKind::ResponseUsage { response, model, usage, terms: Terms::default(), share, settled: true })
    }

    fn asks(self, size: Option<u64>) -> Self {
        self.tells(EventKind::PromptSent { prompt: None, text: None, size: size.map(Bytes) })
    }

    /// A call of a tool, called like its work, and its result.
    fn gets(self, call: &str, work: Work, file: Option<&str>, size: Option<u64>) -> Self {
        let mut start = start(call, work, false);
        start.reads = file.map(Untrusted::new);
        let call = start.call.clone();
        let (outcome, size) = (Outcome::Completed, size.map(Bytes));
        self.tells(EventKind::ToolStarted(Box::new(start))).tells(EventKind::ToolFinished {
            call,
            outcome,
            exit_code: None,
            took: None,
            delivered: true,
            size,
        })
    }
}

impl Tells for Scene {
    fn tells(self, kind: EventKind) -> Self {
        self.says(20, kind)
    }
}

fn growth(scene: &Scene) -> Growth {
    let mut engine = Engine::priced(prices());
    scene.tell(&mut engine, SourceId(1));
    let snapshot = engine.snapshot(at(100));
    let session = snapshot.session(&SessionId::new(scene.id)).expect("the session is there");
    Growth::clone(&session.detail.growth)
}

/// Makes one record of the last `count` events, as agents do that write a reply and its calls on one line.
fn in_one_record(mut scene: Scene, count: usize) -> Scene {
    let from = scene.events.len() - count;
    let origin = scene.events[from].origin;
    scene.events[from..].iter_mut().for_each(|event| event.origin = origin);
    scene
}

fn line(added: &Added) -> String {
    let Added { what, times, tokens, held, cost } = added;
    let name = match what {
        Addition::Tool(name) | Addition::File(name) => format!(" {}", name.raw()),
        Addition::Prompt(number) => format!(" {number}"),
        _ => String::new(),
    };
    let cost = cost.map_or("?".to_owned(), |Money(units)| units.to_string());
    format!("{}{name} ×{times} {}/{} {cost}", what.id(), tokens.0, held.0)
}

/// Compares what came in, dearest first: how often, tokens added and still there, what it has cost.
#[track_caller]
fn check(scene: &Scene, expected: &[&str]) {
    assert_eq!(growth(scene).items.iter().map(line).collect::<Vec<_>>(), expected);
}

#[test]
fn what_the_first_request_holds_is_the_start() {
    check(&thread("a").asks(Some(400)).replies("r1", [100, 0, 0, 5]), &["start ×1 100/100 1000"]);
    check(&thread("a"), &[]);
}

#[test]
fn growth_is_divided_by_size_and_what_the_model_wrote_is_known() {
    // 100 read and 20 written, then 220: 100 came in, of 300 and 100 bytes.
    let scene = thread("a")
        .replies("r1", [100, 0, 0, 20])
        .gets("c1", Work::Command, None, Some(300))
        .gets("c2", Work::Read, Some("/a.rs"), Some(100))
        .replies("r2", [120, 100, 0, 0]);
    let expected =
        ["start ×1 100/100 1100", "tool command ×1 75/75 750", "file /a.rs ×1 25/25 250", "replies ×1 20/20 200"];
    check(&scene, &expected);
}

#[test]
fn what_is_there_costs_again_with_every_reply() {
    // The command's 50 tokens: written to the cache (20 each), then read from it twice (1 each).
    let scene = thread("a")
        .replies("r1", [0, 0, 100, 0])
        .gets("c1", Work::Command, None, None)
        .replies("r2", [0, 100, 50, 0])
        .replies("r3", [0, 150, 0, 0])
        .replies("r4", [0, 150, 0, 0]);
    check(&scene, &["start ×1 100/100 2300", "tool command ×1 50/50 1100"]);
}

#[test]
fn a_miss_of_the_cache_is_paid_in_the_parts_of_its_reply() {
    // The third reply reads 60 of 150 from the cache and 90 afresh: a token of what was there costs (60 + 900) / 150.
    let scene = thread("a")
        .replies("r1", [100, 0, 0, 0])
        .gets("c1", Work::Command, None, Some(10))
        .replies("r2", [50, 100, 0, 0])
        .replies("r3", [90, 60, 0, 0]);
    check(&scene, &["start ×1 100/100 1740", "tool command ×1 50/50 820"]);
}

#[test]
fn a_compaction_ends_what_was_there_and_the_rest_begins_anew() {
    let scene = thread("a")
        .replies("r1", [100, 0, 0, 0])
        .gets("c1", Work::Command, None, Some(10))
        .replies("r2", [150, 0, 0, 0])
        .tells(EventKind::Compacted(CompactionRecord::History))
        .replies("r3", [40, 0, 0, 0])
        .replies("r4", [0, 40, 0, 0]);
    check(&scene, &["start ×2 140/40 2440", "tool command ×1 50/0 500"]);
}

#[test]
fn what_came_in_together_is_unknown_unless_all_sizes_are_known() {
    let two = |sizes: [Option<u64>; 2]| {
        let called = thread("a").replies("r1", [100, 0, 0, 0]).gets("c1", Work::Command, None, sizes[0]);
        called.gets("c2", Work::Read, None, sizes[1]).replies("r2", [60, 100, 0, 0])
    };
    check(&two([Some(1), Some(2)]), &["start ×1 100/100 1100", "tool read ×1 40/40 400", "tool command ×1 20/20 200"]);
    check(&two([Some(1), None]), &["start ×1 100/100 1100", "unknown ×1 60/60 600"]);
    check(&two([Some(0), Some(0)]), &["start ×1 100/100 1100", "unknown ×1 60/60 600"]);
}

#[test]
fn prompts_are_numbered_and_the_agents_own_notes_are_told_apart() {
    let note = EventKind::ContextAdded { file: None, size: Some(Bytes(30)) };
    let scene = thread("a").asks(Some(9)).replies("r1", [100, 0, 0, 0]).asks(Some(10)).tells(note);
    check(
        &scene.replies("r2", [40, 100, 0, 0]).replies("r3", [41, 140, 0, 0]),
        &["start ×1 100/100 1200", "notes ×2 71/71 740", "prompt 2 ×1 10/10 110"],
    );
}

#[test]
fn thoughts_leave_the_context_first_then_everything_alike() {
    // 80 of the 100 tokens written were thoughts, which nobody reads again.
    let thoughtful = Usage { reasoning: Tokens(80), ..tokens([100, 0, 0, 100]) };
    let scene = thread("a").replies_as("r1", thoughtful, Share::Own, "m").asks(Some(5));
    check(
        &scene.replies("r2", [50, 100, 0, 0]),
        &["start ×1 100/100 1100", "prompt 1 ×1 30/30 300", "replies ×1 20/20 200"],
    );
    let shrunk = thread("a").replies("r1", [100, 0, 0, 20]).asks(Some(5)).replies("r2", [60, 100, 0, 0]);
    check(
        &shrunk.replies("r3", [0, 70, 0, 0]),
        &["start ×1 100/50 1150", "prompt 1 ×1 40/20 420", "replies ×1 20/0 200"],
    );
}

#[test]
fn replies_that_another_session_paid_for_cost_nothing_here() {
    let scene = thread("a").replies_as("r1", tokens([100, 0, 0, 0]), Share::Copied, "m");
    check(&scene.replies("r2", [0, 100, 0, 0]), &["start ×1 100/100 100"]);
}

#[test]
fn without_a_price_costs_are_not_known_or_a_lower_bound() {
    let unpriced = thread("a").replies_as("r1", tokens([100, 0, 0, 0]), Share::Own, "other");
    check(&unpriced, &["start ×1 100/100 ?"]);
    let scene = unpriced.replies("r2", [0, 100, 0, 0]);
    check(&scene, &["start ×1 100/100 100"]);
    assert!(growth(&scene).cost_is_floor);
}

#[test]
fn records_that_are_told_again_or_late_add_nothing() {
    let scene = thread("a").replies("r1", [100, 0, 0, 0]).gets("c1", Work::Command, None, Some(9));
    let scene = scene.replies("r2", [50, 100, 0, 0]);
    let mut engine = Engine::priced(prices());
    scene.tell(&mut engine, SourceId(1));
    let once = engine.snapshot(at(100));
    scene.tell(&mut engine, SourceId(1));
    assert_eq!(engine.snapshot(at(100)).sessions[0].detail.growth, once.sessions[0].detail.growth);
}

#[test]
fn a_reply_that_is_told_while_it_grows_reads_the_context_once() {
    let scene = thread("a").replies("r1", [100, 0, 0, 1]).gets("c1", Work::Command, None, Some(9));
    let scene = scene.replies("r1", [100, 0, 0, 30]).gets("c2", Work::Command, None, Some(9));
    check(
        &scene.replies("r2", [80, 100, 0, 0]),
        &["start ×1 100/100 1100", "tool command ×2 50/50 500", "replies ×1 30/30 300"],
    );
}

#[test]
fn a_record_is_taken_as_a_whole_however_many_came_before_it() {
    // Prompts in front move the record in which so much waits that it is taken in.
    for prompts in 0..8 {
        let asked = (0..prompts).fold(thread("a"), |scene, _| scene.asks(Some(1)));
        let scene = (0..1000).fold(asked, |scene, n| {
            let (call, delivered) = (CallId::new(format!("c{n}")), true);
            let (outcome, size) = (Outcome::Completed, Some(Bytes(1)));
            let read = EventKind::ToolStarted(Box::new(start(call.as_str(), Work::Read, false)));
            let result = EventKind::ToolFinished { call, outcome, exit_code: None, took: None, delivered, size };
            let replied = in_one_record(scene.replies(&format!("r{n}"), [100 + n, 0, 0, 0]).tells(read), 2);
            in_one_record(replied.tells(result).asks(Some(0)), 2)
        });
        let growth = growth(&scene);
        let (sum, spent) = (|of: fn(&Added) -> u64| growth.items.iter().map(of).sum::<u64>(), (100 + 999 + 100) * 5000);
        assert_eq!(sum(|added| added.tokens.0), 1099, "after {prompts} prompts: {:?}", growth.items);
        assert_eq!(sum(|added| added.cost.map_or(0, |money| money.0 as u64)), spent, "after {prompts} prompts");
        let read = growth.items.iter().find(|added| added.what == Addition::Tool(Untrusted::new("read")));
        assert_eq!(read.map(|read| (read.times, read.tokens)), Some((999, Tokens(999))), "after {prompts} prompts");
    }
}

#[test]
fn many_small_things_are_told_as_one() {
    let scene = (0..600).fold(thread("a").replies("r0", [100, 0, 0, 0]), |scene, n| {
        let input = 100 + (n + 1) * 10;
        let file = format!("/{n}");
        scene.gets(&format!("c{n}"), Work::Read, Some(&file), Some(1)).replies(&format!("r{}", n + 1), [0, input, 0, 0])
    });
    let growth = growth(&scene);
    assert!(growth.items.len() <= 40, "{}", growth.items.len());
    let rest = growth.items.iter().find(|added| added.what == Addition::Rest).expect("most of them are little");
    assert!(rest.times > 500, "{rest:?}");
    assert_eq!(growth.items.iter().map(|added| added.held.0).sum::<u64>(), 6100);
}

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

/// A session `a`, and `b`, which was forked from it, told step by step.
struct Fork(Engine);

impl Fork {
    fn new() -> Self {
        Self(Engine::priced(prices()))
    }

    fn tell(mut self, scene: &Scene) -> Self {
        scene.tell(&mut self.0, SourceId(if scene.id == "a" { 1 } else { 2 }));
        self
    }

    fn look(mut self) -> Self {
        self.0.snapshot(at(100));
        self
    }

    fn forget(mut self, scene: &Scene) -> Self {
        self.0.forget(&scene.key());
        self
    }

    /// What came into the context of session `id`.
    fn growth(&mut self, id: &str) -> Growth {
        let snapshot = self.0.snapshot(at(100));
        Growth::clone(&snapshot.session(&SessionId::new(id)).expect("the session is there").detail.growth)
    }

    fn lines(mut self) -> Vec<String> {
        self.growth("b").items.iter().map(line).collect()
    }
}

/// What a fork of `a` begins with.
fn forked() -> Scene {
    let mut scene = thread("b");
    scene.events.retain(|event| !matches!(event.kind, EventKind::SessionOpened(_)));
    let forked_from = Some(SessionId::new("a"));
    scene.tells(EventKind::SessionOpened(Box::new(Identity { forked_from, ..Identity::default() })))
}

#[test]
fn what_a_fork_paid_for_itself_stays_when_the_original_comes_into_sight_and_leaves_it() {
    let original = thread("a").replies("r1", [100, 0, 0, 0]);
    let fork = forked().replies("r1", [100, 0, 0, 0]).asks(Some(10)).replies("r2", [50, 100, 0, 0]);
    let (beside, alone) =
        (["prompt 1 ×1 50/50 500", "start ×1 100/100 100"], ["start ×1 100/100 1100", "prompt 1 ×1 50/50 500"]);
    assert_eq!(Fork::new().tell(&original).tell(&fork).lines(), beside);
    assert_eq!(Fork::new().tell(&fork).look().tell(&original).lines(), beside);
    assert_eq!(Fork::new().tell(&original).tell(&fork).look().forget(&original).lines(), alone);
    let back = Fork::new().tell(&fork).look().tell(&original).look().forget(&original).look().tell(&original);
    assert_eq!(back.lines(), beside);
}

#[test]
fn a_copy_that_says_less_than_the_original_holds_what_the_original_says() {
    let original = thread("a").replies("r1", [100, 0, 0, 20]);
    // One whose counts were emptied, and one that was taken while the reply was written.
    for copied in [[0; 4], [100, 0, 0, 1]] {
        let fork = forked().replies("r1", copied).asks(Some(10)).replies("r2", [50, 100, 0, 0]);
        let expected = ["prompt 1 ×1 30/30 300", "replies ×1 20/20 200", "start ×1 100/100 100"];
        assert_eq!(Fork::new().tell(&original).tell(&fork).lines(), expected);
        assert_eq!(Fork::new().tell(&fork).look().tell(&original).lines(), expected);
    }
}

#[test]
fn a_count_that_grows_after_the_next_reply_counts_as_if_it_had_been_known() {
    let early = forked().replies("r1", [100, 0, 0, 1]).asks(Some(10)).replies("r2", [50, 100, 0, 0]);
    let late = early.clone().replies("r1", [100, 0, 0, 20]);
    let expected = ["start ×1 100/100 1100", "prompt 1 ×1 30/30 300", "replies ×1 20/20 200"];
    assert_eq!(Fork::new().tell(&late).lines(), expected);
    assert_eq!(Fork::new().tell(&early).look().tell(&late).lines(), expected);
}

#[test]
fn many_things_are_put_together_alike_whenever_somebody_looks_and_whoever_paid() {
    let reads = |scene: Scene, n: u64| {
        let (call, file, reply) = (format!("c{n}"), format!("/{n}"), format!("r{n}"));
        scene.gets(&call, Work::Read, Some(&file), Some(1)).replies(&reply, [10 + n % 7, 100 + n * 10, 0, 0])
    };
    let original = (0..500).fold(thread("a"), reads);
    let fork = (500..700).fold((0..500).fold(forked(), reads), reads);
    let expected = Fork::new().tell(&original).tell(&fork).lines();
    let looked = [300, 900, 1500].iter().fold(Fork::new(), |story, count| {
        let mut part = fork.clone();
        part.events.truncate(*count);
        story.tell(&part).look()
    });
    let items = looked.tell(&fork).look().tell(&original).lines();
    assert_eq!(items, expected);
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
