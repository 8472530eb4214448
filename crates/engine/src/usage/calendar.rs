//! Which part of time a moment belongs to.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

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

/// Moments by time: each is worked out once for all the time around that has it.
#[derive(Debug)]
pub(super) struct Calendar {
    query: UsageQuery,
    /// By its first second since 1970, the end of a time that has one moment, and the place of that.
    known: BTreeMap<i64, (i64, Option<u32>)>,
    /// The one that was asked for last, which is asked for again as a rule.
    last: (Range<i64>, Option<u32>),
    moments: Places<Moment>,
    parts: Places<Part>,
}

impl Calendar {
    pub(super) fn new(query: UsageQuery) -> Self {
        let (moments, parts) = (Places::default(), Places::default());
        Self { query, known: BTreeMap::new(), last: (0..0, None), moments, parts }
    }

    /// What was asked.
    pub(super) fn query(&self) -> &UsageQuery {
        &self.query
    }

    /// Place of the moment of replies in the quarter that begins at `start`; `None` on a day nobody asked for.
    pub(super) fn place(&mut self, start: Option<Timestamp>) -> Option<u32> {
        let Some(start) = start else { return self.look_up(None) };
        let second = start.as_second();
        if !self.last.0.contains(&second) {
            let known = self.known.range(..=second).next_back().filter(|(_, (end, _))| second < *end);
            self.last = if let Some((first, (end, place))) = known {
                (*first..*end, *place)
            } else {
                let (alike, place) = (self.alike(start), self.look_up(Some(start)));
                self.known.insert(alike.start, (alike.end, place));
                (alike, place)
            };
        }
        self.last.1
    }

    /// The seconds around `start` on its day of UTC and in its hour, where that matters, and on its day in the zone that was
    /// asked for, as long as clocks are not changed there.
    fn alike(&self, start: Timestamp) -> Range<i64> {
        let UsageQuery { period, zone, .. } = &self.query;
        let (second, offset) = (start.as_second(), i64::from(zone.to_offset(start).seconds()));
        let unit = if *period == Period::Blocks { HOUR } else { DAY };
        let first = |unit: i64, offset: i64| (second + offset).div_euclid(unit) * unit - offset;
        let (universal, local) = (first(unit, 0), first(DAY, offset));
        let before = zone.preceding(start.checked_add(Duration::from_secs(1)).unwrap_or(start)).next();
        let after = zone.following(start).next();
        let before = before.map_or(i64::MIN, |change| change.timestamp().as_second());
        let after = after.map_or(i64::MAX, |change| change.timestamp().as_second());
        universal.max(local).max(before)..(universal + unit).min(local + DAY).min(after)
    }

    fn look_up(&mut self, start: Option<Timestamp>) -> Option<u32> {
        self.part(start).map(|part| {
            let part = self.parts.place(part);
            self.moments.place(Moment { part, day: start.map(day_of) })
        })
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
