//! Cuts a growing file into lines, in bounded memory.

use memchr::memchr;

use super::condense::Condenser;
use super::json::Json;

/// Bytes of a line's beginning by which its reader decides whether it wants the rest.
pub const HEAD: usize = 1024;
/// Lines up to this size are handed on as they are; longer ones are condensed first.
const WHOLE: usize = 256 * 1024;

/// What a reader wants of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing more.
    Skip,
    /// All of it.
    Read,
}

/// Who reads the lines.
pub trait LineReader {
    /// Looks at the first [`HEAD`] bytes of the line that starts at `offset`, or at all of a shorter one.
    fn head(&mut self, offset: u64, head: &[u8]) -> Verdict;

    /// Takes a whole line, condensed if it was longer than a quarter of a megabyte.
    fn line(&mut self, offset: u64, line: &[u8]);
}

/// The place in a file up to which lines were handed on, and the beginning of the next line.
///
/// Its offset is the start of a line, so reading again from there gives the same lines: that, and nothing of the
/// beginning, is what a checkpoint keeps.
#[derive(Debug, Default)]
pub struct Lines {
    start: u64,
    length: u64,
    state: State,
}

#[derive(Debug)]
enum State {
    /// Not judged yet, or wanted and still short.
    Held { bytes: Vec<u8>, wanted: bool },
    /// Wanted and long.
    Condensing(Condenser),
    /// Not wanted, or handed on before its newline came.
    Skipping,
}

impl Default for State {
    fn default() -> Self {
        Self::Held { bytes: Vec::new(), wanted: false }
    }
}

impl Lines {
    /// Lines from `offset` on, which must be the start of one.
    pub fn at(offset: u64) -> Self {
        Self { start: offset, length: 0, state: State::default() }
    }

    /// Start of the line now being read: where to go on after a restart.
    pub fn checkpoint(&self) -> u64 {
        self.start
    }

    /// Where the next bytes must come from.
    pub fn position(&self) -> u64 {
        self.start + self.length
    }

    /// Takes the next bytes of the file.
    pub fn feed(&mut self, mut bytes: &[u8], reader: &mut dyn LineReader) {
        while let Some(end) = memchr(b'\n', bytes) {
            self.complete(&bytes[..end], reader);
            self.start += self.length + end as u64 + 1;
            self.length = 0;
            self.state = State::default();
            bytes = &bytes[end + 1..];
        }
        self.extend(bytes, reader);
        self.length += bytes.len() as u64;
    }

    /// Hands on the last line although its newline is missing, if it is a whole record. Nothing is handed on twice: when
    /// the newline comes, it ends an empty line.
    pub fn finish(&mut self, reader: &mut dyn LineReader) {
        let whole = match &self.state {
            State::Held { bytes, .. } => Json::is_whole(bytes),
            State::Condensing(_) | State::Skipping => false,
        };
        if whole {
            self.complete(&[], reader);
            self.state = State::Skipping;
        }
    }

    /// The line ends with `tail`.
    fn complete(&mut self, tail: &[u8], reader: &mut dyn LineReader) {
        match std::mem::take(&mut self.state) {
            State::Skipping => {}
            State::Held { bytes, .. } if bytes.is_empty() && tail.len() <= WHOLE => {
                self.judged(tail, false, reader);
            }
            State::Held { mut bytes, wanted } => {
                bytes.extend_from_slice(&tail[..tail.len().min(WHOLE)]);
                if tail.len() <= WHOLE && bytes.len() <= WHOLE {
                    self.judged(&bytes, wanted, reader);
                } else if wanted || reader.head(self.start, &bytes[..HEAD]) == Verdict::Read {
                    let mut condenser = Condenser::default();
                    condenser.push(&bytes);
                    condenser.push(&tail[tail.len().min(WHOLE)..]);
                    reader.line(self.start, &condenser.finish());
                }
            }
            State::Condensing(mut condenser) => {
                condenser.push(tail);
                reader.line(self.start, &condenser.finish());
            }
        }
    }

    fn judged(&self, line: &[u8], wanted: bool, reader: &mut dyn LineReader) {
        let blank = line.iter().all(u8::is_ascii_whitespace);
        if !blank && (wanted || reader.head(self.start, &line[..line.len().min(HEAD)]) == Verdict::Read) {
            reader.line(self.start, line);
        }
    }

    /// The line goes on with `more`, and does not end there.
    fn extend(&mut self, more: &[u8], reader: &mut dyn LineReader) {
        match &mut self.state {
            State::Skipping => {}
            State::Condensing(condenser) => condenser.push(more),
            State::Held { bytes, wanted } => {
                bytes.extend_from_slice(more);
                if !*wanted && bytes.len() >= HEAD {
                    match reader.head(self.start, &bytes[..HEAD]) {
                        Verdict::Read => *wanted = true,
                        Verdict::Skip => {
                            self.state = State::Skipping;
                            return;
                        }
                    }
                }
                if bytes.len() > WHOLE {
                    let mut condenser = Condenser::default();
                    condenser.push(bytes);
                    self.state = State::Condensing(condenser);
                }
            }
        }
    }
}
