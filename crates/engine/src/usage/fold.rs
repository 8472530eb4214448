//! Takes buckets and makes the report.

use topside_model::{Billing, Bucket, ModelId, PastSession, Period, Tally, Timestamp, UsageQuery, UsageReport};

use super::calendar::Calendar;
use super::family::Families;
use super::places::Places;
use super::rates::{PriceOf, Rates};
use super::rows;
use super::sums::{Span, Sum, hull};

/// A usage report in the making.
#[derive(Debug)]
pub struct UsageFold<'a> {
    pub(super) sessions: &'a [PastSession],
    pub(super) families: Families<'a>,
    pub(super) models: Models<'a>,
    pub(super) calendar: Calendar,
    pub(super) cells: Places<Cell>,
    /// What went into each cell, by its place.
    pub(super) lots: Vec<Lot>,
    rates: Rates<'a>,
    /// In the order they came, some of them several times.
    pub(super) visits: Vec<Visit>,
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

/// What some replies used and cost, and when.
#[derive(Debug, Default)]
pub(super) struct Lot {
    pub(super) tally: Tally,
    pub(super) span: Span,
}

/// A session that adds to a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Visit {
    /// Place of the row's part of time.
    pub(super) part: u32,
    /// As in [`Cell`].
    pub(super) group: u32,
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
    pub fn new(
        query: UsageQuery,
        sessions: &'a [PastSession],
        billings: &'a [Billing],
        price: &'a PriceOf<'a>,
    ) -> Self {
        Self {
            sessions,
            families: Families::new(sessions, &query),
            models: Models::new(billings),
            calendar: Calendar::new(query),
            cells: Places::default(),
            lots: Vec::new(),
            rates: Rates::new(price, billings),
            visits: Vec::new(),
        }
    }

    /// Adds a bucket, whose places are those of the sessions and billings given at first.
    pub fn add(&mut self, bucket: &Bucket) {
        let Some(member) = self.families.member(bucket.session) else { return };
        let Some(moment) = self.calendar.place(bucket.start) else { return };
        let group = match self.calendar.query().period {
            Period::Daily | Period::Weekly | Period::Monthly => 0,
            Period::Session => member.top,
            Period::Project => member.project,
            Period::Model => self.models.place(bucket.billing),
            Period::Agent | Period::Blocks => member.agent,
        };
        let moment = self.calendar.moment(moment);
        let sum = Sum::from(bucket);
        let tally = self.rates.tally(bucket.billing as u32, moment.day, &sum);
        let cell = Cell { part: moment.part, group, model: self.models.place(bucket.billing) };
        let place = self.cells.place(cell) as usize;
        if place == self.lots.len() {
            self.lots.push(Lot::default());
        }
        let lot = &mut self.lots[place];
        lot.tally += &tally;
        lot.span = hull(lot.span, sum.span);
        // What one session did follows on itself as a rule.
        let visit = Visit { part: moment.part, group, top: member.top };
        if self.visits.last() != Some(&visit) {
            self.visits.push(visit);
        }
    }

    /// The report at the moment `now`, on everything that was added.
    pub fn report(self, now: Timestamp) -> UsageReport {
        rows::report(&self, now)
    }
}
