//! `topside usage` as a question to history, which is answered again as before while nothing it depends on has changed.

use std::cell::LazyCell;
use std::hash::{DefaultHasher, Hasher as _};

use topside_engine::Prices;
use topside_export::text::{self, Page};
use topside_model::{Budget, BudgetState, Period, Timestamp, UsageQuery, UsageReport};
use topside_store::{Past, Store, StoreError};

use super::{Usage, face, report};
use crate::budgets;
use crate::command::own_zone;
use crate::history::Question;
use crate::prices::{Known, OwnTable};

/// A report in the form that was asked for, with the budgets of which nearly everything is used.
pub(crate) struct Reported<'a> {
    asked: &'a Usage,
    query: UsageQuery,
    page: Page,
    budgets: &'a [Budget],
    /// The prices of this build are many, and read while another thread looks for what is new.
    known: LazyCell<Known, Box<dyn FnOnce() -> Known>>,
    /// What the report depends on besides history; `None` where that is too much to tell.
    mark: Option<Vec<u8>>,
}

impl<'a> Reported<'a> {
    /// The question `query`, which is what was `asked`, at the prices of this build and `own` ones.
    pub(crate) fn new(
        (asked, query): (&'a Usage, UsageQuery),
        page: Page,
        own: Vec<OwnTable>,
        budgets: &'a [Budget],
    ) -> Self {
        let mark = if own.is_empty() && budgets.is_empty() { mark(&query) } else { None };
        let known = LazyCell::new(Box::new(|| Known::built_in().with(own)) as Box<dyn FnOnce() -> Known>);
        Self { asked, query, page, budgets, known, mark }
    }

    fn answer(&self, report: UsageReport, budgets: &[BudgetState]) -> Answer {
        let mut face = face(self.asked, &report, &self.page);
        let mut note = None;
        if self.asked.is_for_people() {
            face.push_str(&text::budgets_above(budgets, &self.page));
        } else if let Some((name, nearest)) = self.query.project.as_ref().zip(report.unknown_project.as_ref()) {
            note = Some(text::unknown_project(name, nearest));
        }
        Answer { report, face, note }
    }
}

/// A report.
pub(crate) struct Answer {
    report: UsageReport,
    /// The same as it was asked for.
    pub(crate) face: String,
    /// What a person should know who does not see it there.
    pub(crate) note: Option<String>,
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

/// What tells this program from others of the same version: where its file is, how long it is, and when it was written; and
/// the prices it knows, for not every build leaves a time.
fn build() -> Option<String> {
    let program = std::env::current_exe().ok()?;
    let file = std::fs::metadata(&program).ok()?;
    let written = file.modified().ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
    let mut prices = DefaultHasher::new();
    prices.write(Prices::VENDORED.as_bytes());
    let (version, length, prices) = (env!("CARGO_PKG_VERSION"), file.len(), prices.finish());
    Some(format!("{version} {} {length} {} {prices:x}", program.display(), written.as_nanos()))
}

impl Question for Reported<'_> {
    type Answer = Answer;

    fn recall(&self, store: &Store, now: Timestamp) -> Result<Option<Answer>, StoreError> {
        let Some(mark) = &self.mark else { return Ok(None) };
        Ok(store.recall(mark, &self.query, now)?.map(|report| self.answer(report, &[])))
    }

    fn tell(&self, past: &Past<'_>, now: Timestamp) -> Result<Answer, StoreError> {
        let prices = self.known.prices();
        let report = report(self.query.clone(), past, prices, now)?;
        let standing = budgets::standing(self.budgets, &[], past, prices, (own_zone, now))?;
        Ok(self.answer(report, &standing.budgets))
    }

    fn keep(&self, store: &mut Store, answer: &Answer) -> Result<(), StoreError> {
        // Nearest names are not kept with a report.
        let mark = self.mark.as_ref().filter(|_| answer.report.unknown_project.is_none());
        mark.map_or(Ok(()), |mark| store.keep(mark, &answer.report))
    }
}
