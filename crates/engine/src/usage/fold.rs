//! Takes buckets and makes the report.

use topside_model::{Billing, Bucket, Lineage, ModelId, Period, Timestamp, UsageQuery, UsageReport};

use super::calendar::Calendar;
use super::family::Families;
use super::lot::Lot;
use super::places::Places;
use super::rates::{PriceOf, Rates};
use super::rows;
use super::sums::{Sum, parts};

/// A usage report in the making.
#[derive(Debug)]
pub struct UsageFold<'a> {
    pub(super) sessions: &'a [Lineage],
    pub(super) families: Families<'a>,
    pub(super) models: Models<'a>,
    pub(super) calendar: Calendar,
    pub(super) cells: Places<Cell>,
    /// What went into each cell, by its place.
    pub(super) lots: Vec<Lot>,
    rates: Rates<'a>,
    /// In the order they came, some of them several times.
    pub(super) visits: Vec<Visit>,
    run: Run,
}

/// Buckets in a row that belong to one session and one moment, as many do: they are summed before they are priced.
#[derive(Debug, Default)]
struct Run {
    /// Places of the session and the moment; `None` before the first bucket.
    of: Option<(usize, u32)>,
    /// By billing and by which parts their usage has, on which the price depends.
    sums: Vec<((u32, u8), Sum)>,
}

impl Run {
    fn add(&mut self, bucket: &Bucket) {
        let (kind, sum) = ((bucket.billing as u32, parts(&bucket.usage)), Sum::from(bucket));
        match self.sums.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, known)) => *known += &sum,
            None => self.sums.push((kind, sum)),
        }
    }
}

/// Replies of one model that belong to one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Cell {
    /// Place of the row's part of time.
    pub(super) part: u32,
    /// Place of what the row stands for besides a part of time: a session, a project, a model or an agent.
    pub(super) group: u32,
    /// Place of their model.
    pub(super) model: u32,
}

/// A session that adds to a row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Visit {
    /// Place of a cell of the row.
    pub(super) cell: u32,
    /// Place of the session that no known one started.
    pub(super) top: u32,
}

/// The models of billings.
#[derive(Debug)]
pub(super) struct Models<'a> {
    of_billing: Vec<u32>,
    places: Places<Option<&'a ModelId>>,
}

impl<'a> Models<'a> {
    pub(super) fn new(billings: &'a [Billing]) -> Self {
        let mut places = Places::default();
        let of_billing = billings.iter().map(|billing| places.place(billing.model.as_ref())).collect();
        Self { of_billing, places }
    }

    /// Place of the model of the billing of that place.
    pub(super) fn place(&self, billing: usize) -> u32 {
        self.of_billing[billing]
    }

    /// The model of that place.
    pub(super) fn model(&self, place: u32) -> Option<&'a ModelId> {
        self.places.at(place)
    }
}

impl<'a> UsageFold<'a> {
    /// A report that nothing was added to yet, on what `sessions` did under `billings` at some prices.
    pub fn new(query: UsageQuery, sessions: &'a [Lineage], billings: &'a [Billing], price: &'a PriceOf<'a>) -> Self {
        Self {
            sessions,
            families: Families::new(sessions, &query),
            models: Models::new(billings),
            calendar: Calendar::new(query),
            cells: Places::default(),
            lots: Vec::new(),
            rates: Rates::new(price, billings),
            visits: Vec::new(),
            run: Run::default(),
        }
    }

    /// Adds a bucket, whose places are those of the sessions and billings given at first.
    pub fn add(&mut self, bucket: &Bucket) {
        if self.families.member(bucket.session).is_none() {
            return;
        }
        let Some(moment) = self.calendar.place(bucket.start) else { return };
        let of = Some((bucket.session, moment));
        if self.run.of != of {
            self.settle();
            self.run.of = of;
        }
        self.run.add(bucket);
    }

    /// Prices the buckets that came in a row.
    fn settle(&mut self) {
        let run = std::mem::take(&mut self.run);
        let Some((member, moment)) =
            run.of.and_then(|(session, moment)| Some((self.families.member(session)?, moment)))
        else {
            return;
        };
        let moment = self.calendar.moment(moment);
        for ((billing, _), sum) in &run.sums {
            let model = self.models.place(*billing as usize);
            let group = match self.calendar.query().period {
                Period::Daily | Period::Weekly | Period::Monthly => 0,
                Period::Session => member.top,
                Period::Project => member.project,
                Period::Model => model,
                Period::Agent | Period::Blocks => member.agent,
            };
            let cost = self.rates.cost(*billing, moment.day, sum);
            let cell = Cell { part: moment.part, group, model };
            let place = self.cells.place(cell);
            if place as usize == self.lots.len() {
                self.lots.push(Lot::default());
            }
            self.lots[place as usize].add(sum, cost);
            // What one session did follows on itself as a rule.
            let is_same_row = |last: Cell| (last.part, last.group) == (cell.part, cell.group);
            let last = self.visits.last();
            if !last.is_some_and(|last| last.top == member.top && is_same_row(self.cells.at(last.cell))) {
                self.visits.push(Visit { cell: place, top: member.top });
            }
        }
        // Its room is used again.
        self.run.sums = run.sums;
        self.run.sums.clear();
    }

    /// The report at the moment `now`, on everything that was added.
    pub fn report(mut self, now: Timestamp) -> UsageReport {
        self.settle();
        rows::report(self, now)
    }
}
