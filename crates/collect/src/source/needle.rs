//! Looks for a short text in many bytes.

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
    }
}
