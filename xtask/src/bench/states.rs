//! Whether a monitor says what a session does.

use std::collections::BTreeMap;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::bench::fleet::{Fleet, Truth, now};
use crate::bench::monitor::{Monitor, State};
use crate::bench::stream::Stream;

/// A state that was true so many seconds before a sample still counts as right.
const GRACE: f64 = 3.0;

/// A wait for leave that lasts longer than this must be shown from then on to its end.
const NOTICE: f64 = 1.5;

/// How many samples were right.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Agreement {
    /// Samples.
    pub(super) samples: u64,
    /// Samples with the right state.
    pub(super) right: u64,
    /// Samples of a session that waits for leave.
    pub(super) waiting: u64,
    /// Those shown as such.
    pub(super) waiting_seen: u64,
    /// Waits for leave that were sampled when they had lasted [`NOTICE`].
    pub(super) waits: u64,
    /// Those of which every such sample says so.
    pub(super) waits_seen: u64,
    /// Samples shown as a wait for leave of a session that does not wait.
    pub(super) false_alarms: u64,
}

/// What one monitor said of one session at one moment.
struct Sample {
    at: f64,
    sid: String,
    state: State,
}

/// Notes once a second for `seconds` what every monitor says.
pub(super) fn measure(fleet: &Fleet, monitors: &[Monitor], seconds: u32) -> anyhow::Result<Vec<Agreement>> {
    let streams = monitors.iter().map(|monitor| monitor.follow(fleet, seconds)).collect::<anyhow::Result<Vec<_>>>()?;
    let mut samples: Vec<Vec<Sample>> = monitors.iter().map(|_| Vec::new()).collect();
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(u64::from(seconds)) {
        for ((monitor, stream), samples) in monitors.iter().zip(&streams).zip(&mut samples) {
            let seen = stream.as_ref().map_or_else(|| monitor.ask(fleet), Stream::last)?;
            let at = now();
            samples.extend(seen.into_iter().map(|(sid, seen)| Sample { at, sid, state: seen.state }));
        }
        sleep(Duration::from_secs(1));
    }
    let mut diary: BTreeMap<String, Vec<Truth>> = BTreeMap::new();
    for truth in fleet.truth()? {
        diary.entry(truth.sid.clone()).or_default().push(truth);
    }
    Ok(samples.iter().map(|samples| score(samples, &diary)).collect())
}

fn score(samples: &[Sample], diary: &BTreeMap<String, Vec<Truth>>) -> Agreement {
    let mut agreement = Agreement::default();
    let mut waits: BTreeMap<(&str, u64), bool> = BTreeMap::new();
    for Sample { at, sid, state } in samples {
        let Some(truths) = diary.get(sid) else { continue };
        let now = truths.partition_point(|truth| truth.t <= *at);
        let lately = truths[..now].partition_point(|truth| truth.t <= at - GRACE).saturating_sub(1);
        let Some(current) = truths[..now].last() else { continue };
        let right = truths[lately..now].iter().any(|truth| state_of(truth) == *state);
        agreement.samples += 1;
        agreement.right += u64::from(right);
        if state_of(current) == State::Approval {
            agreement.waiting += 1;
            agreement.waiting_seen += u64::from(*state == State::Approval);
            if at - current.t >= NOTICE {
                *waits.entry((sid, current.t.to_bits())).or_insert(true) &= *state == State::Approval;
            }
        }
        agreement.false_alarms += u64::from(*state == State::Approval && !right);
    }
    agreement.waits = waits.len() as u64;
    agreement.waits_seen = waits.values().filter(|seen| **seen).count() as u64;
    agreement
}

fn state_of(truth: &Truth) -> State {
    match truth.state.as_str() {
        "thinking" | "tool" => State::Working,
        "waiting" => State::Approval,
        "idle" => State::Idle,
        _ => State::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scored(at: f64, state: State) -> Agreement {
        let truth = |t, state: &str| Truth { t, sid: "a".to_owned(), state: state.to_owned(), tokens: 0 };
        let truths = vec![truth(10.0, "idle"), truth(20.0, "tool"), truth(30.0, "waiting")];
        score(&[Sample { at, sid: "a".to_owned(), state }], &BTreeMap::from([("a".to_owned(), truths)]))
    }

    #[test]
    fn a_state_may_lag_by_the_grace_and_not_more() {
        assert_eq!(scored(22.0, State::Idle).right, 1);
        assert_eq!(scored(23.5, State::Idle).right, 0);
        assert_eq!(scored(23.5, State::Working).right, 1);
    }

    #[test]
    fn waits_are_counted_when_seen_and_when_missed() {
        let one = Agreement { samples: 1, waiting: 1, waits: 1, ..Agreement::default() };
        let seen = Agreement { right: 1, waiting_seen: 1, waits_seen: 1, ..one };
        assert_eq!(scored(40.0, State::Approval), seen);
        assert_eq!(scored(40.0, State::Working), one);
        assert_eq!(scored(31.0, State::Working).waits, 0, "it is too young to be missed");
    }

    #[test]
    fn an_alarm_without_a_wait_is_false() {
        assert_eq!(scored(25.0, State::Approval).false_alarms, 1);
        assert_eq!(scored(5.0, State::Idle), Agreement::default());
    }
}
