//! `topside usage` as a question to history, which is answered again as before while nothing it depends on has changed.

use std::cell::LazyCell;

use topside_export::text::{self, Page};
use topside_model::{Budget, BudgetState, Period, Problem, Timestamp, UsageQuery, UsageReport};
use topside_store::{Kept, Past, StoreError};

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
        let mut face = face(self.asked, &report, &[], &self.page);
        let mut note = None;
        if self.asked.is_for_people() {
            face.push_str(&text::budgets_above(budgets, &self.page));
        } else if let Some((name, nearest)) = self.query.project.as_ref().zip(report.unknown_project.as_ref()) {
            note = Some(text::unknown_project(name, nearest));
        }
        Answer { report, face, note }
    }

    /// The answer as it was asked for, now that it is known what is left out.
    pub(crate) fn face(&self, answer: Answer, left_out: &[Problem]) -> String {
        let says_so = self.asked.json && !left_out.is_empty();
        if says_so { face(self.asked, &answer.report, left_out, &self.page) } else { answer.face }
    }
}

/// A report.
pub(crate) struct Answer {
    report: UsageReport,
    /// The same as it was asked for, where nothing is left out.
    face: String,
    /// What a person should know who does not see it there.
    pub(crate) note: Option<String>,
}

/// The question in words.
fn mark(query: &UsageQuery) -> Option<Vec<u8>> {
    let UsageQuery { period, since, until, zone, agent, project } = query;
    // Which block is running depends on the moment.
    if *period == Period::Blocks {
        return None;
    }
    let zone = zone.iana_name()?;
    Some(format!("{} {since:?} {until:?} {zone} {agent:?} {project:?}", period.id()).into_bytes())
}

impl Question for Reported<'_> {
    type Answer = Answer;

    fn mark(&self) -> Option<&[u8]> {
        self.mark.as_deref()
    }

    fn recall(&self, kept: &Kept, now: Timestamp) -> Option<Answer> {
        let report = kept.report(self.mark()?, &self.query, now)?;
        Some(self.answer(report, &[]))
    }

    fn tell(&self, past: &Past<'_>, now: Timestamp) -> Result<Answer, StoreError> {
        let prices = self.known.prices();
        let report = report(self.query.clone(), past, prices, now)?;
        let standing = budgets::standing(self.budgets, &[], past, prices, (own_zone, now))?;
        Ok(self.answer(report, &standing.budgets))
    }

    fn report<'r>(&self, answer: &'r Answer) -> Option<&'r UsageReport> {
        // Nearest names are not kept with a report.
        Some(&answer.report).filter(|report| report.unknown_project.is_none())
    }
}
