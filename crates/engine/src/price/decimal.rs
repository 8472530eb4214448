//! Decimal texts as whole numbers: no float ever holds money.

use topside_model::Money;

/// Decimals of a price per million tokens: the last one is a whole unit of money per token.
const PRICE_PLACES: usize = 6;
/// Decimals of an amount in dollars: the last one is a unit of money.
const DOLLAR_PLACES: usize = 12;
/// Digits before the point. More would be a mistake, and the sums of money could overflow.
const WHOLE_DIGITS: usize = 9;
/// Factors are counted in so many parts of one.
const FACTOR_ONE: u128 = 1_000_000;

/// How many times a price, exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Factor(u128);

impl Factor {
    /// The factor written in `text`; `None` when it is no plain decimal, or has more than six decimals.
    pub(super) fn of(text: &str) -> Option<Self> {
        units(text, PRICE_PLACES).map(Self)
    }

    /// `price` so many times; `None` when that is no whole number of units.
    pub(super) fn times(self, price: Money) -> Option<Money> {
        let product = price.0.checked_mul(self.0)?;
        (product % FACTOR_ONE == 0).then_some(Money(product / FACTOR_ONE))
    }
}

/// The price of one token where a million of them cost `text` dollars.
pub(super) fn per_million(text: &str) -> Option<Money> {
    units(text, PRICE_PLACES).map(Money)
}

/// `text` US dollars, such as `0.01`; `None` when it is no plain decimal, or has more than twelve decimals.
pub fn dollars(text: &str) -> Option<Money> {
    units(text, DOLLAR_PLACES).map(Money)
}

/// The plain decimal `text` in units of its decimal number `places`; `None` for anything else, or finer.
fn units(text: &str, places: usize) -> Option<u128> {
    let (whole, part) = match text.split_once('.') {
        Some((_, "")) => return None,
        Some((whole, part)) => (whole, part.trim_end_matches('0')),
        None => (text, ""),
    };
    let is_plain = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    let fits = (1..=WHOLE_DIGITS).contains(&whole.len()) && part.len() <= places;
    if !fits || !is_plain(whole) || !is_plain(part) {
        return None;
    }
    // At most 21 digits: nothing overflows.
    let number = |digits: &str| digits.bytes().fold(0, |number, digit| number * 10 + u128::from(digit - b'0'));
    let decimals = |count: usize| 10_u128.pow(count as u32);
    Some(number(whole) * decimals(places) + number(part) * decimals(places - part.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<u128>) {
        assert_eq!(per_million(text), expected.map(Money), "{text}");
    }

    #[test]
    fn a_dollar_per_million_tokens_is_a_million_units_per_token() {
        check("1", Some(1_000_000));
        check("0.25", Some(250_000));
        check("12.50", Some(12_500_000));
        check("0.003625", Some(3_625));
        check("0.000001", Some(1));
        check("0.0000010", Some(1));
        check("0", Some(0));
        check("999999999", Some(999_999_999_000_000));
    }

    #[test]
    fn what_is_no_plain_decimal_is_no_price() {
        for text in
            ["", ".", "1.", ".5", "-1", "+1", "1e3", "1,5", " 1", "1 ", "0.0000001", "1000000000", "1.2.3", "$1"]
        {
            check(text, None);
        }
    }

    #[test]
    fn a_cent_is_ten_thousand_millionths_of_a_dollar() {
        assert_eq!(dollars("0.01"), Some(Money::micros(10_000)));
        assert_eq!(dollars("0.000000000001"), Some(Money(1)));
        assert_eq!(dollars("0.0000000000001"), None);
    }

    #[test]
    fn factors_are_exact_or_refused() {
        let factor = |text| Factor::of(text).expect("a factor");
        assert_eq!(factor("1.1").times(Money(250_000)), Some(Money(275_000)));
        assert_eq!(factor("0.5").times(Money(5)), None);
        assert_eq!(factor("0").times(Money(5)), Some(Money(0)));
        assert_eq!(Factor::of("x"), None);
    }
}
