//! Compares what topside said of a session with what was true.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::truth::{Claim, Turning};
use super::watch::{PERIOD, Sample};

/// A state that is over sooner may pass unseen: it is shorter than what topside promises.
const FLEETING: SignedDuration = SignedDuration::from_millis(1_300);

/// A turn begins before the model is asked, which is all the server sees; what is said so shortly before a turning may
/// already speak of what follows.
const EARLY: SignedDuration = SignedDuration::from_millis(300);

/// How well topside told one session's story.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Judgement {
    /// The longest time any state took to be seen; `None` when all were too short to tell.
    pub(crate) slowest: Option<Duration>,
    /// Samples that said what was true.
    pub(crate) right: usize,
    /// All samples.
    pub(crate) samples: usize,
    /// What was wrong, one line each.
    pub(crate) problems: Vec<String>,
}

impl Judgement {
    /// Adds another session's story to this one.
    pub(crate) fn add(&mut self, other: Self) {
        self.slowest = self.slowest.max(other.slowest);
        self.right += other.right;
        self.samples += other.samples;
        self.problems.extend(other.problems);
    }
}

/// Judges what `samples` say of session `id` against the `truth`, oldest first, until the last sample.
pub(crate) fn judge(id: &str, truth: &[Turning], samples: &[Sample]) -> Judgement {
    let mut judgement = Judgement::default();
    let end = samples.last().map_or(Timestamp::MIN, |sample| sample.at);
    for (n, turning) in truth.iter().enumerate() {
        let until = truth.get(n + 1).map_or(end, |next| next.at);
        let period: Vec<_> = samples.iter().filter(|sample| (turning.at..until).contains(&sample.at)).collect();
        let said = period.iter().map(|sample| (sample.at.duration_since(turning.at), status(sample, id))).collect();
        judge_period(turning.claim, until.duration_since(turning.at), &said, &mut judgement);
    }
    judgement
}

/// Judges one period of `length`, in which `said` was said at those times after its start.
fn judge_period(claim: Claim, length: SignedDuration, said: &Vec<(SignedDuration, &str)>, judgement: &mut Judgement) {
    let is_right = |status: &str| claim.right.contains(&status);
    judgement.samples += said.len();
    judgement.right += said.iter().filter(|(_, status)| is_right(status)).count();
    let settle = SignedDuration::try_from(claim.settle + PERIOD).unwrap_or(SignedDuration::MAX);
    if length < FLEETING.max(settle) {
        return;
    }
    let name = claim.right.join(" or ");
    let Some((after, _)) = said.iter().find(|(_, status)| is_right(status)) else {
        judgement.problems.push(format!(
            "{name} for {:.1} s was never seen, only {}",
            length.as_secs_f64(),
            words(said)
        ));
        return;
    };
    judgement.slowest = judgement.slowest.max(Some(after.unsigned_abs()));
    if *after > settle {
        judgement.problems.push(format!("{name} was seen only after {:.1} s", after.as_secs_f64()));
    }
    let settled = settle..length - EARLY;
    let wrong: Vec<_> =
        said.iter().filter(|(after, status)| settled.contains(after) && !is_right(status)).copied().collect();
    if !wrong.is_empty() {
        judgement.problems.push(format!("{name} was shown as something else: {}", words(&wrong)));
    }
}

fn status<'a>(sample: &'a Sample, id: &str) -> &'a str {
    sample.said.session(id).map_or("nothing", |session| &session.status.id)
}

/// What was said, without repeats, with the time of each change.
fn words(said: &[(SignedDuration, &str)]) -> String {
    let mut changes = said.to_vec();
    changes.dedup_by_key(|(_, status)| *status);
    let words: Vec<_> =
        changes.iter().map(|(after, status)| format!("{status} at {:.1} s", after.as_secs_f64())).collect();
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
                let json = serde_json::json!({ "taken_at": null, "ports": [], "sessions": [{
                    "id": "s", "forked_from": null, "parent": null, "status": { "id": status },
                    "compactions": 0, "owner": null,
                    "usage": { "input_uncached": 0, "cache_read": 0, "output": 0, "reasoning": 0, "total": 0 } }] });
                let said: Snapshot = serde_json::from_value(json).expect("a snapshot");
                Sample { at: at(n * 100), said: Arc::new(said) }
            })
            .collect()
    }

    #[test]
    fn a_state_seen_in_time_is_right_from_then_on() {
        let truth = [Turning { at: at(0), claim: TOOL }, Turning { at: at(5_000), claim: DONE }];
        let said = samples(&[(300, "running_tool"), (5_400, "turn_done")], 8_000);
        let judgement = judge("s", &truth, &said);
        assert_eq!((judgement.right, judgement.samples), (72, 79));
        assert_eq!(judgement.slowest, Some(Duration::from_millis(400)));
        assert_eq!(judgement.problems, Vec::<String>::new());
    }

    #[test]
    fn a_late_a_missing_and_a_flickering_state_are_problems() {
        let truth = [Turning { at: at(0), claim: APPROVAL }];
        assert_eq!(judge("s", &truth, &samples(&[(1_500, "approval")], 5_000)).problems.len(), 2);
        assert_eq!(judge("s", &truth, &samples(&[(0, "thinking")], 5_000)).problems.len(), 1);
        let flicker =
            judge("s", &truth, &samples(&[(0, "approval"), (3_000, "running_tool"), (3_200, "approval")], 5_000));
        assert_eq!(flicker.problems, ["approval was shown as something else: running_tool at 3.0 s"]);
    }

    #[test]
    fn a_state_too_short_to_promise_may_pass_unseen() {
        let truth = [Turning { at: at(0), claim: TOOL }, Turning { at: at(900), claim: DONE }];
        let judgement = judge("s", &truth, &samples(&[(0, "turn_done")], 4_000));
        assert_eq!(judgement.problems, Vec::<String>::new());
        assert_eq!(judgement.right, 30);
    }
}
