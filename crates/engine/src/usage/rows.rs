//! Sums put into rows.

use std::cmp::Reverse;

use topside_model::{ModelTally, Spending, Tally, Timestamp, UsageReport, UsageRow};

use super::fold::{UsageFold, Visit};
use super::layout::Layout;
use super::lot::Lot;
use super::sums::hull;

/// The report on what `fold` was given.
pub(super) fn report(mut fold: UsageFold<'_>, now: Timestamp) -> UsageReport {
    let layout = Layout::new(&fold, now);
    // What went into rows is let go before they are made: there may be many.
    let (lots, visits) = (std::mem::take(&mut fold.lots), std::mem::take(&mut fold.visits));
    let drafts = drafts(&fold, &layout, lots, visits);
    let (fold, query) = (&fold, fold.calendar.query());
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
    UsageReport { taken_at: now, query: query.clone(), rows, total, undated, unknown_project: None }
}

/// What goes into each row of `layout`.
fn drafts(fold: &UsageFold<'_>, layout: &Layout, lots: Vec<Lot>, visits: Vec<Visit>) -> Vec<Draft> {
    let mut drafts: Vec<Draft> = layout.rows.iter().map(|_| Draft::default()).collect();
    for (cell, lot) in fold.cells.keys().iter().zip(lots) {
        *drafts[layout.row(cell.part, cell.group) as usize].model(cell.model) += &lot;
    }
    for visit in visits {
        let cell = fold.cells.at(visit.cell);
        drafts[layout.row(cell.part, cell.group) as usize].tops.push(visit.top);
    }
    drafts
}

/// A row in the making.
#[derive(Debug, Default)]
struct Draft {
    /// With the place of the model. They are few in most rows, and rows may be many.
    models: Vec<(u32, Lot)>,
    /// Places of the sessions that no known one started, some of them several times.
    tops: Vec<u32>,
}

impl Draft {
    fn add(&mut self, other: &Self) {
        for (model, lot) in &other.models {
            *self.model(*model) += lot;
        }
        self.tops.extend(&other.tops);
    }

    fn model(&mut self, model: u32) -> &mut Lot {
        let place = self.models.iter().position(|(known, _)| *known == model).unwrap_or_else(|| {
            self.models.reserve_exact(1);
            self.models.push((model, Lot::default()));
            self.models.len() - 1
        });
        &mut self.models[place].1
    }

    fn spending(mut self, fold: &UsageFold<'_>) -> Spending {
        let (mut whole, mut span) = (Tally::default(), None);
        let mut models = Vec::with_capacity(self.models.len());
        for (model, lot) in self.models {
            let model = fold.models.model(model);
            let tally = lot.tally(model);
            whole += &tally;
            span = hull(span, lot.span());
            models.push(ModelTally { model: model.cloned(), tally });
        }
        models.sort_by(|a, b| a.model.cmp(&b.model));
        models.sort_by_key(|model| Reverse(model.tally.usage.total()));
        self.tops.sort_unstable();
        self.tops.dedup();
        Spending { tally: whole, sessions: self.tops.len() as u64, span, models }
    }
}
