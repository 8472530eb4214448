//! Usage by day and model, and its cost at made-up prices: a cold scan, history, and history after a restart in the middle
//! of every file.

mod money;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use anyhow::Context as _;
use serde_json::Value;

use crate::corpus::cell::Cell;
use crate::corpus::days::money::Money;
use crate::corpus::growing::Growing;
use crate::corpus::oracle::{Row, Table};
use crate::corpus::report::Report;
use crate::shell;

/// One agent's table of days.
#[derive(Debug)]
pub(super) struct Days {
    pub(super) agent: &'static str,
    /// The oracle's table, in the folder of a home.
    pub(super) table: &'static str,
    parts: &'static [Part],
    /// What a unit of each column costs.
    money: &'static [Money],
}

/// A column, and the parts of ours that it adds up.
type Part = (&'static str, &'static [&'static str]);

/// Codex.
pub(super) const CODEX: Days = Days {
    agent: "codex",
    table: "codex_usage_by_day.tsv",
    parts: &[
        // The oracle counts what was written to the cache as input that was not in it.
        ("input_noncached", &["input_uncached", "cache_write_5m", "cache_write_1h"]),
        ("cached", &["cache_read"]),
        ("cache_write_within_input", &["cache_write_5m", "cache_write_1h"]),
        ("output", &["output"]),
        ("reasoning_within_output", &["reasoning"]),
    ],
    money: money::CODEX,
};

/// Claude Code.
pub(super) const CLAUDE: Days = Days {
    agent: "claude_code",
    table: "claude_usage_by_day.tsv",
    parts: &[
        ("input", &["input_uncached"]),
        ("output", &["output"]),
        ("cache_read", &["cache_read"]),
        ("cache_write_5m", &["cache_write_5m"]),
        ("cache_write_1h", &["cache_write_1h"]),
        ("web_search_requests", &["web_searches"]),
    ],
    money: money::CLAUDE,
};

/// The model of replies that no record names one of.
const UNKNOWN: &str = "unknown";

/// A day and a model.
type Key = (String, String);
/// Sums by day and model, in the order of the columns; the last is what they cost, in millionths of a dollar.
type Sums = BTreeMap<Key, Vec<u64>>;

impl Days {
    /// Compares every day of a home with `oracle`, in each way that topside can come to know it. `scratch` is a folder
    /// for copies.
    pub(super) fn compare(
        &self,
        (topside, home, name): (&Path, &Path, &str),
        oracle: &Table,
        scratch: &Path,
        report: &mut Report,
    ) -> anyhow::Result<()> {
        let expected = self.expected(oracle)?;
        let prices = scratch.join("prices.json");
        money::write(self.money, expected.keys().map(|(_, model)| model.as_str()), &prices)?;
        let ask = |home: &Path, history| self.ask(topside, home, history, &prices);
        let history = scratch.join("history.db");
        // Each breaks off somewhere else, but at the same place each time.
        let mut torn = Growing::copy(home, &scratch.join("home"), |number, len| len * (1 + number % 7) / 8)?;
        let restarted = scratch.join("restarted.db");
        ask(torn.home(), Some(&restarted))?;
        for number in torn.unfinished() {
            torn.grow(number, usize::MAX)?;
        }
        let ways = [
            ("cold", ask(home, None)?),
            ("first", ask(home, Some(&history))?),
            ("again", ask(home, Some(&history))?),
            ("restarted", ask(torn.home(), Some(&restarted))?),
        ];
        for (way, ours) in ways {
            let keys: BTreeSet<&Key> = expected.keys().chain(ours.keys()).collect();
            for key in keys {
                let row = format!("{} {} {way}", key.0, key.1);
                let count = |sums: &Sums, column: usize| sums.get(key).map_or(0, |counts| counts[column]);
                for (column, title) in self.parts.iter().map(|(title, _)| *title).chain(["cost"]).enumerate() {
                    let (ours, oracle) = (count(&ours, column), count(&expected, column));
                    report.check(name, &row, title, Cell::Count(ours), Cell::Count(oracle));
                }
            }
        }
        Ok(())
    }

    /// What the oracle says. What it found in quotations stands in rows of its own.
    fn expected(&self, oracle: &Table) -> anyhow::Result<Sums> {
        let mut sums = Sums::new();
        for row in oracle.rows() {
            let text = |column| Ok::<_, anyhow::Error>(row.get(column)?.unwrap_or_default().to_owned());
            let mut counts =
                self.parts.iter().map(|(column, _)| count(row, column)).collect::<anyhow::Result<Vec<_>>>()?;
            counts.push(0);
            add(&mut sums, (text("day_utc")?, text("model")?), &counts);
        }
        let titles: Vec<&str> = self.parts.iter().map(|(title, _)| *title).collect();
        // What no record names has no price, and ours no cost.
        for ((day, _), counts) in sums.iter_mut().filter(|((_, model), _)| model != UNKNOWN) {
            counts[titles.len()] = money::cost(self.money, day, |column| {
                titles.iter().position(|title| *title == column).map_or(0, |place| counts[place])
            });
        }
        Ok(sums)
    }

    /// What topside says of `home`, with history kept in a file or not at all.
    fn ask(&self, topside: &Path, home: &Path, history: Option<&Path>, prices: &Path) -> anyhow::Result<Sums> {
        let mut command = Command::new(topside);
        command.args(["usage", "daily", "--json", "--timezone", "UTC", "--agent", self.agent, "--root"]).arg(home);
        command.arg("--prices").arg(prices);
        if let Some(history) = history {
            command.arg("--history").arg(history);
        }
        let answer: Value = serde_json::from_str(&shell::output(&mut command)?).context("read what topside printed")?;
        let mut sums = Sums::new();
        for row in list(&answer, "rows")? {
            let day = row["key"].as_str().unwrap_or("no day").to_owned();
            for model in list(row, "models")? {
                let name = model["model"].as_str().unwrap_or(UNKNOWN).to_owned();
                let part = |name: &&str| model["usage"][name].as_u64().with_context(|| format!("{name} is no count"));
                let counts = self.parts.iter().map(|(_, ours)| ours.iter().map(part).sum());
                let mut counts = counts.collect::<anyhow::Result<Vec<u64>>>()?;
                let cost = model["cost_micro_usd"].as_u64().or((name == UNKNOWN).then_some(0));
                counts.push(cost.with_context(|| format!("{name} has no cost on {day}"))?);
                add(&mut sums, (day.clone(), name), &counts);
            }
        }
        Ok(sums)
    }
}

fn add(sums: &mut Sums, key: Key, counts: &[u64]) {
    let sum = sums.entry(key).or_insert_with(|| vec![0; counts.len()]);
    sum.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
}

fn count(row: Row<'_>, column: &str) -> anyhow::Result<u64> {
    row.get(column)?.unwrap_or("0").parse().with_context(|| format!("{column} is no count"))
}

fn list<'a>(value: &'a Value, name: &str) -> anyhow::Result<&'a Vec<Value>> {
    value[name].as_array().with_context(|| format!("topside printed no {name}"))
}
