//! A single way through an object.

use super::json::{Json, length, skip_filler};
use super::scan;

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
            if let [b':', value @ ..] = behind
                && let Some(value) = self.value(value)
            {
                return Some((inside(key), value));
            }
        }
        if let [b'}', ..] = self.rest
            && self.separator == b','
            && self.depth > 0
        {
            self.step_out();
            return None;
        }
        self.odd_member()
    }

    /// The value of the next member if it is written as `key` says, `"key":`, which is cheaper to find out than which key
    /// it is.
    #[expect(clippy::inline_always, reason = "so the key is compared in a few instructions")]
    #[inline(always)]
    pub(crate) fn next_if(&mut self, key: &[u8]) -> Option<Json<'a>> {
        if self.ahead {
            self.pass();
        }
        let (_, rest) = self.rest.split_first().filter(|(separator, _)| **separator == self.separator)?;
        self.value(rest.strip_prefix(key)?)
    }

    /// Passes over `members`, whole ones with what stands in front of them, if they come next and none of them is longer.
    #[inline]
    pub(crate) fn pass_if(&mut self, members: &[u8]) {
        if !self.ahead
            && self.separator == b','
            && let Some(behind @ [b',' | b'}', ..]) = self.rest.strip_prefix(members)
        {
            self.rest = behind;
        }
    }

    /// Passes over the value that `value` begins with, as programs write it.
    #[expect(clippy::inline_always, reason = "a part of the above")]
    #[inline(always)]
    fn value(&mut self, value: &'a [u8]) -> Option<Json<'a>> {
        let length = match value {
            [b'"', ..] => scan::string(value),
            [b'-' | b'0'..=b'9' | b'a'..=b'z', ..] => scan::scalar(value),
            [b'{' | b'[', ..] => {
                (self.rest, self.separator, self.ahead) = (value, b',', true);
                return Some(Json(value));
            }
            _ => return None,
        };
        let (value, behind) = value.split_at(length);
        (self.rest, self.separator) = (behind, b',');
        Some(Json(value))
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

    /// The bytes from the object or array that was given last on; `None` where a string, number or word was.
    pub(super) fn ahead(&self) -> Option<&'a [u8]> {
        self.ahead.then_some(self.rest)
    }

    /// Passes over the first bytes of the object or array that was given last: all of its own.
    pub(super) fn pass_over(&mut self, length: usize) {
        (self.rest, self.ahead) = (&self.rest[length..], false);
    }

    /// Goes to the end of the object it began with: its length, or `None` when it is torn.
    pub(crate) fn leave(&mut self) -> Option<usize> {
        while self.depth > 0 {
            self.step_out();
        }
        self.length
    }

    /// Passes over the value that was given last, if it is an object or array.
    #[inline(never)]
    pub(crate) fn pass(&mut self) {
        if !self.ahead {
            return;
        }
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

/// A string without its quotes.
#[inline]
fn inside(string: &[u8]) -> &[u8] {
    string.get(1..string.len() - 1).unwrap_or_default()
}
