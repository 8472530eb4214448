//! The shape of what the configuration says of notifications.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Deserializer, de::Error as _};
use toml::Spanned;
use topside_model::{AgentId, AlertKind, AlertPolicy, Percent, QuietHours, Rule, Time};

use super::record::{agent, quoted};
use crate::notify::{Address, Plan, Target};

/// Alerts a minute that are told one by one, where the file does not say.
const PER_MINUTE: u32 = 6;
/// Share of a limit from which on it is told, where the file does not say.
const AT: u8 = 80;

/// How the user is told.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Notifications {
    #[serde(default, deserialize_with = "quiet")]
    quiet: Option<QuietHours>,
    #[serde(default, deserialize_with = "per_minute")]
    per_minute: Option<u32>,
    #[serde(default, deserialize_with = "webhook")]
    webhook: Option<Address>,
    #[serde(default, deserialize_with = "command")]
    command: Vec<String>,
}

/// A rule as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleRecord {
    #[serde(deserialize_with = "when")]
    when: AlertKind,
    #[serde(deserialize_with = "to")]
    to: BTreeSet<Target>,
    #[serde(default, deserialize_with = "after")]
    after: Option<Duration>,
    #[serde(default, deserialize_with = "at")]
    at: Option<u8>,
    project: Option<String>,
    #[serde(default, deserialize_with = "agent")]
    agent: Option<AgentId>,
    #[serde(default)]
    urgent: bool,
}

/// Everything that the file says of notifications, or where what is wrong with it.
pub(super) fn plan(
    how: Option<Notifications>,
    records: Vec<Spanned<RuleRecord>>,
) -> Result<Option<Plan>, (usize, String)> {
    if how.is_none() && records.is_empty() {
        return Ok(None);
    }
    let Notifications { quiet, per_minute, webhook, command } = how.unwrap_or_default();
    let known = BTreeMap::from([(Target::Webhook, webhook.is_some()), (Target::Command, !command.is_empty())]);
    let (mut rules, mut to) = (Vec::new(), Vec::new());
    for record in records {
        let place = record.span().start;
        let record = record.into_inner();
        if let Some(target) = record.to.iter().find(|target| known.get(target) == Some(&false)) {
            return Err((place, unset(*target)));
        }
        to.push(record.to.clone());
        rules.push(record.rule().map_err(|what| (place, what.to_owned()))?);
    }
    let policy = AlertPolicy { rules, quiet, per_minute: per_minute.unwrap_or(PER_MINUTE) };
    Ok(Some(Plan { policy, to, webhook, command }))
}

fn unset(target: Target) -> String {
    let example =
        if target == Target::Webhook { "webhook = \"https://…\"" } else { "command = [\"/path/to/program\"]" };
    format!("a rule tells \"{}\", which is not set: write {example} below [notifications]", target.id())
}

impl RuleRecord {
    /// The rule, or what is wrong with it.
    fn rule(self) -> Result<Rule, &'static str> {
        let Self { when, to: _, after, at, project, agent, urgent } = self;
        if at.is_some() && when != AlertKind::Limit {
            return Err("only a rule with when = \"limit\" has a share: leave `at` out; budgets have their own `warn`");
        }
        if project.is_some() && when == AlertKind::Limit {
            return Err("a limit is an account's, not a project's: leave `project` out");
        }
        let after = after.unwrap_or(when.usual_after());
        Ok(Rule { when, after, at: Percent(at.unwrap_or(AT).into()), project, agent, urgent })
    }
}

fn when<'de, D: Deserializer<'de>>(value: D) -> Result<AlertKind, D::Error> {
    let id = String::deserialize(value)?;
    let known = || format!("no rule is for {id:?}: write one of {}", quoted(&AlertKind::ALL.map(AlertKind::id)));
    AlertKind::ALL.into_iter().find(|kind| kind.id() == id).ok_or_else(|| D::Error::custom(known()))
}

fn to<'de, D: Deserializer<'de>>(value: D) -> Result<BTreeSet<Target>, D::Error> {
    let ids = Vec::<String>::deserialize(value)?;
    let known = quoted(&Target::ALL.map(Target::id));
    if ids.is_empty() {
        return Err(D::Error::custom(format!("a rule without a target tells nobody: write some of {known}")));
    }
    let target = |id: &String| {
        Target::named(id).ok_or_else(|| D::Error::custom(format!("no target is called {id:?}: write some of {known}")))
    };
    ids.iter().map(target).collect()
}

fn after<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Duration>, D::Error> {
    let text = String::deserialize(value)?;
    let wrong = || format!("{text:?} is no time: write seconds, minutes or hours, such as \"30s\", \"5m\" or \"1h\"");
    let time = text.len().checked_sub(1).and_then(|end| text.split_at_checked(end)).and_then(|(count, unit)| {
        let (count, seconds) = (count.parse::<u32>().ok()?, [("s", 1), ("m", 60), ("h", 3600)]);
        let (_, seconds) = seconds.into_iter().find(|(name, _)| *name == unit)?;
        Some(Duration::from_secs(u64::from(count) * seconds))
    });
    time.map(Some).ok_or_else(|| D::Error::custom(wrong()))
}

fn at<'de, D: Deserializer<'de>>(value: D) -> Result<Option<u8>, D::Error> {
    let percent = i64::deserialize(value)?;
    match u8::try_from(percent).ok().filter(|percent| (1..=100).contains(percent)) {
        Some(percent) => Ok(Some(percent)),
        None => Err(D::Error::custom(format!("{percent} is no share: write percent from 1 to 100"))),
    }
}

fn quiet<'de, D: Deserializer<'de>>(value: D) -> Result<Option<QuietHours>, D::Error> {
    let text = String::deserialize(value)?;
    let time = |text: &str| Time::strptime("%H:%M", text.trim()).ok();
    let hours = text.split_once('-').and_then(|(from, until)| {
        let hours = QuietHours { from: time(from)?, until: time(until)? };
        (hours.from != hours.until).then_some(hours)
    });
    let wrong = || format!("{text:?} are no hours: write when they begin and end, such as \"22:00-07:00\"");
    hours.map(Some).ok_or_else(|| D::Error::custom(wrong()))
}

fn per_minute<'de, D: Deserializer<'de>>(value: D) -> Result<Option<u32>, D::Error> {
    match u32::deserialize(value)? {
        0 => Err(D::Error::custom("0 alerts a minute tell nothing: write a number, or take the rules away")),
        count => Ok(Some(count)),
    }
}

fn webhook<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Address>, D::Error> {
    // It may hold a secret, so it is not repeated.
    let wrong = "this is no address of a webhook: write one that begins with https:// or http://";
    Address::parse(&String::deserialize(value)?).map(Some).ok_or_else(|| D::Error::custom(wrong))
}

fn command<'de, D: Deserializer<'de>>(value: D) -> Result<Vec<String>, D::Error> {
    let words = Vec::<String>::deserialize(value)?;
    match words.first() {
        Some(program) if !program.is_empty() => Ok(words),
        _ => Err(D::Error::custom("a command begins with a program: write [\"/path/to/program\", \"argument\"]")),
    }
}
