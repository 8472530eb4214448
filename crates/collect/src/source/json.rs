//! A lenient look into JSON that is not ours.
//!
//! Transcripts hold what strict parsers refuse: lone surrogates, raw control characters, broken UTF-8, duplicate keys,
//! two objects on one line, bytes of a crash in front. [`Json`] finds the wanted values anyway, builds nothing and
//! never recurses, so depth costs no stack. Where a key repeats, the last one counts.
//!
//! **Invariant.** On valid JSON it agrees with `serde_json` (a property test holds it to that).

use std::borrow::Cow;

use memchr::{memchr, memmem};

/// A value inside a buffer, not yet looked into.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Json<'a>(&'a [u8]);

impl<'a> Json<'a> {
    /// The whole objects on a line, in order. What is in front of, between and behind them is passed over, and so is a
    /// torn write, behind which the next record is looked for by its `opening`, if records have one.
    pub(crate) fn objects(line: &'a [u8], opening: &'static [u8]) -> impl Iterator<Item = Json<'a>> {
        let mut rest = line;
        std::iter::from_fn(move || {
            loop {
                let start = memchr(b'{', rest)?;
                if let Some(end) = container_end(rest, start) {
                    let object = Json(&rest[start..end]);
                    rest = &rest[end..];
                    return Some(object);
                }
                let again = memmem::find(&rest[start + 1..], opening).filter(|_| !opening.is_empty())?;
                rest = &rest[start + 1 + again..];
            }
        })
    }

    /// The value a buffer begins with; also one that is torn.
    pub(crate) fn value(bytes: &'a [u8]) -> Option<Json<'a>> {
        let start = skip_filler(bytes, 0);
        (start < bytes.len()).then(|| Json(&bytes[start..skip_value(bytes, start)]))
    }

    /// True when `bytes` end after a whole object, so that nothing can be added to it.
    pub(crate) fn is_whole(bytes: &[u8]) -> bool {
        memchr(b'{', bytes)
            .and_then(|start| container_end(bytes, start))
            .is_some_and(|end| bytes[end..].iter().all(u8::is_ascii_whitespace))
    }

    /// Keys and values of an object; nothing for another kind of value.
    pub(crate) fn entries(self) -> impl Iterator<Item = (Cow<'a, str>, Json<'a>)> {
        self.members().map_while(|(key, value)| Some((key.text()?, value)))
    }

    fn members(self) -> Members<'a> {
        Members { bytes: self.0, at: 1, open: self.is_object() }
    }

    /// Elements of an array; nothing for another kind of value.
    pub(crate) fn items(self) -> impl Iterator<Item = Json<'a>> {
        let bytes = self.0;
        let mut at = 1;
        let open = bytes.first() == Some(&b'[');
        std::iter::from_fn(move || {
            if !open {
                return None;
            }
            at = skip_filler(bytes, at);
            if at >= bytes.len() || bytes[at] == b']' {
                return None;
            }
            let end = skip_value(bytes, at);
            let item = Json(&bytes[at..end]);
            at = end;
            Some(item)
        })
    }

    /// The value under `key`; the last one where the key repeats.
    pub(crate) fn field(self, key: &str) -> Option<Json<'a>> {
        self.members().filter(|(name, _)| name.is_key(key)).map(|(_, value)| value).last()
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

    /// A count: an integer, a float with a whole value, or either as a string. Negative counts are none.
    pub(crate) fn count(self) -> Option<u64> {
        let number = self.number()?;
        (number >= 0.0 && number.is_finite()).then(|| self.digits().parse().unwrap_or(number as u64))
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

    /// The value as written.
    pub(crate) fn raw(self) -> Cow<'a, str> {
        String::from_utf8_lossy(self.0)
    }

    /// True for a string that says `key`. Nothing is decoded unless something is escaped.
    fn is_key(self, key: &str) -> bool {
        let inner = self.0.get(1..self.0.len().saturating_sub(1)).unwrap_or_default();
        inner == key.as_bytes() || (inner.contains(&b'\\') && self.text().is_some_and(|text| text == key))
    }

    fn digits(self) -> &'a str {
        let bytes = self.0.strip_prefix(b"\"").and_then(|inner| inner.strip_suffix(b"\"")).unwrap_or(self.0);
        let first = bytes.first().copied().unwrap_or(b' ');
        let numeric = first.is_ascii_digit() || first == b'-';
        if numeric { std::str::from_utf8(bytes).unwrap_or("") } else { "" }
    }
}

/// Iterator over the entries of an object, keys as written.
struct Members<'a> {
    bytes: &'a [u8],
    at: usize,
    open: bool,
}

impl<'a> Iterator for Members<'a> {
    type Item = (Json<'a>, Json<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        if !self.open {
            return None;
        }
        self.at = skip_filler(self.bytes, self.at);
        if self.bytes.get(self.at) != Some(&b'"') {
            self.open = false;
            return None;
        }
        let key_end = skip_value(self.bytes, self.at);
        let key = Json(&self.bytes[self.at..key_end]);
        let start = skip_filler(self.bytes, key_end);
        if start >= self.bytes.len() || matches!(self.bytes[start], b'}' | b']') {
            self.open = false;
            return None;
        }
        let end = skip_value(self.bytes, start);
        self.at = end;
        Some((key, Json(&self.bytes[start..end])))
    }
}

/// Passes white space, commas, colons and stray control bytes.
fn skip_filler(bytes: &[u8], mut at: usize) -> usize {
    while at < bytes.len() && (bytes[at] <= b' ' || bytes[at] == b',' || bytes[at] == b':') {
        at += 1;
    }
    at
}

/// End of the value that starts at `at`; the end of the buffer when it is torn. Always past `at`.
fn skip_value(bytes: &[u8], at: usize) -> usize {
    match bytes[at] {
        b'"' => skip_string(bytes, at),
        b'{' | b'[' => container_end(bytes, at).unwrap_or(bytes.len()),
        _ => {
            let end = bytes[at + 1..]
                .iter()
                .position(|byte| *byte <= b' ' || matches!(byte, b',' | b'}' | b']' | b':' | b'"' | b'{' | b'['));
            end.map_or(bytes.len(), |length| at + 1 + length)
        }
    }
}

/// End of the string whose opening quote is at `at`.
fn skip_string(bytes: &[u8], at: usize) -> usize {
    /// Most strings are keys and ids: a search that is fast on long ones takes longer to begin than to look through them.
    const SHORT: usize = 32;
    let mut from = at + 1;
    while let Some(word) = bytes.get(from..from + 8).filter(|_| from <= at + SHORT) {
        let word = u64::from_le_bytes(word.try_into().expect("eight bytes"));
        let (quotes, slashes) = (places(word, b'"'), places(word, b'\\'));
        if quotes | slashes == 0 {
            from += 8;
        } else if quotes.trailing_zeros() < slashes.trailing_zeros() {
            return from + (quotes.trailing_zeros() / 8) as usize + 1;
        } else {
            break;
        }
    }
    while let Some(quote) = memchr(b'"', &bytes[from..]).map(|found| from + found) {
        let escapes = bytes[at + 1..quote].iter().rev().take_while(|byte| **byte == b'\\').count();
        from = quote + 1;
        if escapes % 2 == 0 {
            return from;
        }
    }
    bytes.len()
}

/// The highest bit of the first byte of `word` that is `byte`; bits above it mean nothing.
fn places(word: u64, byte: u8) -> u64 {
    const EACH: u64 = u64::from_ne_bytes([1; 8]);
    let differences = word ^ (EACH * u64::from(byte));
    differences.wrapping_sub(EACH) & !differences & (EACH << 7)
}

/// End of the container that starts at `at`; `None` when it is torn.
fn container_end(bytes: &[u8], at: usize) -> Option<usize> {
    let mut depth = 0_usize;
    let mut here = at;
    while here < bytes.len() {
        match bytes[here] {
            b'"' => {
                here = skip_string(bytes, here);
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth -= 1;
                if depth == 0 {
                    return Some(here + 1);
                }
            }
            _ => {}
        }
        here += 1;
    }
    None
}

/// The largest cut of a string's inside at or below `limit` that splits no character.
fn floor_char(inner: &[u8], limit: usize) -> usize {
    let mut cut = limit;
    while cut > 0 && inner[cut] & 0b1100_0000 == 0b1000_0000 {
        cut -= 1;
    }
    cut
}

/// The text of a string's inside. One that was cut ends before an escape of which a part is missing.
fn unescape(inner: &[u8], was_cut: bool) -> Cow<'_, str> {
    /// `\ud83d\ude00`, the longest escape, without its first backslash.
    const LONGEST: usize = 11;
    if !inner.contains(&b'\\') {
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
