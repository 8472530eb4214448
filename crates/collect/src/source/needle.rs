//! Looks for short texts in many bytes.

#[cfg(target_arch = "x86_64")]
use memchr::arch::{all::packedpair::Pair, x86_64::avx2::packedpair};
use memchr::memmem::Finder;

/// A text that stands in few places.
#[derive(Debug)]
pub(crate) struct Needle {
    text: &'static [u8],
    finder: Finder<'static>,
    /// Two of its bytes, where this processor looks for them in thirty-two places at once.
    #[cfg(target_arch = "x86_64")]
    pair: Option<packedpair::Finder>,
}

impl Needle {
    /// A text of which the two bytes at `pair` stand that far apart in hardly any other place.
    #[cfg_attr(
        not(target_arch = "x86_64"),
        expect(unused_variables, reason = "only this processor is helped by a pair")
    )]
    pub(crate) fn new(text: &'static [u8], pair: [u8; 2]) -> Self {
        Self {
            text,
            finder: Finder::new(text),
            #[cfg(target_arch = "x86_64")]
            pair: Pair::with_indices(text, pair[0], pair[1]).and_then(|pair| packedpair::Finder::with_pair(text, pair)),
        }
    }

    /// The text it looks for.
    pub(crate) fn text(&self) -> &'static [u8] {
        self.text
    }

    /// Where the text stands first.
    pub(crate) fn find(&self, bytes: &[u8]) -> Option<usize> {
        #[cfg(target_arch = "x86_64")]
        let from = self.skim(bytes)?;
        #[cfg(not(target_arch = "x86_64"))]
        let from = 0;
        self.finder.find(&bytes[from..]).map(|place| from + place)
    }

    /// A place in front of which the text does not stand; `None` where it does not stand at all. A finder does the same by
    /// itself, with nearly twice as many instructions: most of what passing over a line takes.
    #[cfg(target_arch = "x86_64")]
    fn skim(&self, bytes: &[u8]) -> Option<usize> {
        let Some(pair) = &self.pair else { return Some(0) };
        let mut from = 0;
        while bytes.len() - from >= pair.min_haystack_len() {
            from += pair.find_prefilter(&bytes[from..])?;
            if bytes[from..].starts_with(self.text) {
                break;
            }
            from += 1;
        }
        Some(from)
    }
}

/// Two texts that are looked for at once: there are two bytes that stand as far apart in both.
#[derive(Debug)]
pub(crate) struct Either {
    #[cfg(target_arch = "x86_64")]
    texts: [&'static [u8]; 2],
    finders: [Finder<'static>; 2],
    /// What they begin with, which mostly tells.
    #[cfg(target_arch = "x86_64")]
    begin: [u8; 2],
    /// How much farther behind its beginning the second text has these bytes.
    #[cfg(target_arch = "x86_64")]
    behind: usize,
    /// The bytes in the first text, where this processor looks for them in thirty-two places at once.
    #[cfg(target_arch = "x86_64")]
    pair: Option<packedpair::Finder>,
}

impl Either {
    /// Texts of which the bytes at `pair` in the first are those `behind` more in the second, and stand that far apart in
    /// hardly any other place.
    #[cfg_attr(
        not(target_arch = "x86_64"),
        expect(unused_variables, reason = "only this processor is helped by a pair")
    )]
    pub(crate) fn new(texts: [&'static [u8]; 2], pair: [u8; 2], behind: usize) -> Self {
        Self {
            #[cfg(target_arch = "x86_64")]
            texts,
            finders: texts.map(Finder::new),
            #[cfg(target_arch = "x86_64")]
            begin: texts.map(|text| text[0]),
            #[cfg(target_arch = "x86_64")]
            behind,
            #[cfg(target_arch = "x86_64")]
            pair: Pair::with_indices(texts[0], pair[0], pair[1])
                .and_then(|pair| packedpair::Finder::with_pair(texts[0], pair)),
        }
    }

    /// Where one of the texts stands first in `bytes` at `from` or behind, and which one it is.
    #[cfg(target_arch = "x86_64")]
    pub(crate) fn find(&self, bytes: &[u8], from: usize) -> Option<(usize, usize)> {
        let Some(pair) = &self.pair else { return self.search(bytes, from) };
        let ([one, other], [begins, other_begins]) = (self.texts, self.begin);
        let (mut here, other_from) = (from, from + self.behind);
        while bytes.len() - here >= pair.min_haystack_len() {
            here += pair.find_prefilter(&bytes[here..])?;
            if bytes[here] == begins && bytes[here..].starts_with(one) {
                return Some((0, here));
            }
            if here >= other_from
                && bytes[here - self.behind] == other_begins
                && bytes[here - self.behind..].starts_with(other)
            {
                return Some((1, here - self.behind));
            }
            here += 1;
        }
        self.search(bytes, from.max(here.saturating_sub(self.behind)))
    }

    #[cfg(not(target_arch = "x86_64"))]
    pub(crate) fn find(&self, bytes: &[u8], from: usize) -> Option<(usize, usize)> {
        self.search(bytes, from)
    }

    /// The same with a finder for each.
    fn search(&self, bytes: &[u8], from: usize) -> Option<(usize, usize)> {
        let place = |which: usize| Some((self.finders[which].find(&bytes[from..])? + from, which));
        [place(0), place(1)].into_iter().flatten().min().map(|(place, which)| (which, place))
    }
}

#[cfg(test)]
mod tests {
    use memchr::memmem;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_text_is_found_where_it_stands_first(parts in proptest::collection::vec(r#""usage"|"usag|[usage"]{0,40}|é{0,30}"#, 0..9)) {
            let bytes = parts.concat();
            for (text, pair) in [(r#""usage""#, [1, 4]), ("us", [0, 1]), ("u", [0, 0]), ("", [0, 1]), ("\"usa", [3, 9])] {
                let expected = memmem::find(bytes.as_bytes(), text.as_bytes());
                prop_assert_eq!(Needle::new(text.as_bytes(), pair).find(bytes.as_bytes()), expected);
            }
        }

        #[test]
        fn either_of_two_texts_is_found_wherever_it_stands(
            parts in proptest::collection::vec(r#""usage"|"timestamp"|amp"|age"|"times|[usagetimp"]{0,40}|é{0,30}"#, 0..12),
        ) {
            let (bytes, texts) = (parts.concat(), ["\"usage\"", "\"timestamp\""]);
            let either = Either::new(texts.map(str::as_bytes), [3, 6], 4);
            let (mut found, mut from) = (Vec::new(), 0);
            while let Some((which, place)) = either.find(bytes.as_bytes(), from) {
                found.push((place, which));
                from = place + 1;
            }
            let places = |which: usize| bytes.match_indices(texts[which]).map(move |(place, _)| (place, which));
            let mut expected: Vec<(usize, usize)> = places(0).chain(places(1)).collect();
            expected.sort_unstable();
            prop_assert_eq!(found, expected);
        }
    }
}
