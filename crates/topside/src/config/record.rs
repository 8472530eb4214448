//! The shape of the configuration file.

use serde::de::{Error as _, IgnoredAny};
use serde::{Deserialize, Deserializer};
use toml::{Spanned, Value};
use topside_collect::REGISTRY;
use topside_engine::dollars;
use topside_model::{AgentId, Amount, Budget, BudgetPer, Money, Percent, Tokens};
use topside_tui::Theme;

use super::notify::{Notifications, RuleRecord};

/// Share of a budget from which on it warns, where the file does not say.
const WARN: u8 = 80;

/// The whole file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    #[serde(default, deserialize_with = "theme")]
    pub(super) theme: Option<Theme>,
    pub(super) recent: Option<u32>,
    pub(super) titles: Option<bool>,
    #[serde(default)]
    pub(super) ui: Ui,
    #[serde(default)]
    pub(super) reclaim: Reclaim,
    #[serde(default)]
    pub(super) history: History,
    #[serde(default)]
    pub(super) prices: Prices,
    /// Entries of a table of prices, which [`own_prices`](super::price::own_prices) reads.
    #[serde(default, rename = "price")]
    _price: Vec<IgnoredAny>,
    #[serde(default)]
    pub(super) budget: Vec<Spanned<BudgetRecord>>,
    pub(super) notifications: Option<Notifications>,
    #[serde(default)]
    pub(super) notify: Vec<Spanned<RuleRecord>>,
}

/// What the screen and the commands may do.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ui {
    #[serde(default)]
    pub(super) read_only: bool,
}

/// When something counts as left over.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Reclaim {
    #[serde(default, deserialize_with = "hours")]
    pub(super) idle_hours: Option<u32>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct History {
    pub(super) file: Option<Place>,
    #[serde(default, deserialize_with = "days")]
    pub(super) keep_days: Option<u32>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Prices {
    pub(super) file: Option<Place>,
}

/// A path, from the root or from the folder of the file.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Place(pub(super) String);

impl TryFrom<String> for Place {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        match text.as_str() {
            "" => Err("no file has an empty name: write its path, or leave the key out"),
            tilde if tilde.starts_with('~') => Err("~ has no meaning here: write the whole path"),
            _ => Ok(Self(text)),
        }
    }
}

/// A budget as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BudgetRecord {
    #[serde(deserialize_with = "name")]
    name: String,
    #[serde(deserialize_with = "per")]
    per: BudgetPer,
    project: Option<String>,
    #[serde(default, deserialize_with = "agent")]
    agent: Option<AgentId>,
    usd: Option<Spanned<Value>>,
    #[serde(default, deserialize_with = "tokens")]
    tokens: Option<Tokens>,
    #[serde(default, deserialize_with = "warn")]
    warn: Option<u8>,
}

impl BudgetRecord {
    /// The budget, or what is wrong with it, and where that stands in the `text` of the file if not at its head.
    pub(super) fn budget(self, text: &str) -> Result<Budget, (Option<usize>, String)> {
        let wrong = |what: &str| Err((None, what.to_owned()));
        let amount = match (self.usd, self.tokens) {
            (Some(written), None) => {
                Amount::Money(usd(&written, text).map_err(|what| (Some(written.span().start), what))?)
            }
            (None, Some(tokens)) => Amount::Tokens(tokens),
            (None, None) => return wrong("a budget needs an amount: write usd = 20.00 or tokens = 5_000_000"),
            (Some(_), Some(_)) => return wrong("a budget has one amount: keep usd or tokens"),
        };
        let Self { name, per, project, agent, warn, .. } = self;
        Ok(Budget { name, per, project, agent, amount, warn: Percent(warn.unwrap_or(WARN).into()) })
    }
}

fn theme<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Theme>, D::Error> {
    let id = String::deserialize(value)?;
    let known = || format!("no theme is called {id:?}: write one of {}", quoted(&Theme::ALL.map(Theme::id)));
    Theme::ALL.into_iter().find(|theme| theme.id() == id).map(Some).ok_or_else(|| D::Error::custom(known()))
}

fn name<'de, D: Deserializer<'de>>(value: D) -> Result<String, D::Error> {
    let name = String::deserialize(value)?;
    if name.trim().is_empty() {
        return Err(D::Error::custom("no budget has an empty name: write what it is for, such as \"webshop\""));
    }
    Ok(name)
}

fn per<'de, D: Deserializer<'de>>(value: D) -> Result<BudgetPer, D::Error> {
    let id = String::deserialize(value)?;
    let known = || format!("no budget is per {id:?}: write one of {}", quoted(&BudgetPer::ALL.map(BudgetPer::id)));
    BudgetPer::ALL.into_iter().find(|per| per.id() == id).ok_or_else(|| D::Error::custom(known()))
}

pub(super) fn agent<'de, D: Deserializer<'de>>(value: D) -> Result<Option<AgentId>, D::Error> {
    let id = String::deserialize(value)?;
    let agents: Vec<&str> = REGISTRY.iter().map(|agent| agent.manifest().id).collect();
    if agents.contains(&id.as_str()) {
        return Ok(Some(AgentId::new(id)));
    }
    Err(D::Error::custom(format!("no agent is called {id:?}: write one of {}", quoted(&agents))))
}

/// The dollars that are `written` in the `text` of the file, with quotes or without: no float holds them.
fn usd(written: &Spanned<Value>, text: &str) -> Result<Money, String> {
    let number = text.get(written.span()).unwrap_or_default();
    let digits = match written.get_ref() {
        Value::String(text) => text.clone(),
        _ => number.replace('_', ""),
    };
    let money = dollars(&digits).filter(|money| *money > Money::default());
    money.ok_or_else(|| format!("{number} is no amount: write US dollars, such as 20 or 19.90"))
}

fn tokens<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Tokens>, D::Error> {
    match u64::deserialize(value)? {
        0 => Err(D::Error::custom("0 is no budget: write a number of tokens, such as 5_000_000")),
        count => Ok(Some(Tokens(count))),
    }
}

fn warn<'de, D: Deserializer<'de>>(value: D) -> Result<Option<u8>, D::Error> {
    let percent = i64::deserialize(value)?;
    match u8::try_from(percent).ok().filter(|percent| (1..=100).contains(percent)) {
        Some(percent) => Ok(Some(percent)),
        None => Err(D::Error::custom(format!("{percent} is no share: write percent from 1 to 100"))),
    }
}

fn days<'de, D: Deserializer<'de>>(value: D) -> Result<Option<u32>, D::Error> {
    match u32::deserialize(value)? {
        0 => Err(D::Error::custom("0 days keep nothing: write a number of days, or leave the key out to keep all")),
        days => Ok(Some(days)),
    }
}

fn hours<'de, D: Deserializer<'de>>(value: D) -> Result<Option<u32>, D::Error> {
    match u32::deserialize(value)? {
        0 => Err(D::Error::custom("0 hours would make every session left over: write a number of hours, such as 24")),
        hours => Ok(Some(hours)),
    }
}

pub(super) fn quoted(words: &[&str]) -> String {
    words.iter().map(|word| format!("{word:?}")).collect::<Vec<_>>().join(", ")
}
