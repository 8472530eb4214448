//! Prices that stand in the configuration itself: entries of a table, each number as it is written.

use serde_json::{Value, json};
use toml::Spanned;
use toml::de::{DeTable, DeValue};
use topside_engine::{PriceError, Prices};

/// The prices in the `text` of the file and how many entries they have, or where what is wrong with one.
pub(super) fn own_prices(text: &str) -> Result<(Prices, usize), (usize, String)> {
    // A file that is no TOML has no entries, and was refused before.
    let file = DeTable::parse(text).unwrap_or_else(|_| Spanned::new(0..0, DeTable::new()));
    let Some(DeValue::Array(entries)) = field(file.get_ref(), "price").map(|(_, value)| value.get_ref()) else {
        return Ok((Prices::default(), 0));
    };
    let values: Vec<Value> = entries.iter().map(|entry| value(entry.get_ref())).collect();
    let faulty = |error| {
        // An entry that stands alone may still not go together with one in front of it.
        let upto = |end: &usize| Some((*end, table(&values[..=*end]).err()?));
        let (end, error) = (0..values.len()).find_map(|end| upto(&end)).unwrap_or((0, error));
        (place(&entries[end], &error), error.to_string())
    };
    table(&values).map(|prices| (prices, values.len())).map_err(faulty)
}

fn table(entries: &[Value]) -> Result<Prices, PriceError> {
    Prices::parse(&json!({"prices": entries}).to_string())
}

/// What a table says of `name`, and where.
fn field<'a, 'i>(table: &'a DeTable<'i>, name: &str) -> Option<(usize, &'a Spanned<DeValue<'i>>)> {
    table.iter().find(|(key, _)| key.get_ref() == name).map(|(key, value)| (key.span().start, value))
}

/// The field of `entry` in which the fault is, or the entry.
fn place(entry: &Spanned<DeValue<'_>>, error: &PriceError) -> usize {
    let path = if let PriceError::Entry { field, .. } = error { field.as_str() } else { "" };
    let (mut place, mut inner) = (entry.span().start, entry);
    for name in path.split('.') {
        let DeValue::Table(table) = inner.get_ref() else { break };
        let Some(found) = field(table, name) else { break };
        (place, inner) = found;
    }
    place
}

/// The same as JSON, in which days and money are texts.
fn value(written: &DeValue<'_>) -> Value {
    match written {
        DeValue::String(text) => text.as_ref().into(),
        DeValue::Integer(number) => number.to_string().into(),
        DeValue::Float(number) => number.as_str().into(),
        DeValue::Boolean(answer) => (*answer).into(),
        DeValue::Datetime(day) => day.to_string().into(),
        DeValue::Array(values) => values.iter().map(|written| value(written.get_ref())).collect(),
        DeValue::Table(fields) => {
            fields.iter().map(|(name, written)| (name.get_ref().to_string(), value(written.get_ref()))).collect()
        }
    }
}
