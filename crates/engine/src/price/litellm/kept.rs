//! What an older table says of the days before a new list holds.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::Value;
use topside_model::Date;

use super::super::Prices;
use super::super::name::canonical;
use super::listed::Entry;

/// A table of ours.
#[derive(Debug, Deserialize)]
struct Table {
    prices: Vec<Entry>,
}

/// The entries of `table` that begin before a day; none where it cannot be read.
pub(super) fn before(day: Date, table: &str) -> Vec<Entry> {
    // Prices that are refused are in use by nobody.
    if Prices::parse(table).is_err() {
        return Vec::new();
    }
    let begins = |entry: &Entry| entry.get("from")?.as_str()?.parse::<Date>().ok();
    let entries = serde_json::from_str(table).map_or_else(|_| Vec::new(), |Table { prices }| prices);
    entries.into_iter().filter(|entry| begins(entry).is_none_or(|from| from < day)).collect()
}

/// The models that entries are for, by the names they are looked up by.
pub(super) fn models(entries: &[Entry]) -> BTreeSet<String> {
    let names = entries.iter().filter_map(|entry| entry.get("models")?.as_array()).flatten();
    names.filter_map(Value::as_str).map(canonical).collect()
}
