//! Topside's figures for a corpus of real homes against those of an independent oracle.

mod cell;
mod claude;
mod codex;
mod days;
pub(crate) mod growing;
mod oracle;
mod report;
mod rules;
mod untouched;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::corpus::oracle::Table;
use crate::corpus::report::Report;
use crate::{Verdict, repo, shell};

/// Where the corpus lies unless told otherwise, from the workspace's root.
const HOMES: &str = "../shared/corpus";
/// The oracle's table of Codex, one row per thread.
const CODEX: &str = "codex_threads.tsv";
/// The oracle's table of Claude Code, one row per session.
const CLAUDE: &str = "claude_sessions.tsv";

/// Compares every home of a corpus: `[--release] [HOMES [ORACLES]]`.
pub(crate) fn run(args: &[String]) -> anyhow::Result<Verdict> {
    let release = args.iter().any(|arg| arg == "--release");
    let places: Vec<&String> = args.iter().filter(|arg| *arg != "--release").collect();
    let (homes, oracles) = match places[..] {
        [] => (default_homes(), default_homes().join("oracle")),
        [homes] => (PathBuf::from(homes), Path::new(homes).join("oracle")),
        [homes, oracles] => (PathBuf::from(homes), PathBuf::from(oracles)),
        _ => bail!("usage: cargo xtask corpus [--release] [HOMES [ORACLES]]"),
    };
    let topside = repo::topside(release)?;
    let mut report = Report::default();
    for name in names(&oracles)? {
        compare_home(&topside, &homes, &oracles, &name, &mut report).with_context(|| format!("compare {name}"))?;
    }
    Ok(conclude(&report))
}

/// The corpus beside this project.
pub(crate) fn default_homes() -> PathBuf {
    repo::root().join(HOMES)
}

/// The homes the oracle has a say on, in order.
fn names(oracles: &Path) -> anyhow::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(oracles).with_context(|| format!("list {}", oracles.display()))? {
        let entry = entry?;
        if [CODEX, CLAUDE].iter().any(|table| entry.path().join(table).is_file()) {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    if names.is_empty() {
        bail!("{} holds neither {CODEX} nor {CLAUDE}", oracles.display());
    }
    names.sort();
    Ok(names)
}

fn compare_home(topside: &Path, homes: &Path, oracles: &Path, name: &str, report: &mut Report) -> anyhow::Result<()> {
    let (home, oracle) = (homes.join(name), oracles.join(name));
    let (codex, claude) = (table(&oracle, CODEX)?, table(&oracle, CLAUDE)?);
    let times = [(&codex, codex::TIMES), (&claude, claude::TIMES)];
    let before = untouched::listing(&home)?;
    let ours = ask(topside, &home, after_everything(&times)?)?;
    if let Some(threads) = &codex {
        let limits = Table::read(&oracle.join("codex_rate_limits.tsv"))?;
        let (sessions, our_limits) = (by_id(&ours, "sessions", codex::AGENT)?, by_id(&ours, "limits", codex::AGENT)?);
        let home = codex::Home { name, threads, limits: &limits, sessions: &sessions, our_limits: &our_limits };
        codex::compare(&home, report)?;
    }
    if let Some(sessions) = &claude {
        let by_day = Table::read(&oracle.join("claude_usage_by_day.tsv"))?;
        let ours = by_id(&ours, "sessions", claude::AGENT)?;
        claude::compare(&claude::Home { name, sessions, by_day: &by_day, ours: &ours }, report)?;
    }
    for days in [days::CODEX, days::CLAUDE] {
        if let Some(by_day) = table(&oracle, days.table)? {
            let scratch = tempfile::tempdir().context("make a folder for copies")?;
            days.compare((topside, &home, name), &by_day, scratch.path(), report)?;
        }
    }
    let after = untouched::listing(&home)?;
    if let Some(path) = untouched::first_change(&before, &after) {
        bail!("topside changed {}", path.display());
    }
    Ok(())
}

/// The oracle's table of that name, where the home has that agent.
fn table(oracle: &Path, name: &str) -> anyhow::Result<Option<Table>> {
    let path = oracle.join(name);
    path.is_file().then(|| Table::read(&path)).transpose()
}

/// What topside's `list` holds of `agent`, by id.
fn by_id<'a>(ours: &'a Value, list: &str, agent: &str) -> anyhow::Result<BTreeMap<&'a str, &'a Value>> {
    let list = ours.get(list).and_then(Value::as_array).with_context(|| format!("topside printed no {list}"))?;
    let of_agent = list.iter().filter(|item| item.get("agent").and_then(Value::as_str) == Some(agent));
    Ok(of_agent.filter_map(|item| Some((item.get("id")?.as_str()?, item))).collect())
}

/// A moment after the last one of a home, from the columns of its tables that hold times.
fn after_everything(tables: &[(&Option<Table>, &[&str])]) -> anyhow::Result<Timestamp> {
    let mut last = Timestamp::UNIX_EPOCH;
    for (table, columns) in tables {
        for row in table.iter().flat_map(Table::rows) {
            for column in *columns {
                if let Some(text) = row.get(column)? {
                    last = last.max(text.parse().with_context(|| format!("read {column}"))?);
                }
            }
        }
    }
    Ok(last + SignedDuration::from_hours(24))
}

/// What topside says of `home`.
fn ask(topside: &Path, home: &Path, now: Timestamp) -> anyhow::Result<Value> {
    let mut command = Command::new(topside);
    command.args(["ls", "--all", "--json", "--root"]).arg(home).args(["--now", &now.to_string()]);
    serde_json::from_str(&shell::output(&mut command)?).context("read what topside printed")
}

fn conclude(report: &Report) -> Verdict {
    for difference in &report.differences {
        println!("{difference}");
    }
    let explained = report.differences.iter().filter(|difference| difference.rule.is_some()).count();
    println!("corpus: {} cells, {} differ, {explained} explained", report.cells, report.differences.len());
    if explained == report.differences.len() { Verdict::Passed } else { Verdict::Failed }
}
