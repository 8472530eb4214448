//! Sessions and the sub-agents below them.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context as _;
use serde_json::Value;

use crate::corpus::cell::{Cell, Kind};

/// Topside's sessions of one home, each under the one that no other started.
#[derive(Debug, Default)]
pub(super) struct Families<'a> {
    /// The sessions nobody started, by id.
    pub(super) tops: BTreeMap<&'a str, &'a Value>,
    /// The sessions below each top; the top itself may have no row.
    below: BTreeMap<&'a str, Vec<&'a Value>>,
}

impl<'a> Families<'a> {
    /// Sorts `sessions`, by id, into families.
    pub(super) fn new(sessions: &BTreeMap<&'a str, &'a Value>) -> Self {
        let mut families = Self::default();
        for (id, session) in sessions {
            let top = top(sessions, id);
            if top == *id {
                families.tops.insert(*id, *session);
            } else {
                families.below.entry(top).or_default().push(*session);
            }
        }
        families
    }

    /// The ids that name a family.
    pub(super) fn ids(&self) -> BTreeSet<&'a str> {
        self.tops.keys().chain(self.below.keys()).copied().collect()
    }

    /// The sessions below `top`.
    pub(super) fn below(&self, top: &str) -> &[&'a Value] {
        self.below.get(top).map_or(&[], Vec::as_slice)
    }
}

/// The last session on the way up from `id`; a ring of parents ends where it began.
fn top<'a>(sessions: &BTreeMap<&'a str, &'a Value>, id: &'a str) -> &'a str {
    let (mut top, mut seen) = (id, BTreeSet::from([id]));
    while let Some(parent) = sessions.get(top).and_then(|session| session.get("parent")?.as_str()) {
        if !seen.insert(parent) {
            break;
        }
        top = parent;
    }
    top
}

/// What the counts under `pointers` add up to over `sessions`.
pub(super) fn sum(sessions: &[&Value], pointers: &[&str]) -> anyhow::Result<u64> {
    let mut sum = 0;
    for session in sessions {
        for pointer in pointers {
            match Cell::at(session, Kind::Count, pointer)? {
                Cell::Count(count) => sum += count,
                _ => anyhow::bail!("{pointer} is unknown"),
            }
        }
    }
    Ok(sum)
}

/// The earliest moment at which any of `sessions` has a record.
pub(super) fn first<'a>(sessions: impl IntoIterator<Item = &'a Value>) -> anyhow::Result<Cell> {
    let mut first = None;
    for session in sessions {
        if let Cell::Time(at) = Cell::at(session, Kind::Time, "/first_at")? {
            first = Some(first.map_or(at, |first: jiff::Timestamp| first.min(at)));
        }
    }
    Ok(first.map_or(Cell::Unknown, Cell::Time))
}

/// The files that any of `sessions` was read from.
pub(super) fn files<'a>(sessions: impl IntoIterator<Item = &'a Value>) -> anyhow::Result<BTreeSet<&'a str>> {
    let mut files = BTreeSet::new();
    for session in sessions {
        let sources = session.get("sources").and_then(Value::as_array).context("a session without sources")?;
        files.extend(sources.iter().filter_map(Value::as_str));
    }
    Ok(files)
}
