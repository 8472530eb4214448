//! Codex: one thread, one file.

mod columns;

use std::collections::BTreeMap;

use anyhow::Context as _;
use serde_json::Value;

use crate::corpus::cell::{Cell, Kind, Limit, Window};
use crate::corpus::codex::columns::PLAIN;
use crate::corpus::oracle::{Row, Table};
use crate::corpus::report::{Difference, Report};
use crate::corpus::rules;

/// The agent's id in topside's JSON.
pub(super) const AGENT: &str = "codex";
/// The columns of `codex_threads.tsv` that hold times.
pub(super) const TIMES: &[&str] = &["created", "first_ts", "last_ts", "max_ts"];

/// What both sides say of one home.
#[derive(Debug, Clone, Copy)]
pub(super) struct Home<'a> {
    pub(super) name: &'a str,
    /// The oracle's threads.
    pub(super) threads: &'a Table,
    /// The oracle's rate limits, the newest by id.
    pub(super) limits: &'a Table,
    /// Topside's threads, by id.
    pub(super) sessions: &'a BTreeMap<&'a str, &'a Value>,
    /// Topside's rate limits, by id.
    pub(super) our_limits: &'a BTreeMap<&'a str, &'a Value>,
}

/// Compares everything the oracle knows of `home`.
pub(super) fn compare(home: &Home<'_>, report: &mut Report) -> anyhow::Result<()> {
    let mut ours = home.sessions.clone();
    for row in home.threads.rows() {
        let thread = row.get("thread_id")?.context("a thread without an id")?;
        let session = ours.remove(thread);
        report.check_presence(home.name, thread, session.is_some(), true);
        if let Some(session) = session {
            compare_thread(home, thread, row, session, report).with_context(|| format!("thread {thread}"))?;
        }
    }
    for extra in ours.keys() {
        report.check_presence(home.name, extra, true, false);
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
        report.check(home.name, thread, column, Cell::at(session, *kind, pointer)?, oracle);
    }
    let is_subagent = Kind::Count.parse(row.get("is_subagent")?)?;
    report.check(home.name, thread, "is_subagent", columns::is_subagent(session)?, is_subagent);
    let subagent_kind = Kind::Text.parse(row.get("subagent_kind")?)?;
    let our_kind = columns::subagent_kind(session, &subagent_kind)?;
    report.check(home.name, thread, "subagent_kind", our_kind, subagent_kind);
    // Files of old versions do not record turns; a session still has a state then.
    if let open @ Some(_) = row.get("open_turn")? {
        report.check(home.name, thread, "open_turn", columns::open_turn(session)?, Kind::Count.parse(open)?);
    }
    let limits = session.get("limits").context("a session without limits")?;
    let oracle = columns::oracle_limits(row.get("rate_limits")?)?;
    report.check(home.name, thread, "rate_limits", columns::our_limits(limits)?, oracle);
    for difference in &mut report.differences[known..] {
        difference.rule = explaining(difference, row)?;
    }
    Ok(())
}

fn compare_limits(home: &Home<'_>, report: &mut Report) -> anyhow::Result<()> {
    let mut ours = home.our_limits.clone();
    for row in home.limits.rows() {
        let id = row.get("limit_id")?.context("a limit without an id")?;
        let limit = ours.remove(id);
        let figures =
            limit.map_or(Ok(Cell::Unknown), |limit| columns::our_limits(&Value::from(vec![limit.clone()])))?;
        report.check(home.name, id, "rate_limit", figures, Cell::Limits(vec![oracle_limit(id, row)?]));
        for (column, key) in [("limit_name", "name"), ("plan_type", "plan")] {
            let ours = limit.map_or(Ok(Cell::Unknown), |limit| Cell::at(limit, Kind::Text, &format!("/{key}")))?;
            report.check(home.name, id, column, ours, Kind::Text.parse(row.get(column)?)?);
        }
    }
    for (id, limit) in ours {
        report.check(
            home.name,
            id,
            "rate_limit",
            columns::our_limits(&Value::from(vec![limit.clone()]))?,
            Cell::Unknown,
        );
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

/// The rule that explains `difference` in a thread of which the oracle says `row`. Items of the oldest dialect have a
/// role and no type; the oracle's rule counts them by role, its program by type.
fn explaining(difference: &Difference, row: Row<'_>) -> anyhow::Result<Option<&'static str>> {
    let old = row.get("dialect")? == Some("legacy-json");
    let unseen = difference.column == "user_messages" && difference.oracle == Cell::Count(0);
    Ok((old && unseen).then_some(rules::UNTYPED_ITEMS))
}

#[cfg(test)]
mod tests;
