//! Compares what topside said of a session with what was true.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::truth::{Claim, Turning};
use super::watch::{PERIOD, Sample};

/// A state that is over sooner may pass unseen: it is shorter than what topside promises.
const FLEETING: SignedDuration = SignedDuration::from_millis(1_300);

/// The smallest share of samples, in percent, that may be right.
const RIGHT: f64 = 95.0;

/// How well topside told one session's story.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Judgement {
    /// The states it went through.
    pub(crate) states: Vec<State>,
    /// Samples that said what was true.
    pub(crate) right: usize,
    /// All samples.
    pub(crate) samples: usize,
    /// What was wrong, one line each.
    pub(crate) problems: Vec<String>,
}

/// How one state was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct State {
    /// Its name, the first one where several are right.
    pub(crate) name: &'static str,
    /// How long it took to be seen; `None` when it was never seen or too short to tell.
    pub(crate) after: Option<Duration>,
    /// Samples that said something else.
    pub(crate) wrong: usize,
}

impl Judgement {
    /// Adds another session's story to this one.
    pub(crate) fn add(&mut self, other: Self) {
        self.states.extend(other.states);
        self.right += other.right;
        self.samples += other.samples;
        self.problems.extend(other.problems);
    }

    /// The longest time any state took to be seen; `None` when all were too short to tell.
    pub(crate) fn slowest(&self) -> Option<Duration> {
        self.states.iter().filter_map(|state| state.after).max()
    }

    /// Samples that said what was true, in percent.
    pub(crate) fn share(&self) -> f64 {
        100.0 * self.right as f64 / self.samples.max(1) as f64
    }

    /// True when too few samples said what was true.
    pub(crate) fn is_often_wrong(&self) -> bool {
        self.share() < RIGHT
    }
}

/// Judges what `samples` say of session `id` against the `truth`, oldest first, until the last sample. Nothing is judged
/// before the first turning.
pub(crate) fn judge(id: &str, truth: &[Turning], samples: &[Sample]) -> Judgement {
    let mut judgement = Judgement::default();
    let end = samples.last().map_or(Timestamp::MIN, |sample| sample.at);
    for (n, turning) in truth.iter().enumerate() {
        let until = truth.get(n + 1).map_or(end, |next| next.at);
        let during = samples.iter().filter(|sample| (turning.at..until).contains(&sample.at));
        let said: Vec<Said<'_>> = during
            .map(|sample| {
                let status = status(sample, id);
                let is_right = turning.claim.right.contains(&status);
                let is_near = is_right || near(truth, n, sample.at).any(|claim| claim.right.contains(&status));
                Said { after: sample.at.duration_since(turning.at), status, is_right, is_near }
            })
            .collect();
        judge_period(turning.claim, until.duration_since(turning.at), &said, &mut judgement);
    }
    judgement
}

/// Claims beside that of turning `n` which may be right at `moment`: the one before, as long as the sample's interval
/// holds the turning, and the next one, once it may have begun.
fn near(truth: &[Turning], n: usize, moment: Timestamp) -> impl Iterator<Item = Claim> {
    let before = n.checked_sub(1).filter(|_| moment - PERIOD < truth[n].at).map(|n| truth[n].claim);
    let next = truth.get(n + 1).filter(|next| next.earliest <= moment).map(|next| next.claim);
    before.into_iter().chain(next)
}

/// What one sample says.
#[derive(Debug, Clone, Copy)]
struct Said<'a> {
    /// Time since the turning.
    after: SignedDuration,
    status: &'a str,
    /// What the turning claims.
    is_right: bool,
    /// That, or what is right beside it so close to another turning.
    is_near: bool,
}

/// Judges one period of `length`, in which `said` was said.
fn judge_period(claim: Claim, length: SignedDuration, said: &[Said<'_>], judgement: &mut Judgement) {
    let right = said.iter().filter(|said| said.is_near).count();
    judgement.samples += said.len();
    judgement.right += right;
    let settle = SignedDuration::try_from(claim.settle + PERIOD).unwrap_or(SignedDuration::MAX);
    let has_lasted = length >= FLEETING.max(settle);
    let first = said.iter().find(|said| said.is_right).filter(|_| has_lasted);
    let after = first.map(|first| first.after.unsigned_abs());
    judgement.states.push(State { name: claim.right[0], after, wrong: said.len() - right });
    if !has_lasted {
        return;
    }
    let name = claim.right.join(" or ");
    let Some(first) = first else {
        let length = length.as_secs_f64();
        judgement.problems.push(format!("{name} for {length:.1} s was never seen, only {}", words(said)));
        return;
    };
    if first.after > settle {
        judgement.problems.push(format!("{name} was seen only after {:.1} s", first.after.as_secs_f64()));
    }
    let wrong: Vec<_> = said.iter().filter(|said| said.after >= settle && !said.is_near).copied().collect();
    if !wrong.is_empty() {
        judgement.problems.push(format!("{name} was shown as something else: {}", words(&wrong)));
    }
}

fn status<'a>(sample: &'a Sample, id: &str) -> &'a str {
    sample.said.session(id).map_or("nothing", |session| &session.status.id)
}

/// What was said, without repeats, with the time of each change.
fn words(said: &[Said<'_>]) -> String {
    let mut changes = said.to_vec();
    changes.dedup_by_key(|said| said.status);
    let words: Vec<_> =
        changes.iter().map(|said| format!("{} at {:.1} s", said.status, said.after.as_secs_f64())).collect();
    words.join(", ")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::truth::{APPROVAL, DONE, TOOL};
    use super::super::watch::Snapshot;
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millisecond(millis).expect("a moment in range")
    }

    /// Samples every 100 ms; `changes` are statuses and when they come.
    fn samples(changes: &[(i64, &str)], end: i64) -> Vec<Sample> {
        (0..end / 100)
            .map(|n| {
                let status =
                    changes.iter().rev().find(|(from, _)| *from <= n * 100).map_or("nothing", |(_, status)| status);
                let json = serde_json::json!({ "taken_at": null, "ports": [], "limits": [], "sessions": [{
                    "id": "s", "forked_from": null, "parent": null, "status": { "id": status },
                    "compactions": 0, "owner": null, "cost": { "reported": null },
                    "context": { "window": null, "window_from": null },
                    "usage": { "input_uncached": 0, "cache_read": 0, "output": 0, "reasoning": 0, "total": 0 } }] });
                let said: Snapshot = serde_json::from_value(json).expect("a snapshot");
                Sample { at: at(n * 100), said: Arc::new(said) }
            })
            .collect()
    }

    #[test]
    fn a_state_seen_in_time_is_right_from_then_on() {
        let truth = [Turning::at(at(0), TOOL), Turning::at(at(5_000), DONE)];
        let said = samples(&[(300, "running_tool"), (5_400, "turn_done")], 8_000);
        let judgement = judge("s", &truth, &said);
        // The sample at 5.0 s stands for an interval that holds the edge.
        assert_eq!((judgement.right, judgement.samples), (73, 79));
        assert_eq!(judgement.slowest(), Some(Duration::from_millis(400)));
        assert_eq!(judgement.problems, Vec::<String>::new());
    }

    #[test]
    fn a_late_a_missing_and_a_flickering_state_are_problems() {
        let truth = [Turning::at(at(0), APPROVAL)];
        assert_eq!(judge("s", &truth, &samples(&[(1_500, "approval")], 5_000)).problems.len(), 2);
        assert_eq!(judge("s", &truth, &samples(&[(0, "thinking")], 5_000)).problems.len(), 1);
        let flicker =
            judge("s", &truth, &samples(&[(0, "approval"), (3_000, "running_tool"), (3_200, "approval")], 5_000));
        assert_eq!(flicker.problems, ["approval was shown as something else: running_tool at 3.0 s"]);
    }

    #[test]
    fn a_state_too_short_to_promise_may_pass_unseen() {
        let truth = [Turning::at(at(0), TOOL), Turning::at(at(900), DONE)];
        let judgement = judge("s", &truth, &samples(&[(0, "turn_done")], 4_000));
        assert_eq!(judgement.problems, Vec::<String>::new());
        assert_eq!(judgement.right, 30);
    }

    #[test]
    fn what_may_have_begun_is_right_beside_what_may_not_be_over() {
        let begun = Turning { earliest: at(4_500), ..Turning::at(at(5_000), DONE) };
        let truth = [Turning::at(at(0), TOOL), begun];
        let early = judge("s", &truth, &samples(&[(0, "running_tool"), (4_500, "turn_done")], 8_000));
        assert_eq!((early.right, early.samples), (79, 79));
        assert!(!early.is_often_wrong());
        let too_early = judge("s", &truth, &samples(&[(0, "running_tool"), (4_000, "turn_done")], 8_000));
        assert_eq!(too_early.right, 74);
        assert!(too_early.is_often_wrong());
        assert_eq!(too_early.problems, ["running_tool was shown as something else: turn_done at 4.0 s"]);
    }
}
