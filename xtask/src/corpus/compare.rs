//! Cell against cell.

use std::collections::BTreeMap;
use std::fmt;

use anyhow::Context as _;
use serde_json::Value;

use crate::corpus::cell::{Cell, Kind, Limit, Window};
use crate::corpus::columns::{self, PLAIN};
use crate::corpus::oracle::{Row, Table};
use crate::corpus::rules;

/// What both sides say of one home.
#[derive(Debug, Clone, Copy)]
pub(super) struct Home<'a> {
    pub(super) name: &'a str,
    /// The oracle's threads.
    pub(super) threads: &'a Table,
    /// The oracle's rate limits, the newest by id.
    pub(super) limits: &'a Table,
    /// Topside's snapshot.
    pub(super) ours: &'a Value,
}

/// What was compared so far.
#[derive(Debug, Default)]
pub(super) struct Report {
    pub(super) cells: usize,
    pub(super) differences: Vec<Difference>,
}

/// A cell on which the two sides differ.
#[derive(Debug)]
pub(super) struct Difference {
    pub(super) home: String,
    /// The thread, or the rate limit.
    pub(super) row: String,
    pub(super) column: String,
    pub(super) ours: Cell,
    pub(super) oracle: Cell,
    /// Why that is right.
    pub(super) rule: Option<&'static str>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { home, row, column, ours, oracle, rule } = self;
        write!(f, "{home} {row} {column}: ours={ours} oracle={oracle}")?;
        rule.map_or(Ok(()), |rule| write!(f, " (explained: {rule})"))
    }
}

impl Report {
    fn check(&mut self, home: &Home<'_>, row: &str, column: &str, ours: Cell, oracle: Cell) {
        self.cells += 1;
        if ours == oracle {
            return;
        }
        let (home, row, column) = (home.name.to_owned(), row.to_owned(), column.to_owned());
        self.differences.push(Difference { home, row, column, ours, oracle, rule: None });
    }
}

/// Compares everything the oracle knows of `home`.
pub(super) fn compare(home: &Home<'_>, report: &mut Report) -> anyhow::Result<()> {
    let (present, absent) = (Cell::Text("present".to_owned()), Cell::Text("absent".to_owned()));
    let mut ours = by_id(home.ours, "sessions")?;
    for row in home.threads.rows() {
        let thread = row.get("thread_id")?.context("a thread without an id")?;
        let session = ours.remove(thread);
        let seen = if session.is_some() { &present } else { &absent };
        report.check(home, thread, "thread", seen.clone(), present.clone());
        if let Some(session) = session {
            compare_thread(home, thread, row, session, report).with_context(|| format!("thread {thread}"))?;
        }
    }
    for extra in ours.keys() {
        report.check(home, extra, "thread", present.clone(), absent.clone());
    }
    compare_limits(home, report)
}

fn compare_thread(
    home: &Home<'_>,
    thread: &str,
    row: Row<'_>,
    session: &Value,
    report: &mut Report,
) -> anyhow::Result<()> {
    let known = report.differences.len();
    for (column, kind, pointer) in PLAIN {
        let oracle = kind.parse(row.get(column)?)?;
        report.check(home, thread, column, columns::plain(session, *kind, pointer)?, oracle);
    }
    let is_subagent = Kind::Count.parse(row.get("is_subagent")?)?;
    report.check(home, thread, "is_subagent", columns::is_subagent(session)?, is_subagent);
    let subagent_kind = Kind::Text.parse(row.get("subagent_kind")?)?;
    let our_kind = columns::subagent_kind(session, &subagent_kind)?;
    report.check(home, thread, "subagent_kind", our_kind, subagent_kind);
    // Files of old versions do not record turns; a session still has a state then.
    if let open @ Some(_) = row.get("open_turn")? {
        report.check(home, thread, "open_turn", columns::open_turn(session)?, Kind::Count.parse(open)?);
    }
    let limits = session.get("limits").context("a session without limits")?;
    let oracle = columns::oracle_limits(row.get("rate_limits")?)?;
    report.check(home, thread, "rate_limits", columns::our_limits(limits)?, oracle);
    for difference in &mut report.differences[known..] {
        difference.rule = rules::explaining(difference, row)?;
    }
    Ok(())
}

fn compare_limits(home: &Home<'_>, report: &mut Report) -> anyhow::Result<()> {
    let mut ours = by_id(home.ours, "limits")?;
    for row in home.limits.rows() {
        let id = row.get("limit_id")?.context("a limit without an id")?;
        let limit = ours.remove(id);
        let figures =
            limit.map_or(Ok(Cell::Unknown), |limit| columns::our_limits(&Value::from(vec![limit.clone()])))?;
        report.check(home, id, "rate_limit", figures, Cell::Limits(vec![oracle_limit(id, row)?]));
        for (column, key) in [("limit_name", "name"), ("plan_type", "plan")] {
            let ours =
                limit.map_or(Ok(Cell::Unknown), |limit| columns::plain(limit, Kind::Text, &format!("/{key}")))?;
            report.check(home, id, column, ours, Kind::Text.parse(row.get(column)?)?);
        }
    }
    for (id, limit) in ours {
        report.check(home, id, "rate_limit", columns::our_limits(&Value::from(vec![limit.clone()]))?, Cell::Unknown);
    }
    Ok(())
}

/// A row of `codex_rate_limits.tsv`.
fn oracle_limit(id: &str, row: Row<'_>) -> anyhow::Result<Limit> {
    let mut windows = Vec::new();
    for slot in ["primary", "secondary"] {
        let Some(used) = row.get(&format!("{slot}_used_percent"))? else { continue };
        let resets_at = row.get(&format!("{slot}_resets_at"))?.map(str::parse).transpose()?;
        windows.push(Window {
            minutes: row.get(&format!("{slot}_window_minutes"))?.map(str::parse).transpose()?,
            used_percent: used.parse()?,
            resets_at: resets_at.map(jiff::Timestamp::from_second).transpose()?,
        });
    }
    let seen_at = row.get("seen_at")?.context("a limit without a time")?.parse()?;
    Ok(Limit { id: id.to_owned(), seen_at, windows })
}

/// What topside's `list` holds of Codex, by id.
fn by_id<'a>(ours: &'a Value, list: &str) -> anyhow::Result<BTreeMap<&'a str, &'a Value>> {
    let list = ours.get(list).and_then(Value::as_array).with_context(|| format!("topside printed no {list}"))?;
    let codex = list.iter().filter(|item| item.get("agent").and_then(Value::as_str) == Some("codex"));
    Ok(codex.filter_map(|item| Some((item.get("id")?.as_str()?, item))).collect())
}

#[cfg(test)]
mod tests;
