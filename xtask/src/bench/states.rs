//! Whether a monitor says what a session does, and shows it where it is seen.

use std::collections::BTreeMap;
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};

use anyhow::bail;

use crate::bench::fleet::{Fleet, Truth, now, quoted};
use crate::bench::monitor::{Monitor, State};
use crate::bench::pane::{COMMON, Pane, row};
use crate::bench::stream::Stream;

/// A state that was true so many seconds before a sample still counts as right.
const GRACE: f64 = 3.0;

/// A wait for leave that lasts longer than this must be shown from then on to its end.
const NOTICE: f64 = 1.5;

/// A part of a whole.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Share {
    pub(super) part: u64,
    pub(super) whole: u64,
}

impl Share {
    fn count(&mut self, is_part: bool) {
        self.whole += 1;
        self.part += u64::from(is_part);
    }

    /// The part as a share of the whole; of nothing, nothing is right.
    pub(super) fn value(self) -> f64 {
        if self.whole == 0 { 0.0 } else { self.part as f64 / self.whole as f64 }
    }

    /// True when there is a whole, and the part is it.
    pub(super) fn is_all(self) -> bool {
        self.whole > 0 && self.part == self.whole
    }
}

/// How many samples were right.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Agreement {
    /// Samples with the right state.
    pub(super) right: Share,
    /// Those of sessions at work.
    pub(super) working: Share,
    /// Those of sessions whose turn is over.
    pub(super) idle: Share,
    /// Those of sessions that wait for leave.
    pub(super) waiting: Share,
    /// Waits for leave that were sampled when they had lasted [`NOTICE`]; those of which every such sample says so.
    pub(super) waits: Share,
    /// Samples of such waits; those whose session is on the first screen.
    pub(super) on_screen: Share,
    /// Samples shown as a wait for leave of a session that does not wait.
    pub(super) false_alarms: u64,
}

/// What one monitor said of one session at one moment.
struct Sample {
    at: f64,
    sid: String,
    state: State,
    /// Whether the session is on its screen of common size.
    on_screen: bool,
}

/// Notes once a second for `seconds` what every monitor says.
pub(super) fn measure(fleet: &Fleet, monitors: &[Monitor], seconds: u32) -> anyhow::Result<Vec<Agreement>> {
    let samples = scope(|scope| {
        let watch = |monitor| scope.spawn(move || watch(fleet, monitor, seconds));
        let watching: Vec<_> = monitors.iter().map(watch).collect();
        let ended = watching.into_iter().map(|thread| match thread.join() {
            Ok(samples) => samples,
            Err(_) => bail!("a watch of states panicked"),
        });
        ended.collect::<anyhow::Result<Vec<_>>>()
    })?;
    let mut diary: BTreeMap<String, Vec<Truth>> = BTreeMap::new();
    for truth in fleet.truth()? {
        diary.entry(truth.sid.clone()).or_default().push(truth);
    }
    Ok(samples.iter().map(|samples| score(samples, &diary)).collect())
}

/// What `monitor` says and shows, once a second or as often as it answers.
fn watch(fleet: &Fleet, monitor: &Monitor, seconds: u32) -> anyhow::Result<Vec<Sample>> {
    let stream = monitor.follow(fleet, seconds)?;
    let pane = Pane::open(fleet, monitor.name, COMMON, &quoted(&monitor.binary))?;
    let members: BTreeMap<&str, _> = fleet.sessions.iter().map(|member| (member.sid.as_str(), member)).collect();
    let mut samples = Vec::new();
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(u64::from(seconds)) {
        let seen = stream.as_ref().map_or_else(|| monitor.ask(fleet), Stream::last)?;
        let (at, screen) = (now(), pane.text()?);
        for (sid, seen) in seen {
            let on_screen = members.get(sid.as_str()).is_some_and(|member| row(&screen, member).is_some());
            samples.push(Sample { at, sid, state: seen.state, on_screen });
        }
        sleep(Duration::from_secs(1));
    }
    Ok(samples)
}

fn score(samples: &[Sample], diary: &BTreeMap<String, Vec<Truth>>) -> Agreement {
    let mut agreement = Agreement::default();
    let mut waits: BTreeMap<(&str, u64), bool> = BTreeMap::new();
    for Sample { at, sid, state, on_screen } in samples {
        let Some(truths) = diary.get(sid) else { continue };
        let now = truths.partition_point(|truth| truth.t <= *at);
        let lately = truths[..now].partition_point(|truth| truth.t <= at - GRACE).saturating_sub(1);
        let Some(current) = truths[..now].last() else { continue };
        let right = truths[lately..now].iter().any(|truth| state_of(truth) == *state);
        agreement.right.count(right);
        match state_of(current) {
            State::Working => agreement.working.count(right),
            State::Idle => agreement.idle.count(right),
            State::Approval => {
                agreement.waiting.count(right);
                if at - current.t >= NOTICE {
                    *waits.entry((sid, current.t.to_bits())).or_insert(true) &= *state == State::Approval;
                    agreement.on_screen.count(*on_screen);
                }
            }
            State::Other => {}
        }
        agreement.false_alarms += u64::from(*state == State::Approval && !right);
    }
    for seen in waits.into_values() {
        agreement.waits.count(seen);
    }
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
        let sample = Sample { at, sid: "a".to_owned(), state, on_screen: true };
        score(&[sample], &BTreeMap::from([("a".to_owned(), truths)]))
    }

    const MISSED: Share = Share { part: 0, whole: 1 };
    const SEEN: Share = Share { part: 1, whole: 1 };

    #[test]
    fn a_state_may_lag_by_the_grace_and_not_more() {
        assert_eq!(scored(22.0, State::Idle).right, SEEN);
        assert_eq!(scored(23.5, State::Idle).right, MISSED);
        assert_eq!(scored(23.5, State::Working).working, SEEN);
    }

    #[test]
    fn waits_are_counted_when_seen_and_when_missed() {
        let missed =
            Agreement { right: MISSED, waiting: MISSED, waits: MISSED, on_screen: SEEN, ..Agreement::default() };
        let seen = Agreement { right: SEEN, waiting: SEEN, waits: SEEN, ..missed };
        assert_eq!(scored(40.0, State::Approval), seen);
        assert_eq!(scored(40.0, State::Working), missed);
        assert_eq!(scored(31.0, State::Working).waits, Share::default(), "it is too young to be missed");
    }

    #[test]
    fn an_alarm_without_a_wait_is_false() {
        assert_eq!(scored(25.0, State::Approval).false_alarms, 1);
        assert_eq!(scored(5.0, State::Idle), Agreement::default());
    }
}
