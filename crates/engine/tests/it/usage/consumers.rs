//! Who used what a limit is of.

use std::time::Duration;

use topside_engine::LimitUseFold;
use topside_model::{AgentId, Limit, LimitId, LimitSample, LimitUse, LimitWindow, Percent, Timestamp, Untrusted};

use super::scene::{Scene, moment};

const NOW: &str = "2026-11-20T12:07:00Z";

/// A limit of an agent with windows of so many hours that end then.
fn limit(agent: &str, windows: &[(u64, Option<&str>)]) -> Limit {
    let window = |(hours, resets_at): &(u64, Option<&str>)| LimitWindow {
        window: (*hours > 0).then(|| Duration::from_hours(*hours)),
        used: Percent(50.0),
        resets_at: resets_at.map(moment),
    };
    let sample = LimitSample {
        limit: LimitId::new("l"),
        name: None,
        plan: None,
        windows: windows.iter().map(window).collect(),
        reached: None,
        seen_at: moment(NOW),
    };
    Limit { agent: AgentId::new(agent), home: Untrusted::new("/home"), sample, marks: Vec::new() }
}

fn uses(scene: &Scene, limits: &[Limit]) -> Vec<LimitUse> {
    let mut fold = LimitUseFold::new(limits, moment(NOW), &scene.sessions);
    scene.buckets.iter().for_each(|bucket| fold.add(bucket));
    fold.finish()
}

/// Who used how many tokens, their share and their rate.
type Line<'a> = (&'a str, u64, f64, Option<u64>);

/// Checks the consumers of the only window, which ends at `resets_at` after five hours.
#[track_caller]
fn check(scene: &Scene, resets_at: &str, sessions: &[Line<'_>], projects: &[Line<'_>]) {
    let all = uses(scene, &[limit("codex", &[(5, Some(resets_at))])]);
    let [window] = all.as_slice() else { panic!("{all:?}") };
    let found: Vec<Line<'_>> = window
        .sessions
        .iter()
        .map(|user| (user.who.key.id.as_str(), user.tokens.0, user.share.0, user.hourly.map(|rate| rate.0)))
        .collect();
    assert_eq!(found, sessions);
    let found: Vec<Line<'_>> = window
        .projects
        .iter()
        .map(|user| {
            let name = user.who.as_ref().map_or("?", Untrusted::raw);
            (name, user.tokens.0, user.share.0, user.hourly.map(|rate| rate.0))
        })
        .collect();
    assert_eq!(found, projects);
    assert_eq!(window.tokens.0, sessions.iter().map(|(_, tokens, ..)| tokens).sum::<u64>());
}

/// Two projects; one session has a helper, and one belongs to nobody's project.
fn morning() -> Scene {
    let mut scene = Scene::default();
    let shop = scene.session("shop", None, Some("webshop"));
    let helper = scene.session("helper", Some("shop"), Some("webshop"));
    let lone = scene.session("lone", None, None);
    for (session, at, tokens) in [
        (shop, "2026-11-20T07:59:00Z", 1_000),
        (shop, "2026-11-20T08:01:00Z", 300),
        (helper, "2026-11-20T11:30:00Z", 400),
        (lone, "2026-11-20T10:00:00Z", 200),
        (lone, "2026-11-20T12:06:00Z", 100),
    ] {
        scene.reply(session, "m", Some(at), tokens);
    }
    scene
}

#[test]
fn sessions_and_projects_are_ranked_by_what_they_used_since_the_window_began() {
    // The rate is over 67 minutes: the quarters from 11:00 on.
    let (helpers, lone) = (Some(400 * 60 / 67), Some(100 * 60 / 67));
    check(
        &morning(),
        "2026-11-20T13:00:00Z",
        &[("shop", 700, 70.0, helpers), ("lone", 300, 30.0, lone)],
        &[("webshop", 700, 70.0, helpers), ("?", 300, 30.0, lone)],
    );
}

#[test]
fn a_window_that_just_began_tells_no_rate() {
    check(&morning(), "2026-11-20T17:05:00Z", &[("lone", 100, 100.0, None)], &[("?", 100, 100.0, None)]);
    let rate = Some(100 * 60 / 6);
    check(&morning(), "2026-11-20T17:01:00Z", &[("lone", 100, 100.0, rate)], &[("?", 100, 100.0, rate)]);
}

#[test]
fn windows_that_are_not_known_to_run_say_nothing() {
    let past = "2026-11-20T12:00:00Z";
    let limits = [limit("codex", &[(5, Some(past)), (0, Some("2026-11-20T13:00:00Z")), (5, None)])];
    assert_eq!(uses(&morning(), &limits), []);
}

#[test]
fn each_agent_has_its_own_and_one_window_is_told_once() {
    let same = [(5, Some("2026-11-20T13:00:00Z")), (168, Some("2026-11-25T00:00:00Z"))];
    let all = uses(&morning(), &[limit("codex", &same), limit("codex", &same[..1]), limit("claude_code", &same[..1])]);
    let found: Vec<(&str, Timestamp, u64)> =
        all.iter().map(|window| (window.agent.as_str(), window.since, window.tokens.0)).collect();
    let (short, long) = (moment("2026-11-20T08:00:00Z"), moment("2026-11-18T00:00:00Z"));
    assert_eq!(found, [("claude_code", short, 0), ("codex", long, 2_000), ("codex", short, 1_000)]);
}

#[test]
fn those_who_are_not_listed_are_counted() {
    let mut scene = Scene::default();
    for nth in 1..=25 {
        let session = scene.session(&format!("s{nth:02}"), None, Some("webshop"));
        scene.reply(session, "m", Some("2026-11-20T11:00:00Z"), nth);
    }
    let all = uses(&scene, &[limit("codex", &[(5, Some("2026-11-20T13:00:00Z"))])]);
    assert_eq!((all[0].sessions.len(), all[0].more_sessions, all[0].more_projects), (20, 5, 0));
    assert_eq!((all[0].sessions[0].tokens.0, all[0].sessions[19].tokens.0), (25, 6));
}
