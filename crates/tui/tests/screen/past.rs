//! A history to draw.

use std::sync::Arc;
use std::time::Duration;

use topside_catalog::TimeZone;
use topside_model::{
    AgentId, AgentUse, Backfill, Bytes, Cost, Date, DayUse, History, ModelId, ModelTally, Money, ProjectUse, Snapshot,
    Tally, Tokens, TurnUse, Untrusted, Usage, UsageBoard, WeekHours,
};

use crate::common::now;
use crate::fleets::busy;

/// Thousands of tokens at so many millionths of a dollar for each; `None` where there is no price.
fn tally(model: &str, thousands: u64, price: Option<u64>) -> Tally {
    let usage = Usage {
        input_uncached: Tokens(thousands * 120),
        cache_read: Tokens(thousands * 700),
        cache_write_5m: Tokens(thousands * 150),
        output: Tokens(thousands * 30),
        ..Usage::default()
    };
    let cost = match price {
        Some(price) => Cost { money: Money::micros(thousands * price), ..Cost::default() },
        None if thousands > 0 => Cost { unpriced: [Some(ModelId::new(model))].into(), ..Cost::default() },
        None => Cost::default(),
    };
    Tally { usage, replies: thousands.div_ceil(50), unsettled: 0, cost }
}

/// What so many models, the last one without a price, used of `thousands` of tokens, most first.
fn models(names: &[&str], thousands: u64) -> Vec<ModelTally> {
    let last = names.len() - 1;
    let of = |(place, name): (usize, &&str)| {
        let price = (place < last || last == 0).then_some(1_100);
        ModelTally { model: Some(ModelId::new(*name)), tally: tally(name, thousands >> place, price) }
    };
    names.iter().enumerate().map(of).filter(|model| model.tally.replies > 0).collect()
}

fn sum<'a>(tallies: impl IntoIterator<Item = &'a Tally>) -> Tally {
    let mut sum = Tally::default();
    tallies.into_iter().for_each(|tally| sum += tally);
    sum
}

/// Ninety days in which weekends are quiet; models without a price are used in the last two months.
pub(crate) fn board(names: &[&str]) -> UsageBoard {
    let zone = TimeZone::UTC;
    let today = zone.to_datetime(now()).date();
    let days: Vec<DayUse> = (0..90).rev().map(|age| day(today, age, names)).collect();
    let reach = |days: &[DayUse]| sum(days.iter().map(|day| &day.tally));
    let month = &days[60..];
    let hours = std::array::from_fn(|day| std::array::from_fn(|hour| hour_of(day as u64, hour as u64)));
    let project = |(name, thousands): (Option<&str>, u64)| ProjectUse {
        project: name.map(Untrusted::new),
        tally: sum(models(names, thousands).iter().map(|model| &model.tally)),
    };
    let projects = [
        (Some("webshop"), 41_000),
        (Some("a project with quite a long name, which does not fit"), 20_300),
        (Some("data-viz"), 9_800),
        (None, 1_200),
        (Some("attic"), 40),
    ];
    let agent = |name, thousands, turns: Option<u64>| {
        let tally = sum(models(names, thousands).iter().map(|model| &model.tally));
        let turns = turns.map(|count| TurnUse { count, tally: tally.clone() });
        AgentUse { agent: AgentId::new(name), tally, turns }
    };
    UsageBoard {
        zone,
        today,
        hours: WeekHours(hours),
        projects: projects.map(project).into(),
        more_projects: 12,
        models: models(names, 33_000),
        agents: vec![agent("claude_code", 41_000, Some(312)), agent("codex", 9_000, None)],
        day: reach(&days[89..]),
        week: reach(&days[83..]),
        month: reach(month),
        all: reach(&days),
        days,
    }
}

fn day(today: Date, age: u64, names: &[&str]) -> DayUse {
    let date = today.saturating_sub(Duration::from_hours(24 * age));
    let quiet = date.weekday().to_monday_zero_offset() >= 5;
    let thousands = if age > 83 { 0 } else { (90 - age) * (7 + age * age % 11) * if quiet { 1 } else { 9 } };
    let names = if age < 60 { names } else { &names[..1] };
    let models = models(names, thousands);
    DayUse { date, tally: sum(models.iter().map(|model| &model.tally)), models, turns: (age < 40).then_some(20) }
}

/// Busy around noon, less so at the end of the week, and never at night.
fn hour_of(day: u64, hour: u64) -> Tokens {
    let ease = if day < 5 { 10 - day } else { 1 };
    Tokens(if (7..22).contains(&hour) { ease * (90 - hour.abs_diff(13).pow(2)) * 40_000 } else { 0 })
}

/// A model with a price.
pub(crate) const PRICED: [&str; 1] = ["claude-sonnet-5"];
/// More models than have a look of their own, the last one without a price.
pub(crate) const MANY: [&str; 7] = [
    "claude-sonnet-5",
    "gpt-5.6-codex",
    "claude-opus-5-20260724",
    "gpt-5.6-mini",
    "claude-haiku-5-5",
    "gpt-5.5",
    "a-model-of-ones-own",
];

/// The busy fleet with a history.
pub(crate) fn with(history: History) -> Snapshot {
    Snapshot { history: Some(Arc::new(history)), ..busy() }
}

/// The busy fleet, all of whose history is known.
pub(crate) fn known(names: &[&str]) -> Snapshot {
    with(History { board: Some(Arc::new(board(names))), ..History::default() })
}

/// A third of it is read.
pub(crate) fn third() -> Backfill {
    Backfill {
        read: Bytes(1_400_000_000),
        all: Bytes(4_200_000_000),
        rate: Some(Bytes(310_000_000)),
        left: Some(Duration::from_secs(9)),
    }
}
