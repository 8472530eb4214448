//! A simulated fleet: what topside looks like with a dozen agents at work. The same tick gives the same fleet.

mod cast;
mod prop;
mod scene;

use std::sync::Arc;

use topside_model::{Snapshot, Timestamp};

use cast::CAST;
use prop::{health, limits};
use scene::Scene;

/// The fleet at `now`, `tick` seconds after the show began.
pub(crate) fn fleet(now: Timestamp, tick: u64) -> Snapshot {
    let scenes: Vec<Scene> = (0..CAST.len()).map(|place| Scene::at(place, now, tick)).collect();
    Snapshot {
        sessions: scenes.iter().map(|scene| Arc::new(scene.session())).collect(),
        limits: limits(now, tick).to_vec(),
        ports: scenes.iter().filter_map(Scene::port).collect(),
        health: vec![health(tick)],
        demo: true,
        ..Snapshot::empty(now)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use topside_model::Timestamp;

    use super::fleet;
    use super::prop::later;

    fn now() -> Timestamp {
        "2026-05-01T10:00:00Z".parse().expect("a moment")
    }

    #[test]
    fn the_same_tick_gives_the_same_fleet() {
        assert_eq!(fleet(now(), 77), fleet(now(), 77));
        assert_ne!(fleet(now(), 77), fleet(now(), 78));
    }

    #[test]
    fn every_status_is_seen_within_ten_minutes() {
        let states: BTreeSet<_> =
            (0..600).flat_map(|tick| fleet(now(), tick).sessions).map(|session| session.status.id()).collect();
        assert_eq!(states.len(), 15, "{states:?}");
    }

    #[test]
    fn nothing_began_before_its_session_or_after_now() {
        for tick in [0, 59, 600, 100_000] {
            let now = later(now(), tick);
            for session in fleet(now, tick).sessions {
                let since = session.status.since().unwrap_or(now);
                assert!(since <= now, "{session:?}");
                assert!(session.first_at.is_some_and(|first| first <= since), "{session:?}");
            }
        }
    }
}
