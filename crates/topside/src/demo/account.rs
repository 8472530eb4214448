//! What the fleet's accounts have used: limits, by whom, a budget, and how its owner is told.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::ops::Add;
use std::sync::Arc;
use std::time::Duration;

use topside_model::{
    AgentId, Amount, Budget, BudgetLevel, BudgetPer, BudgetState, Consumer, Delivery, Limit, LimitId, LimitSample,
    LimitUse, LimitWindow, Money, PastName, Percent, Session, SessionKey, Timestamp, Tokens, Untrusted, elapsed,
};

use super::agent::{Agent, CLAUDE, CODEX};
use super::prop::{DAY_MINUTES, WEEK_MINUTES, earlier, resets_at};

/// Length of an account's shorter window.
const SESSION_MINUTES: u64 = 300;

/// Sessions and projects that are named among those who used a limit.
const NAMED: usize = 3;

/// Seconds of the show in which the webhook does not answer, now and then.
const OUTAGE: (u64, u64) = (90, 150);
const OUTAGES_EVERY: u64 = 600;

/// The limits of both accounts. They fill as the clock goes on; one is used up.
pub(super) fn limits(now: Timestamp, tick: u64) -> Vec<Limit> {
    let limit = |agent: &Agent, id: &str, plan: Option<&str>, windows: Vec<LimitWindow>, reached: Option<&str>| Limit {
        agent: AgentId::new(agent.id),
        home: Untrusted::new(agent.home),
        sample: LimitSample {
            limit: LimitId::new(id),
            name: None,
            plan: plan.map(Untrusted::new),
            windows,
            reached: reached.map(Untrusted::new),
            seen_at: earlier(now, tick % 45),
        },
        marks: Vec::new(),
    };
    let window = |minutes, pace| window(now, minutes, pace);
    let spent = LimitWindow { used: Percent(100.0), ..window(WEEK_MINUTES, 0.0) };
    vec![
        limit(&CLAUDE, "five_hour", None, vec![window(SESSION_MINUTES, 1.3)], None),
        limit(&CLAUDE, "seven_day", None, vec![window(WEEK_MINUTES, 0.75)], None),
        limit(&CLAUDE, "seven_day_opus", None, vec![spent], Some("seven_day_opus")),
        limit(&CODEX, "codex", Some("plus"), vec![window(SESSION_MINUTES, 0.4), window(WEEK_MINUTES, 1.1)], None),
    ]
}

/// A window that fills `pace` times as fast as time passes.
fn window(now: Timestamp, minutes: u64, pace: f64) -> LimitWindow {
    let length = Duration::from_mins(minutes);
    let end = resets_at(now, minutes);
    let passed = 1.0 - elapsed(now, end).as_secs_f64() / length.as_secs_f64();
    LimitWindow { window: Some(length), used: Percent((passed * pace * 100.0).min(100.0)), resets_at: Some(end) }
}

/// Who used what the limits are of: of Claude Code in its short window, of Codex in its long one.
pub(super) fn limit_use(now: Timestamp, sessions: &[Arc<Session>]) -> Vec<LimitUse> {
    [(&CLAUDE, SESSION_MINUTES), (&CODEX, WEEK_MINUTES)]
        .into_iter()
        .filter_map(|(agent, minutes)| Some(used_by(agent, window(now, minutes, 0.0).began()?, sessions)))
        .collect()
}

/// Sessions count with those they started, projects with all their sessions.
fn used_by(agent: &Agent, since: Timestamp, sessions: &[Arc<Session>]) -> LimitUse {
    let (mut by_session, mut by_project) = (BTreeMap::new(), BTreeMap::new());
    for session in sessions.iter().filter(|session| session.key.agent.as_str() == agent.id) {
        let parent = session.identity.as_ref().and_then(|identity| identity.parent.clone());
        let key = SessionKey { id: parent.unwrap_or_else(|| session.key.id.clone()), ..session.key.clone() };
        let (tokens, project) = (session.usage.total(), session.project.name.clone());
        *by_session.entry((key, project.clone())).or_insert(Tokens(0)) += tokens;
        *by_project.entry(project).or_insert(Tokens(0)) += tokens;
    }
    let all = by_project.values().copied().fold(Tokens(0), Add::add);
    let by_session = by_session.into_iter().map(|((key, project), tokens)| (PastName { key, project }, tokens));
    let (sessions, more_sessions) = most(by_session, all);
    let (projects, more_projects) = most(by_project, all);
    let agent = AgentId::new(agent.id);
    LimitUse { agent, since, tokens: all, floor: false, sessions, more_sessions, projects, more_projects }
}

/// Those who used most of `all`, and how many others there are.
fn most<T>(used: impl IntoIterator<Item = (T, Tokens)>, all: Tokens) -> (Vec<Consumer<T>>, u64) {
    let mut used: Vec<_> = used.into_iter().collect();
    used.sort_by_key(|(_, tokens)| Reverse(*tokens));
    let more = used.len().saturating_sub(NAMED) as u64;
    let consumer = |(who, tokens): (T, Tokens)| {
        let share = Percent(tokens.0 as f64 / all.0.max(1) as f64 * 100.0);
        Consumer { who, tokens, share, hourly: None }
    };
    (used.into_iter().take(NAMED).map(consumer).collect(), more)
}

/// What the fleet's owner wants to spend on a project in a day, most of which is spent.
pub(super) fn budget(now: Timestamp, tick: u64) -> BudgetState {
    let (whole, spent) = (Money::micros(20_000_000), Money::micros(16_840_000 + tick * 400));
    let warn = Percent(80.0);
    let share = Amount::Money(spent).share_of(Amount::Money(whole)).unwrap_or_default();
    let until = resets_at(now, DAY_MINUTES);
    BudgetState {
        budget: Budget {
            name: "webshop".to_owned(),
            per: BudgetPer::Day,
            project: Some("webshop".to_owned()),
            agent: None,
            amount: Amount::Money(whole),
            warn,
        },
        used: Amount::Money(spent),
        share,
        level: BudgetLevel::of(share, warn),
        from: earlier(until, DAY_MINUTES * 60),
        until,
        floor: false,
    }
}

/// The fleet's webhook, which now and then cannot be reached for a while.
pub(super) fn delivery(now: Timestamp, tick: u64) -> Delivery {
    let into = tick % OUTAGES_EVERY;
    let failed = (OUTAGE.0..OUTAGE.1).contains(&into);
    Delivery {
        target: "webhook",
        sent_at: Some(earlier(now, into)),
        failed: failed.then(|| (now, "reach hooks.example.com: no answer within 10 s".to_owned())),
    }
}
