//! A lenient look into JSON that is not ours.
//!
//! Transcripts hold what strict parsers refuse: lone surrogates, raw control characters, broken UTF-8, duplicate keys,
//! two objects on one line, bytes of a crash in front. [`Json`] finds the wanted values anyway, builds nothing and
//! never recurses, so depth costs no stack. Where a key repeats, the last one counts.
//!
//! **Invariant.** On valid JSON it agrees with `serde_json` (a property test holds it to that).

use std::borrow::Cow;

use memchr::{memchr, memmem};

use super::scan;
use super::walk::Walk;

/// A value inside a buffer, not yet looked into.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Json<'a>(pub(super) &'a [u8]);

impl<'a> Json<'a> {
    /// The whole objects on a line, in order, as `take` takes them apart. What is in front of, between and behind them is
    /// passed over, and so is a torn write, behind which the next record is looked for by its `opening`, if records have
    /// one.
    pub(crate) fn objects<T>(
        line: &'a [u8],
        opening: &'static [u8],
        mut take: impl FnMut(&mut Walk<'a>) -> T,
    ) -> impl Iterator<Item = T> {
        let mut rest = line;
        std::iter::from_fn(move || {
            loop {
                let start = memchr(b'{', rest)?;
                let mut walk = Walk::begin(&rest[start..])?;
                let object = take(&mut walk);
                if let Some(length) = walk.leave() {
                    rest = &rest[start + length..];
                    return Some(object);
                }
                let again = memmem::find(&rest[start + 1..], opening).filter(|_| !opening.is_empty())?;
                rest = &rest[start + 1 + again..];
            }
        })
    }

    /// The value a buffer begins with; also one that is torn.
    pub(crate) fn value(bytes: &'a [u8]) -> Option<Json<'a>> {
        let bytes = skip_filler(bytes);
        (!bytes.is_empty()).then(|| Json(&bytes[..length(bytes)]))
    }

    /// True when `bytes` end after a whole object, so that nothing can be added to it.
    pub(crate) fn is_whole(bytes: &[u8]) -> bool {
        memchr(b'{', bytes)
            .and_then(|start| Some(&bytes[start + scan::container(&bytes[start..], 0)?..]))
            .is_some_and(|behind| behind.iter().all(u8::is_ascii_whitespace))
    }

    /// Keys and values of an object; nothing for another kind of value.
    pub(crate) fn entries(self) -> impl Iterator<Item = (Cow<'a, str>, Json<'a>)> {
        let mut walk = Walk::of(self);
        std::iter::from_fn(move || walk.as_mut()?.member().map(|(key, value)| (unescape(key, false), value)))
    }

    /// Elements of an array; nothing for another kind of value.
    pub(crate) fn items(self) -> impl Iterator<Item = Json<'a>> {
        let mut rest = self.0.strip_prefix(b"[").unwrap_or_default();
        std::iter::from_fn(move || {
            rest = skip_filler(rest);
            if matches!(rest.first(), None | Some(b']')) {
                return None;
            }
            let (item, behind) = rest.split_at(length(rest));
            rest = behind;
            Some(Json(item))
        })
    }

    /// The value under `key`; the last one where the key repeats.
    pub(crate) fn field(self, key: &str) -> Option<Json<'a>> {
        let mut walk = Walk::of(self)?;
        let mut found = None;
        while let Some((name, value)) = walk.member() {
            if name == key.as_bytes() {
                found = Some(value);
            }
        }
        found
    }

    /// True when the value is written with `bytes` at its beginning.
    pub(crate) fn starts_with(self, bytes: &[u8]) -> bool {
        self.0.starts_with(bytes)
    }

    /// True for `{…}`.
    pub(crate) fn is_object(self) -> bool {
        self.0.first() == Some(&b'{')
    }

    /// True for `[…]`.
    pub(crate) fn is_array(self) -> bool {
        self.0.first() == Some(&b'[')
    }

    /// The text of a string.
    pub(crate) fn text(self) -> Option<Cow<'a, str>> {
        self.text_head(usize::MAX)
    }

    /// The text of a string, read no further than about `limit` bytes.
    pub(crate) fn text_head(self, limit: usize) -> Option<Cow<'a, str>> {
        let inner = self.0.strip_prefix(b"\"")?;
        let inner = inner.strip_suffix(b"\"").unwrap_or(inner);
        Some(if inner.len() <= limit {
            unescape(inner, false)
        } else {
            unescape(&inner[..floor_char(inner, limit)], true)
        })
    }

    /// How many bytes the text of a string has.
    pub(crate) fn text_size(self) -> Option<u64> {
        let inner = self.word()?;
        let (mut size, mut rest) = (inner.len(), inner);
        while let Some(slash) = memchr(b'\\', rest) {
            let (character, used) = escape(&rest[slash + 1..]);
            size = (size + character.len_utf8()).saturating_sub(1 + used);
            rest = rest.get(slash + 1 + used..).unwrap_or_default();
        }
        Some(size as u64)
    }

    /// A count: an integer, a float with a whole value, or either as a string. Negative counts are none.
    pub(crate) fn count(self) -> Option<u64> {
        const SURE: usize = 19;
        let digit = |number: u64, byte: &u8| byte.is_ascii_digit().then(|| number * 10 + u64::from(byte - b'0'));
        if self.0.len() <= SURE
            && let Some(count) = self.0.iter().try_fold(0, digit)
        {
            return Some(count);
        }
        let digits = self.digits();
        digits.parse().ok().or_else(|| {
            let number: f64 = digits.parse().ok()?;
            (number >= 0.0 && number.is_finite()).then_some(number as u64)
        })
    }

    /// A number, also when written as a string.
    pub(crate) fn number(self) -> Option<f64> {
        self.digits().parse().ok()
    }

    /// A truth value.
    pub(crate) fn truth(self) -> Option<bool> {
        match self.0 {
            b"true" => Some(true),
            b"false" => Some(false),
            _ => None,
        }
    }

    /// True for `true`.
    pub(crate) fn is_true(self) -> bool {
        self.0 == b"true"
    }

    /// The value as written.
    pub(crate) fn raw(self) -> Cow<'a, str> {
        String::from_utf8_lossy(&self.0[..length(self.0)])
    }

    /// The bytes of a string as written: enough where it is only compared with words.
    pub(crate) fn word(self) -> Option<&'a [u8]> {
        let inner = self.0.strip_prefix(b"\"")?;
        Some(inner.strip_suffix(b"\"").unwrap_or(inner))
    }

    /// True for a string of these characters, none of which needs an escape.
    pub(crate) fn says(self, word: &str) -> bool {
        self.word() == Some(word.as_bytes())
    }

    fn digits(self) -> &'a str {
        let bytes = self.0.strip_prefix(b"\"").and_then(|inner| inner.strip_suffix(b"\"")).unwrap_or(self.0);
        let first = bytes.first().copied().unwrap_or(b' ');
        let numeric = first.is_ascii_digit() || first == b'-';
        if numeric { std::str::from_utf8(bytes).unwrap_or("") } else { "" }
    }
}

/// Passes white space, commas, colons and stray control bytes.
pub(super) fn skip_filler(bytes: &[u8]) -> &[u8] {
    let filler = bytes.iter().take_while(|byte| **byte <= b' ' || **byte == b',' || **byte == b':').count();
    &bytes[filler..]
}

/// Length of the value that `bytes` begin with; all of them where it is torn.
pub(super) fn length(bytes: &[u8]) -> usize {
    match bytes[0] {
        b'"' => scan::string(bytes),
        b'{' | b'[' => scan::container(bytes, 0).unwrap_or(bytes.len()),
        _ => scan::scalar(bytes),
    }
}

/// The largest cut of a string's inside at or below `limit` that splits no character.
fn floor_char(inner: &[u8], limit: usize) -> usize {
    let mut cut = limit;
    while cut > 0 && inner[cut] & 0b1100_0000 == 0b1000_0000 {
        cut -= 1;
    }
    cut
}

/// The text of a [`word`](Json::word), with its escapes read.
pub(crate) fn plain(word: &[u8]) -> Cow<'_, str> {
    unescape(word, false)
}

/// The text of a string's inside. One that was cut ends before an escape of which a part is missing.
fn unescape(inner: &[u8], was_cut: bool) -> Cow<'_, str> {
    /// `\ud83d\ude00`, the longest escape, without its first backslash.
    const LONGEST: usize = 11;
    if memchr(b'\\', inner).is_none() {
        return std::str::from_utf8(inner).map_or_else(|_| String::from_utf8_lossy(inner), Cow::Borrowed);
    }
    let mut out = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(slash) = memchr(b'\\', rest) {
        out.push_str(&String::from_utf8_lossy(&rest[..slash]));
        let after = &rest[slash + 1..];
        let plain = after.first().is_some_and(|kind| *kind != b'u');
        if was_cut && !plain && after.len() < LONGEST {
            return Cow::Owned(out);
        }
        let (character, used) = escape(after);
        out.push(character);
        rest = &after[used.min(after.len())..];
    }
    out.push_str(&String::from_utf8_lossy(rest));
    Cow::Owned(out)
}

/// The character an escape stands for and the bytes it took, the backslash not counted.
fn escape(after: &[u8]) -> (char, usize) {
    match after.first() {
        Some(b'n') => ('\n', 1),
        Some(b't') => ('\t', 1),
        Some(b'r') => ('\r', 1),
        Some(b'b') => ('\u{8}', 1),
        Some(b'f') => ('\u{c}', 1),
        Some(b'u') => unicode_escape(after),
        Some(&other) if other.is_ascii() => (char::from(other), 1),
        _ => (char::REPLACEMENT_CHARACTER, 0),
    }
}

fn unicode_escape(after: &[u8]) -> (char, usize) {
    let Some(first) = hex4(after.get(1..5)) else { return (char::REPLACEMENT_CHARACTER, 1) };
    if let Some(plain) = char::from_u32(first) {
        return (plain, 5);
    }
    let low = (after.get(5..7) == Some(b"\\u")).then(|| hex4(after.get(7..11))).flatten();
    match low {
        Some(low) if first < 0xDC00 && (0xDC00..0xE000).contains(&low) => {
            let joined = 0x1_0000 + ((first - 0xD800) << 10) + (low - 0xDC00);
            (char::from_u32(joined).unwrap_or(char::REPLACEMENT_CHARACTER), 11)
        }
        _ => (char::REPLACEMENT_CHARACTER, 5),
    }
}

fn hex4(digits: Option<&[u8]>) -> Option<u32> {
    let digits = digits.filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))?;
    u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests;
