//! Objects that repeat but for their numbers.
//!
//! What replies consumed is written in the same form on thousands of lines. The text between the numbers is learned from
//! one such object; where the next one fits it, only its numbers are read.

use super::json::Json;
use super::walk::Walk;

/// Longest object that is learned.
const LEARNED: usize = 4096;
/// Forms that are remembered: replies of several models, and their helpers', stand in one transcript.
const FORMS: usize = 4;
/// Digits that fit into a count, whatever they are.
const DIGITS: usize = 19;

/// Counts that are looked for in an object: each as it is written.
pub(crate) type Counts<'a, const N: usize> = [Option<Json<'a>>; N];

/// An object with up to `N` counts as it was read last, and the forms it was seen in. `T` is what its reader makes of
/// everything but its numbers.
pub(crate) struct Mould<const N: usize, T> {
    /// As it was written.
    text: Vec<u8>,
    counts: [u64; N],
    rest: T,
    /// The latest first.
    forms: Vec<Form<N, T>>,
}

/// An object without its numbers.
struct Form<const N: usize, T> {
    text: Vec<u8>,
    holes: Vec<Hole>,
    /// Counts that are no numbers, and what else is the same in every object of the form.
    counts: [u64; N],
    rest: T,
}

/// Where a number stands.
struct Hole {
    /// Length of the text between it and the number before.
    behind: usize,
    /// Which of the counts it is; `N` for none of them.
    count: usize,
}

impl<const N: usize, T: Default> Default for Mould<N, T> {
    fn default() -> Self {
        Self { text: Vec::new(), counts: [0; N], rest: T::default(), forms: Vec::new() }
    }
}

impl<const N: usize, T: Copy> Mould<N, T> {
    /// Counts of the value that was given last by `walk`, 0 where there are none, and what `read` makes of the rest.
    /// `read` goes through the object and notes where its counts are, the same ones in every object of a form.
    pub(crate) fn next<'a>(
        &mut self,
        walk: &mut Walk<'a>,
        read: impl FnOnce(&mut Walk<'a>, &mut Counts<'a, N>) -> T,
    ) -> (&[u64; N], T) {
        let length = walk.ahead().and_then(|object| self.fit(object));
        if let Some(length) = length {
            walk.pass_over(length);
        } else {
            self.learn(walk, read);
        }
        (&self.counts, self.rest)
    }

    /// Reads an object that is the same as the last one, or of a form that is known: its length.
    fn fit(&mut self, object: &[u8]) -> Option<usize> {
        if !self.text.is_empty() && object.starts_with(&self.text) {
            return Some(self.text.len());
        }
        let fits = |form: &Form<N, T>| form.fit(object);
        let (place, (counts, length)) = self.forms.iter().enumerate().find_map(|(at, form)| Some((at, fits(form)?)))?;
        self.forms[..=place].rotate_right(1);
        (self.counts, self.rest) = (counts, self.forms[0].rest);
        self.text.clear();
        self.text.extend_from_slice(&object[..length]);
        Some(length)
    }

    #[inline(never)]
    fn learn<'a>(&mut self, walk: &mut Walk<'a>, read: impl FnOnce(&mut Walk<'a>, &mut Counts<'a, N>) -> T) {
        let mut counts = [None; N];
        let before = walk.rest();
        self.rest = read(walk, &mut counts);
        self.counts = counts.map(|count| count.and_then(Json::count).unwrap_or(0));
        self.text.clear();
        let object = &before[..before.len() - walk.rest().len()];
        let is_whole = !walk.rest().is_empty();
        if is_whole && !object.is_empty() && object.len() <= LEARNED {
            self.text.extend_from_slice(object);
            self.forms.truncate(FORMS - 1);
            self.forms.insert(0, Form::of(object, &counts, (self.counts, self.rest)));
        }
    }
}

impl<const N: usize, T> Form<N, T> {
    /// The form of an object. A count that is written as something else than a number belongs to it.
    fn of(object: &[u8], counts: &Counts<'_, N>, (fixed, rest): ([u64; N], T)) -> Self {
        let place = |count: &Option<Json<'_>>| {
            let written = count.as_ref()?.0;
            let start = written.as_ptr().addr().checked_sub(object.as_ptr().addr())?;
            Some((start, start + written.len()))
        };
        let places: [Option<(usize, usize)>; N] = std::array::from_fn(|count| place(&counts[count]));
        let mut form = Self { text: Vec::with_capacity(object.len()), holes: Vec::new(), counts: fixed, rest };
        let (mut taken, mut here, mut told, mut is_text) = (0, 0, 0, false);
        while let Some(byte) = object.get(here) {
            let start = here;
            here += 1;
            match byte {
                b'"' => is_text = !is_text,
                b'\\' if is_text => here += 1,
                b'0'..=b'9' if !is_text => {
                    here += object[here..].iter().take_while(|byte| byte.is_ascii_digit()).count();
                    let count = places.iter().position(|place| *place == Some((start, here)));
                    let is_part = || places.iter().flatten().any(|(from, to)| (*from..*to).contains(&start));
                    if count.is_some() || !is_part() {
                        form.text.extend_from_slice(&object[taken..start]);
                        form.holes.push(Hole { behind: form.text.len() - told, count: count.unwrap_or(N) });
                        (taken, told) = (here, form.text.len());
                    }
                }
                _ => {}
            }
        }
        form.text.extend_from_slice(&object[taken..]);
        form
    }

    /// The counts of an object of this form, and its length.
    fn fit(&self, object: &[u8]) -> Option<([u64; N], usize)> {
        let (mut counts, mut rest, mut text) = (self.counts, object, self.text.as_slice());
        for hole in &self.holes {
            let (piece, following) = text.split_at_checked(hole.behind)?;
            let (number, behind) = number(rest.strip_prefix(piece)?)?;
            if let Some(count) = counts.get_mut(hole.count) {
                *count = number;
            }
            (rest, text) = (behind, following);
        }
        let behind = rest.strip_prefix(text)?;
        Some((counts, object.len() - behind.len()))
    }
}

/// The number that `bytes` begin with, and what follows it.
#[inline]
fn number(bytes: &[u8]) -> Option<(u64, &[u8])> {
    // Most counts are of things that did not happen.
    if let [b'0', b',' | b'}', ..] = bytes {
        return Some((0, &bytes[1..]));
    }
    let short = bytes.first_chunk().and_then(|chunk| short_number(*chunk));
    let Some((number, length)) = short else { return long_number(bytes) };
    Some((number, &bytes[length..]))
}

/// A number of less than eight digits and its length, read all at once; `None` where there is none.
#[inline]
fn short_number(bytes: [u8; 8]) -> Option<(u64, usize)> {
    const EACH: u64 = 0x0101_0101_0101_0101;
    let digits = u64::from_le_bytes(bytes) ^ (EACH * u64::from(b'0'));
    // Adding 6 to what is more than 9 reaches the upper half of its byte. Only bytes behind the first such are disturbed.
    let others = (digits | digits.wrapping_add(EACH * 6)) & (EACH * 0xF0);
    let length = others.trailing_zeros() / 8;
    if !(1..8).contains(&length) {
        return None;
    }
    // Zeros in front; then neighbours are joined, the first of two counting more.
    let ones = digits << (64 - 8 * length);
    let twos = ones.wrapping_mul(10).wrapping_add(ones >> 8) & 0x00FF_00FF_00FF_00FF;
    let fours = twos.wrapping_mul(100).wrapping_add(twos >> 16) & 0x0000_FFFF_0000_FFFF;
    let all = fours.wrapping_mul(10_000).wrapping_add(fours >> 32) & 0xFFFF_FFFF;
    Some((all, length as usize))
}

/// The same a digit after the other.
#[inline(never)]
fn long_number(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (mut number, mut length) = (0, 0);
    while let Some(digit @ b'0'..=b'9') = bytes.get(length) {
        number = number * 10 + u64::from(digit - b'0');
        length += 1;
        if length == DIGITS {
            return None;
        }
    }
    (length > 0).then(|| (number, &bytes[length..]))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Where `in` and `out` are, and whether there was `x`.
    fn parts<'a>(walk: &mut Walk<'a>, parts: &mut Counts<'a, 2>) -> bool {
        let mut any = false;
        if walk.enter() {
            while let Some((key, value)) = walk.member() {
                match key {
                    b"in" => parts[0] = Some(value),
                    b"out" => parts[1] = Some(value),
                    b"x" => any = true,
                    _ => {}
                }
            }
        }
        any
    }

    /// What a mould reads of the value of `usage` in `text`, and what follows it.
    fn read(mould: &mut Mould<2, bool>, text: &str) -> ([u64; 2], bool, Option<(String, String)>) {
        let mut walk = Walk::begin(text.as_bytes()).expect("it is an object");
        assert_eq!(walk.member().map(|(key, _)| key), Some(b"usage".as_slice()));
        let (counts, rest) = mould.next(&mut walk, parts);
        let (counts, rest) = (*counts, rest);
        let behind = walk.member().map(|(key, value)| (String::from_utf8_lossy(key).into(), value.raw().into()));
        (counts, rest, behind)
    }

    /// Reads objects with one mould and each with a fresh one.
    #[track_caller]
    fn check(objects: &[String]) {
        let mut mould = Mould::default();
        for object in objects {
            let text = format!(r#"{{"usage":{object},"behind":1}}"#);
            assert_eq!(read(&mut mould, &text), read(&mut Mould::default(), &text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_repeats_is_read_as_what_is_new(
            numbers in proptest::collection::vec((0_usize..7, any::<u64>(), 0_u64..300, 0_u64..12), 1..20),
        ) {
            let object = |(form, large, small, tiny): &(usize, u64, u64, u64)| match form {
                0 => format!(r#"{{"in":{small},"out":{tiny}}}"#),
                1 => format!(r#"{{"in":{large},"more":{{"n":[{small},{tiny}.5]}},"out":{tiny}}}"#),
                2 => format!(r#"{{"in":{tiny}.0,"x":"v1 \" {tiny}","out":"{small}"}}"#),
                3 => format!(r#"{{"in":null,"out":-{tiny},"in":{small}}}"#),
                4 => format!(r#"{{ "out" : {small} , "x":true}}"#),
                5 => "null".to_owned(),
                _ => format!("[{small}]"),
            };
            check(&numbers.iter().map(object).collect::<Vec<_>>());
        }
    }

    proptest! {
        #[test]
        fn a_number_is_read_as_digit_by_digit(text in r"[0-9]{0,21}[,}e.:/ \x00-\xff]{0,9}") {
            prop_assert_eq!(number(text.as_bytes()), long_number(text.as_bytes()));
        }
    }

    #[test]
    fn a_number_is_not_taken_for_the_beginning_of_another() {
        let usages = ["5", "57", "5.7", "5e1", "57000000000000000000000", "5"];
        check(&usages.map(|written| format!(r#"{{"in":{written},"out":1}}"#)));
    }

    #[test]
    fn what_is_torn_is_not_learned() {
        let mut mould = Mould::default();
        let torn = r#"{"usage":{"in":5"#;
        assert_eq!(read(&mut mould, torn).0, [5, 0]);
        assert_eq!(read(&mut mould, r#"{"usage":{"in":57,"out":1},"behind":1}"#).0, [57, 1]);
    }
}
