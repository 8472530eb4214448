//! Values as every agent writes them.

use std::borrow::Cow;

use topside_model::{Bytes, Money, SessionId, Timestamp, Untrusted};

use super::json::Json;

/// Longest text kept of anything, in bytes.
pub(crate) const TEXT: usize = 4 * 1024;

/// A text for people.
pub(crate) fn untrusted(value: Json<'_>) -> Option<Untrusted> {
    value.text_head(TEXT).map(Untrusted::new)
}

/// A text for the collector itself.
pub(crate) fn string(value: Json<'_>) -> Option<String> {
    value.text_head(TEXT).map(Cow::into_owned)
}

/// How large the text of a message is: a string, or a list of blocks. `None` for what is not all text, such as a picture.
pub(crate) fn size(content: Json<'_>) -> Option<Bytes> {
    if let Some(size) = content.text_size() {
        return Some(Bytes(size));
    }
    let block = |block: Json<'_>| block.field("text").and_then(Json::text_size);
    content.is_array().then(|| content.items().map(block).sum::<Option<u64>>().map(Bytes)).flatten()
}

/// An amount in US dollars. Agents count it in floats, so it is rounded to what they can mean.
pub(crate) fn money(value: Json<'_>) -> Option<Money> {
    const DOLLAR: f64 = 1e12;
    const MOST: f64 = 1e9;
    let dollars = value.number().filter(|dollars| (0.0..MOST).contains(dollars))?;
    Some(Money((dollars * DOLLAR).round() as u128))
}

/// A session's id.
pub(crate) fn session(value: Json<'_>) -> Option<SessionId> {
    value.text().map(SessionId::new)
}

/// A time in the form of RFC 3339.
pub(crate) fn time(value: Json<'_>) -> Option<Timestamp> {
    usual_time(value.word()?).or_else(|| value.text()?.parse().ok())
}

/// Reads the times of a file, most of which are of the same day.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    /// The last time up to its hours, and the second at which that day began.
    day: [u8; DAY],
    start: i64,
}

/// Length of a time up to its hours.
const DAY: usize = "2000-01-01T".len();

impl Clock {
    /// A time in the form of RFC 3339.
    pub(crate) fn read(&mut self, value: Json<'_>) -> Option<Timestamp> {
        let (day, rest) = value.word()?.split_first_chunk::<DAY>()?;
        if *day == self.day
            && let Some((seconds, millis)) = rest.try_into().ok().and_then(time_of_day)
        {
            return Timestamp::new(self.start + i64::from(seconds), (millis * 1_000_000).cast_signed()).ok();
        }
        let Some(at) = usual_time(value.word()?) else { return time(value) };
        (self.day, self.start) = (*day, at.as_second() - at.as_second().rem_euclid(24 * 60 * 60));
        Some(at)
    }
}

/// Seconds since midnight and milliseconds of a time such as `11:48:09.725Z`.
#[inline]
fn time_of_day(text: [u8; 13]) -> Option<(u32, u32)> {
    let [h1, h2, c1, n1, n2, c2, s1, s2, b'.', fraction @ ..] = text else { return None };
    let digits = digits([h1, h2, c1, n1, n2, c2, s1, s2], *b"00:00:00", [2, 9, 0, 5, 9, 0, 5, 9])?;
    // Neighbours are joined, the first of two counting more.
    let [hour, _, _, minute, _, _, second, _] = (digits * 10 + (digits >> 8)).to_le_bytes();
    let [d1, d2, d3, z] = fraction;
    let [d1, d2, d3, ..] =
        self::digits([d1, d2, d3, z, 0, 0, 0, 0], *b"000Z\0\0\0\0", [9, 9, 9, 0, 0, 0, 0, 0])?.to_le_bytes();
    let [hour, minute, second, d1, d2, d3] = [hour, minute, second, d1, d2, d3].map(u32::from);
    (hour < 24).then_some(((hour * 60 + minute) * 60 + second, (d1 * 10 + d2) * 10 + d3))
}

/// The digits of a text of the given form, each in its byte, all looked at at once; `None` where one is more than `most` or
/// something else stands between them.
#[inline]
fn digits(text: [u8; 8], form: [u8; 8], most: [u8; 8]) -> Option<u64> {
    const EACH: u64 = 0x0101_0101_0101_0101;
    let [text, form, most] = [text, form, most].map(u64::from_le_bytes);
    let digits = text ^ form;
    // What is too much reaches the highest bit of its byte, or has it already.
    let others = digits.wrapping_add(EACH * 0x7F - most) | digits;
    (others & (EACH * 0x80) == 0).then_some(digits)
}

/// A time as programs write it: in UTC, with a dot before parts of seconds. Every line has one.
fn usual_time(text: &[u8]) -> Option<Timestamp> {
    // The 29th of a February is left to who knows in which years it is.
    const LAST: [u32; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let (&[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, b'T', h1, h2, b':', n1, n2, b':', s1, s2], rest) =
        text.split_first_chunk::<19>()?
    else {
        return None;
    };
    let fraction = match rest {
        [b'Z'] => &[],
        [b'.', digits @ .., b'Z'] if (1..=9).contains(&digits.len()) => digits,
        _ => return None,
    };
    let (century, year, month, day) = (two_digits(y1, y2), two_digits(y3, y4), two_digits(m1, m2), two_digits(d1, d2));
    let (hour, minute, second) = (two_digits(h1, h2), two_digits(n1, n2), two_digits(s1, s2));
    let last = *LAST.get(month.wrapping_sub(1) as usize)?;
    if !(20..=89).contains(&century) || year > 99 || day == 0 || day > last || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let nanos = match fraction {
        [a, b, c] => number(&[*a, *b, *c])? * 1_000_000,
        digits => number(digits)? * 10_u32.pow(9 - digits.len() as u32),
    };
    let seconds =
        i64::from(days(century * 100 + year, month, day) * 24 + hour) * 3600 + i64::from(minute * 60 + second);
    Timestamp::new(seconds, nanos.cast_signed()).ok()
}

/// Much more than 99 where they are none.
#[inline]
fn two_digits(first: u8, second: u8) -> u32 {
    let (first, second) = (u32::from(first.wrapping_sub(b'0')), u32::from(second.wrapping_sub(b'0')));
    if first > 9 || second > 9 { 1 << 16 } else { first * 10 + second }
}

/// Days from the first of 1970 to a day of a later year.
fn days(year: u32, month: u32, day: u32) -> u32 {
    // Years that begin in March have their leap day at the end, and months whose lengths repeat.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day - 719_469
}

#[inline]
fn number(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |number, byte| byte.is_ascii_digit().then(|| number * 10 + u32::from(byte - b'0')))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Option<Timestamp> {
        time(Json::value(format!("{text:?}").as_bytes())?)
    }

    proptest! {
        #[test]
        fn times_are_read_as_jiff_reads_them(seconds in 0_i64..253_402_207_200, nanos in 0..1_000_000_000, digits in 0_usize..10) {
            let time = Timestamp::new(seconds, nanos).expect("in range");
            let text = format!("{time:.digits$}");
            prop_assert_eq!(read(&text), text.parse().ok());
        }

        #[test]
        fn a_clock_reads_what_is_read_without_one(
            times in proptest::collection::vec((0_i64..200_000, 0..1000, 0_usize..5), 1..20),
            odd in (any::<prop::sample::Index>(), any::<u8>()),
        ) {
            let mut clock = Clock::default();
            for (second, millis, digits) in times {
                let time = Timestamp::new(1_795_150_000 + second, millis * 1_000_000).expect("in range");
                let text = format!("\"{time:.digits$}\"");
                let value = Json::value(text.as_bytes()).expect("it is a string");
                prop_assert_eq!(clock.read(value), super::time(value));
                // The same with another byte in some place.
                let mut text = text.into_bytes();
                let inside = text.len() - 2;
                text[1 + odd.0.index(inside)] = odd.1;
                let value = Json::value(&text).expect("it is a string");
                prop_assert_eq!(clock.read(value), super::time(value));
            }
            for odd in [r#""2026-11-20T05:26:4:.000Z""#, r#""2026-11-20T05:26:61.000Z""#, "null", "\"\""] {
                let value = Json::value(odd.as_bytes()).expect("there is a value");
                prop_assert_eq!(clock.read(value), super::time(value));
            }
        }

        #[test]
        fn what_is_no_time_is_none(text in r"[12][09][0-9]{2}-[01][0-9]-[0-3][0-9][T ][0-2][0-9]:[0-7][0-9]:[0-7][0-9](\.[0-9]{0,10})?(Z|\+0[01]:00)?") {
            prop_assert_eq!(read(&text), text.parse().ok());
        }
    }
}
