//! One figure, whoever gives it.

use std::fmt;

use anyhow::Context as _;
use jiff::Timestamp;
use serde_json::Value;

/// A figure in a form that can be compared.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell {
    /// Not known, not said, does not apply.
    Unknown,
    /// A word or a path.
    Text(String),
    /// A count, or a flag as 0 or 1.
    Count(u64),
    /// A moment.
    Time(Timestamp),
    /// An object; the order of its keys says nothing.
    Object(Value),
    /// Rate limits, by id.
    Limits(Vec<Limit>),
}

/// A rate limit.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Limit {
    pub(super) id: String,
    pub(super) seen_at: Timestamp,
    /// In the order reported; absent slots are left out.
    pub(super) windows: Vec<Window>,
}

/// One window of a rate limit.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Window {
    pub(super) minutes: Option<u64>,
    pub(super) used_percent: f64,
    pub(super) resets_at: Option<Timestamp>,
}

/// How a cell is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Count,
    Time,
}

impl Kind {
    /// The cell that the oracle wrote as `text`.
    pub(super) fn parse(self, text: Option<&str>) -> anyhow::Result<Cell> {
        let Some(text) = text else { return Ok(Cell::Unknown) };
        Ok(match self {
            Self::Text => Cell::text(text),
            Self::Count => Cell::Count(text.parse().with_context(|| format!("{text} is no count"))?),
            Self::Time => Cell::Time(text.parse().with_context(|| format!("{text} is no time"))?),
        })
    }

    /// The cell that topside wrote as `value`.
    pub(super) fn of(self, value: &Value) -> anyhow::Result<Cell> {
        Ok(match (self, value) {
            (_, Value::Null) => Cell::Unknown,
            (Self::Text, Value::String(text)) => Cell::text(text),
            (Self::Count, Value::Number(number)) => Cell::Count(number.as_u64().context("a count is no u64")?),
            (Self::Count, Value::Bool(flag)) => Cell::Count(u64::from(*flag)),
            (Self::Time, Value::String(text)) => {
                Cell::Time(text.parse().with_context(|| format!("{text} is no time"))?)
            }
            (kind, other) => anyhow::bail!("{other} is no {kind:?}"),
        })
    }
}

impl Cell {
    /// What `session` holds under the JSON pointer `pointer`; `null` along the way is unknown, a key that is not there
    /// is an error.
    pub(super) fn at(session: &Value, kind: Kind, pointer: &str) -> anyhow::Result<Self> {
        let mut value = session;
        for key in pointer.split('/').skip(1) {
            if value.is_null() {
                return Ok(Self::Unknown);
            }
            value = value.get(key).with_context(|| format!("topside gives no {pointer}"))?;
        }
        kind.of(value)
    }

    /// A text; one that is an object in itself is compared as an object.
    pub(super) fn text(text: &str) -> Self {
        match serde_json::from_str(text) {
            Ok(object @ Value::Object(_)) => Self::Object(object),
            _ => Self::Text(text.to_owned()),
        }
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("(unknown)"),
            Self::Text(text) => f.write_str(text),
            Self::Count(count) => write!(f, "{count}"),
            Self::Time(at) => write!(f, "{at}"),
            Self::Object(object) => write!(f, "{object}"),
            Self::Limits(limits) => limits.iter().try_for_each(|limit| write!(f, "[{limit}]")),
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}", self.id, self.seen_at)?;
        for Window { minutes, used_percent, resets_at } in &self.windows {
            let minutes = minutes.map_or("?".to_owned(), |minutes| minutes.to_string());
            let resets_at = resets_at.map_or("?".to_owned(), |at| at.to_string());
            write!(f, "; {minutes} min {used_percent} % until {resets_at}")?;
        }
        Ok(())
    }
}
