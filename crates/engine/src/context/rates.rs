//! What a reply paid for reading its context.

use topside_model::{Part, Price, Usage};

/// What a reply paid for reading one token of its context, in units of [`Money`].
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Rates {
    /// One that the reply before read, too.
    pub(super) old: f64,
    /// One that came in since.
    pub(super) new: f64,
    pub(super) is_priced: bool,
    pub(super) is_floor: bool,
}

impl Rates {
    /// What was there before is what the cache holds; where the cache was missed, it is paid like what came in since: in
    /// proportion of the parts of the reply's other input.
    pub(super) fn of(usage: &Usage, price: Option<&Price>, old: f64, new: f64) -> Self {
        let Some(price) = price else { return Self { is_floor: true, ..Self::default() } };
        let count = |part: Part| part.count(usage) as f64;
        let each = |part: Part| part.price(price).map_or(0.0, |money| money.0 as f64);
        let fresh = [Part::Input, Part::CacheWrite5m, Part::CacheWrite1h];
        let is_floor =
            fresh.iter().chain(&[Part::CacheRead]).any(|part| part.count(usage) > 0 && part.price(price).is_none());
        let fresh_tokens: f64 = fresh.into_iter().map(count).sum();
        let fresh_cost: f64 = fresh.into_iter().map(|part| count(part) * each(part)).sum();
        let fresh_each = if fresh_tokens > 0.0 { fresh_cost / fresh_tokens } else { 0.0 };
        let (read, read_each) = (count(Part::CacheRead), each(Part::CacheRead));
        let mixed = |read: f64, tokens: f64| {
            if tokens > 0.0 { (read * read_each + (tokens - read) * fresh_each) / tokens } else { 0.0 }
        };
        Self { old: mixed(read.min(old), old), new: mixed((read - old).max(0.0), new), is_priced: true, is_floor }
    }
}
