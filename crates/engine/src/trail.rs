//! How fast limits filled: what was reported of each window over time.

use std::collections::BTreeMap;
use std::time::Duration;

use topside_model::{LimitMark, LimitSample, Percent, Timestamp};

/// Parts of a window of which each keeps its last report.
const PARTS: u32 = 60;
/// Reports kept of a window: a whole one, and where the one before it ended.
const MARKS: usize = PARTS as usize + 4;
/// Lengths of windows that one limit is kept of; vendors have two or three, reported a minute off now and then.
const LENGTHS: usize = 8;

/// Reports of one limit. The same reports, in any order and however often, leave the same marks.
#[derive(Debug, Default, Clone, PartialEq)]
pub(crate) struct Trail {
    windows: BTreeMap<Duration, BTreeMap<i64, LimitMark>>,
}

impl Trail {
    /// Takes a report.
    pub(crate) fn add(&mut self, sample: &LimitSample) {
        for window in &sample.windows {
            let (Some(length), Some(resets_at)) = (window.window, window.resets_at) else { continue };
            self.keep(LimitMark { window: length, at: sample.seen_at, used: window.used, resets_at });
        }
        while self.windows.len() > LENGTHS {
            let latest = |marks: &BTreeMap<i64, LimitMark>| marks.values().next_back().map(|mark| mark.at);
            let oldest = self.windows.iter().min_by_key(|(_, marks)| latest(marks)).map(|(length, _)| *length);
            oldest.and_then(|length| self.windows.remove(&length));
        }
    }

    /// All marks: windows by length, each by time.
    pub(crate) fn marks(&self) -> impl Iterator<Item = LimitMark> + '_ {
        self.windows.values().flat_map(BTreeMap::values).copied()
    }

    fn keep(&mut self, mark: LimitMark) {
        let part = (mark.window / PARTS).as_secs().max(1).cast_signed();
        let marks = self.windows.entry(mark.window).or_default();
        let slot = mark.at.as_second().div_euclid(part);
        let known = marks.entry(slot).or_insert(mark);
        if order(known) < order(&mark) {
            *known = mark;
        }
        while marks.len() > MARKS {
            marks.pop_first();
        }
    }
}

/// Of two reports in one part of a window the later one stays; of two at once, the larger.
fn order(mark: &LimitMark) -> (Timestamp, Timestamp, u64) {
    let LimitMark { at, resets_at, used: Percent(used), .. } = *mark;
    (at, resets_at, (used.max(0.0) * 1e6) as u64)
}

#[cfg(test)]
mod tests {
    use topside_model::{LimitId, LimitWindow};

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a moment")
    }

    /// A report of a window of an hour, whose parts are a minute long.
    fn sample(second: i64, used: f64) -> LimitSample {
        let window = LimitWindow {
            window: Some(Duration::from_hours(1)),
            used: Percent(used),
            resets_at: Some(at(second.div_euclid(3_600) * 3_600 + 3_600)),
        };
        let limit = LimitId::new("l");
        LimitSample { limit, name: None, plan: None, windows: vec![window], reached: None, seen_at: at(second) }
    }

    fn trail<'a>(samples: impl IntoIterator<Item = &'a LimitSample>) -> Trail {
        let mut trail = Trail::default();
        samples.into_iter().for_each(|sample| trail.add(sample));
        trail
    }

    #[test]
    fn each_part_of_a_window_keeps_its_last_report() {
        let trail = trail(&[sample(0, 1.0), sample(59, 3.0), sample(30, 2.0), sample(60, 4.0), sample(60, 5.0)]);
        let marks: Vec<_> = trail.marks().map(|mark| (mark.at.as_second(), mark.used.0)).collect();
        assert_eq!(marks, [(59, 3.0), (60, 5.0)]);
    }

    #[test]
    fn order_and_repeats_do_not_matter_and_the_latest_are_kept() {
        let samples: Vec<LimitSample> = (0..200).map(|minute| sample(minute * 60, minute as f64)).collect();
        let (upwards, downwards) = (trail(&samples), trail(samples.iter().rev().chain(&samples)));
        assert_eq!(upwards, downwards);
        let seconds: Vec<i64> = upwards.marks().map(|mark| mark.at.as_second()).collect();
        assert_eq!((seconds.len(), seconds.last()), (MARKS, Some(&(199 * 60))));
    }

    #[test]
    fn of_ever_new_lengths_the_latest_are_kept() {
        let of_length = |minutes: u64| {
            let mut sample = sample(minutes.cast_signed(), 1.0);
            sample.windows[0].window = Some(Duration::from_mins(minutes));
            sample
        };
        let samples: Vec<LimitSample> = (1..100).map(of_length).collect();
        let lengths: Vec<u64> = trail(&samples).marks().map(|mark| mark.window.as_secs() / 60).collect();
        assert_eq!(lengths, (92..100).collect::<Vec<u64>>());
    }

    #[test]
    fn what_has_no_window_leaves_no_mark() {
        let mut bare = sample(0, 1.0);
        bare.windows[0].resets_at = None;
        assert_eq!(trail(&[bare]).marks().count(), 0);
    }
}
