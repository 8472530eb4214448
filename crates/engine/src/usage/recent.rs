//! How long ago a moment was, in days of a zone, and which hour of the week.

use std::time::Duration;

use foldhash::{HashMap, HashMapExt as _};
use topside_model::{Date, TimeZone, Timestamp, UsageBoard};

use super::calendar::day_of;

/// A moment as far as a board tells it from others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Moment {
    /// Days before today, where the board has that day.
    pub(super) age: Option<usize>,
    /// Days from 1970 to its day of UTC, on which its price depends.
    pub(super) day: Option<i64>,
    /// Weekday from Monday on and hour, where the board has the hours of that day.
    pub(super) hour: Option<(usize, usize)>,
}

/// Moments by the starts of quarters of an hour: each is worked out once.
#[derive(Debug)]
pub(super) struct Recent {
    zone: TimeZone,
    today: Date,
    known: HashMap<i64, Moment>,
}

impl Recent {
    /// Days before that of `now`.
    pub(super) fn new(zone: TimeZone, now: Timestamp) -> Self {
        let today = zone.to_datetime(now).date();
        Self { zone, today, known: HashMap::new() }
    }

    /// Where days begin and end.
    pub(super) fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// The day that is not over.
    pub(super) fn today(&self) -> Date {
        self.today
    }

    /// The day so many days before today.
    pub(super) fn date(&self, age: usize) -> Date {
        self.today.saturating_sub(Duration::from_hours(24 * age as u64))
    }

    /// How many days before today a day is, where the board has it. A day that has not begun, by a clock that is ahead, is
    /// none.
    pub(super) fn age(&self, day: Date) -> Option<usize> {
        let age = day.until(self.today).ok().and_then(|span| usize::try_from(span.get_days()).ok());
        age.filter(|age| *age < UsageBoard::DAYS)
    }

    /// The moment of replies in the quarter that begins at `start`.
    pub(super) fn moment(&mut self, start: Option<Timestamp>) -> Moment {
        let Some(start) = start else { return Moment { age: None, day: None, hour: None } };
        if let Some(known) = self.known.get(&start.as_second()) {
            return *known;
        }
        let local = self.zone.to_datetime(start);
        let age = self.age(local.date());
        let weekday = local.date().weekday().to_monday_zero_offset().unsigned_abs();
        let hour = (usize::from(weekday), usize::from(local.hour().unsigned_abs()));
        let hour = age.is_some_and(|age| age < UsageBoard::HOUR_DAYS).then_some(hour);
        let moment = Moment { age, day: Some(day_of(start)), hour };
        self.known.insert(start.as_second(), moment);
        moment
    }
}
