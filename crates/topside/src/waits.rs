//! `topside waits`: what was asked, and the answer in the form it was asked for.

use clap::Args;
use topside_engine::WaitFold;
use topside_export::text::{self, Page};
use topside_export::{csv, wire::v1};
use topside_model::{AgentId, Date, StateKind, TimeZone, Timestamp, WaitQuery, WaitReport, WaitsBy};
use topside_store::{Past, StoreError};

use crate::cli::by_name;
use crate::usage::{agents, day, in_order, unknown_project, zone};

/// `topside waits`.
#[derive(Debug, Args)]
pub(crate) struct Waits {
    /// What a row stands for
    #[arg(value_name = "ROWS", default_value = WaitsBy::default().id(), value_parser = by_name(WaitsBy::ALL, WaitsBy::id))]
    pub(crate) by: WaitsBy,
    /// Only from DAY on, such as 2026-11-01
    #[arg(long, value_name = "DAY", value_parser = day)]
    pub(crate) since: Option<Date>,
    /// Only up to DAY, and DAY too
    #[arg(long, value_name = "DAY", value_parser = day)]
    pub(crate) until: Option<Date>,
    /// Where days begin and end, such as Europe/Berlin; your own zone otherwise
    #[arg(long, value_name = "ZONE", value_parser = zone)]
    pub(crate) timezone: Option<TimeZone>,
    /// Only sessions of this agent, such as codex
    #[arg(long, value_name = "AGENT", value_parser = agents())]
    pub(crate) agent: Option<AgentId>,
    /// Only the project of this name
    #[arg(long, value_name = "NAME")]
    pub(crate) project: Option<String>,
    /// Print JSON
    #[arg(long, conflicts_with = "csv")]
    pub(crate) json: bool,
    /// Print comma-separated values
    #[arg(long)]
    pub(crate) csv: bool,
}

/// What the command line asks, in one's `own` zone unless it names another; or what is wrong with it.
pub(crate) fn query(waits: &Waits, own: impl FnOnce() -> TimeZone) -> Result<WaitQuery, String> {
    in_order(waits.since, waits.until)?;
    let zone = waits.timezone.clone().unwrap_or_else(own);
    let Waits { by, since, until, .. } = *waits;
    Ok(WaitQuery { by, since, until, zone, agent: waits.agent.clone(), project: waits.project.clone() })
}

/// How long was waited in `past`, at the moment `now`; and what a person should know who asked for a project that there
/// is not.
pub(crate) fn report(
    query: WaitQuery,
    past: &Past<'_>,
    now: Timestamp,
) -> Result<(WaitReport, Option<String>), StoreError> {
    let wanted = query.project.as_deref();
    let note = wanted.and_then(|name| Some(text::unknown_project(name, &unknown_project(name, &past.sessions)?)));
    let mut fold = WaitFold::new(query, &past.sessions);
    past.states(&[StateKind::Approval, StateKind::Question], |state| fold.add(&state, now))?;
    Ok((fold.report(now), note))
}

/// The report in the form that `waits` asks for.
pub(crate) fn face(waits: &Waits, report: &WaitReport, page: &Page) -> String {
    if waits.json {
        v1::waits(report).to_json()
    } else if waits.csv {
        csv::waits(report)
    } else {
        text::waits(report, page)
    }
}
