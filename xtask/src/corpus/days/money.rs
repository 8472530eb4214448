//! Made-up prices, and what the oracle's tokens cost at them.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;
use serde_json::json;
use topside_engine::canonical;

/// A column of the oracle and what a unit of it costs before [`CHANGE`], in millionths of millionths of a dollar. From
/// that day on it costs twice as much.
pub(super) type Money = (&'static str, i64);

/// The first day of other prices; sessions of the corpus lie on both sides.
const CHANGE: &str = "2026-03-15";

const INPUT: i64 = 3_070_000;
const CACHE_READ: i64 = 310_001;
const CACHE_WRITE_5M: i64 = 3_830_000;
const CACHE_WRITE_1H: i64 = 6_110_003;
const OUTPUT: i64 = 15_130_007;
const SEARCH: i64 = 13_700_000_000;

/// Codex: what is written to the cache is part of what was not in it, and costs the same for however long.
pub(super) const CODEX: &[Money] = &[
    ("input_noncached", INPUT),
    ("cached", CACHE_READ),
    ("cache_write_within_input", CACHE_WRITE_5M - INPUT),
    ("output", OUTPUT),
];

/// Claude Code.
pub(super) const CLAUDE: &[Money] = &[
    ("input", INPUT),
    ("output", OUTPUT),
    ("cache_read", CACHE_READ),
    ("cache_write_5m", CACHE_WRITE_5M),
    ("cache_write_1h", CACHE_WRITE_1H),
    ("web_search_requests", SEARCH),
];

/// What the counts of a day cost, in millionths of a dollar.
pub(super) fn cost(money: &[Money], day: &str, count: impl Fn(&str) -> u64) -> u64 {
    let sum: i128 = money.iter().map(|(column, each)| i128::from(*each) * i128::from(count(column))).sum();
    let sum = if day < CHANGE { sum } else { 2 * sum };
    u64::try_from((sum + 500_000) / 1_000_000).unwrap_or(u64::MAX)
}

/// Writes these prices for `models`, however they are spelt, in the form of `--prices`: the same for every service.
pub(super) fn write<'a>(money: &[Money], models: impl Iterator<Item = &'a str>, place: &Path) -> anyhow::Result<()> {
    let longer = if money == CODEX { CACHE_WRITE_5M } else { CACHE_WRITE_1H };
    // A model is named once, whichever of its spellings transcripts have.
    let models: BTreeMap<String, &str> = models.map(|model| (canonical(model), model)).collect();
    let models: Vec<&str> = models.into_values().collect();
    let entry = |from: &str, times: i64| {
        json!({
            "models": models,
            "from": from,
            "input": million(times * INPUT),
            "cache_read": million(times * CACHE_READ),
            "cache_write_5m": million(times * CACHE_WRITE_5M),
            "cache_write_1h": million(times * longer),
            "output": million(times * OUTPUT),
            "web_search": format!("0.{:012}", times * SEARCH).trim_end_matches('0'),
            "regional": "1",
            "tiers": {"fast": "1", "priority": "1", "flex": "1", "batch": "1"},
        })
    };
    let entries = if models.is_empty() { Vec::new() } else { vec![entry("2020-01-01", 1), entry(CHANGE, 2)] };
    let table = json!({"prices": entries});
    std::fs::write(place, table.to_string()).with_context(|| format!("write {}", place.display()))
}

/// Dollars for a million tokens.
fn million(each: i64) -> String {
    format!("{}.{:06}", each / 1_000_000, each % 1_000_000)
}
