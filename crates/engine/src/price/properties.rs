//! What holds for every price, usage and text.

use proptest::prelude::*;
use topside_model::{Money, Price, Tier, Timestamp, Tokens, Usage};

use super::Prices;
use super::tests::{TABLE, billing, table};

fn any_price() -> impl Strategy<Value = Price> {
    let part = || proptest::option::of((0..100_000_000_u128).prop_map(Money));
    (part(), part(), part(), part(), part(), part()).prop_map(
        |(input, cache_read, cache_write_5m, cache_write_1h, output, web_search)| Price {
            input,
            cache_read,
            cache_write_5m,
            cache_write_1h,
            output,
            web_search,
        },
    )
}

fn any_usage() -> impl Strategy<Value = Usage> {
    let part = || prop_oneof![Just(Tokens(0)), (0..1_u64 << 40).prop_map(Tokens)];
    (part(), part(), part(), part(), part(), 0..9_u64).prop_map(
        |(input_uncached, cache_read, cache_write_5m, cache_write_1h, output, web_searches)| Usage {
            input_uncached,
            cache_read,
            cache_write_5m,
            cache_write_1h,
            output,
            web_searches,
            reasoning: output,
        },
    )
}

proptest! {
    #[test]
    fn what_replies_cost_together_is_what_they_cost_one_by_one(
        price in any_price(),
        usages in proptest::collection::vec(any_usage(), 0..8),
    ) {
        let mut sum = Usage::default();
        for usage in &usages {
            sum += *usage;
        }
        let added = usages.iter().try_fold(Money::default(), |sum, usage| Some(sum + price.cost(usage).total()?));
        prop_assert_eq!(price.cost(&sum).total(), added);
    }

    #[test]
    fn a_slip_of_the_pen_is_refused_or_read_but_never_a_panic(at in 0..TABLE.len(), slip in "[\\PC]{0,2}") {
        let text = format!("{}{slip}{}", &TABLE[..at], &TABLE[at + 1..]);
        if let Err(error) = Prices::parse(&text) {
            prop_assert!(error.to_string().starts_with("read "), "{}", error);
        }
    }

    #[test]
    fn a_price_holds_from_its_day_to_the_next(second in 0..4_000_000_000_i64) {
        let at = Timestamp::from_second(second).expect("a time");
        let first: Timestamp = "2026-01-01T00:00:00Z".parse().expect("a time");
        let second: Timestamp = "2026-07-30T00:00:00Z".parse().expect("a time");
        let price = table().price(&billing("large", Tier::Standard, 1), Some(at));
        let expected = [second, first].iter().position(|since| at >= *since);
        let input = price.and_then(|price| price.input).map(|Money(units)| units);
        prop_assert_eq!(input, expected.map(|place| [2_000_000, 3_000_000][place]));
    }
}
