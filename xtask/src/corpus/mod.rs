//! Topside's figures for a corpus of real homes against those of an independent oracle.

mod cell;
mod columns;
mod compare;
mod oracle;
mod rules;
mod untouched;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::corpus::compare::{Home, Report};
use crate::corpus::oracle::Table;
use crate::{Verdict, repo, shell};

/// Where the corpus lies unless told otherwise, from the workspace's root.
const HOMES: &str = "../shared/corpus";
/// The columns of `codex_threads.tsv` that hold times.
const TIMES: &[&str] = &["created", "first_ts", "last_ts", "max_ts"];

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
        if entry.path().join("codex_threads.tsv").is_file() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    if names.is_empty() {
        bail!("{} holds no codex_threads.tsv", oracles.display());
    }
    names.sort();
    Ok(names)
}

fn compare_home(topside: &Path, homes: &Path, oracles: &Path, name: &str, report: &mut Report) -> anyhow::Result<()> {
    let home = homes.join(name);
    let threads = Table::read(&oracles.join(name).join("codex_threads.tsv"))?;
    let limits = Table::read(&oracles.join(name).join("codex_rate_limits.tsv"))?;
    let before = untouched::listing(&home)?;
    let ours = ask(topside, &home, after_everything(&threads)?)?;
    compare::compare(&Home { name, threads: &threads, limits: &limits, ours: &ours }, report)?;
    let after = untouched::listing(&home)?;
    if let Some(path) = untouched::first_change(&before, &after) {
        bail!("topside changed {}", path.display());
    }
    Ok(())
}

/// A moment after the last one of a home.
fn after_everything(threads: &Table) -> anyhow::Result<Timestamp> {
    let mut last = Timestamp::UNIX_EPOCH;
    for row in threads.rows() {
        for column in TIMES {
            if let Some(text) = row.get(column)? {
                last = last.max(text.parse().with_context(|| format!("read {column}"))?);
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
