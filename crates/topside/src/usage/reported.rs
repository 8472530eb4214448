//! `topside usage` as a question to history, which is answered again as before while nothing it depends on has changed.

use std::cell::LazyCell;

use topside_model::{Budget, Period, TimeZone, Timestamp, UsageQuery, UsageReport};
use topside_store::{Past, Store, StoreError};

use super::report;
use crate::budgets::{self, Standing};
use crate::history::Question;
use crate::prices::{Known, OwnTable};

/// A report, and how budgets stand.
pub(crate) struct Reported<'a> {
    query: UsageQuery,
    budgets: &'a [Budget],
    /// The prices of this build are many, and read while another thread looks for what is new.
    known: LazyCell<Known, Box<dyn FnOnce() -> Known>>,
    /// What the report depends on besides history; `None` where that is too much to tell.
    mark: Option<Vec<u8>>,
}

impl<'a> Reported<'a> {
    pub(crate) fn new(query: UsageQuery, own: Vec<OwnTable>, budgets: &'a [Budget]) -> Self {
        let mark = if own.is_empty() && budgets.is_empty() { mark(&query) } else { None };
        Self { query, budgets, known: LazyCell::new(Box::new(|| Known::built_in().with(own))), mark }
    }
}

/// The question in words, and which build of topside answers it.
fn mark(query: &UsageQuery) -> Option<Vec<u8>> {
    let UsageQuery { period, since, until, zone, agent, project } = query;
    // Which block is running depends on the moment.
    if *period == Period::Blocks {
        return None;
    }
    let (zone, build) = (zone.iana_name()?, build()?);
    Some(format!("{build} {} {since:?} {until:?} {zone} {agent:?} {project:?}", period.id()).into_bytes())
}

/// What tells this program from others of the same version: how long its file is, and when it was written.
fn build() -> Option<String> {
    let file = std::env::current_exe().and_then(std::fs::metadata).ok()?;
    let written = file.modified().ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
    Some(format!("{} {} {}", env!("CARGO_PKG_VERSION"), file.len(), written.as_nanos()))
}

impl Question for Reported<'_> {
    type Answer = (UsageReport, Standing);

    fn recall(&self, store: &Store, now: Timestamp) -> Result<Option<Self::Answer>, StoreError> {
        let Some(mark) = &self.mark else { return Ok(None) };
        Ok(store.recall(mark, &self.query, now)?.map(|report| (report, Standing::default())))
    }

    fn tell(&self, past: &Past<'_>, now: Timestamp) -> Result<Self::Answer, StoreError> {
        let prices = self.known.prices();
        let report = report(self.query.clone(), past, prices, now)?;
        Ok((report, budgets::standing(self.budgets, &[], past, prices, (TimeZone::system, now))?))
    }

    fn keep(&self, store: &mut Store, (report, _): &Self::Answer) -> Result<(), StoreError> {
        self.mark.as_ref().map_or(Ok(()), |mark| store.keep(mark, report))
    }
}
