//! What a limit's figures mean at a moment.

use std::time::Duration;

use topside_model::{LimitWindow, Percent, Timestamp, elapsed};

/// Where a limit is going, if use goes on as it did so far in its window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Forecast {
    /// It is used up now.
    Reached,
    /// It lasts until it starts afresh.
    Lasts,
    /// It is used up before that, at this time.
    OutAt(Timestamp),
    /// The window has started afresh since the figure was reported; what is used of the new one is not known.
    Stale,
}

/// Share of the window's time that has passed: the tick on its gauge. `None` where its length or end is not known.
pub fn time_passed(window: &LimitWindow, now: Timestamp) -> Option<Percent> {
    let length = window.window.filter(|length| !length.is_zero())?;
    let left = elapsed(now, window.resets_at?);
    Some(Percent((100.0 - left.as_secs_f64() / length.as_secs_f64() * 100.0).clamp(0.0, 100.0)))
}

/// Where a limit is going: the share used when it was reported, spread over the time that had passed by then.
/// `None` where the length or the end of the window is not known, or in its first hundredth, when nothing can be told.
pub fn forecast(window: &LimitWindow, reported: Timestamp, now: Timestamp) -> Option<Forecast> {
    let resets_at = window.resets_at?;
    if resets_at <= now {
        return Some(Forecast::Stale);
    }
    if window.used.0 >= 100.0 {
        return Some(Forecast::Reached);
    }
    let passed = time_passed(window, reported)?.0;
    if passed < 1.0 {
        return None;
    }
    let length = window.window?.as_secs_f64();
    let share_per_second = window.used.0 / (length * passed / 100.0);
    let seconds_left = (100.0 - window.used.0) / share_per_second;
    let out_at = Duration::try_from_secs_f64(seconds_left).ok().and_then(|left| reported.checked_add(left).ok());
    Some(match out_at {
        Some(at) if at < resets_at => Forecast::OutAt(at.max(now)),
        _ => Forecast::Lasts,
    })
}
