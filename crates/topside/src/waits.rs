//! `topside waits`: what was asked, and the answer in the form it was asked for.

use clap::Args;
use topside_engine::WaitFold;
use topside_export::text::{self, Page};
use topside_export::{csv, wire::v1};
use topside_model::{Date, StateKind, TimeZone, Timestamp, WaitQuery, WaitReport, WaitsBy};
use topside_store::{Past, StoreError};

use crate::cli::by_name;
use crate::usage::{day, in_order, zone};

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
    Ok(WaitQuery { by: waits.by, since: waits.since, until: waits.until, zone })
}

/// How long was waited in `past`, at the moment `now`.
pub(crate) fn report(query: WaitQuery, past: &Past<'_>, now: Timestamp) -> Result<WaitReport, StoreError> {
    let mut fold = WaitFold::new(query, &past.sessions);
    past.states(&[StateKind::Approval, StateKind::Question], |state| fold.add(&state, now))?;
    Ok(fold.report(now))
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
