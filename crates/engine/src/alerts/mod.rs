//! What of a snapshot is worth telling a user who looks elsewhere.

mod cause;
mod episode;

use std::cmp::Reverse;
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use topside_model::{Alert, AlertAbout, AlertPolicy, Rule, Snapshot, TimeZone, Timestamp, Told, elapsed};

use self::cause::{Cause, Past, causes};
use self::episode::Episode;

/// What is over sooner was no reason to call anybody.
const SETTLED: Duration = Duration::from_secs(1);
/// The time that alerts are counted in.
const MINUTE: Duration = Duration::from_mins(1);
/// How long what was told is remembered after it is gone: longer than any window of a limit that comes back.
const KEPT: Duration = Duration::from_hours(8 * 24);
/// Causes that are remembered at most; those that are gone longest are let go.
const MOST: usize = 1024;

/// Finds what the rules of a user ask for.
///
/// **Invariant.** A rule tells one cause once, however often its signs come and go, and after a restart that hands in what
/// was told. What is over before it is told is not told.
#[derive(Debug)]
pub struct Alerts {
    policy: AlertPolicy,
    zone: TimeZone,
    /// By rule and subject.
    episodes: BTreeMap<(usize, String), Episode>,
    past: Past,
    /// Looks so far.
    round: u64,
    /// When alerts were told one by one in the last minute.
    single: VecDeque<Timestamp>,
    /// When some were last told together.
    together: Option<Timestamp>,
}

impl Alerts {
    /// One that goes on where `told` says, with quiet hours by the clocks of `zone`.
    pub fn new(policy: AlertPolicy, zone: TimeZone, told: &[Told]) -> Self {
        let words: Vec<String> = policy.rules.iter().map(rule_words).collect();
        let mut episodes = BTreeMap::new();
        for told in told {
            for (place, _) in words.iter().enumerate().filter(|(_, rule)| **rule == told.rule) {
                episodes.insert((place, told.subject.clone()), Episode::restored(&told.marks, told.at));
            }
        }
        Self { policy, zone, episodes, past: Past::default(), round: 0, single: VecDeque::new(), together: None }
    }

    /// What is worth telling at `now`, when `snapshot` is the latest: the urgent first, then what waits longest.
    pub fn look(&mut self, snapshot: &Snapshot, now: Timestamp) -> Vec<Alert> {
        if snapshot.demo {
            return Vec::new();
        }
        self.past.started.get_or_insert(snapshot.taken_at);
        let causes = causes(snapshot, &self.past);
        self.remember(snapshot);
        self.round += 1;
        let mut due: Vec<(&Cause, Vec<usize>)> = Vec::new();
        for cause in &causes {
            let rules = self.see(cause, now);
            if !rules.is_empty() {
                due.push((cause, rules));
            }
        }
        self.forget(now);
        due.sort_by_key(|(cause, rules)| (Reverse(self.is_urgent(rules)), cause.since));
        self.tell(&due, now)
    }

    /// True while something may become worth telling although nothing changes.
    pub fn is_waiting(&self) -> bool {
        self.episodes.values().any(Episode::waits)
    }

    /// What was told, to go on from after a restart.
    pub fn told(&self, now: Timestamp) -> Vec<Told> {
        let told = self.episodes.iter().filter(|(_, episode)| episode.was_told());
        told.map(|((place, subject), episode)| Told {
            rule: rule_words(&self.policy.rules[*place]),
            subject: subject.clone(),
            marks: episode.marks(),
            at: episode.gone_at.unwrap_or(now),
        })
        .collect()
    }

    /// Takes notice of a cause, and gives the rules that want it told now.
    fn see(&mut self, cause: &Cause, now: Timestamp) -> Vec<usize> {
        let is_quiet = self.policy.quiet.is_some_and(|hours| hours.hold(now, &self.zone));
        let mut wanted = Vec::new();
        for (place, rule) in self.policy.rules.iter().enumerate().filter(|(_, rule)| cause.matches(rule)) {
            let episode = self.episodes.entry((place, cause.subject.clone())).or_default();
            episode.see(cause.mark, now, self.round);
            let seen_for = episode.seen_for(now);
            let lasted = cause.since.map_or(seen_for, |since| elapsed(since, now));
            let ripe = seen_for >= SETTLED && lasted >= cause.patience(rule);
            if ripe && !episode.told && (rule.urgent || !is_quiet) {
                wanted.push(place);
            }
        }
        wanted
    }

    /// Tells as much of what is due as may be told: one by one as far as there is room in this minute, then the rest
    /// together, once a minute. What has to wait for that may be over by then.
    fn tell(&mut self, due: &[(&Cause, Vec<usize>)], now: Timestamp) -> Vec<Alert> {
        let old = |at: &Timestamp| elapsed(*at, now) >= MINUTE;
        self.single.retain(|at| !old(at));
        let room = (self.policy.per_minute as usize).saturating_sub(self.single.len());
        let (single, rest) = due.split_at(room.min(due.len()));
        let rest = if self.together.as_ref().is_none_or(old) { rest } else { &[] };
        let mut alerts: Vec<Alert> = single.iter().map(|(cause, rules)| self.alert(cause, rules, now)).collect();
        self.single.extend(single.iter().map(|_| now));
        match rest {
            [] => {}
            [(cause, rules)] => alerts.push(self.alert(cause, rules, now)),
            more => alerts.push(self.summary(more, now)),
        }
        if !rest.is_empty() {
            self.together = Some(now);
        }
        for (cause, rules) in single.iter().chain(rest) {
            for place in rules {
                if let Some(episode) = self.episodes.get_mut(&(*place, cause.subject.clone())) {
                    episode.told = true;
                }
            }
        }
        alerts
    }

    fn alert(&self, cause: &Cause, rules: &[usize], now: Timestamp) -> Alert {
        let urgent = self.is_urgent(rules);
        Alert { rules: rules.to_vec(), about: cause.about.clone(), since: cause.since, at: now, urgent }
    }

    /// One alert in the place of many.
    fn summary(&self, many: &[(&Cause, Vec<usize>)], now: Timestamp) -> Alert {
        let mut rules: Vec<usize> = many.iter().flat_map(|(_, rules)| rules.iter().copied()).collect();
        rules.sort_unstable();
        rules.dedup();
        let count = u32::try_from(many.len()).unwrap_or(u32::MAX);
        let since = many.iter().filter_map(|(cause, _)| cause.since).min();
        Alert { urgent: self.is_urgent(&rules), rules, about: AlertAbout::More(count), since, at: now }
    }

    fn is_urgent(&self, rules: &[usize]) -> bool {
        rules.iter().any(|place| self.policy.rules[*place].urgent)
    }

    /// Notes who is loaded. Who went away stays noted for as long as it is shown, so that its end can prove itself.
    fn remember(&mut self, snapshot: &Snapshot) {
        let known = std::mem::take(&mut self.past.live);
        let sessions = snapshot.sessions.iter().filter(|session| session.live || known.contains(&session.key));
        self.past.live = sessions.map(|session| session.key.clone()).collect();
    }

    /// Lets go of what nobody will ask for any more.
    fn forget(&mut self, now: Timestamp) {
        self.episodes.values_mut().for_each(|episode| episode.end_of_look(now, self.round));
        self.episodes.retain(|_, episode| match episode.gone_at {
            Some(gone) => episode.was_told() && elapsed(gone, now) < KEPT,
            None => true,
        });
        while self.episodes.len() > MOST {
            let gone = self.episodes.iter().filter_map(|(key, episode)| Some((episode.gone_at?, key)));
            let Some((_, key)) = gone.min() else { break };
            let key = key.clone();
            self.episodes.remove(&key);
        }
    }
}

/// A rule in words that only change when it does.
fn rule_words(rule: &Rule) -> String {
    let Rule { when, after, at, project, agent, urgent: _ } = rule;
    let (project, agent) = (project.as_deref().unwrap_or(""), agent.as_ref().map_or("", |agent| agent.as_str()));
    format!("{} after {}s at {}% agent {agent} project {project}", when.id(), after.as_secs(), at.0)
}
