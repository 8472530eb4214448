//! Replies and prompts that several sessions show are counted once, and by whom does not depend on how they were read.

use proptest::prelude::*;
use topside_engine::Engine;
use topside_model::{
    EventKind, Identity, ModelId, PromptId, ResponseId, SessionId, SessionKind, Share, Snapshot, SourceId, Terms,
    Tokens, Usage, WindowSource,
};

use crate::scene::{Scene, at, session, snapshot, thread};

/// Asked in a person's prompt `id`.
fn asked(scene: Scene, second: i64, id: &str) -> Scene {
    scene.says(second, EventKind::PromptSent { prompt: Some(PromptId::new(id)), text: None, size: None })
}

/// Shows reply `id` of so many tokens.
fn shows(scene: Scene, second: i64, id: &str, (tokens, share): (u64, Share)) -> Scene {
    let usage = Usage { output: Tokens(tokens), ..Usage::default() };
    let (response, model) = (ResponseId::new(id), Some(ModelId::new("m")));
    scene.says(
        second,
        EventKind::ResponseUsage {
            response,
            model,
            usage,
            terms: Terms::default(),
            share,
            settled: share != Share::Quoted,
        },
    )
}

/// The first conversation: a prompt and two replies.
fn original() -> Scene {
    let scene = asked(thread("a"), 1, "p1");
    shows(shows(scene, 2, "r1", (100, Share::Own)), 3, "r2", (20, Share::Own))
}

/// A session that shows the same as the first one, and goes on by itself.
fn copy(id: &'static str, identity: Identity, share: Share, tokens: [u64; 2]) -> Scene {
    let mut scene = thread(id);
    scene.events.retain(|event| !matches!(event.kind, EventKind::SessionOpened(_)));
    let scene = asked(scene.says(0, EventKind::SessionOpened(Box::new(identity))), 1, "p1");
    let scene = shows(shows(scene, 2, "r1", (tokens[0], share)), 3, "r2", (tokens[1], share));
    asked(shows(scene, 50, id, (7, Share::Own)), 49, id)
}

/// A fork by `--fork-session`, which does not say that its lines are copies.
fn fork(id: &'static str) -> Scene {
    copy(id, Identity::default(), Share::Own, [100, 20])
}

/// A fork by `/branch`, which does.
fn branch(id: &'static str) -> Scene {
    let forked_from = Some(SessionId::new("a"));
    copy(id, Identity { forked_from, ..Identity::default() }, Share::Copied, [100, 20])
}

/// A side question to `a`, whose file begins with what it was asked about.
fn aside(id: &'static str) -> Scene {
    let kind = SessionKind::Subagent { nickname: None, role: None };
    copy(id, Identity { kind, parent: Some(SessionId::new("a")), ..Identity::default() }, Share::Own, [100, 20])
}

/// Own tokens, inherited tokens, replies and prompts of each session, in the order of their names.
fn costs(snapshot: &Snapshot) -> Vec<(&str, u64, u64, u64, u64)> {
    let each = snapshot.sessions.iter().map(|session| {
        let (own, inherited) = (session.usage.total().0, session.inherited_usage.total().0);
        (session.key.id.as_str(), own, inherited, session.responses, session.prompts)
    });
    each.collect()
}

const ALONE: (&str, u64, u64, u64, u64) = ("a", 120, 0, 2, 1);
const COPIED: (&str, u64, u64, u64, u64) = ("b", 7, 120, 1, 1);

#[test]
fn a_copied_conversation_is_paid_for_by_the_first() {
    for copy in [fork("b"), branch("b"), aside("b")] {
        let original = original();
        assert_eq!(costs(&snapshot(&[&original, &copy], 60)), [ALONE, COPIED]);
        assert_eq!(costs(&snapshot(&[&copy, &original], 60)), [ALONE, COPIED], "read the other way round");
    }
}

#[test]
fn a_branch_stays_a_branch_when_the_first_conversation_goes_on() {
    for copy in [branch("b"), aside("b")] {
        let later = shows(asked(original(), 80, "p9"), 81, "r9", (1000, Share::Own));
        let expected = [("a", 1120, 0, 3, 2), COPIED];
        assert_eq!(costs(&snapshot(&[&later, &copy], 90)), expected);
        assert_eq!(costs(&snapshot(&[&copy, &later], 90)), expected);
    }
}

#[test]
fn copies_whose_counts_were_emptied_take_nothing_away() {
    let emptied = copy("b", Identity::default(), Share::Own, [0, 0]);
    assert_eq!(costs(&snapshot(&[&emptied, &original()], 60)), [ALONE, COPIED]);
    assert_eq!(costs(&snapshot(&[&original(), &emptied], 60)), [ALONE, COPIED]);
}

#[test]
fn the_next_one_pays_when_the_first_is_forgotten_and_gives_it_back() {
    let (original, fork) = (original(), fork("b"));
    let mut engine = Engine::new();
    original.tell(&mut engine, SourceId(1));
    fork.tell(&mut engine, SourceId(2));
    assert_eq!(costs(&engine.snapshot(at(60))), [ALONE, COPIED]);
    engine.forget(&original.key());
    assert_eq!(costs(&engine.snapshot(at(60))), [("b", 127, 0, 3, 2)]);
    original.tell(&mut engine, SourceId(3));
    assert_eq!(costs(&engine.snapshot(at(60))), [ALONE, COPIED]);
    engine.void(&fork.key());
    fork.tell(&mut engine, SourceId(4));
    assert_eq!(costs(&engine.snapshot(at(60))), [ALONE, COPIED]);
}

#[test]
fn a_quotation_counts_only_where_the_helper_is_not_there() {
    let parent = shows(original(), 5, "h1", (40, Share::Quoted));
    let seen = session(&[&parent], 60);
    assert_eq!((seen.usage.total(), seen.internal_usage.total(), seen.responses), (Tokens(120), Tokens(40), 2));
    assert!(seen.usage_is_floor, "a quotation is taken while the reply is written");
    let kind = SessionKind::Subagent { nickname: None, role: None };
    let helper = shows(thread("b").child_of("a", kind), 5, "h1", (90, Share::Own));
    for scenes in [[&parent, &helper], [&helper, &parent]] {
        let shown = snapshot(&scenes, 60);
        let [parent, helper] = &shown.sessions[..] else { panic!("two sessions") };
        assert_eq!((parent.usage.total(), parent.internal_usage.total()), (Tokens(120), Tokens(0)));
        assert_eq!((helper.usage.total(), parent.usage_is_floor), (Tokens(90), false));
    }
}

#[test]
fn a_quotation_says_nothing_beside_the_reply_itself() {
    let kind = || SessionKind::Subagent { nickname: None, role: None };
    let parent = shows(original(), 5, "h1", (1000, Share::Quoted));
    let helper = shows(thread("b").child_of("a", kind()), 5, "h1", (90, Share::Own));
    for scenes in [[&parent, &helper], [&helper, &parent]] {
        let shown = snapshot(&scenes, 60);
        let [parent, helper] = &shown.sessions[..] else { panic!("two sessions") };
        assert_eq!((helper.usage.total(), parent.internal_usage.total()), (Tokens(90), Tokens(0)));
    }
    let both = |first, second| shows(shows(thread("a"), 5, "h1", first), 6, "h1", second);
    for (first, second) in [((1000, Share::Quoted), (90, Share::Own)), ((90, Share::Own), (1000, Share::Quoted))] {
        let seen = session(&[&both(first, second)], 60);
        assert_eq!((seen.usage.total(), seen.internal_usage.total()), (Tokens(90), Tokens(0)));
    }
}

#[test]
fn a_sum_is_a_floor_while_one_of_its_counts_is() {
    let growing = |settled| {
        let usage = Usage { output: Tokens(1), ..Usage::default() };
        let response = ResponseId::new("r9");
        EventKind::ResponseUsage { response, model: None, usage, terms: Terms::default(), share: Share::Own, settled }
    };
    assert!(!session(&[&original()], 60).usage_is_floor);
    let floor = original().says(5, growing(false));
    assert!(session(&[&floor], 60).usage_is_floor);
    let settled = floor.says(6, growing(true));
    assert!(!session(&[&settled], 60).usage_is_floor);
    assert!(!session(&[&settled.says(6, growing(false))], 60).usage_is_floor, "whichever is read last");
    // Somebody else's is no concern.
    let fork = fork("b").says(70, growing(false));
    let owner = original().says(5, growing(true));
    assert!(!session(&[&fork, &owner], 80).usage_is_floor);
}

#[test]
fn the_rate_of_a_fork_is_its_own() {
    let rate = |scene: &Scene, other: &Scene| {
        session(&[scene, other], 60).token_rate.iter().map(|tokens| tokens.0).sum::<u64>()
    };
    assert_eq!((rate(&original(), &fork("b")), rate(&fork("b"), &original())), (120, 7));
}

/// The window and how it is known, of a session that was started with `configured`.
fn window(configured: Option<u64>, used: u64, told: u64) -> (Option<u64>, Option<WindowSource>, Option<u64>) {
    let (source, used) =
        (if told > 200_000 { WindowSource::Observed } else { WindowSource::Model }, Some(Tokens(used)));
    let (window, window_from) = (Some(Tokens(told)), Some(source));
    let mut scene =
        thread("a").says(1, EventKind::ContextMeasured { used, window, window_from, left: None, compacts_at: None });
    scene.presence.owner.as_mut().expect("it is loaded").window = configured.map(Tokens);
    let context = session(&[&scene], 60).context;
    (context.window.map(|window| window.0), context.window_from, context.used.map(|used| used.0))
}

#[test]
fn a_configured_window_beats_the_models_until_a_request_is_larger() {
    use WindowSource::{Configured, Model, Observed};
    assert_eq!(window(None, 50_000, 200_000), (Some(200_000), Some(Model), Some(50_000)));
    assert_eq!(window(Some(1_000_000), 50_000, 200_000), (Some(1_000_000), Some(Configured), Some(50_000)));
    assert_eq!(window(Some(64_000), 50_000, 200_000), (Some(64_000), Some(Configured), Some(50_000)));
    assert_eq!(window(Some(200_000), 250_000, 1_000_000), (Some(1_000_000), Some(Observed), Some(250_000)));
    let (size, _, used) = window(None, 1_200_000, 1_000_000);
    assert!(used > size, "more than there is room for stays visible");
}

#[test]
fn a_window_that_was_too_small_once_is_so_after_a_compaction() {
    let measured = |scene: Scene, second, used| {
        let (used, window, window_from) = (Some(Tokens(used)), Some(Tokens(1_000_000)), Some(WindowSource::Observed));
        scene.says(second, EventKind::ContextMeasured { used, window, window_from, left: None, compacts_at: None })
    };
    let mut scene = measured(measured(thread("a"), 1, 250_000), 2, 20_000);
    scene.presence.owner.as_mut().expect("it is loaded").window = Some(Tokens(200_000));
    let context = session(&[&scene], 60).context;
    assert_eq!((context.window, context.used), (Some(Tokens(1_000_000)), Some(Tokens(20_000))));
}

/// Reply `id`, by which the context is as full as what it `read`.
fn reads(scene: Scene, second: i64, id: &str, read: u64) -> Scene {
    let usage = Usage { cache_read: Tokens(read), ..Usage::default() };
    let (response, terms, share) = (ResponseId::new(id), Terms::default(), Share::Own);
    let reply = EventKind::ResponseUsage { response, model: None, usage, terms, share, settled: true };
    let (used, window) = (Some(Tokens(read)), None);
    let measured = EventKind::ContextMeasured { used, window, window_from: None, left: None, compacts_at: None };
    scene.says(second, reply).says(second, measured)
}

#[test]
fn the_context_is_what_the_latest_reply_read_by_any_of_its_records() {
    let used = |scenes: &[&Scene]| {
        let shown = snapshot(scenes, 60);
        shown.sessions.iter().map(|session| session.context.used.map(|used| used.0)).collect::<Vec<_>>()
    };
    let original = reads(reads(thread("a"), 1, "r1", 3000), 2, "r2", 1000);
    assert_eq!(used(&[&original]), [Some(1000)], "the one before read more");
    let emptied = reads(original, 3, "r2", 0);
    assert_eq!(used(&[&emptied]), [Some(1000)]);
    let copy = reads(thread("b"), 2, "r2", 0);
    assert_eq!(used(&[&emptied, &copy]), [Some(1000), Some(1000)]);
    assert_eq!(used(&[&copy, &emptied]), [Some(1000), Some(1000)]);
    let measured = EventKind::ContextMeasured {
        used: Some(Tokens(70)),
        window: None,
        window_from: None,
        left: None,
        compacts_at: None,
    };
    assert_eq!(used(&[&emptied.says(4, measured)]), [Some(70)], "it was shortened since");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_reading_does_not_matter(
        order in Just((0..4_usize).collect::<Vec<_>>()).prop_shuffle(),
        peeks in prop::collection::vec(any::<bool>(), 4),
        forgotten in prop::option::of(0..4_usize),
    ) {
        let scenes = [original(), fork("b"), branch("c"), aside("d")];
        let mut engine = Engine::new();
        for (source, (place, peek)) in (0..).zip(order.iter().zip(&peeks)) {
            scenes[*place].tell(&mut engine, SourceId(source));
            if *peek {
                engine.snapshot(at(60));
            }
        }
        if let Some(place) = forgotten {
            engine.forget(&scenes[place].key());
            engine.snapshot(at(60));
            scenes[place].tell(&mut engine, SourceId(9));
        }
        let shown = engine.snapshot(at(60));
        let each = ["b", "c", "d"].map(|id| (id, 7, 120, 1, 1));
        prop_assert_eq!(costs(&shown), [ALONE, each[0], each[1], each[2]]);
    }
}
