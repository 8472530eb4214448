//! Numbers that know what they count.

use std::time::Duration;

pub use jiff::Timestamp;
pub use jiff::civil::{Date, Time};
pub use jiff::tz::TimeZone;

/// A count of model tokens.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tokens(pub u64);

/// A size in bytes.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bytes(pub u64);

/// A share in percent: 0 is nothing, 100 is all of it. Sources may report more than 100.
#[derive(Debug, Default, Clone, Copy, PartialEq, PartialOrd)]
pub struct Percent(pub f64);

impl std::ops::Add for Tokens {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl std::ops::AddAssign for Tokens {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Tokens {
    /// What is left of `self` without `other`; never below zero.
    #[must_use]
    pub fn less(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

/// Why a text is no day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoDay {
    /// It is not written as one.
    Form,
    /// The calendar has no such day.
    Missing,
}

/// The day that is written as `2026-11-01`, with nothing before or behind it.
pub fn written_day(text: &str) -> Result<Date, NoDay> {
    let is_digit = |place: usize, byte: u8| if matches!(place, 4 | 7) { byte == b'-' } else { byte.is_ascii_digit() };
    if text.len() != "2026-11-01".len() || !text.bytes().enumerate().all(|(place, byte)| is_digit(place, byte)) {
        return Err(NoDay::Form);
    }
    text.parse().map_err(|_| NoDay::Missing)
}

/// Time from `earlier` to `later`; zero where the clock ran backwards.
pub fn elapsed(earlier: Timestamp, later: Timestamp) -> Duration {
    Duration::try_from(later.duration_since(earlier)).unwrap_or(Duration::ZERO)
}
