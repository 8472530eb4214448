//! A session at work that is silent for longer than usual.

use topside_engine::Engine;
use topside_model::{
    ErrorClass, EventKind, ModelId, Percent, ProcessRef, ProcessView, Settings, SourceId, Tie, TurnEnd, Untrusted,
    Vitals, Work, elapsed,
};

use crate::family::subagent;
use crate::scene::{Scene, at, session, thread, turn};

impl Scene {
    fn model(self, model: &str) -> Self {
        let model = Some(ModelId::new(model));
        self.says(0, EventKind::SettingsChanged(Box::new(Settings { model, ..Settings::default() })))
    }

    /// A command of its own is there since `second`, and uses so much of a core.
    fn works(mut self, second: i64, cpu: f64) -> Self {
        self.presence.processes = vec![ProcessView {
            process: ProcessRef { pid: 7, started: 1 },
            parent: 100,
            depth: 1,
            command: Untrusted::new("cargo test"),
            vitals: Vitals { cpu: Some(Percent(cpu)), memory: None },
            started_at: Some(at(second)),
            tie: Tie::Tree,
        }];
        self
    }
}

/// Seconds of silence and what is usual, of the first of `scenes` at `now`; nothing where it is not stalled.
#[track_caller]
fn check(scenes: &[&Scene], now: i64, expected: Option<(u64, u64)>) {
    let session = session(scenes, now);
    let stall = session.stall.map(|stall| (elapsed(stall.since, at(now)).as_secs(), stall.usual.as_secs()));
    assert_eq!(stall, expected, "{}", session.status.id());
}

/// A thread of a model that took so many seconds to answer, call after call; the last record is at the given second.
fn answered(id: &'static str, model: &str, answers: &[i64]) -> (Scene, i64) {
    let mut scene = thread(id).model(model).turn(10);
    let mut second = 10;
    for (n, wait) in answers.iter().enumerate() {
        second += wait;
        let call = format!("c{n}");
        scene = scene.calls(second, &call, Work::Read).delivers(second + 1, &call);
        second += 1;
    }
    (scene, second)
}

#[test]
fn a_model_of_which_nothing_is_known_has_five_minutes() {
    check(&[&turn()], 310, None);
    check(&[&turn()], 311, Some((301, 300)));
}

#[test]
fn a_model_that_took_longer_has_longer_but_not_for_ever() {
    let (slow, last) = answered("a", "slow", &[20, 400, 30]);
    check(&[&slow], last + 400, None);
    check(&[&slow], last + 401, Some((401, 400)));
    let (slower, last) = answered("a", "slow", &[4_000]);
    check(&[&slower], last + 1_801, Some((1_801, 1_800)));
}

#[test]
fn what_is_usual_is_seen_in_every_session_of_the_model() {
    let (known, _) = answered("b", "slow", &[400]);
    check(&[&thread("a").model("slow").turn(10), &known], 400, None);
    check(&[&thread("a").model("fast").turn(10), &known], 400, Some((390, 300)));
}

#[test]
fn one_long_answer_in_many_is_not_usual() {
    let mut answers = vec![10; 60];
    answers[3] = 900;
    let (quick, last) = answered("a", "quick", &answers);
    check(&[&quick], last + 301, Some((301, 300)));
}

#[test]
fn a_tool_without_a_process_has_two_minutes_or_as_long_as_it_took_before() {
    check(&[&turn().calls(12, "r1", Work::Read)], 132, None);
    check(&[&turn().calls(12, "r1", Work::Read)], 133, Some((121, 120)));
    let before = turn().calls(12, "r1", Work::Read).delivers(312, "r1").calls(313, "r2", Work::Read);
    check(&[&before], 613, None);
    check(&[&before], 614, Some((301, 300)));
}

#[test]
fn a_process_that_lives_has_much_longer_and_one_that_works_all_the_time() {
    let waiting = turn().calls(12, "c1", Work::Command).runs("c1");
    check(&[&waiting.clone().works(12, 0.0)], 1_212, None);
    check(&[&waiting.clone().works(12, 0.0)], 1_213, Some((1_201, 1_200)));
    check(&[&waiting.clone().works(12, 97.0)], 9_000, None);
    let stopped = waiting.works(12, 97.0).looked(40).works(12, 0.1);
    let looked = (41..1_200).step_by(50).fold(stopped, Scene::looked);
    check(&[&looked], 1_240, None);
    check(&[&looked], 1_241, Some((1_201, 1_200)));
}

#[test]
fn who_waits_for_somebody_is_not_stalled() {
    let long = 90_000;
    check(&[&turn().calls(12, "q1", Work::Question)], long, None);
    check(&[&turn().calls(12, "c1", Work::Command)], long, None);
    check(&[&turn().calls(12, "a1", Work::AgentWait)], long, None);
    check(&[&turn().rests(15, TurnEnd::Completed)], long, None);
    check(&[&turn().fails(15, ErrorClass::Server)], long, None);
    check(&[&turn().unloaded()], long, None);
    let family = [&turn(), &subagent("b", "a").turn(11).calls(12, "c1", Work::Command).runs("c1").works(12, 50.0)];
    check(&family, long, None);
}

#[test]
fn after_a_sleep_of_the_machine_everybody_has_time_again() {
    let scene = turn().looked(20).looked(9_000);
    check(&[&scene], 9_050, None);
    let mut engine = Engine::new();
    scene.tell(&mut engine, SourceId(0));
    assert_eq!(engine.snapshot(at(9_301)).sessions[0].stall.map(|stall| stall.since), Some(at(9_000)));
}

#[test]
fn a_stall_says_why_it_is_believed() {
    let (quiet, last) = answered("a", "gpt-5.6", &[20]);
    let session = session(&[&quiet], last + 400);
    let reason = session.evidence.iter().find(|one| one.about == "stall").expect("a reason");
    assert_eq!(reason.signal, "nothing came since then; gpt-5.6 usually takes at most 5 min");
    assert_eq!(reason.at, Some(at(last)));
}
