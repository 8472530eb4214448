//! How it reads who used what a limit is of.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use topside_model::{Limit, LimitUse, LimitWindow, Snapshot, Untrusted, elapsed};

use crate::format;
use crate::limit::SAME_END;
use crate::text::{neutralise, shown_path};

/// What shares of those who used a limit are of.
pub const SHARES: &str = "shares are of these, not of the limit's own measure";

/// Who used what since a running window of `limit` began, where that is known. It may have been worked out when an earlier
/// report had the window begin a little sooner or later.
pub fn used_in<'a>(limit: &Limit, window: &LimitWindow, snapshot: &'a Snapshot) -> Option<&'a LimitUse> {
    let (length, began) = (window.window?, window.began()?);
    if window.resets_at <= Some(snapshot.taken_at) {
        return None;
    }
    let off = |used: &LimitUse| elapsed(used.since, began).max(elapsed(began, used.since));
    let same = |used: &&LimitUse| used.agent == limit.agent && off(used) <= length / SAME_END;
    snapshot.limit_use.iter().filter(same).min_by_key(|used| off(used))
}

/// `who used codex since 09:02 (5 h): ≥3M tokens`; says so where several homes of the agent are taken together.
pub fn headline(used: &LimitUse, window: &LimitWindow, snapshot: &Snapshot, zone: &TimeZone) -> String {
    let agent = neutralise(used.agent.as_str());
    let homes = snapshot.limits.iter().filter(|limit| limit.agent == used.agent).map(|limit| &limit.home);
    let all = if homes.collect::<BTreeSet<_>>().len() > 1 { " in all its homes" } else { "" };
    let since = format::clock(used.since, snapshot.taken_at, zone);
    let length = window.window.map_or_else(String::new, |length| format!(" ({})", format::window(length)));
    let floor = if used.floor { "≥" } else { "" };
    format!("who used {agent}{all} since {since}{length}: {floor}{} tokens", format::tokens(used.tokens))
}

/// A project's name.
pub fn project(name: Option<&Untrusted>) -> String {
    name.map_or_else(|| "no known project".to_owned(), shown_path)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use topside_model::{AgentId, LimitId, LimitSample, Percent, Timestamp, Tokens};

    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(minute * 60).expect("a moment")
    }

    /// What is told at `minute` of the five hours from 300 to 600, when these beginnings were added up for `agent`.
    #[track_caller]
    fn check(minute: i64, agent: &str, since: &[i64], expected: Option<i64>) {
        let window =
            LimitWindow { window: Some(Duration::from_hours(5)), used: Percent(1.0), resets_at: Some(at(600)) };
        let sample = LimitSample {
            limit: LimitId::new("codex"),
            name: None,
            plan: None,
            windows: vec![window.clone()],
            reached: None,
            seen_at: at(minute),
        };
        let limit = Limit { agent: AgentId::new("codex"), home: Untrusted::new("/"), sample, marks: Vec::new() };
        let used = |since: &i64| LimitUse {
            agent: AgentId::new(agent),
            since: at(*since),
            tokens: Tokens(1),
            floor: false,
            sessions: Vec::new(),
            more_sessions: 0,
            projects: Vec::new(),
            more_projects: 0,
        };
        let limit_use = since.iter().map(used).collect();
        let snapshot = Snapshot { limit_use, ..Snapshot::empty(at(minute)) };
        assert_eq!(used_in(&limit, &window, &snapshot).map(|used| used.since), expected.map(at));
    }

    #[test]
    fn what_was_used_is_of_the_running_window_that_began_nearest_to_it() {
        check(400, "codex", &[300], Some(300));
        check(400, "codex", &[295, 302, 305], Some(302));
        check(400, "codex", &[294, 306], None);
        check(400, "claude_code", &[300], None);
        check(600, "codex", &[300], None);
    }
}
