//! What a fork of a session holds, whether or not the original is in sight.

use topside_engine::Engine;
use topside_model::{EventKind, Growth, Identity, SessionId, SourceId, Work};

use super::{Tells, line, prices};
use crate::scene::{Scene, at, thread};

/// A session `a`, and `b`, which was forked from it, told step by step.
pub(super) struct Fork(Engine);

impl Fork {
    pub(super) fn new() -> Self {
        Self(Engine::priced(prices()))
    }

    pub(super) fn tell(mut self, scene: &Scene) -> Self {
        scene.tell(&mut self.0, SourceId(if scene.id == "a" { 1 } else { 2 }));
        self
    }

    pub(super) fn look(mut self) -> Self {
        self.0.snapshot(at(100));
        self
    }

    pub(super) fn forget(mut self, scene: &Scene) -> Self {
        self.0.forget(&scene.key());
        self
    }

    /// What came into the context of session `id`.
    pub(super) fn growth(&mut self, id: &str) -> Growth {
        let snapshot = self.0.snapshot(at(100));
        Growth::clone(&snapshot.session(&SessionId::new(id)).expect("the session is there").detail.growth)
    }

    fn lines(mut self) -> Vec<String> {
        self.growth("b").items.iter().map(line).collect()
    }
}

/// What a fork of `a` begins with.
pub(super) fn forked() -> Scene {
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
