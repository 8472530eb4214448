//! Where strings and containers end, found sixty-four bytes at once.
//!
//! Transcripts are dense with quotes and escapes, so a search for the next one would stop at every few bytes. A block's
//! quotes, backslashes and brackets are told by a bit each instead, and what an odd number of backslashes escapes, and
//! what is inside of a string, by arithmetic on these bits, as simdjson does it.

use memchr::{memchr, memchr_iter};
use wide::u8x16;

/// Bytes looked at together: a bit of a word each.
const BLOCK: usize = 64;
/// Bytes of a part of a block.
const PART: usize = 16;
/// Blocks without a quote behind which it is cheaper to look for the next one alone.
const FAR: u32 = 2;
/// Bits in which brackets differ. But for them only few letters are alike, of which none stands outside of strings.
const FOLD: u8 = b'[' ^ b']' | b'[' ^ b'{';

/// Length of the string that `bytes` begin with; all of them where it is torn.
#[expect(clippy::inline_always, reason = "most strings are keys, words and ids, and end within a few instructions")]
#[inline(always)]
pub(super) fn string(bytes: &[u8]) -> usize {
    if let Some((first, rest)) = bytes.get(1..).and_then(<[u8]>::split_first_chunk::<PART>) {
        let mut quotes = bits(u8x16::new(*first), b'"');
        let mut from = 1;
        if quotes == 0
            && let Some(pair) = rest.first_chunk::<{ 2 * PART }>()
            && let ([left, right], _) = pair.as_chunks::<PART>()
        {
            quotes = bits(u8x16::new(*left), b'"') | bits(u8x16::new(*right), b'"') << PART;
            from += PART;
        }
        if quotes != 0 {
            let quote = from + quotes.trailing_zeros() as usize;
            if bytes[quote - 1] != b'\\' {
                return quote + 1;
            }
        }
    }
    long_string(bytes, 1)
}

/// The same for a string that began in front of `from` and does not end there.
#[inline(never)]
fn long_string(bytes: &[u8], mut from: usize) -> usize {
    let mut blank = 0;
    while from < bytes.len() {
        let block = block(&bytes[from..]);
        let mut quotes = places(&block, b'"');
        from += BLOCK;
        blank = if quotes == 0 { blank + 1 } else { 0 };
        if blank == FAR {
            // Where so many bytes are without one, the next one is far.
            let Some(far) = bytes.get(from..).and_then(|rest| memchr(b'"', rest)) else { break };
            from += far + 1;
            (quotes, blank) = (1 << (BLOCK - 1), 0);
        }
        while quotes != 0 {
            let quote = from - BLOCK + quotes.trailing_zeros() as usize;
            if !is_escaped(bytes, quote) {
                return quote + 1;
            }
            quotes &= quotes - 1;
        }
    }
    bytes.len()
}

/// Bytes in front of the quote that ends a string, or of the escape that is torn at the end of `bytes`.
pub(super) fn plain(bytes: &[u8]) -> usize {
    let mut quotes = memchr_iter(b'"', bytes);
    let torn = || bytes.len() - usize::from(is_escaped(bytes, bytes.len()));
    quotes.find(|quote| !is_escaped(bytes, *quote)).unwrap_or_else(torn)
}

/// True when an odd number of backslashes stands in front of the byte at `place`.
fn is_escaped(bytes: &[u8], place: usize) -> bool {
    bytes[..place].iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1
}

/// Length of the number or word that `bytes` begin with.
#[inline]
pub(super) fn scalar(bytes: &[u8]) -> usize {
    let mut length = 1;
    while let Some(byte) = bytes.get(length)
        && !ENDS[*byte as usize]
    {
        length += 1;
    }
    length
}

/// True for bytes that end a number or word.
static ENDS: [bool; 256] = {
    let mut ends = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        ends[byte] = byte <= b' ' as usize || matches!(byte as u8, b',' | b'}' | b']' | b':' | b'"' | b'{' | b'[');
        byte += 1;
    }
    ends
};

/// Where the outermost of `depth` open containers ends; `None` when it is torn.
#[inline(never)]
pub(super) fn container(bytes: &[u8], mut depth: usize) -> Option<usize> {
    let mut here = 0;
    while here < bytes.len() {
        let block = block(&bytes[here..]);
        let mut quotes = places(&block, b'"');
        if quotes != 0 {
            quotes &= !escaped(places(&block, b'\\'));
        }
        let inside = covered(quotes);
        let folded = block.map(|byte| byte | FOLD);
        let mut brackets = places(&folded, b'[' | FOLD) & !inside;
        while brackets != 0 {
            let place = brackets.trailing_zeros() as usize;
            match block[place] {
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return Some(here + place + 1);
            }
            brackets &= brackets - 1;
        }
        here += BLOCK;
        if inside >> (BLOCK - 1) == 1 {
            // Every block begins outside of strings.
            here = long_string(bytes, here);
        }
    }
    None
}

/// The beginning of `bytes`; zeros behind their end.
fn block(bytes: &[u8]) -> [u8; BLOCK] {
    bytes.first_chunk().copied().unwrap_or_else(|| {
        let mut block = [0; BLOCK];
        block[..bytes.len()].copy_from_slice(bytes);
        block
    })
}

/// A bit for each `byte` of a block.
fn places(block: &[u8; BLOCK], byte: u8) -> u64 {
    let (parts, _) = block.as_chunks::<PART>();
    let parts = parts.iter().map(|part| u64::from(bits(u8x16::new(*part), byte)));
    parts.rev().fold(0, |all, part| all << PART | part)
}

/// The same of a part.
fn bits(part: u8x16, byte: u8) -> u32 {
    part.simd_eq(u8x16::splat(byte)).to_bitmask()
}

/// A bit for each byte from an odd one of `quotes` to the byte before the next.
fn covered(quotes: u64) -> u64 {
    [1, 2, 4, 8, 16, 32].into_iter().fold(quotes, |covered, by| covered ^ (covered << by))
}

/// A bit for each byte behind an odd number of `slashes`.
fn escaped(slashes: u64) -> u64 {
    const EVEN: u64 = 0x5555_5555_5555_5555;
    if slashes == 0 {
        return 0;
    }
    let follows = slashes << 1;
    let odd_starts = slashes & !EVEN & !follows;
    (EVEN ^ (odd_starts.wrapping_add(slashes) << 1)) & follows
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The same, a byte after the other.
    fn slow_string(bytes: &[u8]) -> usize {
        let mut escaped = false;
        let ends = |byte: &u8| {
            let ends = *byte == b'"' && !escaped;
            escaped = *byte == b'\\' && !escaped;
            ends
        };
        bytes[1..].iter().position(ends).map_or(bytes.len(), |length| length + 2)
    }

    /// The same, a byte after the other.
    fn slow_container(bytes: &[u8]) -> Option<usize> {
        let (mut here, mut depth) = (0, 0);
        while here < bytes.len() {
            match bytes[here] {
                b'"' => here += slow_string(&bytes[here..]) - 1,
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth -= 1,
                _ => {}
            }
            here += 1;
            if depth == 0 {
                return Some(here);
            }
        }
        None
    }

    proptest! {
        #[test]
        fn a_string_ends_where_it_does_byte_by_byte(inside in r#"([\\"]{1,9}|[a-z{}é]{1,70}){0,9}"#) {
            let bytes = format!("\"{inside}\",");
            prop_assert_eq!(string(bytes.as_bytes()), slow_string(bytes.as_bytes()));
            let rest = &bytes.as_bytes()[1..];
            let end = slow_string(bytes.as_bytes());
            prop_assert_eq!(plain(rest), if end == bytes.len() { rest.len() } else { end - 2 });
        }

        #[test]
        fn a_container_ends_where_it_does_byte_by_byte(
            parts in proptest::collection::vec(
                prop_oneof![
                    r#""(\\[\\"nu]|[a-z{}\[\],:é]){0,150}""#,
                    r"[\[\]{}]{1,4}",
                    r"[0-9tfnrueals.,: Yy_-]{1,20}",
                ],
                0..40,
            ),
            cut in any::<prop::sample::Index>(),
        ) {
            let text = format!("{{{}", parts.concat());
            let bytes = &text.as_bytes()[..=cut.index(text.len())];
            prop_assert_eq!(container(bytes, 0), slow_container(bytes));
        }
    }

    #[test]
    fn brackets_are_told_from_the_letters_that_are_like_them() {
        let like: Vec<u8> = (0..=u8::MAX).filter(|byte| byte | FOLD == b'[' | FOLD).collect();
        assert_eq!(like, b"Y[]_y{}\x7f");
    }
}
