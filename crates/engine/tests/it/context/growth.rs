//! How a context grows: what is added, what is still there, what it costs.

use topside_engine::Engine;
use topside_model::{
    Added, Addition, Bytes, CallId, CompactionRecord, EventKind, Outcome, Share, SourceId, Tokens, Untrusted, Usage,
    Work,
};

use super::{Tells, check, growth, prices, tokens};
use crate::scene::{Scene, at, start, thread};

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

/// Makes one record of the last `count` events, as agents do that write a reply and its calls on one line.
fn in_one_record(mut scene: Scene, count: usize) -> Scene {
    let from = scene.events.len() - count;
    let origin = scene.events[from].origin;
    scene.events[from..].iter_mut().for_each(|event| event.origin = origin);
    scene
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
