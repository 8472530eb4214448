//! What a field is.

use std::cmp::Ordering;
use std::time::Duration;

use jiff::tz::TimeZone;
use topside_model::{Bytes, Percent, Session, Timestamp, Tokens};

use crate::format;

/// One thing that can be told of a session.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Its name in JSON, CSV, metrics, `--sort` and filters. Counters end in `_total`.
    pub id: &'static str,
    /// Its name over a column.
    pub title: &'static str,
    /// What its numbers count.
    pub unit: Unit,
    /// What its value does over time.
    pub kind: Kind,
    /// One sentence on what it means.
    pub help: &'static str,
    /// Reads it from a session at a moment.
    pub read: fn(&Session, Timestamp) -> Value,
    /// Which end a list sorted by it starts with.
    pub sort: Sort,
}

/// What the numbers of a field count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unit {
    /// Nothing: it is text or a yes or no.
    None,
    /// Things.
    Count,
    /// Tokens.
    Tokens,
    /// Tokens in a minute.
    TokensPerMinute,
    /// Hundredths.
    Percent,
    /// Seconds.
    Seconds,
    /// Bytes.
    Bytes,
    /// Moments.
    Time,
}

/// What the value of a field does over time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Names or describes.
    Label,
    /// Goes up and down.
    Gauge,
    /// Only goes up.
    Counter,
}

/// Which end a sorted list starts with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sort {
    /// `a` first, smallest first.
    Ascending,
    /// Largest or latest first.
    Descending,
}

/// The value of a field. What is not known is [`Value::Unknown`], whatever the field.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// It cannot be told.
    Unknown,
    /// Text that is fit to be shown.
    Text(String),
    /// Yes or no.
    Flag(bool),
    /// So many things.
    Count(u64),
    /// So many tokens.
    Tokens(Tokens),
    /// A share.
    Percent(Percent),
    /// So long.
    Duration(Duration),
    /// A size.
    Bytes(Bytes),
    /// A moment.
    Time(Timestamp),
}

impl Value {
    /// `value` by `make`, or unknown.
    pub fn from_option<T>(value: Option<T>, make: impl FnOnce(T) -> Self) -> Self {
        value.map_or(Self::Unknown, make)
    }

    /// The value as a person reads it; `None` where it is unknown.
    pub fn show(&self, now: Timestamp, zone: &TimeZone) -> Option<String> {
        Some(match self {
            Self::Unknown => return None,
            Self::Text(text) => text.clone(),
            Self::Flag(flag) => if *flag { "yes" } else { "no" }.to_owned(),
            Self::Count(count) => format::count(*count),
            Self::Tokens(tokens) => format::tokens(*tokens),
            Self::Percent(share) => format::percent(*share),
            Self::Duration(time) => format::duration(*time),
            Self::Bytes(size) => format::bytes(*size),
            Self::Time(at) => format::clock(*at, now, zone),
        })
    }

    /// The number in the field's base unit (tokens, percent, seconds, bytes, Unix seconds); `None` for text and unknown.
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Unknown | Self::Text(_) => None,
            Self::Flag(flag) => Some(f64::from(u8::from(*flag))),
            Self::Count(count) | Self::Tokens(Tokens(count)) | Self::Bytes(Bytes(count)) => Some(*count as f64),
            Self::Percent(share) => Some(share.0),
            Self::Duration(time) => Some(time.as_secs_f64()),
            Self::Time(at) => Some(at.as_duration().as_secs_f64()),
        }
    }
}

impl Field {
    /// The order of two sessions in a list sorted by this field. What is unknown comes last, whichever end is first.
    pub fn compare(&self, a: &Session, b: &Session, now: Timestamp) -> Ordering {
        let (a, b) = ((self.read)(a, now), (self.read)(b, now));
        match (&a, &b) {
            (Value::Unknown, Value::Unknown) => Ordering::Equal,
            (Value::Unknown, _) => Ordering::Greater,
            (_, Value::Unknown) => Ordering::Less,
            _ => match self.sort {
                Sort::Ascending => compare_known(&a, &b),
                Sort::Descending => compare_known(&b, &a),
            },
        }
    }
}

fn compare_known(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Text(a), Value::Text(b)) => a.to_lowercase().cmp(&b.to_lowercase()),
        _ => a.number().unwrap_or_default().total_cmp(&b.number().unwrap_or_default()),
    }
}
