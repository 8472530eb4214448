//! Sessions with those they started, projects, models, agents.

use topside_model::{AgentId, Period, TimeZone, UsageQuery};

use super::scene::{Scene, check, rows, session};

const AT: Option<&str> = Some("2026-11-20T10:00:00Z");

/// A session with a helper that has a helper, one of another agent, one without a project.
fn scene() -> Scene {
    let mut scene = Scene::default();
    let grandchild = scene.session("grandchild", Some("child"), Some("elsewhere"));
    let top = scene.session("top", None, Some("shop"));
    let child = scene.session("child", Some("top"), None);
    let lost = scene.session("lost", Some("nobody knows"), None);
    scene.sessions.push(session("claude_code", "top", None, Some("shop")));
    for (session, model, tokens) in
        [(grandchild, "small", 1), (top, "large", 2), (child, "small", 4), (lost, "large", 8), (4, "other", 100)]
    {
        scene.reply(session, model, AT, tokens);
    }
    scene
}

#[test]
fn a_helper_counts_for_whoever_started_it_all() {
    let rows = [("top in shop", 100), ("lost in ?", 8), ("top in shop", 7)];
    check(&scene().rows(Period::Session), &rows);
}

#[test]
fn a_helper_works_for_the_project_of_its_top() {
    check(&scene().rows(Period::Project), &[("shop", 107), ("?", 8)]);
}

#[test]
fn models_and_agents_come_by_tokens() {
    check(&scene().rows(Period::Model), &[("other", 100), ("large", 10), ("small", 5)]);
    check(&scene().rows(Period::Agent), &[("claude_code", 100), ("codex", 15)]);
}

#[test]
fn sessions_are_counted_with_their_helpers_as_one() {
    let report = scene().report(UsageQuery::all(Period::Daily, TimeZone::UTC));
    assert_eq!((report.rows[0].spending.sessions, report.total.sessions), (3, 3));
    let by_model = scene().report(UsageQuery::all(Period::Model, TimeZone::UTC));
    let sessions: Vec<u64> = by_model.rows.iter().map(|row| row.spending.sessions).collect();
    assert_eq!(sessions, [1, 2, 1]);
}

#[test]
fn a_row_tells_its_models_and_its_time() {
    let mut scene = scene();
    scene.reply(1, "small", Some("2026-11-21T23:59:59Z"), 30);
    let report = scene.report(UsageQuery::all(Period::Agent, TimeZone::UTC));
    let codex = &report.rows[1].spending;
    let models: Vec<(&str, u64)> = codex
        .models
        .iter()
        .map(|model| (model.model.as_ref().expect("a name").as_str(), model.tally.usage.total().0))
        .collect();
    assert_eq!(models, [("small", 35), ("large", 10)]);
    let (first, last) = codex.span.expect("times");
    assert_eq!([first.to_string(), last.to_string()], ["2026-11-20T10:00:00Z", "2026-11-21T23:59:59Z"]);
}

#[test]
fn only_what_was_asked_for_counts() {
    let of = |agent: Option<&str>, project: Option<&str>| UsageQuery {
        agent: agent.map(AgentId::new),
        project: project.map(str::to_owned),
        ..UsageQuery::all(Period::Session, TimeZone::UTC)
    };
    check(&rows(&scene().report(of(Some("codex"), None))), &[("lost in ?", 8), ("top in shop", 7)]);
    check(&rows(&scene().report(of(None, Some("shop")))), &[("top in shop", 100), ("top in shop", 7)]);
    check(&rows(&scene().report(of(Some("codex"), Some("shop")))), &[("top in shop", 7)]);
    check(&rows(&scene().report(of(None, Some("elsewhere")))), &[]);
}

#[test]
fn sessions_that_started_each_other_count_for_one_of_them() {
    let mut scene = Scene::default();
    let (b, a) = (scene.session("b", Some("a"), None), scene.session("a", Some("b"), None));
    let (tail, itself) = (scene.session("0 tail", Some("b"), None), scene.session("itself", Some("itself"), None));
    for (session, tokens) in [(b, 1), (a, 2), (tail, 4), (itself, 8)] {
        scene.reply(session, "m", AT, tokens);
    }
    check(&scene.rows(Period::Session), &[("itself in ?", 8), ("a in ?", 7)]);
}
