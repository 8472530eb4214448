//! What one table of prices says otherwise than another.

use topside_model::{Price, PriceChange, Terms};

use super::table::{Periods, Prices};

impl Prices {
    /// Names of the models that have prices, in their order.
    pub fn models(&self) -> impl Iterator<Item = &str> {
        self.models.keys().map(String::as_str)
    }

    /// What `after` says of each of `models` where this table says something else, or the same.
    pub fn compare<'a>(&self, after: &Self, models: impl IntoIterator<Item = &'a str>) -> Vec<PriceChange> {
        let change = |model: &str| {
            let (old, new) = (self.models.get(model), after.models.get(model));
            PriceChange {
                model: model.to_owned(),
                changed: differ(old, new),
                before: old.and_then(latest),
                after: new.and_then(latest),
            }
        };
        models.into_iter().map(change).collect()
    }
}

/// True when some price is another one on some day.
fn differ(old: Option<&Periods>, new: Option<&Periods>) -> bool {
    let (Some(old), Some(new)) = (old, new) else { return old.is_some() != new.is_some() };
    let held =
        |periods: &Periods, at| periods.iter().rfind(|period| period.since <= at).map(|period| period.offers.clone());
    old.iter().chain(new).any(|period| held(old, period.since) != held(new, period.since))
}

/// The usual price in the latest of some periods.
fn latest(periods: &Periods) -> Option<Price> {
    let usual = |terms: &Terms| *terms == Terms::default();
    periods.last()?.offers.iter().find(|offer| usual(&offer.terms) && offer.above.is_none()).map(|offer| offer.price)
}

#[cfg(test)]
mod tests {
    use topside_model::Money;

    use super::*;

    fn table(entries: &str) -> Prices {
        Prices::parse(&format!(r#"{{"prices": [{entries}]}}"#)).expect("a table")
    }

    #[test]
    fn the_same_price_from_another_day_on_is_no_change() {
        let before = table(r#"{"models": ["a", "b"], "from": "2026-01-01", "input": "1"}"#);
        let after = before.clone().with(table(
            r#"{"models": ["a"], "from": "2026-06-01", "input": "1"}, {"models": ["b"], "from": "2025-06-01", "input": "1"}"#,
        ));
        let changed: Vec<bool> = before.compare(&after, ["a", "b"]).iter().map(|change| change.changed).collect();
        assert_eq!(changed, [false, true], "only b has a price on days on which it had none");
    }

    #[test]
    fn models_come_go_change_and_stay() {
        let before = table(
            r#"{"models": ["stays"], "input": "1"}, {"models": ["goes"], "input": "2"},
               {"models": ["changes", "turns"], "input": "3"}"#,
        );
        let after = table(
            r#"{"models": ["stays"], "input": "1"}, {"models": ["comes"], "input": "4"},
               {"models": ["changes"], "input": "3", "tiers": {"flex": "0.5"}},
               {"models": ["turns"], "input": "3"}, {"models": ["turns"], "from": "2026-11-01", "input": "5"}"#,
        );
        let models = ["changes", "comes", "goes", "stays", "turns"];
        let dollars = |price: Option<Price>| price?.input.map(|Money(units)| units / 1_000_000);
        let found = before.compare(&after, models);
        let found: Vec<_> =
            found.iter().map(|change| (change.changed, dollars(change.before), dollars(change.after))).collect();
        let expected = [
            (true, Some(3), Some(3)),
            (true, None, Some(4)),
            (true, Some(2), None),
            (false, Some(1), Some(1)),
            (true, Some(3), Some(5)),
        ];
        assert_eq!(found, expected);
    }
}
