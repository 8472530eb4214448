//! Reads prices from JSON.

use std::collections::BTreeSet;

use serde_json::Value;
use topside_model::{Date, Money, Price, SizeClass, Terms, Tier, TimeZone, Timestamp, Tokens, written_day};

use super::decimal::{Factor, dollars, per_million};
use super::fault::{Fault, PriceError, PriceFault};
use super::fields::{Field, Fields};
use super::name::canonical;
use super::rate::times;
use super::table::{Offer, Period, Periods, Prices};

const HEAD: &str = "as_of, note, sources, prices";
const ENTRY: &str = "models, from, note, input, cache_read, cache_write_5m, cache_write_1h, output, web_search, \
                     regional, above, tiers";
const TIER: &str = "input, cache_read, cache_write_5m, cache_write_1h, output, above";
const STEP: &str = "input, cache_read, cache_write_5m, cache_write_1h, output";
const TIERS: &str = "fast, priority, flex, batch";
/// [`SizeClass::STEPS`] in words; a test compares them.
const STEPS: &str = "100000, 128000, 200000, 256000, 272000, 512000";

const DAY: &str = "a day in quotes, such as \"2026-01-31\"";
const TEXT: &str = "a text in quotes";
const PER_MILLION: &str = "US dollars per million tokens in quotes, such as \"0.25\", with at most six decimals";
const PER_SEARCH: &str = "US dollars per search in quotes, such as \"0.01\", with at most twelve decimals";
const TIMES: &str = "how many times the price in quotes, such as \"1.1\", with at most six decimals";

/// Prices by size, in any order.
type Ladder = Vec<(Option<Tokens>, Price)>;

/// The prices in `text`.
pub(super) fn read(text: &str) -> Result<Prices, PriceError> {
    let value: Value = serde_json::from_str(text)?;
    let (mut prices, entries) = head(value).map_err(|Fault { field, wrong }| PriceError::Head { field, wrong })?;
    for (index, value) in entries.into_iter().enumerate() {
        let mut entry = format!("entry {}", index + 1);
        let added = add(&mut prices, value, &mut entry);
        added.map_err(|Fault { field, wrong }| PriceError::Entry { entry, field, wrong })?;
    }
    prices.models.values_mut().for_each(|periods| periods.sort_by_key(|period| period.since));
    Ok(prices)
}

/// True where `value` can be an entry of a table.
pub(super) fn is_entry(value: Value) -> bool {
    add(&mut Prices::default(), value, &mut String::new()).is_ok()
}

/// What stands around the entries, and the entries.
fn head(value: Value) -> Result<(Prices, Vec<Value>), Fault> {
    let mut fields = Fields::root(value)?;
    let as_of = fields.text("as_of", DAY, |text| written_day(text).ok())?;
    let sources = match fields.take("sources") {
        Some(field) => texts(field)?,
        None => Vec::new(),
    };
    fields.take("note");
    let entries = fields.take("prices").ok_or_else(|| missing("prices", "a list of entries: [ … ]"))?.list()?;
    fields.finish(HEAD)?;
    let entries = entries.into_iter().map(|field| field.value).collect();
    Ok((Prices { as_of, sources, ..Prices::default() }, entries))
}

/// Adds an entry; `entry` becomes the name of its first model as soon as that is known.
fn add(prices: &mut Prices, value: Value, entry: &mut String) -> Result<(), Fault> {
    const MODELS: &str = "the models it is for: [\"gpt-5\", …]";
    let mut fields = Fields::root(value)?;
    let models = texts(fields.take("models").ok_or_else(|| missing("models", MODELS))?)?;
    let Some(first) = models.first() else { return Err(missing("models", MODELS)) };
    *entry = format!("{first:?}");
    let period = period(fields)?;
    let models: BTreeSet<String> = models.iter().map(|model| canonical(model)).collect();
    for model in models {
        let periods: &mut Periods = prices.models.entry(model.clone()).or_default();
        if periods.iter().any(|known| known.since == period.since) {
            *entry = format!("{model:?}");
            let from = period.from.map_or("with no day".to_owned(), |day| format!("on {day}"));
            return Err(Fault { field: "from".to_owned(), wrong: PriceFault::Twice(from) });
        }
        periods.push(period.clone());
    }
    Ok(())
}

fn period(mut fields: Fields) -> Result<Period, Fault> {
    let from: Option<(Date, Timestamp)> = fields.text("from", DAY, day)?;
    fields.take("note");
    let web_search = fields.text("web_search", PER_SEARCH, dollars)?;
    let regional = fields.text("regional", TIMES, Factor::of)?;
    let standard = ladder(&mut fields, web_search)?;
    let mut tiers = vec![(Tier::Standard, standard.clone())];
    for (name, field) in fields.members("tiers")? {
        let tier = Tier::of_id(&name).filter(|tier| *tier != Tier::Standard);
        let tier = tier.ok_or_else(|| Fault { field: field.path(), wrong: PriceFault::Field(TIERS) })?;
        tiers.push((tier, tiered(field, &standard, web_search)?));
    }
    fields.finish(ENTRY)?;
    let mut offers = Vec::new();
    for (tier, ladder) in tiers {
        for (above, price) in ladder {
            offers.push(Offer { terms: Terms { tier, regional: false }, above, price });
            if let Some(factor) = regional {
                let price = times(&price, factor).ok_or_else(|| too_fine("regional"))?;
                offers.push(Offer { terms: Terms { tier, regional: true }, above, price });
            }
        }
    }
    // From a day on a model may have no price that is known; an entry without a day would say nothing.
    if from.is_none() && offers.iter().all(|offer| offer.price == Price::default()) {
        return Err(missing("every amount", "at least one, such as input, in US dollars per million tokens"));
    }
    offers.sort_by_key(|offer| (offer.terms, offer.above));
    let since = from.map_or(Timestamp::MIN, |(_, since)| since);
    Ok(Period { from: from.map(|(day, _)| day), since, offers })
}

/// Prices of a service: a multiple of the standard ones, or its own.
fn tiered(field: Field, standard: &Ladder, web_search: Option<Money>) -> Result<Ladder, Fault> {
    if field.value.is_object() {
        let mut fields = field.fields()?;
        let own = ladder(&mut fields, web_search)?;
        fields.finish(TIER)?;
        return Ok(own);
    }
    let factor = field.text(&format!("{TIMES}, or prices of its own: {{ … }}"), Factor::of)?;
    let dearer = |(above, price): &(Option<Tokens>, Price)| Some((*above, times(price, factor)?));
    standard.iter().map(dearer).collect::<Option<_>>().ok_or_else(|| too_fine(&field.path()))
}

/// The price below the first step, and that above each.
fn ladder(fields: &mut Fields, web_search: Option<Money>) -> Result<Ladder, Fault> {
    let mut ladder = vec![(None, price(fields, web_search)?)];
    for (step, field) in fields.members("above")? {
        let step = step.parse().ok().map(Tokens).filter(|step| SizeClass::STEPS.contains(step));
        let step = step.ok_or_else(|| Fault { field: field.path(), wrong: PriceFault::Field(STEPS) })?;
        let mut fields = field.fields()?;
        ladder.push((Some(step), price(&mut fields, web_search)?));
        fields.finish(STEP)?;
    }
    Ok(ladder)
}

fn price(fields: &mut Fields, web_search: Option<Money>) -> Result<Price, Fault> {
    let mut part = |name| fields.text(name, PER_MILLION, per_million);
    Ok(Price {
        input: part("input")?,
        cache_read: part("cache_read")?,
        cache_write_5m: part("cache_write_5m")?,
        cache_write_1h: part("cache_write_1h")?,
        output: part("output")?,
        web_search,
    })
}

fn texts(field: Field) -> Result<Vec<String>, Fault> {
    field.list()?.into_iter().map(|field| field.text(TEXT, |text| Some(text.to_owned()))).collect()
}

/// A day and the moment it begins (UTC).
fn day(text: &str) -> Option<(Date, Timestamp)> {
    let day = written_day(text).ok()?;
    Some((day, day.to_zoned(TimeZone::UTC).ok()?.timestamp()))
}

fn missing(field: &str, write: &'static str) -> Fault {
    Fault { field: field.to_owned(), wrong: PriceFault::Missing(write) }
}

fn too_fine(field: &str) -> Fault {
    Fault { field: field.to_owned(), wrong: PriceFault::TooFine }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_for_steps_and_services_name_all_of_them() {
        let steps: Vec<String> = SizeClass::STEPS.iter().map(|Tokens(step)| step.to_string()).collect();
        assert_eq!(steps.join(", "), STEPS);
        let tiers: Vec<&str> = Tier::ALL.into_iter().filter(|tier| *tier != Tier::Standard).map(Tier::id).collect();
        assert_eq!(tiers.join(", "), TIERS);
    }
}
