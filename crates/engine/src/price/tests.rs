//! What replies cost, worked out by hand.

use std::collections::BTreeSet;

use topside_model::{Billing, ModelId, Money, SizeClass, Terms, Tier, Tokens, Usage};

use super::Prices;

/// A model with everything, and what it cost before and after a day in July.
pub(super) const TABLE: &str = r#"{"prices": [
    {"models": ["large"], "from": "2026-07-30", "input": "2", "output": "10"},
    {"models": ["large"], "from": "2026-01-01",
     "input": "3", "cache_read": "0.3", "cache_write_5m": "3.75", "cache_write_1h": "6", "output": "15",
     "web_search": "0.01", "regional": "1.1",
     "above": {"200000": {
        "input": "6", "cache_read": "0.6", "cache_write_5m": "7.5", "cache_write_1h": "12", "output": "22.5"}},
     "tiers": {"fast": "2", "batch": "0.5", "flex": {"input": "1", "output": "7", "above": {"200000": {}}}}},
    {"models": ["steady"], "from": "2026-01-01", "input": "1", "output": "5"},
    {"models": ["steady"], "from": "2026-02-01", "input": "1", "output": "5"}
]}"#;
const SPRING: &str = "2026-03-01T12:00:00Z";

pub(super) fn table() -> Prices {
    Prices::parse(TABLE).expect("a table")
}

pub(super) fn billing(model: &str, tier: Tier, input: u64) -> Billing {
    let terms = Terms { tier, regional: false };
    Billing { model: Some(ModelId::new(model)), terms, size: SizeClass::of(Tokens(input)) }
}

fn regional(billing: Billing) -> Billing {
    Billing { terms: Terms { regional: true, ..billing.terms }, ..billing }
}

/// Something of every part.
fn usage() -> Usage {
    Usage {
        input_uncached: Tokens(1_000),
        cache_read: Tokens(10_000),
        cache_write_5m: Tokens(2_000),
        cache_write_1h: Tokens(4_000),
        output: Tokens(500),
        reasoning: Tokens(400),
        web_searches: 3,
    }
}

/// Only input and output.
fn plain() -> Usage {
    Usage { input_uncached: Tokens(1_000), output: Tokens(500), ..Usage::default() }
}

fn cost(prices: &Prices, billing: &Billing, at: &str, usage: &Usage) -> Option<Money> {
    let at = (!at.is_empty()).then(|| at.parse().expect("a time"));
    prices.price(billing, at)?.cost(usage).total()
}

#[track_caller]
fn check(billing: &Billing, at: &str, usage: &Usage, micros: impl Into<Option<u64>>) {
    assert_eq!(cost(&table(), billing, at, usage), micros.into().map(Money::micros));
}

#[test]
fn each_part_has_its_own_price() {
    let billing = billing("large", Tier::Standard, 17_000);
    let price = table().price(&billing, SPRING.parse().ok()).expect("a price");
    let cost = price.cost(&usage());
    let micros = |money: Option<Money>| money.map(Money::as_micros);
    assert_eq!(micros(cost.input), Some(3_000));
    assert_eq!(micros(cost.cache_read), Some(3_000));
    assert_eq!(micros(cost.cache_write_5m), Some(7_500));
    assert_eq!(micros(cost.cache_write_1h), Some(24_000));
    assert_eq!(micros(cost.output), Some(7_500));
    assert_eq!(micros(cost.web_searches), Some(30_000));
    assert_eq!(micros(cost.total()), Some(75_000));
}

#[test]
fn a_service_has_its_own_price_and_searches_stay_the_same() {
    let billing = |tier| billing("large", tier, 17_000);
    check(&billing(Tier::Standard), SPRING, &usage(), 45_000 + 30_000);
    check(&billing(Tier::Fast), SPRING, &usage(), 90_000 + 30_000);
    check(&billing(Tier::Batch), SPRING, &usage(), 22_500 + 30_000);
    check(&billing(Tier::Flex), SPRING, &plain(), 1_000 + 3_500);
    check(&billing(Tier::Priority), SPRING, &plain(), None);
    check(&regional(billing(Tier::Standard)), SPRING, &usage(), 49_500 + 30_000);
    check(&regional(billing(Tier::Fast)), SPRING, &usage(), 99_000 + 30_000);
    check(&regional(billing(Tier::Standard)), "2026-08-01T00:00:00Z", &plain(), None);
}

#[test]
fn above_the_step_all_parts_are_dearer() {
    let billing = |tier, input| billing("large", tier, input);
    check(&billing(Tier::Standard, 200_000), SPRING, &usage(), 45_000 + 30_000);
    check(&billing(Tier::Standard, 200_001), SPRING, &usage(), 86_250 + 30_000);
    check(&billing(Tier::Standard, u64::MAX), SPRING, &usage(), 86_250 + 30_000);
    check(&billing(Tier::Batch, 200_001), SPRING, &usage(), 43_125 + 30_000);
    check(&regional(billing(Tier::Fast, 200_001)), SPRING, &usage(), 189_750 + 30_000);
    check(&billing(Tier::Flex, 200_001), SPRING, &plain(), None);
}

#[test]
fn a_part_without_a_price_leaves_the_whole_unpriced_unless_it_was_not_used() {
    let summer = "2026-08-01T00:00:00Z";
    let large = billing("large", Tier::Standard, 17_000);
    check(&large, summer, &plain(), 2_000 + 5_000);
    check(&large, summer, &Usage::default(), 0);
    check(&large, summer, &Usage { cache_read: Tokens(1), ..plain() }, None);
    check(&large, summer, &Usage { cache_write_5m: Tokens(1), ..plain() }, None);
    check(&large, summer, &Usage { cache_write_1h: Tokens(1), ..plain() }, None);
    check(&large, summer, &Usage { web_searches: 1, ..plain() }, None);
    let price = table().price(&large, summer.parse().ok()).expect("a price");
    let cost = price.cost(&usage());
    assert_eq!((cost.input, cost.cache_read), (Some(Money::micros(2_000)), None));
}

#[test]
fn a_price_changes_at_midnight_utc() {
    let large = billing("large", Tier::Standard, 1_000);
    check(&large, "2025-12-31T23:59:59.999Z", &plain(), None);
    check(&large, "2026-01-01T00:00:00Z", &plain(), 3_000 + 7_500);
    check(&large, "2026-07-29T23:59:59.999Z", &plain(), 3_000 + 7_500);
    check(&large, "2026-07-30T00:00:00Z", &plain(), 2_000 + 5_000);
    check(&large, "2026-07-30T01:00:00+02:00", &plain(), 3_000 + 7_500);
    check(&large, "2200-01-01T00:00:00Z", &plain(), 2_000 + 5_000);
}

#[test]
fn without_a_time_only_a_price_that_never_changed_is_known() {
    check(&billing("large", Tier::Standard, 1_000), "", &plain(), None);
    check(&billing("steady", Tier::Standard, 1_000), "", &plain(), 1_000 + 2_500);
}

#[test]
fn an_unknown_model_has_no_price_and_never_another_ones() {
    for model in ["larger", "large-mini", "", "other/large"] {
        check(&billing(model, Tier::Standard, 1_000), SPRING, &plain(), None);
    }
    check(&Billing { model: None, ..billing("large", Tier::Standard, 1_000) }, SPRING, &plain(), None);
    check(&billing("openai/LARGE-2026-01-01", Tier::Standard, 1_000), SPRING, &plain(), 3_000 + 7_500);
}

#[test]
fn own_prices_win_from_their_first_day_on() {
    #[track_caller]
    fn check(own: &str, days: [Option<u64>; 3]) {
        let own = Prices::parse(&format!(r#"{{"prices": [{own}]}}"#)).expect("own prices");
        let prices = table().with(own);
        let input = Usage { input_uncached: Tokens(1), ..Usage::default() };
        let large = billing("large", Tier::Standard, 1);
        let found = ["2025-06-01T00:00:00Z", "2026-06-01T00:00:00Z", "2026-09-01T00:00:00Z"]
            .map(|at| cost(&prices, &large, at, &input).map(Money::as_micros));
        assert_eq!(found, days);
        let days: BTreeSet<_> = prices.rows().map(|row| (row.model, row.from, row.terms, row.above)).collect();
        assert_eq!(days.len(), prices.rows().count(), "no line twice");
    }
    check(r#"{"models": ["small"], "input": "9"}"#, [None, Some(3), Some(2)]);
    check(r#"{"models": ["large"], "input": "9"}"#, [Some(9), Some(9), Some(9)]);
    check(r#"{"models": ["large"], "from": "2026-03-01", "input": "9"}"#, [None, Some(9), Some(9)]);
    check(r#"{"models": ["Large"], "from": "2026-07-30", "input": "9"}"#, [None, Some(3), Some(9)]);
    check(
        r#"{"models": ["large"], "input": "8"}, {"models": ["large"], "from": "2026-09-01", "input": "9"}"#,
        [Some(8), Some(8), Some(9)],
    );
}

#[test]
fn the_table_is_listed_by_model_day_terms_and_size() {
    let rows: Vec<String> = table()
        .rows()
        .map(|row| {
            let from = row.from.map_or_else(String::new, |day| day.to_string());
            let regional = if row.terms.regional { " regional" } else { "" };
            let above = row.above.map_or_else(String::new, |Tokens(step)| format!(" > {step}"));
            let input = row.price.input.map_or("?".to_owned(), |money| money.0.to_string());
            format!("{} {from} {}{regional}{above}: {input}", row.model, row.terms.tier.id())
        })
        .collect();
    let expected = [
        "large 2026-01-01 standard: 3000000",
        "large 2026-01-01 standard > 200000: 6000000",
        "large 2026-01-01 standard regional: 3300000",
        "large 2026-01-01 standard regional > 200000: 6600000",
        "large 2026-01-01 fast: 6000000",
        "large 2026-01-01 fast > 200000: 12000000",
        "large 2026-01-01 fast regional: 6600000",
        "large 2026-01-01 fast regional > 200000: 13200000",
        "large 2026-01-01 flex: 1000000",
        "large 2026-01-01 flex > 200000: ?",
        "large 2026-01-01 flex regional: 1100000",
        "large 2026-01-01 flex regional > 200000: ?",
        "large 2026-01-01 batch: 1500000",
        "large 2026-01-01 batch > 200000: 3000000",
        "large 2026-01-01 batch regional: 1650000",
        "large 2026-01-01 batch regional > 200000: 3300000",
        "large 2026-07-30 standard: 2000000",
        "steady 2026-01-01 standard: 1000000",
        "steady 2026-02-01 standard: 1000000",
    ];
    assert_eq!(rows, expected);
}

#[test]
fn models_without_a_price_are_found() {
    let text = r#"{"prices": [{"models": ["known"], "input": "1"}, {"models": ["named"], "from": "2026-01-01"}]}"#;
    let prices = Prices::parse(text).expect("a table");
    let models = ["known", "openai/Known-2026-01-01", "named", "other"].map(ModelId::new);
    let unpriced: Vec<&str> = prices.check(&models).into_iter().map(ModelId::as_str).collect();
    assert_eq!(unpriced, ["named", "other"]);
}
