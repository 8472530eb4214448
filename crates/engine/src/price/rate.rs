//! Prices that are a multiple of others.

use topside_model::{Money, Price};

use super::decimal::Factor;

/// `price` with tokens so many times dearer and searches as before; `None` when that is no whole number of units.
pub(super) fn times(price: &Price, factor: Factor) -> Option<Price> {
    let times = |price: Option<Money>| match price {
        Some(price) => factor.times(price).map(Some),
        None => Some(None),
    };
    Some(Price {
        input: times(price.input)?,
        cache_read: times(price.cache_read)?,
        cache_write_5m: times(price.cache_write_5m)?,
        cache_write_1h: times(price.cache_write_1h)?,
        output: times(price.output)?,
        web_search: price.web_search,
    })
}
