//! Limits of accounts.

use std::time::Duration;

use topside_model::{LimitId, LimitSample, LimitWindow, Percent};

use crate::scene::{Scene, at, snapshot, thread};

/// A limit reported at `second`, with (used percent, second of the reset) for each window.
pub(crate) fn sample(limit: &str, second: i64, windows: &[(f64, i64)]) -> LimitSample {
    let window = |(used, resets): &(f64, i64)| LimitWindow {
        window: Some(Duration::from_hours(5)),
        used: Percent(*used),
        resets_at: Some(at(*resets)),
    };
    let (limit, windows) = (LimitId::new(limit), windows.iter().map(window).collect());
    LimitSample { limit, name: None, plan: None, windows, reached: None, seen_at: at(second) }
}

fn saw(id: &'static str, samples: &[(&str, i64, f64)]) -> Scene {
    samples.iter().fold(thread(id), |scene, (limit, second, used)| {
        scene.limited(*second, sample(limit, *second, &[(*used, 9000)]))
    })
}

/// (home, limit, used) of every limit shown.
#[track_caller]
fn check(scenes: &[&Scene], expected: &[(&str, &str, f64)]) {
    let shown = snapshot(scenes, 99).limits;
    let shown: Vec<(&str, &str, f64)> = shown
        .iter()
        .map(|limit| (limit.home.raw(), limit.sample.limit.as_str(), limit.sample.windows[0].used.0))
        .collect();
    assert_eq!(shown, expected);
}

#[test]
fn the_newest_sample_of_any_session_counts() {
    let (older, newer) = (saw("a", &[("codex", 5, 10.0), ("codex", 7, 20.0)]), saw("b", &[("codex", 6, 15.0)]));
    check(&[&older, &newer], &[("/home/u/.codex", "codex", 20.0)]);
    check(&[&newer, &older], &[("/home/u/.codex", "codex", 20.0)]);
}

#[test]
fn families_that_interleave_in_one_session_are_kept_apart() {
    let both = saw("a", &[("codex", 5, 10.0), ("codex_spark", 6, 50.0), ("codex", 7, 12.0), ("codex_spark", 8, 51.0)]);
    check(&[&both], &[("/home/u/.codex", "codex", 12.0), ("/home/u/.codex", "codex_spark", 51.0)]);
}

#[test]
fn homes_are_accounts_of_their_own() {
    let mine = saw("a", &[("codex", 5, 10.0)]);
    let mut work = saw("b", &[("codex", 9, 80.0)]);
    work.home = "/home/u/.codex-work";
    check(&[&mine, &work], &[("/home/u/.codex", "codex", 10.0), ("/home/u/.codex-work", "codex", 80.0)]);
}

#[test]
fn what_was_reported_before_is_kept_over_all_sessions_of_a_home() {
    let (one, other) = (saw("a", &[("codex", 5, 10.0), ("codex", 4_000, 20.0)]), saw("b", &[("codex", 2_000, 15.0)]));
    for scenes in [[&one, &other], [&other, &one]] {
        let limits = snapshot(&scenes, 4_001).limits;
        let marks: Vec<(i64, f64)> =
            limits[0].marks.iter().map(|mark| (mark.at.as_second() - at(0).as_second(), mark.used.0)).collect();
        assert_eq!(marks, [(5, 10.0), (2_000, 15.0), (4_000, 20.0)]);
    }
}
