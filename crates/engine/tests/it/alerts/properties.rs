//! Whatever a machine shows, each cause is told at most once, and nobody is flooded.

use std::collections::BTreeMap;

use proptest::prelude::*;
use topside_engine::Alerts;
use topside_model::{Alert, AlertAbout, AlertKind, AlertPolicy, Status, TimeZone, Timestamp, Told};

use super::{alerts, approval, policy, rule, session, snapshot, thinking};
use crate::scene::at;

const KINDS: [AlertKind; 2] = [AlertKind::Approval, AlertKind::Question];

/// What one of three sessions does at a look: its state, and when that began if it is told.
fn state() -> impl Strategy<Value = Option<Status>> {
    // Beginnings lie so far apart that no two are one.
    let since = prop_oneof![3 => (0..8_i64).prop_map(|n| Some(n * 10)), 1 => Just(None)];
    (0..4_u8, since).prop_map(|(kind, since)| match kind {
        0 => None,
        1 => Some(thinking()),
        2 => Some(approval(since)),
        _ => Some(Status::Question { text: None, since: since.map(at) }),
    })
}

/// Looks: seconds since the one before, three sessions, and whether topside is started anew before it.
fn looks() -> impl Strategy<Value = Vec<(i64, [Option<Status>; 3], bool)>> {
    let sessions = (state(), state(), state()).prop_map(|(a, b, c)| [a, b, c]);
    prop::collection::vec((0..20_i64, sessions, prop::bool::weighted(0.05)), 1..80)
}

/// All that is told in these looks, by rules that tell so many alerts a minute one by one.
fn told(looks: &[(i64, [Option<Status>; 3], bool)], per_minute: u32) -> Vec<Alert> {
    let policy = || AlertPolicy { per_minute, ..policy(KINDS.map(rule).to_vec()) };
    let (mut watch, mut second, mut told) = (Alerts::new(policy(), TimeZone::UTC, &[]), 100, Vec::new());
    for (step, states, anew) in looks {
        second += step;
        if *anew {
            let kept: Vec<Told> = watch.told(at(second));
            watch = Alerts::new(policy(), TimeZone::UTC, &kept);
        }
        let sessions = ["a", "b", "c"].into_iter().zip(states);
        let sessions = sessions.filter_map(|(id, status)| Some(session(id, status.clone()?))).collect();
        told.extend(watch.look(&snapshot(second, sessions), at(second)));
    }
    told
}

proptest! {
    #[test]
    fn each_cause_is_told_at_most_once(looks in looks()) {
        let mut times: BTreeMap<(AlertKind, String, Timestamp), u32> = BTreeMap::new();
        for alert in told(&looks, 1_000) {
            let AlertAbout::Session { kind, session, .. } = &alert.about else { continue };
            // Two needs of which nobody knows when they began may be two.
            if let Some(since) = alert.since {
                *times.entry((*kind, session.key.id.to_string(), since)).or_default() += 1;
            }
        }
        prop_assert!(times.values().all(|times| *times == 1), "{times:?}");
    }

    #[test]
    fn what_stays_is_told(status in state().prop_filter_map("it needs somebody", |status| {
        status.filter(|status| status.since().is_some() && !matches!(status, Status::Thinking { .. }))
    }), before in looks()) {
        let mut watch = alerts(KINDS.map(rule).to_vec());
        let mut heard = Vec::new();
        let mut second = 100;
        for (step, states, _) in before {
            second += step;
            // One whose beginning is known only later is told as such.
            let known = states[0].clone().filter(|status| status.since().is_some());
            let sessions = known.map(|status| session("a", status));
            heard.extend(watch.look(&snapshot(second, sessions.into_iter().collect()), at(second)));
        }
        for more in [1, 2, 3] {
            heard.extend(watch.look(&snapshot(second + more, vec![session("a", status.clone())]), at(second + more)));
        }
        prop_assert!(heard.iter().any(|alert| alert.since == status.since() && alert.about.id() == status.id()));
    }

    #[test]
    fn nobody_is_flooded(looks in looks(), per_minute in 1..4_u32) {
        let told: Vec<Timestamp> = told(&looks.iter().map(|(step, states, _)| (*step, states.clone(), false))
            .collect::<Vec<_>>(), per_minute).iter().map(|alert| alert.at).collect();
        let minute = std::time::Duration::from_mins(1);
        for first in &told {
            let within = told.iter().filter(|at| *at >= first && **at < *first + minute).count();
            prop_assert!(within <= per_minute as usize + 1, "{within} from {first}");
        }
    }
}
