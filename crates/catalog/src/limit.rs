//! What a limit's figures mean at a moment.

use std::time::Duration;

use jiff::tz::TimeZone;
use topside_model::{Limit, LimitMark, LimitWindow, Percent, Timestamp, elapsed};

use crate::format::clock;

/// Where a limit is going. The range comes from the paces of several stretches of time: the window so far, and its latest
/// parts as far as reports reach back.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Forecast {
    /// It is used up now.
    Reached,
    /// It lasts until it starts afresh, at every pace.
    Lasts,
    /// It is used up before that, at some pace.
    Out {
        /// When, at the fastest pace.
        earliest: Timestamp,
        /// When, at the slowest; `None` where it lasts at that.
        latest: Option<Timestamp>,
    },
    /// The window has started afresh since the figure was reported; what is used of the new one is not known.
    Stale,
}

/// Parts of a window whose paces count besides that of all of it: a fifth (of five hours one), and a twentieth.
const STRETCHES: [u32; 2] = [5, 20];
/// Reports whose windows end this close to each other, as a part of the window, are of the same one.
pub(crate) const SAME_END: u32 = 60;

/// Share of the window's time that has passed: the tick on its gauge. `None` where its length or end is not known.
pub fn time_passed(window: &LimitWindow, now: Timestamp) -> Option<Percent> {
    let length = window.window.filter(|length| !length.is_zero())?;
    let left = elapsed(now, window.resets_at?);
    Some(Percent((100.0 - left.as_secs_f64() / length.as_secs_f64() * 100.0).clamp(0.0, 100.0)))
}

/// Where a window of `limit` is going. `None` where its length or its end is not known, or when it was reported in its
/// first hundredth, when nothing can be told.
pub fn forecast(limit: &Limit, window: &LimitWindow, now: Timestamp) -> Option<Forecast> {
    let resets_at = window.resets_at?;
    if resets_at <= now {
        return Some(Forecast::Stale);
    }
    if window.used.0 >= 100.0 {
        return Some(Forecast::Reached);
    }
    let reported = limit.sample.seen_at;
    let out_at = |share_per_second: f64| {
        let seconds_left = (100.0 - window.used.0) / share_per_second;
        let left = Duration::try_from_secs_f64(seconds_left).ok()?;
        reported.checked_add(left).ok().filter(|at| *at < resets_at).map(|at| at.max(now))
    };
    let ends: Vec<Option<Timestamp>> = paces(limit, window)?.into_iter().map(out_at).collect();
    let Some(earliest) = ends.iter().flatten().min().copied() else { return Some(Forecast::Lasts) };
    let all: Option<Vec<Timestamp>> = ends.into_iter().collect();
    Some(Forecast::Out { earliest, latest: all.and_then(|ends| ends.into_iter().max()) })
}

/// Percent per second in the window so far, and in its latest parts.
fn paces(limit: &Limit, window: &LimitWindow) -> Option<Vec<f64>> {
    let reported = limit.sample.seen_at;
    let length = window.window?;
    let passed = time_passed(window, reported).filter(|passed| passed.0 >= 1.0)?;
    let mut paces = vec![window.used.0 / (length.as_secs_f64() * passed.0 / 100.0)];
    for part in STRETCHES {
        let Some(mark) = mark_before(limit, window, length / part) else { continue };
        let more = (window.used.0 - mark.used.0).max(0.0);
        paces.push(more / elapsed(mark.at, reported).as_secs_f64());
    }
    Some(paces)
}

/// The latest report of the same window that came at least so long before the newest.
fn mark_before(limit: &Limit, window: &LimitWindow, stretch: Duration) -> Option<LimitMark> {
    let (length, resets_at) = (window.window?, window.resets_at?);
    let until = limit.sample.seen_at.checked_sub(stretch).ok()?;
    let same = |mark: &&LimitMark| {
        let off = elapsed(mark.resets_at, resets_at).max(elapsed(resets_at, mark.resets_at));
        mark.window == length && off <= length / SAME_END && mark.at <= until
    };
    limit.marks.iter().filter(same).max_by_key(|mark| mark.at).copied()
}

/// When a limit is used up: `14:50`, `14:50–15:40`, or `14:50 or lasts` where it may last until it starts afresh.
pub fn out_at(earliest: Timestamp, latest: Option<Timestamp>, now: Timestamp, zone: &TimeZone) -> String {
    let first = clock(earliest, now, zone);
    let Some(latest) = latest else { return format!("{first} or lasts") };
    let last = clock(latest, now, zone);
    if first == last { first } else { format!("{first}–{last}") }
}
