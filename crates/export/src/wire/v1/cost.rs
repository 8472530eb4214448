//! What a session costs, and what came into its context.

use serde::Serialize;
use topside_catalog::cost::addition;
use topside_model::{
    Added, Addition, Bill, Growth, ModelId, Money, Part, PartBill, ReportedCost, ReportedFor, Session,
};

use super::leaf::{id, tenths};

/// List price of the session's own replies. Money is in millionths of a US dollar, whatever an account pays for its plan.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct CostV1 {
    /// What those with a known price cost; `null` where none of the tokens has one.
    pub micro_usd: Option<u64>,
    /// True when it is a lower bound: some replies have no known price, or may have been larger.
    pub is_floor: bool,
    /// Replies with tokens and without a known price.
    pub unpriced_responses: u64,
    /// Their models; `null` is one that no record names.
    pub unpriced_models: Vec<Option<String>>,
    /// Share of the input that was read from the vendor's cache, one decimal.
    pub cache_hit_percent: Option<f64>,
    /// What the agent itself says; never part of any sum.
    pub reported: Option<ReportedCostV1>,
}

/// The agent's own figure.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ReportedCostV1 {
    /// The figure.
    pub micro_usd: u64,
    /// What it covers: `replies`, one by one; or `session`, with those it started and requests that stand in no
    /// transcript.
    pub covers: &'static str,
    /// How many replies; `null` where it covers the session.
    pub responses: Option<u64>,
    /// True when replies came after it was written.
    pub outdated: bool,
    /// List price of the same replies; `null` where it is not known, or not sure which they are.
    pub list_micro_usd: Option<u64>,
    /// How far the figure is above the list price, in percent of that, one decimal.
    pub difference_percent: Option<f64>,
}

/// List price of one part of the tokens.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PartCostV1 {
    /// The part, by its name in `usage`.
    pub part: &'static str,
    /// Its tokens, or searches.
    pub count: u64,
    /// How many of them belong to replies with a known price.
    pub priced: u64,
    /// What those cost; `null` where there are none.
    pub micro_usd: Option<u64>,
    /// The least that a million of them cost, or one search, in millionths of a US dollar.
    pub least_price_micro_usd: Option<u64>,
    /// The most. Another value than the least where models, days, services or sizes of requests differ.
    pub most_price_micro_usd: Option<u64>,
}

/// List price of the replies of one model.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ModelCostV1 {
    /// The model; `null` where no record names it.
    pub model: Option<String>,
    /// What those with a known price cost; `null` where none of the tokens has one.
    pub micro_usd: Option<u64>,
    /// Replies with tokens and without a known price.
    pub unpriced_responses: u64,
    /// The same by part.
    pub parts: Vec<PartCostV1>,
}

/// What came into the context: estimated from sizes.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ContextGrowthV1 {
    /// Always true: tokens are divided among what came in by the sizes of texts.
    pub estimated: bool,
    /// True when costs are lower bounds.
    pub cost_is_floor: bool,
    /// What came in, dearest first.
    pub items: Vec<AddedV1>,
}

/// Something that came into the context, once or several times.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct AddedV1 {
    /// What: `start` (what the first request holds, or the first after a compaction), `prompt`, `tool`, `file`, `notes`
    /// (of the agent), `replies` (what the model wrote), `unknown` (of unknown size), `rest`.
    pub kind: &'static str,
    /// The tool, the path of the file, the number of the prompt, or words for the kind.
    pub name: String,
    /// How often.
    pub times: u64,
    /// Tokens it added.
    pub tokens: u64,
    /// Those of them that are still there.
    pub held_tokens: u64,
    /// What it has cost since it came in, by being read in every reply; `null` where no price is known.
    pub micro_usd: Option<u64>,
}

impl From<&Session> for CostV1 {
    fn from(session: &Session) -> Self {
        let cost = &session.cost.all.cost;
        Self {
            micro_usd: known(&session.cost.all),
            is_floor: session.usage_is_floor || !cost.unpriced.is_empty(),
            unpriced_responses: cost.unpriced_replies,
            unpriced_models: cost.unpriced.iter().map(|model| name(model.as_ref())).collect(),
            cache_hit_percent: tenths(session.usage.cached_share()),
            reported: session.reported_cost.as_ref().map(ReportedCostV1::from),
        }
    }
}

impl From<&ReportedCost> for ReportedCostV1 {
    fn from(cost: &ReportedCost) -> Self {
        let (covers, responses, outdated) = match cost.covers {
            ReportedFor::Replies(count) => ("replies", Some(count), false),
            ReportedFor::Session { outdated } => ("session", None, outdated),
        };
        Self {
            micro_usd: cost.money.as_micros(),
            covers,
            responses,
            outdated,
            list_micro_usd: cost.list.map(Money::as_micros),
            difference_percent: tenths(cost.difference()),
        }
    }
}

impl From<&PartBill> for PartCostV1 {
    fn from(bill: &PartBill) -> Self {
        let units = if bill.part == Part::WebSearches { 1 } else { 1_000_000 };
        let price = |Money(each): Money| Money(each.saturating_mul(units)).as_micros();
        Self {
            part: bill.part.id(),
            count: bill.count,
            priced: bill.priced,
            micro_usd: (bill.priced > 0).then(|| bill.money.as_micros()),
            least_price_micro_usd: bill.each.map(|(least, _)| price(least)),
            most_price_micro_usd: bill.each.map(|(_, most)| price(most)),
        }
    }
}

impl From<&Growth> for ContextGrowthV1 {
    fn from(growth: &Growth) -> Self {
        let items = growth.items.iter().map(AddedV1::from).collect();
        Self { estimated: true, cost_is_floor: growth.cost_is_floor, items }
    }
}

impl From<&Added> for AddedV1 {
    fn from(added: &Added) -> Self {
        let name = match &added.what {
            Addition::Prompt(number) => number.to_string(),
            what => addition(what),
        };
        Self {
            kind: added.what.id(),
            name,
            times: added.times,
            tokens: added.tokens.0,
            held_tokens: added.held.0,
            micro_usd: added.cost.map(Money::as_micros),
        }
    }
}

/// The session's cost by part.
pub(super) fn parts(bill: &Bill) -> Vec<PartCostV1> {
    bill.parts.iter().map(PartCostV1::from).collect()
}

/// The session's cost by model.
pub(super) fn models(session: &Session) -> Vec<ModelCostV1> {
    let model = |(model, bill): &(Option<ModelId>, Bill)| ModelCostV1 {
        model: name(model.as_ref()),
        micro_usd: known(bill),
        unpriced_responses: bill.cost.unpriced_replies,
        parts: parts(bill),
    };
    session.cost.models.iter().map(model).collect()
}

fn known(bill: &Bill) -> Option<u64> {
    bill.cost.known().map(Money::as_micros)
}

fn name(model: Option<&ModelId>) -> Option<String> {
    model.map(|model| id(model.as_str()))
}
