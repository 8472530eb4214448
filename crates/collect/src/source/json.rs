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

/// A value inside a buffer, not yet looked into.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Json<'a>(&'a [u8]);

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

/// Goes through an object once, from its first key to its end, and into such values as are stepped into.
///
/// Keys are given as written: nobody escapes what a key of theirs is made of.
pub(crate) struct Walk<'a> {
    bytes: &'a [u8],
    rest: &'a [u8],
    /// What `rest` begins with in front of a member: a comma, in front of the first one the opening bracket.
    separator: u8,
    /// True when `rest` begins with an object or array that was given as a value.
    ahead: bool,
    /// How many objects it is inside of.
    depth: usize,
    /// Length of the object it began with, once it is outside of it.
    length: Option<usize>,
}

impl<'a> Walk<'a> {
    /// Begins in front of a value.
    pub(crate) fn at(value: Json<'a>) -> Self {
        Self { bytes: value.0, rest: value.0, separator: b',', ahead: true, depth: 0, length: None }
    }

    /// Begins in front of the first key of an object; `None` for another kind of value.
    pub(crate) fn of(object: Json<'a>) -> Option<Self> {
        let mut walk = Self::at(object);
        walk.enter().then_some(walk)
    }

    /// The same for the object that `bytes` begin with, also a torn one.
    pub(crate) fn begin(bytes: &'a [u8]) -> Option<Self> {
        Self::of(Json(skip_filler(bytes)))
    }

    /// The object it began with.
    pub(crate) fn object(&self) -> Json<'a> {
        Json(self.bytes)
    }

    /// The bytes it has not gone through, those of the value that was given last among them if it is no string, number
    /// or word.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// The next key of the object it is in, and its value. Behind the last one it is outside of that object.
    #[expect(clippy::inline_always, reason = "a line has dozens, of which its reader wants few")]
    #[inline(always)]
    pub(crate) fn member(&mut self) -> Option<(&'a [u8], Json<'a>)> {
        if self.ahead {
            self.pass();
        }
        // As programs write it.
        if let [separator, b'"', ..] = self.rest
            && *separator == self.separator
        {
            let rest = &self.rest[1..];
            let (key, behind) = rest.split_at(scan::string(rest));
            if let [b':', value @ ..] = behind {
                let length = match value {
                    [b'"', ..] => scan::string(value),
                    [b'-' | b'0'..=b'9' | b'a'..=b'z', ..] => scan::scalar(value),
                    [b'{' | b'[', ..] => {
                        (self.rest, self.separator, self.ahead) = (value, b',', true);
                        return Some((inside(key), Json(value)));
                    }
                    _ => return self.odd_member(),
                };
                let (value, behind) = value.split_at(length);
                (self.rest, self.separator) = (behind, b',');
                return Some((inside(key), Json(value)));
            }
        }
        self.odd_member()
    }

    /// The same for one that is written in another way, and for none.
    #[inline(never)]
    fn odd_member(&mut self) -> Option<(&'a [u8], Json<'a>)> {
        if self.depth == 0 {
            return None;
        }
        self.rest = skip_filler(self.between());
        if self.rest.first() == Some(&b'"') {
            let (key, behind) = self.rest.split_at(scan::string(self.rest));
            self.rest = skip_filler(behind);
            if self.rest.first().is_some_and(|byte| !matches!(byte, b'}' | b']')) {
                let value = self.rest;
                self.ahead = matches!(value[0], b'{' | b'[');
                if self.ahead {
                    return Some((inside(key), Json(value)));
                }
                let (value, behind) = value.split_at(length(value));
                self.rest = behind;
                return Some((inside(key), Json(value)));
            }
        }
        self.step_out();
        None
    }

    /// What follows a member, or the bracket in front of the first one.
    fn between(&mut self) -> &'a [u8] {
        let opened = std::mem::replace(&mut self.separator, b',') == b'{';
        if opened { &self.rest[1..] } else { self.rest }
    }

    /// Steps into the value that was given last, if it is an object: the members that follow are its own.
    pub(crate) fn enter(&mut self) -> bool {
        let inside = self.ahead && self.rest.first() == Some(&b'{');
        if inside {
            (self.separator, self.ahead) = (b'{', false);
            self.depth += 1;
        }
        inside
    }

    /// Passes over the object that was given last, if it is written as `text` is.
    fn pass_text(&mut self, text: &[u8]) -> bool {
        let behind = self.rest.strip_prefix(text).filter(|_| self.ahead && !text.is_empty());
        if let Some(behind) = behind {
            (self.rest, self.ahead) = (behind, false);
        }
        behind.is_some()
    }

    /// Goes to the end of the object it began with: its length, or `None` when it is torn.
    pub(crate) fn leave(&mut self) -> Option<usize> {
        while self.depth > 0 {
            self.step_out();
        }
        self.length
    }

    #[inline(never)]
    fn pass(&mut self) {
        self.rest = scan::container(self.rest, 0).map_or(&[], |length| &self.rest[length..]);
        self.ahead = false;
    }

    fn step_out(&mut self) {
        let behind = match self.between() {
            [b'}' | b']', behind @ ..] => Some(behind),
            rest => scan::container(rest, 1).map(|length| &rest[length..]),
        };
        self.ahead = false;
        self.depth = if behind.is_some() { self.depth - 1 } else { 0 };
        self.rest = behind.unwrap_or_default();
        if self.depth == 0 {
            self.length = behind.map(|behind| self.bytes.len() - behind.len());
            self.rest = &[];
        }
    }
}

/// An object as it was read last. Where many records repeat it, it is read once.
#[derive(Default)]
pub(crate) struct Repeated<T> {
    text: Vec<u8>,
    value: T,
}

impl<T> Repeated<T> {
    /// The value that was given last by `walk`, as `read` reads it.
    pub(crate) fn next<'a>(&mut self, walk: &mut Walk<'a>, read: impl FnOnce(&mut Walk<'a>) -> T) -> &T {
        if !walk.pass_text(&self.text) {
            let before = walk.rest();
            self.value = read(walk);
            self.text.clear();
            self.text.extend_from_slice(&before[..before.len() - walk.rest().len()]);
        }
        &self.value
    }

    /// The value read last.
    pub(crate) fn value(&self) -> &T {
        &self.value
    }
}

/// A string without its quotes.
#[inline]
fn inside(string: &[u8]) -> &[u8] {
    string.get(1..string.len() - 1).unwrap_or_default()
}

/// Passes white space, commas, colons and stray control bytes.
fn skip_filler(bytes: &[u8]) -> &[u8] {
    let filler = bytes.iter().take_while(|byte| **byte <= b' ' || **byte == b',' || **byte == b':').count();
    &bytes[filler..]
}

/// Length of the value that `bytes` begin with; all of them where it is torn.
fn length(bytes: &[u8]) -> usize {
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
