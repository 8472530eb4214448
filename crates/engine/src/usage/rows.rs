//! Sums put into rows.

use std::cmp::Reverse;

use topside_model::{ModelTally, Spending, Tally, Timestamp, UsageReport, UsageRow};

use super::fold::UsageFold;
use super::layout::Layout;
use super::sums::{Span, hull};

/// The report on what `fold` was given.
pub(super) fn report(fold: &UsageFold<'_>, now: Timestamp) -> UsageReport {
    let query = fold.calendar.query();
    let layout = Layout::new(fold, now);
    let drafts = drafts(fold, &layout);
    let mut rows = Vec::with_capacity(drafts.len());
    let mut total = Draft::default();
    let mut undated = Draft::default();
    for (key, draft) in layout.rows.into_iter().zip(drafts) {
        match key {
            None => undated.add(&draft),
            Some(key) => {
                total.add(&draft);
                rows.push(UsageRow { key, spending: draft.spending(fold) });
            }
        }
    }
    if !query.period.is_dated() {
        // A stable sort: those with as many tokens stay in the order of their keys.
        rows.sort_by_key(|row| Reverse(row.spending.tally.usage.total()));
    }
    let (total, undated) = (total.spending(fold), undated.spending(fold));
    UsageReport { taken_at: now, query: query.clone(), rows, total, undated }
}

/// What goes into each row of `layout`.
fn drafts(fold: &UsageFold<'_>, layout: &Layout) -> Vec<Draft> {
    let mut drafts: Vec<Draft> = layout.rows.iter().map(|_| Draft::default()).collect();
    for (cell, lot) in fold.cells.keys().iter().zip(&fold.lots) {
        let draft = &mut drafts[layout.row(cell.part, cell.group) as usize];
        *draft.model(cell.model) += &lot.tally;
        draft.span = hull(draft.span, lot.span);
    }
    for visit in &fold.visits {
        drafts[layout.row(visit.part, visit.group) as usize].tops.push(visit.top);
    }
    drafts
}

/// A row in the making.
#[derive(Debug, Default)]
struct Draft {
    /// With the place of the model. They are few in most rows, and rows may be many.
    models: Vec<(u32, Tally)>,
    /// Places of the sessions that no known one started, some of them several times.
    tops: Vec<u32>,
    span: Span,
}

impl Draft {
    fn add(&mut self, other: &Self) {
        for (model, tally) in &other.models {
            *self.model(*model) += tally;
        }
        self.tops.extend(&other.tops);
        self.span = hull(self.span, other.span);
    }

    fn model(&mut self, model: u32) -> &mut Tally {
        let place = self.models.iter().position(|(known, _)| *known == model).unwrap_or_else(|| {
            self.models.push((model, Tally::default()));
            self.models.len() - 1
        });
        &mut self.models[place].1
    }

    fn spending(mut self, fold: &UsageFold<'_>) -> Spending {
        let mut whole = Tally::default();
        let mut models = Vec::with_capacity(self.models.len());
        for (model, tally) in self.models {
            whole += &tally;
            models.push(ModelTally { model: fold.models.model(model).cloned(), tally });
        }
        models.sort_by(|a, b| a.model.cmp(&b.model));
        models.sort_by_key(|model| Reverse(model.tally.usage.total()));
        self.tops.sort_unstable();
        self.tops.dedup();
        Spending { tally: whole, sessions: self.tops.len() as u64, span: self.span, models }
    }
}
