//! Makes a line of any length small, in constant memory.
//!
//! Most of a huge line is one huge string: a picture, a tool's output. [`Condenser`] copies the JSON through, keeps the
//! first bytes of each string and leaves out the rest, so that everything else on the line, also behind that string,
//! can be read as usual. A line that is huge for another reason loses its deepest parts and the ends of its lists.

use super::scan;

/// Bytes kept of a string.
pub(crate) const STRING_HEAD: usize = 8 * 1024;
/// Once the line is over [`ROOMY`], containers nested deeper than this become `null`, and lists end where they are.
const DEPTH_KEPT: usize = 6;
/// Below this size nothing but strings is shortened.
const ROOMY: usize = 512 * 1024;
/// Above this size nothing more is kept.
const FULL: usize = 4 * 1024 * 1024;

/// A line on its way to being small.
#[derive(Debug, Default)]
pub(crate) struct Condenser {
    out: Vec<u8>,
    depth: usize,
    /// Which of the outer containers are lists: a bit for each depth.
    lists: u64,
    dropping: Option<Dropping>,
    string: Option<StringState>,
}

/// Everything is dropped until the container at `depth` is left.
#[derive(Debug, Clone, Copy)]
struct Dropping {
    depth: usize,
    /// True when its opening bracket was kept; then its closing one is, too.
    shown: bool,
}

#[derive(Debug, Default, Clone, Copy)]
struct StringState {
    kept: usize,
    /// Bytes of an escape still to come; they are kept or dropped together.
    escape: u8,
    cut: bool,
    /// True when its opening quote was kept; then its closing one is, too.
    shown: bool,
}

impl Condenser {
    /// Takes the next bytes of the line.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while let Some(&byte) = rest.first() {
            rest = if let Some(state) = self.string {
                self.in_string(state, rest)
            } else {
                self.outside(byte);
                &rest[1..]
            };
        }
    }

    /// The small line.
    pub(crate) fn finish(self) -> Vec<u8> {
        self.out
    }

    fn in_string<'a>(&mut self, mut state: StringState, rest: &'a [u8]) -> &'a [u8] {
        if state.escape == 0 {
            let skip = if state.cut { scan::plain(rest) } else { self.keep_plain(&mut state, rest) };
            if skip > 0 {
                self.string = Some(state);
                return &rest[skip..];
            }
        }
        let byte = rest[0];
        let ends = byte == b'"' && state.escape == 0;
        let boundary = state.escape == 0 && byte & 0b1100_0000 != 0b1000_0000;
        state.cut |= boundary && (state.kept >= STRING_HEAD || self.out.len() >= FULL);
        if state.shown && (ends || !state.cut) {
            self.out.push(byte);
        }
        state.kept += 1;
        state.escape = match (state.escape, byte) {
            (0, b'\\') => 1,
            (1, b'u') => 4,
            (0, _) => 0,
            (left, _) => left - 1,
        };
        self.string = (!ends).then_some(state);
        &rest[1..]
    }

    /// Keeps bytes of a string that mean nothing but themselves, as many as there is room for.
    fn keep_plain(&mut self, state: &mut StringState, rest: &[u8]) -> usize {
        let room = STRING_HEAD.saturating_sub(state.kept).min(FULL.saturating_sub(self.out.len()));
        let rest = &rest[..rest.len().min(room)];
        let plain = memchr::memchr2(b'"', b'\\', rest).unwrap_or(rest.len());
        if state.shown {
            self.out.extend_from_slice(&rest[..plain]);
        }
        state.kept += plain;
        plain
    }

    fn outside(&mut self, byte: u8) {
        match byte {
            b'"' => {
                self.string = Some(StringState { shown: self.keeps(), ..StringState::default() });
                self.keep(byte);
            }
            b'{' | b'[' => {
                self.depth += 1;
                let level = self.level();
                self.lists = if byte == b'[' { self.lists | level } else { self.lists & !level };
                let too_deep = self.depth > DEPTH_KEPT && self.out.len() > ROOMY;
                if self.dropping.is_none() && (too_deep || self.out.len() >= FULL) {
                    self.keep_all(b"null");
                    self.dropping = Some(Dropping { depth: self.depth, shown: false });
                }
                self.keep(byte);
            }
            b'}' | b']' => {
                let ends = self.dropping.filter(|dropping| dropping.depth == self.depth);
                // The closing bytes of what was kept are always kept, so that the line stays balanced.
                if ends.map_or(self.dropping.is_none(), |dropping| dropping.shown) {
                    self.out.push(byte);
                }
                if ends.is_some() {
                    self.dropping = None;
                }
                self.depth = self.depth.saturating_sub(1);
            }
            b',' if self.dropping.is_none() && self.lists & self.level() != 0 && self.out.len() > ROOMY => {
                self.dropping = Some(Dropping { depth: self.depth, shown: true });
            }
            _ => self.keep(byte),
        }
    }

    /// The bit of the container now open; none for one so deep that it is dropped as a whole.
    fn level(&self) -> u64 {
        u32::try_from(self.depth).ok().and_then(|depth| 1_u64.checked_shl(depth)).unwrap_or(0)
    }

    fn keeps(&self) -> bool {
        self.dropping.is_none() && self.out.len() < FULL
    }

    fn keep(&mut self, byte: u8) {
        if self.keeps() {
            self.out.push(byte);
        }
    }

    fn keep_all(&mut self, bytes: &[u8]) {
        if self.keeps() {
            self.out.extend_from_slice(bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn condense(pieces: &[&[u8]]) -> String {
        let mut condenser = Condenser::default();
        for piece in pieces {
            condenser.push(piece);
        }
        String::from_utf8(condenser.finish()).expect("valid input gives valid output")
    }

    #[test]
    fn small_lines_stay_as_they_are() {
        let line = r#"{"a":"b\"c","d":[1,2,{"e":null}]}"#;
        assert_eq!(condense(&[line.as_bytes()]), line);
    }

    #[test]
    fn long_strings_are_cut_between_characters_and_what_follows_is_kept() {
        let line = format!(r#"{{"pic":"{}","usage":{{"output":7}}}}"#, "\\u00e9é\\\"".repeat(STRING_HEAD));
        let (left, right) = line.as_bytes().split_at(STRING_HEAD + 3);
        let small = condense(&[left, right]);
        assert!(small.len() < STRING_HEAD + 100, "{}", small.len());
        let value: serde_json::Value = serde_json::from_str(&small).expect("still JSON");
        assert_eq!(value["usage"]["output"], 7);
    }

    #[test]
    fn a_flood_of_small_values_stays_bounded_and_balanced() {
        let deep = format!("{}{}", "[".repeat(10), "]".repeat(10));
        let line = format!(r#"{{"flood":[{}0],"end":1}}"#, format!("{deep},").repeat(400_000));
        let small = condense(&[line.as_bytes()]);
        assert!(small.len() <= ROOMY + 1024, "{}", small.len());
        assert_eq!(small.matches(['{', '[']).count(), small.matches(['}', ']']).count());
    }

    #[test]
    fn what_follows_a_flood_is_kept() {
        let element = r#"{"text":"t","parts":[1,[2,3],{"n":4}]}"#;
        let line =
            format!(r#"{{"a":{{"flood":[{}{element}],"b":[5,6]}},"end":7}}"#, format!("{element},").repeat(400_000));
        let (left, right) = line.as_bytes().split_at(ROOMY + 11);
        let small = condense(&[left, right]);
        assert!(small.len() <= ROOMY + 1024, "{}", small.len());
        let value: serde_json::Value = serde_json::from_str(&small).expect("still JSON");
        assert_eq!((&value["end"], &value["a"]["b"][0]), (&7.into(), &5.into()));
    }

    #[test]
    fn a_flood_of_members_stays_bounded_and_balanced() {
        let line = format!(r#"{{"flood":{{{}"z":0}},"end":1}}"#, r#""k":{"n":[1]},"#.repeat(900_000));
        let small = condense(&[line.as_bytes()]);
        assert!(small.len() <= FULL + 1024, "{}", small.len());
        assert_eq!(small.matches(['{', '[']).count(), small.matches(['}', ']']).count());
    }
}
