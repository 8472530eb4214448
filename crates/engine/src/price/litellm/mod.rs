//! Prices in the form that `LiteLLM` publishes them, made into a table of ours.

mod kept;
mod listed;
mod record;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};
use topside_model::Date;

use super::name::canonical;
use super::read::is_entry;
use listed::{Entry, Listed};
use record::{Charge, Model};

/// Whose price lists are those of the models' makers; others resell, at prices of their own.
const MAKERS: [&str; 11] = [
    "anthropic",
    "deepseek",
    "gemini",
    "meta_llama",
    "mistral",
    "minimax",
    "moonshot",
    "openai",
    "text-completion-openai",
    "xai",
    "zai",
];
/// Zeros that a price may need on either side; more would be no price.
const LONGEST: i32 = 40;
/// What reads and writes text.
const MODES: [&str; 3] = ["chat", "completion", "responses"];

/// A list of prices as `LiteLLM` publishes it. It has no days: it says what held when it was published.
#[derive(Debug, Clone, PartialEq)]
pub struct LiteLlm(BTreeMap<String, Value>);

/// A table made of such a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Converted {
    /// The table, as JSON.
    pub table: String,
    /// Models whose prices cannot be told exactly in a table of ours, by the names they had.
    pub left_out: BTreeSet<String>,
}

impl LiteLlm {
    /// The list in `text`; `None` where it is none.
    pub fn read(text: &str) -> Option<Self> {
        let models: BTreeMap<String, Value> = serde_json::from_str(text).ok()?;
        let is_model =
            |model: &Value| model.get("litellm_provider").is_some() && model.get("input_cost_per_token").is_some();
        models.values().any(is_model).then_some(Self(models))
    }

    /// The list as a table that holds from a day on; before it stands what `old`, another table, said until then.
    ///
    /// Only what makers charge for text is taken: resellers, pictures and sounds are passed over. What the list does not
    /// say has no price. A model that is listed under several names costs what its plain one says, and without that what
    /// all of them say; one that `old` has a price of, and this list more than our tables can say, has none from that day
    /// on.
    pub fn table(self, from: Date, old: &str) -> Converted {
        let mut models: BTreeMap<String, Listed> = BTreeMap::new();
        for (name, model) in self.0.into_iter().filter(|(_, model)| is_wanted(model)) {
            let plain = canonical(&name);
            let entry = serde_json::from_value(model).ok().and_then(|model| entry(&plain, from, &model));
            models.entry(plain).or_default().insert(name, entry);
        }
        let mut entries = kept::before(from, old);
        let priced = kept::models(&entries);
        let mut left_out = BTreeSet::new();
        for (model, listed) in models {
            match listed.agreed(&model) {
                Ok(entry) => entries.push(entry),
                Err(names) => {
                    left_out.extend(names);
                    entries.extend(priced.contains(&model).then(|| unpriced(&model, from)));
                }
            }
        }
        let sources = ["LiteLLM model_prices_and_context_window.json"];
        let table = json!({"as_of": from.to_string(), "sources": sources, "prices": entries});
        let table = serde_json::to_string_pretty(&table).expect("a value is JSON");
        Converted { table, left_out }
    }
}

/// True for what a maker of models that read and write text charges.
fn is_wanted(model: &Value) -> bool {
    let is_one_of = |field: &str, known: &[&str]| model[field].as_str().is_some_and(|text| known.contains(&text));
    is_one_of("litellm_provider", &MAKERS) && is_one_of("mode", &MODES) && model.get("input_cost_per_token").is_some()
}

/// The prices of a model from a day on as an entry of our table; `None` where that has no words for them.
fn entry(name: &str, from: Date, model: &Model) -> Option<Entry> {
    if model.tiered_pricing.is_some() || model.prices_reasoning_apart() {
        return None;
    }
    let mut entry = unpriced(name, from);
    for (name, price) in &model.rest {
        let (Some(charge), false) = (Charge::of(name), price.is_null()) else { continue };
        let price = decimal(price, 6)?;
        let mut place = &mut entry;
        if let Some(tier) = charge.tier {
            place = object(object(place, "tiers")?, tier)?;
        }
        if let Some(above) = charge.above {
            place = object(object(place, "above")?, &above.to_string())?;
        }
        place.insert(charge.part.to_owned(), price.into());
    }
    let multiple = |name| decimal(model.provider_specific_entry.get(name)?, 0);
    if let Some(factor) = multiple("us") {
        entry.insert("regional".to_owned(), factor.into());
    }
    if let Some(factor) = multiple("fast") {
        object(&mut entry, "tiers")?.insert("fast".to_owned(), factor.into());
    }
    let searches: BTreeSet<Option<String>> =
        model.search_context_cost_per_query.values().map(|price| decimal(price, 0)).collect();
    // A search whose price depends on how much is read has none that can be told from records.
    if let (Some(Some(price)), 1) = (searches.first(), searches.len()) {
        entry.insert("web_search".to_owned(), price.clone().into());
    }
    Some(entry).filter(|entry| is_entry(entry.clone().into()))
}

/// An entry that says of a model that it has no price from a day on.
fn unpriced(name: &str, from: Date) -> Entry {
    Map::from_iter([("models".to_owned(), json!([name])), ("from".to_owned(), json!(from.to_string()))])
}

/// The object called `name` in another one, which gets one where it is missing.
fn object<'a>(fields: &'a mut Map<String, Value>, name: &str) -> Option<&'a mut Map<String, Value>> {
    fields.entry(name).or_insert_with(|| Map::new().into()).as_object_mut()
}

/// A number as the plain decimal that was written, with its point moved so many `places` to the right; `None` for what
/// is no number, or less than nothing.
fn decimal(number: &Value, places: i32) -> Option<String> {
    // The shortest digits that make the same number are those that were written, up to fifteen of them.
    let shortest = format!("{:e}", number.as_f64()?);
    let (digits, power) = shortest.split_once('e')?;
    let digits = digits.replace('.', "");
    if !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    // One digit stands before the point.
    let point = power.parse::<i32>().ok()? + places + 1;
    let zeros = |count: i32| "0".repeat(usize::try_from(count).unwrap_or(0));
    let missing = point - i32::try_from(digits.len()).ok()?;
    if point < -LONGEST || missing > LONGEST {
        return None;
    }
    let padded = format!("{}{digits}{}", zeros(1 - point), zeros(missing));
    let (whole, part) = padded.split_at(usize::try_from(point.max(1)).ok()?);
    let (whole, part) = (whole.trim_start_matches('0'), part.trim_end_matches('0'));
    let whole = if whole.is_empty() { "0" } else { whole };
    Some(if part.is_empty() { whole.to_owned() } else { format!("{whole}.{part}") })
}
