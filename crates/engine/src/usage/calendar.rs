//! Which part of time a moment belongs to.

use std::time::Duration;

use foldhash::{HashMap, HashMapExt as _};
use topside_model::{BudgetPer, Date, Period, TimeZone, Timestamp, UsageQuery};

use super::places::Places;

/// Seconds of an hour.
const HOUR: i64 = 60 * 60;
/// Seconds of a day of UTC.
const DAY: i64 = 24 * HOUR;

/// A part of time that replies are told apart by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Part {
    /// A day.
    Day(Date),
    /// The week that begins with this Monday.
    Week(Date),
    /// The month that begins with this day.
    Month(Date),
    /// The hour of UTC that begins so many hours after 1970.
    Hour(i64),
    /// All time.
    Always,
    /// A time that no record tells, in reports by time.
    Unknown,
    /// The same, where only some days were asked for.
    Undated,
}

/// What matters of the time of a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Moment {
    /// Place of its part of time.
    pub(super) part: u32,
    /// Days from 1970 to its day of UTC, on which its price depends.
    pub(super) day: Option<i64>,
}

/// Moments by the starts of quarters of an hour: each is worked out once.
#[derive(Debug)]
pub(super) struct Calendar {
    query: UsageQuery,
    known: HashMap<Option<i64>, Option<u32>>,
    /// The one that was asked for last, which is asked for again as a rule.
    last: Option<(Option<i64>, Option<u32>)>,
    moments: Places<Moment>,
    parts: Places<Part>,
}

impl Calendar {
    pub(super) fn new(query: UsageQuery) -> Self {
        Self { query, known: HashMap::new(), last: None, moments: Places::default(), parts: Places::default() }
    }

    /// What was asked.
    pub(super) fn query(&self) -> &UsageQuery {
        &self.query
    }

    /// Place of the moment of replies in the quarter that begins at `start`; `None` on a day nobody asked for.
    pub(super) fn place(&mut self, start: Option<Timestamp>) -> Option<u32> {
        let second = start.map(Timestamp::as_second);
        if let Some((_, place)) = self.last.filter(|(last, _)| *last == second) {
            return place;
        }
        let place = self.known.get(&second).copied().unwrap_or_else(|| self.look_up(start));
        self.last = Some((second, place));
        place
    }

    fn look_up(&mut self, start: Option<Timestamp>) -> Option<u32> {
        let place = self.part(start).map(|part| {
            let part = self.parts.place(part);
            self.moments.place(Moment { part, day: start.map(day_of) })
        });
        self.known.insert(start.map(Timestamp::as_second), place);
        place
    }

    /// The moment of that place.
    pub(super) fn moment(&self, place: u32) -> Moment {
        self.moments.at(place)
    }

    /// Every part of time, by place.
    pub(super) fn parts(&self) -> &[Part] {
        self.parts.keys()
    }

    /// The part of time of replies in the quarter that begins at `start`; `None` on a day nobody asked for.
    fn part(&self, start: Option<Timestamp>) -> Option<Part> {
        let UsageQuery { period, since, until, zone, .. } = &self.query;
        let Some(start) = start else {
            return Some(match (self.query.is_limited_in_time(), period.is_dated()) {
                (true, _) => Part::Undated,
                (false, true) => Part::Unknown,
                (false, false) => Part::Always,
            });
        };
        let day = zone.to_datetime(start).date();
        if since.is_some_and(|since| day < since) || until.is_some_and(|until| day > until) {
            return None;
        }
        Some(match period {
            Period::Daily => Part::Day(day),
            Period::Weekly => Part::Week(monday(day)),
            Period::Monthly => Part::Month(day.first_of_month()),
            Period::Blocks => Part::Hour(start.as_second().div_euclid(HOUR)),
            Period::Session | Period::Project | Period::Model | Period::Agent => Part::Always,
        })
    }
}

/// The days of the part of time that `now` lies in: the first, and the first after it.
pub(super) fn days(per: BudgetPer, now: Timestamp, zone: &TimeZone) -> (Date, Date) {
    let today = zone.to_datetime(now).date();
    let after = |days: u64| Duration::from_hours(24 * days);
    match per {
        BudgetPer::Day => (today, today.saturating_add(after(1))),
        BudgetPer::Week => (monday(today), monday(today).saturating_add(after(7))),
        BudgetPer::Month => (today.first_of_month(), today.last_of_month().saturating_add(after(1))),
    }
}

/// When `day` begins in a zone; the end of time where it is beyond it.
pub(super) fn beginning(day: Date, zone: &TimeZone) -> Timestamp {
    let begins = day.to_zoned(zone.clone()).and_then(|day| day.start_of_day());
    begins.map_or(Timestamp::MAX, |begins| begins.timestamp())
}

/// The Monday of the week of `day`.
fn monday(day: Date) -> Date {
    let since_monday = day.weekday().to_monday_zero_offset().unsigned_abs();
    day.saturating_sub(Duration::from_hours(24 * u64::from(since_monday)))
}

/// Days from 1970 to the day of UTC that a moment lies on.
pub(crate) fn day_of(at: Timestamp) -> i64 {
    at.as_second().div_euclid(DAY)
}

/// When the day of UTC that begins so many days after 1970 begins, in the same way as [`start_of_hour`].
pub(crate) fn start_of_day(day: i64) -> Timestamp {
    start(day.saturating_mul(DAY))
}

/// When the hour that begins so many hours after 1970 begins; the nearest moment there is, beyond the ends of time.
pub(super) fn start_of_hour(hour: i64) -> Timestamp {
    start(hour.saturating_mul(HOUR))
}

fn start(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap_or(if second < 0 { Timestamp::MIN } else { Timestamp::MAX })
}
