//! What a limit's figures mean at a moment.

use std::time::Duration;

use jiff::tz::TimeZone;
use topside_model::{Limit, LimitMark, LimitWindow, Percent, Timestamp, elapsed};

use crate::format::clock;
use crate::session::agent_name_short;
use crate::text::{neutralise, shown};

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

/// Words that names of limits begin with, and the length of the window that they only repeat.
const LENGTHS: [(&str, Duration); 2] =
    [("five hour", Duration::from_hours(5)), ("seven day", Duration::from_hours(7 * 24))];

/// The limit's name where room is short: its agent's, and the vendor's where that says more than whose it is and how long
/// its window: `codex`, `claude` for `five_hour`, `claude opus` for `seven_day_opus`.
pub fn name(limit: &Limit) -> String {
    let (agent, sample) = (agent_name_short(&limit.agent), &limit.sample);
    let said = sample.name.as_ref().map_or_else(|| neutralise(sample.limit.as_str()), shown).replace('_', " ");
    let whole = neutralise(limit.agent.as_str()).replace('_', " ");
    let is_long = |length: Duration| sample.windows.iter().any(|window| window.window == Some(length));
    let lengths = LENGTHS.iter().filter(|(_, length)| is_long(*length)).map(|(words, _)| *words);
    let known = [whole.as_str(), agent.as_str()].into_iter().chain(lengths);
    match known.fold(said.as_str(), without) {
        "" => agent,
        more => format!("{agent} {more}"),
    }
}

/// `text` without `word` at its start.
fn without<'a>(text: &'a str, word: &str) -> &'a str {
    let rest = text.strip_prefix(word).filter(|rest| rest.is_empty() || rest.starts_with(' '));
    rest.map_or(text, str::trim_start)
}

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

#[cfg(test)]
mod tests {
    use topside_model::{AgentId, LimitId, LimitSample, Untrusted};

    use super::*;

    #[track_caller]
    fn check(agent: &str, id: &str, name_of_vendor: Option<&str>, hours: u64, expected: &str) {
        let length = Some(Duration::from_hours(hours));
        let sample = LimitSample {
            limit: LimitId::new(id),
            name: name_of_vendor.map(Untrusted::new),
            plan: None,
            windows: vec![LimitWindow { window: length, used: Percent(1.0), resets_at: None }],
            reached: None,
            seen_at: Timestamp::UNIX_EPOCH,
        };
        let limit = Limit { agent: AgentId::new(agent), home: Untrusted::new("/"), sample, marks: Vec::new() };
        assert_eq!(name(&limit), expected);
    }

    #[test]
    fn a_limit_is_called_by_what_its_window_does_not_say() {
        check("codex", "codex", None, 5, "codex");
        check("codex", "codex_other", None, 5, "codex other");
        check("codex", "x", Some("GPT-5.6 Sol"), 5, "codex GPT-5.6 Sol");
        check("claude_code", "claude_code", None, 5, "claude");
        check("claude_code", "five_hour", None, 5, "claude");
        check("claude_code", "five_hour", None, 6, "claude five hour");
        check("claude_code", "seven_day", None, 168, "claude");
        check("claude_code", "seven_day_opus", None, 168, "claude opus");
        check("claude_code", "seven_days", None, 168, "claude seven days");
    }
}
