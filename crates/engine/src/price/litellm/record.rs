//! The shape of `LiteLLM`'s `model_prices_and_context_window.json`: an object of models by name.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// A model. What is charged for has a field each, named `part[_above_200k_tokens][_priority]`.
#[derive(Debug, Deserialize)]
pub(super) struct Model {
    /// US dollars for a web search, by how much of the web is read.
    #[serde(default, deserialize_with = "or_nothing")]
    pub(super) search_context_cost_per_query: BTreeMap<String, Value>,
    /// How many times the price in a country (`us`) or on faster machines (`fast`).
    #[serde(default, deserialize_with = "or_nothing")]
    pub(super) provider_specific_entry: BTreeMap<String, Value>,
    /// Prices by steps that are not told by name.
    #[serde(default)]
    pub(super) tiered_pricing: Option<Value>,
    /// Everything else.
    #[serde(flatten)]
    pub(super) rest: BTreeMap<String, Value>,
}

/// An object, or `null` for an empty one.
fn or_nothing<'de, D: Deserializer<'de>>(value: D) -> Result<BTreeMap<String, Value>, D::Error> {
    Option::deserialize(value).map(Option::unwrap_or_default)
}

impl Model {
    /// True where reasoning, which is part of the output, has another price than that.
    pub(super) fn prices_reasoning_apart(&self) -> bool {
        self.rest.iter().filter(|(_, price)| !price.is_null()).any(|(name, price)| {
            name.strip_prefix("output_cost_per_reasoning_token").is_some_and(|rest| {
                let output = self.rest.get(&format!("output_cost_per_token{rest}"));
                price.as_f64() != output.and_then(Value::as_f64)
            })
        })
    }
}

/// What a field of a model is the price of, in US dollars per token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Charge {
    /// The part, as our tables call it.
    pub(super) part: &'static str,
    /// For requests with more input than so many tokens.
    pub(super) above: Option<u64>,
    /// The service, as our tables call it; `None` for the usual one.
    pub(super) tier: Option<&'static str>,
}

/// Longer names first: the second begins as the first does.
const PARTS: [(&str, &str); 5] = [
    ("cache_creation_input_token_cost_above_1hr", "cache_write_1h"),
    ("cache_creation_input_token_cost", "cache_write_5m"),
    ("cache_read_input_token_cost", "cache_read"),
    ("input_cost_per_token", "input"),
    ("output_cost_per_token", "output"),
];

const TIERS: [(&str, &str); 3] = [("_priority", "priority"), ("_flex", "flex"), ("_batches", "batch")];

impl Charge {
    /// What the field called `name` is the price of; `None` for sounds, pictures and everything that is no price.
    pub(super) fn of(name: &str) -> Option<Self> {
        let (mut rest, part) = PARTS.iter().find_map(|(theirs, ours)| Some((name.strip_prefix(theirs)?, *ours)))?;
        let mut tier = None;
        if let Some((before, ours)) = TIERS.iter().find_map(|(theirs, ours)| Some((rest.strip_suffix(theirs)?, *ours)))
        {
            (rest, tier) = (before, Some(ours));
        }
        let above = match rest {
            "" => None,
            _ => Some(rest.strip_prefix("_above_")?.strip_suffix("k_tokens")?.parse::<u64>().ok()?.checked_mul(1_000)?),
        };
        Some(Self { part, above, tier })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, expected: Option<(&'static str, Option<u64>, Option<&'static str>)>) {
        assert_eq!(Charge::of(name), expected.map(|(part, above, tier)| Charge { part, above, tier }), "{name}");
    }

    #[test]
    fn a_field_says_which_part_which_size_and_which_service_it_is_for() {
        check("input_cost_per_token", Some(("input", None, None)));
        check("output_cost_per_token_flex", Some(("output", None, Some("flex"))));
        check("cache_read_input_token_cost_above_200k_tokens", Some(("cache_read", Some(200_000), None)));
        check("cache_creation_input_token_cost", Some(("cache_write_5m", None, None)));
        check("cache_creation_input_token_cost_above_1hr", Some(("cache_write_1h", None, None)));
        check(
            "cache_creation_input_token_cost_above_1hr_above_200k_tokens",
            Some(("cache_write_1h", Some(200_000), None)),
        );
        check("input_cost_per_token_above_272k_tokens_priority", Some(("input", Some(272_000), Some("priority"))));
    }

    #[test]
    fn what_is_no_price_of_text_is_none() {
        for name in [
            "max_tokens",
            "input_cost_per_audio_token",
            "input_cost_per_token_cache_hit",
            "output_cost_per_reasoning_token",
            "input_cost_per_token_above_lots",
            "input_cost_per_token_above_99999999999999999999k_tokens",
        ] {
            check(name, None);
        }
    }
}
