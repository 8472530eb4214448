//! A simulated fleet: what topside looks like with a dozen agents at work. The same tick gives the same fleet.

mod account;
mod agent;
mod cast;
mod conflict;
mod left;
mod part;
mod past;
mod prop;
mod scene;

use std::sync::Arc;

use topside_model::{Snapshot, Timestamp};

pub(crate) use past::history;

use account::{budget, delivery, limit_use, limits};
use agent::{CLAUDE, CODEX};
use cast::CAST;
use conflict::conflicts;
use left::leftovers;
use prop::health;
use scene::Scene;

/// The fleet at `now`, `tick` seconds after the show began.
pub(crate) fn fleet(now: Timestamp, tick: u64) -> Snapshot {
    let scenes: Vec<Scene> = (0..CAST.len()).map(|place| Scene::at(place, now, tick)).collect();
    let mut sessions: Vec<_> = scenes.iter().map(|scene| Arc::new(scene.session())).collect();
    sessions.sort_by(|a, b| a.key.cmp(&b.key));
    Snapshot {
        limits: limits(now, tick),
        budgets: vec![budget(now, tick)],
        limit_use: limit_use(now, &sessions),
        ports: scenes.iter().filter_map(Scene::port).collect(),
        conflicts: conflicts(&sessions),
        leftovers: leftovers(&scenes, now),
        deliveries: vec![delivery(now, tick)],
        sessions,
        health: vec![health(&CLAUDE, tick), health(&CODEX, tick)],
        demo: true,
        ..Snapshot::empty(now)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use topside_model::{SessionKind, Timestamp};

    use super::fleet;
    use super::prop::later;

    fn now() -> Timestamp {
        "2026-11-17T12:00:00Z".parse().expect("a moment")
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
        assert_eq!(states.len(), 16, "{states:?}");
    }

    #[test]
    fn both_agents_play_and_every_subagent_has_its_parent() {
        let fleet = fleet(now(), 5).sessions;
        let agents: BTreeSet<&str> = fleet.iter().map(|session| session.key.agent.as_str()).collect();
        assert_eq!(agents, BTreeSet::from(["claude_code", "codex"]));
        for identity in fleet.iter().filter_map(|session| session.identity.as_ref()) {
            assert_eq!(matches!(identity.kind, SessionKind::Subagent { .. }), identity.parent.is_some());
        }
    }

    #[test]
    fn something_is_silent_something_is_left_and_something_fails_to_tell() {
        let silent = |tick| fleet(now(), tick).sessions.iter().filter(|session| session.stall.is_some()).count();
        assert_eq!([silent(0), silent(600)], [1, 1]);
        let left = fleet(now(), 0).leftovers;
        let kinds: BTreeSet<&str> = left.iter().map(|one| one.kind.id()).collect();
        assert_eq!(kinds, BTreeSet::from(["idle_session", "mcp_server", "server", "worktree"]));
        let trouble = |tick| fleet(now(), tick).deliveries[0].trouble().is_some();
        assert_eq!([trouble(0), trouble(100), trouble(200)], [false, true, false]);
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
