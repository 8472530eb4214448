//! Parents and children.

use topside_engine::Engine;
use topside_model::{EventKind, ModelId, SessionKind, Settings, SourceId, Tokens, Untrusted};

use crate::scene::{Scene, at, session, snapshot, thread};

fn internal(id: &'static str, parent: &str, what: &str) -> Scene {
    thread(id).child_of(parent, SessionKind::Internal(Untrusted::new(what)))
}

pub(crate) fn subagent(id: &'static str, parent: &str) -> Scene {
    thread(id).child_of(parent, SessionKind::Subagent { nickname: None, role: None })
}

#[test]
fn a_reviewer_or_guardian_costs_its_parent_and_is_not_the_parents_own_cost() {
    let parent = thread("a").spends(5, "r1", "big", 100);
    let review = internal("b", "a", "review").spends(6, "r2", "small", 20);
    let guardian = internal("c", "a", "guardian").spends(6, "r3", "small", 3);
    let parent = session(&[&parent, &review, &guardian], 9);
    assert_eq!((parent.usage.total(), parent.internal_usage.total()), (Tokens(100), Tokens(23)));
    assert_eq!(parent.responses, 1);
}

#[test]
fn what_machinery_starts_costs_the_same_parent() {
    let parent = thread("a").spends(5, "r1", "big", 100);
    let review = internal("b", "a", "review").spends(6, "r2", "small", 20);
    let guardian = internal("c", "b", "guardian").spends(6, "r3", "small", 3);
    let parent = session(&[&parent, &review, &guardian], 9);
    assert_eq!((parent.usage.total(), parent.internal_usage.total()), (Tokens(100), Tokens(23)));
}

#[test]
fn a_subagent_keeps_its_own_model_and_cost() {
    let settings = |model: &str| {
        let model = Some(ModelId::new(model));
        let settings = Settings { model, ..Settings::default() };
        EventKind::SettingsChanged(Box::new(settings))
    };
    let parent = thread("a").says(5, settings("big")).spends(5, "r1", "big", 100);
    let child = subagent("b", "a").says(6, settings("small")).spends(6, "r2", "small", 20);
    let (parent_seen, child_seen) = (session(&[&parent, &child], 9), session(&[&child, &parent], 9));
    assert_eq!((parent_seen.usage.total(), parent_seen.internal_usage.total()), (Tokens(100), Tokens(0)));
    assert_eq!(child_seen.usage.total(), Tokens(20));
    assert_eq!(parent_seen.settings.model, Some(ModelId::new("big")));
    assert_eq!(child_seen.settings.model, Some(ModelId::new("small")));
}

#[test]
fn a_child_whose_parent_is_out_of_sight_stands_alone() {
    let child = internal("b", "nobody", "review").spends(6, "r2", "small", 20);
    assert_eq!(session(&[&child], 9).usage.total(), Tokens(20));
}

#[test]
fn a_session_that_is_its_own_ancestor_is_shown_and_counted_once() {
    let own_parent = internal("a", "a", "review").spends(5, "r1", "big", 7);
    let seen = session(&[&own_parent], 9);
    assert_eq!((seen.usage.total(), seen.internal_usage.total()), (Tokens(7), Tokens(0)));
    let circle = [("a", "c", 1), ("b", "a", 20), ("c", "b", 300)];
    let circle = circle.map(|(id, parent, tokens)| internal(id, parent, "review").spends(5, id, "big", tokens));
    let circle: Vec<&Scene> = circle.iter().collect();
    let shown = snapshot(&circle, 9);
    let costs: Vec<u64> = shown.sessions.iter().map(|session| session.internal_usage.total().0).collect();
    assert_eq!(costs, [20, 0, 21], "cut once, where the circle closes");
}

#[test]
fn showing_a_family_again_changes_nothing() {
    let scenes = [thread("a").turn(3), internal("b", "b", "review").spends(5, "r1", "big", 7), subagent("c", "a")];
    let mut engine = Engine::new();
    for (source, scene) in (0..).zip(&scenes) {
        scene.tell(&mut engine, SourceId(source));
    }
    let first = engine.snapshot(at(9));
    assert_eq!(engine.snapshot(at(9)), first);
}
