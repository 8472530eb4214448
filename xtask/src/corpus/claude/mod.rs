//! Claude Code: one session, its file and those of its sub-agents.

mod columns;
mod copies;
mod family;

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;
use serde_json::Value;

use crate::corpus::cell::{Cell, Kind};
use crate::corpus::claude::columns::{PARTS, PLAIN, SPECIAL, SUMS, UNANSWERED};
use crate::corpus::claude::family::Families;
use crate::corpus::oracle::{Row, Table};
use crate::corpus::report::Report;

/// The agent's id in topside's JSON.
pub(super) const AGENT: &str = "claude_code";
/// The columns of `claude_sessions.tsv` that hold times.
pub(super) const TIMES: &[&str] = &["first_ts", "last_ts", "main_last_line_ts"];
/// What the file of a sub-agent begins with.
const AGENT_FILE: &str = "agent-";

/// What both sides say of one home.
#[derive(Debug, Clone, Copy)]
pub(super) struct Home<'a> {
    pub(super) name: &'a str,
    /// The oracle's sessions.
    pub(super) sessions: &'a Table,
    /// The oracle's tokens by day and model.
    pub(super) by_day: &'a Table,
    /// Topside's sessions of Claude Code, by id.
    pub(super) ours: &'a BTreeMap<&'a str, &'a Value>,
}

/// Compares everything the oracle knows of `home`.
pub(super) fn compare(home: &Home<'_>, report: &mut Report) -> anyhow::Result<()> {
    know_every_column(home.sessions)?;
    let known = report.differences.len();
    let families = Families::new(home.ours);
    let mut extras = families.ids();
    for row in home.sessions.rows() {
        let id = row.get("session_id")?.context("a session without an id")?;
        extras.remove(id);
        compare_session(home, id, row, &families, report).with_context(|| format!("session {id}"))?;
    }
    for extra in extras {
        report.check_presence(home.name, extra, true, false);
    }
    compare_spending(home, report)?;
    copies::explain(home, &mut report.differences[known..])
}

/// A column that is neither compared nor known to have no answer is an error.
fn know_every_column(sessions: &Table) -> anyhow::Result<()> {
    let compared = PLAIN.iter().map(|(column, ..)| column).chain(SUMS.iter().map(|sum| &sum.column)).chain(SPECIAL);
    let known: Vec<&&str> = compared.chain(UNANSWERED.iter().flat_map(|(_, columns)| *columns)).collect();
    match sessions.columns().find(|column| !known.contains(&column)) {
        Some(column) => anyhow::bail!("nobody says how {column} is compared, or why not"),
        None => Ok(()),
    }
}

fn compare_session(
    home: &Home<'_>,
    id: &str,
    row: Row<'_>,
    families: &Families<'_>,
    report: &mut Report,
) -> anyhow::Result<()> {
    let (session, below) = (families.tops.get(id).copied(), families.below(id));
    // Sub-agents may outlive the file of the session that started them; then they alone stand for it.
    let has_file = row.get("n_main_files")? != Some("0");
    report.check_presence(home.name, id, session.is_some() || (!has_file && !below.is_empty()), true);
    for sum in SUMS {
        let own = sum.own.map_or(Ok(0), |pointer| family::sum(session.as_slice(), &[pointer]))?;
        let ours = Cell::Count(own + family::sum(below, sum.below)?);
        report.check(home.name, id, sum.column, ours, Kind::Count.parse(row.get(sum.column)?)?);
    }
    let agent_files = family::files(below.iter().copied())?.into_iter().filter(|path| is_agent_file(path)).count();
    let count = Cell::Count(agent_files as u64);
    report.check(home.name, id, "n_agent_files", count, Kind::Count.parse(row.get("n_agent_files")?)?);
    let Some(session) = session.filter(|_| has_file) else { return Ok(()) };
    for (column, kind, pointer) in PLAIN {
        report.check(home.name, id, column, Cell::at(session, *kind, pointer)?, kind.parse(row.get(column)?)?);
    }
    let first = family::first(std::iter::once(session).chain(below.iter().copied()))?;
    report.check(home.name, id, "first_ts", first, Kind::Time.parse(row.get("first_ts")?)?);
    let file = row.get("files")?.context("a session without a file")?;
    let sources = family::files([session])?;
    let read = sources.iter().find(|path| Path::new(path).ends_with(file));
    let ours = read.map_or(Cell::Unknown, |_| Cell::text(file));
    report.check(home.name, id, "files", ours, Cell::text(file));
    Ok(())
}

/// True for the records of a sub-agent; what is noted beside them has another ending.
fn is_agent_file(path: &str) -> bool {
    let path = Path::new(path);
    let is_agent = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(AGENT_FILE));
    is_agent && path.extension().is_some_and(|extension| extension == "jsonl")
}

/// Compares what the whole home spent, whoever spent it.
fn compare_spending(home: &Home<'_>, report: &mut Report) -> anyhow::Result<()> {
    let sessions: Vec<&Value> = home.ours.values().copied().collect();
    for (column, _, pointers) in PARTS {
        let ours = Cell::Count(family::sum(&sessions, pointers)?);
        report.check(home.name, "all sessions", column, ours, Cell::Count(home.by_day.total(column)?));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
