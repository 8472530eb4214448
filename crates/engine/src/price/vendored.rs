//! The prices this build knows, against what was measured and what their sources say in words.

use std::collections::BTreeSet;

use topside_model::{Billing, ModelId, Money, Price, SizeClass, Terms, Tier, Timestamp, Tokens};

use super::{Prices, canonical};

const NOW: &str = "2026-11-20T00:00:00Z";

fn at(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

fn billing(model: &str, tier: Tier, regional: bool, input: u64) -> Billing {
    Billing { model: Some(ModelId::new(model)), terms: Terms { tier, regional }, size: SizeClass::of(Tokens(input)) }
}

fn price(model: &str, tier: Tier, regional: bool, input: u64) -> Option<Price> {
    Prices::vendored().price(&billing(model, tier, regional, input), Some(at(NOW)))
}

/// Thousandths of a dollar per million tokens, which is a thousand units of money per token.
fn mills(price: Option<Money>) -> Option<u128> {
    price.map(|Money(units)| units).filter(|units| units % 1_000 == 0).map(|units| units / 1_000)
}

/// Checks input, output, cache read, cache write of five minutes and of an hour.
#[track_caller]
fn check(price: Option<Price>, expected: [u128; 5]) {
    let price = price.expect("a price");
    let parts = [price.input, price.output, price.cache_read, price.cache_write_5m, price.cache_write_1h];
    assert_eq!(parts.map(mills), expected.map(Some));
}

#[test]
fn claude_costs_what_claude_code_charges() {
    #[track_caller]
    fn check_all(models: &[&str], expected: [u128; 5]) {
        for model in models {
            check(price(model, Tier::Standard, false, 1_000_000), expected);
            let price = price(model, Tier::Standard, false, 1).expect("a price");
            assert_eq!(price.web_search, Some(Money::micros(10_000)));
        }
    }
    check_all(&["claude-opus-5-5"], [4_000, 20_000, 200, 5_000, 8_000]);
    check_all(&["claude-opus-5", "claude-opus-4-8", "claude-opus-4-7"], [5_000, 25_000, 500, 6_250, 10_000]);
    check_all(&["claude-opus-4-6", "claude-opus-4-5-20251101"], [5_000, 25_000, 500, 6_250, 10_000]);
    check_all(&["claude-sonnet-5-5"], [2_000, 10_000, 100, 2_500, 4_000]);
    check_all(&["claude-sonnet-5"], [2_000, 10_000, 200, 2_500, 4_000]);
    check_all(&["claude-sonnet-4-6", "claude-sonnet-4-5", "claude-sonnet-4"], [3_000, 15_000, 300, 3_750, 6_000]);
    check_all(&["claude-3-7-sonnet-20250219"], [3_000, 15_000, 300, 3_750, 6_000]);
    check_all(&["claude-fable-5-2"], [8_000, 40_000, 200, 10_000, 16_000]);
    check_all(&["claude-fable-5-1", "claude-mythos-5-1"], [10_000, 50_000, 250, 12_500, 20_000]);
    check_all(&["claude-fable-5", "claude-mythos-5"], [10_000, 50_000, 1_000, 12_500, 20_000]);
    check_all(&["claude-haiku-5-5"], [500, 2_500, 50, 625, 1_000]);
    check_all(&["claude-haiku-4-5-20251001"], [1_000, 5_000, 100, 1_250, 2_000]);
    check_all(&["claude-3-5-haiku-20241022"], [800, 4_000, 80, 1_000, 1_600]);
    check_all(&["claude-opus-4-1", "claude-opus-4-20250514"], [15_000, 75_000, 1_500, 18_750, 30_000]);
    check(price("claude-haiku-5-5", Tier::Standard, false, 100_000), [100, 500, 10, 125, 200]);
    check(price("claude-haiku-5-5", Tier::Standard, false, 100_001), [500, 2_500, 50, 625, 1_000]);
}

#[test]
fn claude_is_dearer_when_fast_or_regional() {
    for model in ["claude-opus-4-8", "claude-opus-5"] {
        check(price(model, Tier::Fast, false, 1), [10_000, 50_000, 1_000, 12_500, 20_000]);
        check(price(model, Tier::Fast, true, 1), [11_000, 55_000, 1_100, 13_750, 22_000]);
    }
    check(price("claude-opus-5-5", Tier::Fast, false, 1), [8_000, 40_000, 400, 10_000, 16_000]);
    check(price("claude-sonnet-5", Tier::Standard, true, 1), [2_200, 11_000, 220, 2_750, 4_400]);
    assert_eq!(price("claude-sonnet-5", Tier::Fast, false, 1), None);
}

#[test]
fn codex_models_cost_what_openai_lists() {
    let write = |price: Option<Price>| mills(price.expect("a price").cache_write_5m);
    check(price("gpt-5-codex", Tier::Standard, false, 1), [1_250, 10_000, 125, 1_250, 1_250]);
    check(price("gpt-5-codex", Tier::Priority, false, 1), [2_500, 20_000, 250, 2_500, 2_500]);
    check(price("gpt-5.3-codex", Tier::Standard, false, 400_000), [1_750, 14_000, 175, 1_750, 1_750]);
    check(price("gpt-5.4", Tier::Standard, false, 272_000), [2_500, 15_000, 250, 2_500, 2_500]);
    check(price("gpt-5.4", Tier::Standard, false, 272_001), [5_000, 22_500, 500, 5_000, 5_000]);
    check(price("gpt-5.4", Tier::Flex, false, 272_000), [1_250, 7_500, 130, 1_250, 1_250]);
    assert_eq!(
        price("gpt-5.4", Tier::Priority, false, 272_001),
        Some(Price { web_search: Some(Money::micros(10_000)), ..Price::default() })
    );
    assert_eq!(write(price("gpt-5.6-sol", Tier::Standard, false, 1)), Some(5_000));
    assert_eq!(price("gpt-5-codex", Tier::Flex, false, 1), None);
}

#[test]
fn prices_that_changed_are_known_before_and_after() {
    #[track_caller]
    fn check(model: &str, days: [(&str, Option<u128>); 2], part: fn(&Price) -> Option<Money>) {
        for (day, expected) in days {
            let found = Prices::vendored().price(&billing(model, Tier::Standard, false, 1), Some(at(day)));
            assert_eq!(found.and_then(|price| mills(part(&price))), expected, "{model} {day}");
        }
    }
    let input: fn(&Price) -> Option<Money> = |price| price.input;
    check("o3", [("2025-06-09T23:59:59Z", Some(10_000)), ("2025-06-10T00:00:00Z", Some(2_000))], input);
    check("gpt-5.6-sol", [("2026-08-20T23:59:59Z", Some(5_000)), ("2026-08-21T00:00:00Z", Some(4_000))], input);
    check("gpt-5.6-luna", [("2026-07-29T23:59:59Z", Some(1_000)), ("2026-07-30T00:00:00Z", Some(200))], input);
    check("claude-opus-5-5", [("2026-09-21T23:59:59Z", None), ("2026-09-22T00:00:00Z", Some(4_000))], input);
    check("deepseek-v4-pro", [("2026-08-16T23:59:59Z", Some(435)), ("2026-08-17T00:00:00Z", None)], input);
    check("claude-sonnet-5-5", [("2026-10-06T23:59:59Z", Some(200)), ("2026-10-07T00:00:00Z", Some(100))], |price| {
        price.cache_read
    });
}

#[test]
fn the_table_says_what_it_is() {
    let prices = Prices::vendored();
    let as_of = prices.as_of().expect("a day").to_string();
    assert!(NOW.starts_with(&as_of));
    assert!(prices.sources().iter().any(|source| source.contains("LiteLLM") && source.contains("1.109.1")));
    let models: BTreeSet<&str> = prices.rows().map(|row| row.model).collect();
    assert!(models.len() > 100, "{}", models.len());
    assert!(prices.rows().all(|row| row.from.is_some()));
}

#[test]
fn models_are_written_by_the_name_they_are_looked_up_by() {
    let file: serde_json::Value = serde_json::from_str(include_str!("../../data/prices.json")).expect("JSON");
    let entries = file["prices"].as_array().expect("entries");
    for name in entries.iter().flat_map(|entry| entry["models"].as_array().expect("models")) {
        let name = name.as_str().expect("a name");
        assert_eq!(canonical(name), name);
    }
}

/// A cheaper long request, or a cached token dearer than a fresh one, would be a slip of the pen.
#[test]
fn parts_are_priced_in_the_order_they_always_are() {
    for row in Prices::vendored().rows() {
        let Price { input, cache_read, cache_write_1h, output, .. } = row.price;
        let ordered = [(cache_read, input), (input, output), (input, cache_write_1h)];
        for (cheaper, dearer) in ordered {
            if let (Some(cheaper), Some(dearer)) = (cheaper, dearer) {
                assert!(cheaper <= dearer, "{row:?}");
            }
        }
    }
}
