//! Takes buckets and makes the report.

use topside_model::{Billing, Bucket, ModelId, Money, PastSession, Period, Timestamp, Usage, UsageQuery, UsageReport};

use super::calendar::Calendar;
use super::family::Families;
use super::places::Places;
use super::rows;
use super::sums::{Sum, Sums, parts};

/// List price of replies of one billing at a time; `None` where it is not known.
///
/// Replies are priced in sums: the same day of UTC and the same choice of parts that are not zero must be priced alike,
/// and a sum of usages like its parts together.
pub type PriceOf<'p> = dyn Fn(&Billing, Option<Timestamp>, &Usage) -> Option<Money> + 'p;

/// A usage report in the making.
#[derive(Debug)]
pub struct UsageFold<'a> {
    pub(super) sessions: &'a [PastSession],
    pub(super) billings: &'a [Billing],
    pub(super) families: Families<'a>,
    pub(super) models: Models<'a>,
    pub(super) calendar: Calendar,
    pub(super) cells: Sums<Cell>,
    pub(super) visits: Places<Visit>,
}

/// Replies that are summed: they belong to one row and are priced alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Cell {
    /// Place of their moment.
    pub(super) moment: u32,
    /// Place of what the row stands for besides a part of time: a session, a project, a model or an agent.
    pub(super) group: u32,
    /// Place of their billing.
    pub(super) billing: u32,
    /// Which parts their usage has.
    pub(super) parts: u8,
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
    /// A report that nothing was added to yet, on what `sessions` did under `billings`.
    pub fn new(query: UsageQuery, sessions: &'a [PastSession], billings: &'a [Billing]) -> Self {
        Self {
            sessions,
            billings,
            families: Families::new(sessions, &query),
            models: Models::new(billings),
            calendar: Calendar::new(query),
            cells: Sums::default(),
            visits: Places::default(),
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
        let billing = bucket.billing as u32;
        self.cells.add(Cell { moment, group, billing, parts: parts(&bucket.usage) }, &Sum::from(bucket));
        self.visits.place(Visit { part: self.calendar.moment(moment).part, group, top: member.top });
    }

    /// The report at the moment `now`, on everything that was added.
    pub fn report(self, price: &PriceOf<'_>, now: Timestamp) -> UsageReport {
        rows::report(&self, price, now)
    }
}
