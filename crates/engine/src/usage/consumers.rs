//! Who used what a limit is of.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::time::Duration;

use topside_model::{
    AgentId, Bucket, Consumer, Limit, LimitUse, Lineage, PastName, Percent, Period, TimeZone, Timestamp, Tokens,
    UsageQuery, elapsed,
};

use super::family::Families;

/// Consumers that are listed.
const LISTED: usize = 20;
/// Rates are taken over this time, up to a quarter of an hour more.
const RECENT: Duration = Duration::from_hours(1);
/// Seconds of a quarter of an hour, in which history counts.
const QUARTER: i64 = 15 * 60;
/// A shorter time tells no rate.
const LEAST: Duration = Duration::from_mins(5);

/// Windows of limits, and who used tokens since they began.
#[derive(Debug)]
pub struct LimitUseFold<'a> {
    sessions: &'a [Lineage],
    families: Families<'a>,
    windows: Vec<Window>,
    now: Timestamp,
}

/// A window of an agent's limit, and what was used in it.
#[derive(Debug)]
struct Window {
    agent: AgentId,
    since: Timestamp,
    /// From when on replies count for the rate.
    recent: Timestamp,
    floor: bool,
    /// By place of the session that no known one started.
    sessions: BTreeMap<u32, Used>,
    /// By place of the project.
    projects: BTreeMap<u32, Used>,
}

/// Tokens, and how many of them lately.
#[derive(Debug, Default, Clone, Copy)]
struct Used {
    all: Tokens,
    recent: Tokens,
}

impl<'a> LimitUseFold<'a> {
    /// The windows of `limits` that run at the moment `now`, on which nothing was added yet. Those whose length or end is
    /// not known are left out, and those that have started afresh since their last report.
    pub fn new(limits: &[Limit], now: Timestamp, sessions: &'a [Lineage]) -> Self {
        let mut windows: Vec<(AgentId, Timestamp)> = Vec::new();
        for limit in limits {
            let running = limit.sample.windows.iter().filter(|window| window.resets_at.is_some_and(|at| at > now));
            windows.extend(running.filter_map(|window| Some((limit.agent.clone(), window.began()?))));
        }
        windows.sort();
        windows.dedup();
        let everything = UsageQuery::all(Period::Session, TimeZone::UTC);
        Self {
            sessions,
            families: Families::new(sessions, &everything),
            windows: windows.into_iter().map(|(agent, since)| Window::new(agent, since, now)).collect(),
            now,
        }
    }

    /// Adds a bucket, whose place is that of the sessions given at first.
    pub fn add(&mut self, bucket: &Bucket) {
        let Some(member) = self.families.member(bucket.session) else { return };
        let Some((first, last)) = bucket.span else { return };
        let agent = self.families.agent(member.agent);
        let running = self.windows.iter_mut().filter(|window| window.agent == *agent);
        for window in running.filter(|window| window.since <= last && first <= self.now) {
            let all = bucket.usage.total();
            let recent = if window.recent <= last { all } else { Tokens(0) };
            window.floor |= bucket.unsettled > 0;
            for used in [window.sessions.entry(member.top), window.projects.entry(member.project)] {
                let used = used.or_default();
                used.all += all;
                used.recent += recent;
            }
        }
    }

    /// Who used what, by agent and window.
    pub fn finish(self) -> Vec<LimitUse> {
        let Self { sessions, families, windows, now } = self;
        let session = |place: u32| {
            let Lineage { key, project, .. } = &sessions[place as usize];
            PastName { key: key.clone(), project: project.clone() }
        };
        let project = |place| families.project(place).cloned();
        windows
            .into_iter()
            .map(|window| {
                let tokens = window.sessions.values().fold(Tokens(0), |sum, used| sum + used.all);
                let time = elapsed(window.recent, now);
                let (sessions, more_sessions) = ranked(&window.sessions, tokens, time, session);
                let (projects, more_projects) = ranked(&window.projects, tokens, time, project);
                let Window { agent, since, floor, .. } = window;
                LimitUse { agent, since, tokens, floor, sessions, more_sessions, projects, more_projects }
            })
            .collect()
    }
}

impl Window {
    fn new(agent: AgentId, since: Timestamp, now: Timestamp) -> Self {
        let hour_ago = now.checked_sub(RECENT).unwrap_or(Timestamp::MIN).as_second();
        let quarter = Timestamp::from_second(hour_ago - hour_ago.rem_euclid(QUARTER)).unwrap_or(Timestamp::MIN);
        let recent = quarter.max(since);
        Self { agent, since, recent, floor: false, sessions: BTreeMap::new(), projects: BTreeMap::new() }
    }
}

/// Those who used most, and how many more there are; rates are over the time `recent`.
fn ranked<T>(
    used: &BTreeMap<u32, Used>,
    whole: Tokens,
    recent: Duration,
    name: impl Fn(u32) -> T,
) -> (Vec<Consumer<T>>, u64) {
    let mut order: Vec<(u32, Used)> = used.iter().map(|(place, used)| (*place, *used)).collect();
    order.retain(|(_, used)| used.all > Tokens(0));
    order.sort_by_key(|(_, used)| Reverse((used.all, used.recent)));
    let more = order.len().saturating_sub(LISTED) as u64;
    order.truncate(LISTED);
    let consumer = |(place, used): (u32, Used)| Consumer {
        who: name(place),
        tokens: used.all,
        share: Percent(used.all.0 as f64 / whole.0 as f64 * 100.0),
        hourly: (recent >= LEAST).then(|| Tokens((used.recent.0 as f64 / recent.as_secs_f64() * 3_600.0) as u64)),
    };
    (order.into_iter().map(consumer).collect(), more)
}
