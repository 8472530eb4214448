//! What becomes of a list of `LiteLLM`'s.

use serde_json::{Value, json};
use topside_model::{Billing, ModelId, Money, SizeClass, Terms, Tier, Tokens};

use super::super::Prices;
use super::{LiteLlm, decimal};

fn from() -> topside_model::Date {
    "2026-11-20".parse().expect("a day")
}

#[test]
fn decimals_are_those_that_were_written() {
    for (number, places, expected) in [
        ("1.25e-06", 6, "1.25"),
        ("2e-7", 6, "0.2"),
        ("1.5e-05", 6, "15"),
        ("3.625e-09", 6, "0.003625"),
        ("0.0", 6, "0"),
        ("0.00012", 6, "120"),
        ("1.1", 0, "1.1"),
        ("6.0", 0, "6"),
        ("0.01", 0, "0.01"),
        ("1e-12", 6, "0.000001"),
    ] {
        let number: Value = serde_json::from_str(number).expect("a number");
        assert_eq!(decimal(&number, places).as_deref(), Some(expected), "{number}");
    }
    for wrong in [json!("1"), json!(-1), json!(null), json!(1e300)] {
        assert_eq!(decimal(&wrong, 6), None, "{wrong}");
    }
}

/// A list with a model that has everything, and those that are passed over.
fn list() -> String {
    let plain = json!({"litellm_provider": "openai", "mode": "responses", "input_cost_per_token": 1.25e-6});
    let with = |field: &str, value: Value| {
        let mut model = plain.clone();
        model[field] = value;
        model
    };
    json!({
        "sample_spec": {"litellm_provider": "one of …", "mode": "one of …", "input_cost_per_token": 0.0},
        "claude-x-4-5-20260901": {
            "litellm_provider": "anthropic", "mode": "chat", "max_tokens": 64_000,
            "input_cost_per_token": 9e-6, "output_cost_per_token": 9e-6,
        },
        "claude-x-4-5": {
            "litellm_provider": "anthropic", "mode": "chat", "max_tokens": "64000",
            "input_cost_per_token": 3e-6, "output_cost_per_token": 1.5e-5,
            "cache_read_input_token_cost": 3e-7, "cache_creation_input_token_cost": 3.75e-6,
            "cache_creation_input_token_cost_above_1hr": 6e-6,
            "input_cost_per_token_above_200k_tokens": 6e-6,
            "output_cost_per_token_batches": 7.5e-6,
            "provider_specific_entry": {"us": 1.1, "fast": 6.0},
            "search_context_cost_per_query": {"search_context_size_low": 0.01, "search_context_size_high": 0.01},
        },
        "gpt-y": with("search_context_cost_per_query", json!({"low": 0.01, "high": 0.02})),
        "azure/gpt-y": with("litellm_provider", json!("azure")),
        "embed": with("mode", json!("embedding")),
        "odd-step": with("input_cost_per_token_above_64k_tokens", json!(2e-6)),
        "too-fine": with("output_cost_per_token", json!(1.23e-12)),
        "too-fine-in-a-country": {
            "litellm_provider": "openai", "mode": "chat", "input_cost_per_token": 3.625e-9,
            "provider_specific_entry": {"us": 1.0001},
        },
        "thinks-dearly": with("output_cost_per_reasoning_token", json!(2e-6)),
        "odd-shape": with("provider_specific_entry", json!(2)),
        "in-steps": with("tiered_pricing", json!([])),
    })
    .to_string()
}

#[test]
fn a_list_becomes_a_table_that_can_be_read() {
    let converted = LiteLlm::read(&list()).expect("a list").table(from(), "");
    let left_out = ["in-steps", "odd-shape", "odd-step", "thinks-dearly", "too-fine", "too-fine-in-a-country"];
    assert_eq!(converted.left_out.iter().collect::<Vec<_>>(), left_out);
    let prices = Prices::parse(&converted.table).expect("a table");
    let models: std::collections::BTreeSet<&str> = prices.rows().map(|row| row.model).collect();
    assert_eq!(models.into_iter().collect::<Vec<_>>(), ["claude-x-4-5", "gpt-y"]);
    let price = |model: &str, tier, regional, input| {
        let terms = Terms { tier, regional };
        let billing = Billing { model: Some(ModelId::new(model)), terms, size: SizeClass::of(Tokens(input)) };
        prices.price(&billing, None)
    };
    let mills = |price: Option<Money>| price.map(|Money(units)| units / 1_000);
    let usual = price("claude-x-4-5-20260901", Tier::Standard, false, 1).expect("the plain name speaks for it");
    let parts = [usual.input, usual.output, usual.cache_read, usual.cache_write_5m, usual.cache_write_1h];
    assert_eq!(parts.map(mills), [3_000, 15_000, 300, 3_750, 6_000].map(Some));
    assert_eq!(usual.web_search, Some(Money::micros(10_000)));
    let large = price("claude-x-4-5", Tier::Standard, false, 200_001).expect("a price");
    assert_eq!((mills(large.input), large.output), (Some(6_000), None), "what is not said has no price");
    let input = |tier, regional| mills(price("claude-x-4-5", tier, regional, 1).expect("a price").input);
    assert_eq!((input(Tier::Fast, false), input(Tier::Standard, true)), (Some(18_000), Some(3_300)));
    let batch = price("claude-x-4-5", Tier::Batch, false, 1).expect("a price");
    assert_eq!((batch.input, mills(batch.output)), (None, Some(7_500)));
    assert_eq!(price("gpt-y", Tier::Standard, false, 1).expect("a price").web_search, None);
}

/// A list of these models at their prices of input, those of steps left to be said elsewhere where there is none.
fn plain_list(models: &[(&str, Option<f64>)]) -> LiteLlm {
    let model = |(name, input): &(&str, Option<f64>)| {
        let mut model =
            json!({"litellm_provider": "openai", "mode": "chat", "input_cost_per_token": input.unwrap_or(1e-6)});
        if input.is_none() {
            model["tiered_pricing"] = json!([]);
        }
        ((*name).to_owned(), model)
    };
    let list: serde_json::Map<String, Value> = models.iter().map(model).collect();
    LiteLlm::read(&json!(list).to_string()).expect("a list")
}

#[test]
fn what_is_null_is_not_said_and_reasoning_at_the_price_of_output_is_output() {
    let model = json!({
        "litellm_provider": "openai", "mode": "chat", "input_cost_per_token": 1e-6,
        "output_cost_per_token": 2e-6, "output_cost_per_reasoning_token": 0.2e-5,
        "output_cost_per_token_flex": 1e-6, "output_cost_per_reasoning_token_flex": null,
        "search_context_cost_per_query": null, "provider_specific_entry": null, "tiered_pricing": null,
    });
    let converted = LiteLlm::read(&json!({"gpt-y": model}).to_string()).expect("a list").table(from(), "");
    assert_eq!(converted.left_out.len(), 0);
    let prices = Prices::parse(&converted.table).expect("a table");
    let terms: Vec<(Tier, bool)> = prices.rows().map(|row| (row.terms.tier, row.terms.regional)).collect();
    assert_eq!(terms, [(Tier::Standard, false), (Tier::Flex, false)]);
}

#[test]
fn no_release_lends_its_price_to_a_model_that_is_left_out() {
    let list = plain_list(&[
        ("gpt-w-2026-01-01", Some(1e-6)),
        ("gpt-x-2026-01-01", Some(1e-6)),
        ("gpt-x-2026-02-02", Some(2e-6)),
        ("gpt-y", None),
        ("gpt-y-2026-01-01", Some(1e-6)),
    ]);
    let converted = list.table(from(), "");
    assert_eq!(converted.left_out.iter().collect::<Vec<_>>(), ["gpt-x-2026-01-01", "gpt-x-2026-02-02", "gpt-y"]);
    let prices = Prices::parse(&converted.table).expect("a table");
    assert_eq!(prices.models().collect::<Vec<_>>(), ["gpt-w"]);
}

/// Checks the prices of input on three days, in millionths of a dollar per million tokens, when a list holds from the
/// second of them on.
#[track_caller]
fn check_days(old: &Value, list: &[(&str, Option<f64>)], model: &str, expected: [Option<u64>; 3]) {
    let old = json!({"prices": old}).to_string();
    let prices = Prices::parse(&plain_list(list).table(from(), &old).table).expect("a table");
    let billing = Billing { model: Some(ModelId::new(model)), ..Billing::default() };
    let input = |at: &str| prices.price(&billing, at.parse().ok())?.input.map(|Money(units)| units as u64);
    let days = ["2026-11-10T00:00:00Z", "2026-11-20T00:00:00Z", "2026-11-30T00:00:00Z"];
    assert_eq!(days.map(input), expected, "{model}");
}

#[test]
fn an_older_table_says_what_held_until_the_list_does() {
    let old = json!([
        {"models": ["gpt-x", "gpt-y", "gpt-z"], "from": "2026-11-01", "input": "1"},
        {"models": ["gpt-x"], "from": "2026-11-20", "input": "2"},
        {"models": ["gpt-x"], "from": "2026-11-30", "input": "3"},
        {"models": ["gpt-w"], "input": "4"},
    ]);
    let list = [("gpt-v", Some(6e-6)), ("gpt-w", Some(5e-6)), ("gpt-x", Some(5e-6)), ("gpt-y", None)];
    let million = |days: [u64; 3]| days.map(|price| (price > 0).then_some(price * 1_000_000));
    check_days(&old, &list, "gpt-v", million([0, 6, 6]));
    check_days(&old, &list, "gpt-w", million([4, 5, 5]));
    check_days(&old, &list, "gpt-x", million([1, 5, 5]));
    check_days(&old, &list, "gpt-y", million([1, 0, 0]));
    check_days(&old, &list, "gpt-z", million([1, 1, 1]));
    check_days(&json!([{"models": ["gpt-x"], "inputs": "1"}]), &list, "gpt-x", million([0, 5, 5]));
}

#[test]
fn the_same_list_again_changes_nothing() {
    let list = [("gpt-x", Some(5e-6)), ("gpt-y", None)];
    let old = json!({"prices": [{"models": ["gpt-y"], "input": "1"}]}).to_string();
    let once = plain_list(&list).table(from(), &old);
    assert_eq!(plain_list(&list).table(from(), &once.table), once);
}

#[test]
fn what_is_no_list_of_theirs_is_not_taken_for_one() {
    for text in ["", "[]", "{}", r#"{"prices": []}"#, r#"{"gpt-5": {"input": "1"}}"#, "{\"a\": 1}"] {
        assert_eq!(LiteLlm::read(text), None, "{text}");
    }
}
