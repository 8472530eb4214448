//! Cuts a growing file into lines, in bounded memory.

use memchr::{memchr, memmem};

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
    /// Looks at the first [`HEAD`] bytes of a line that has at least as many, and starts at `offset`.
    fn head(&mut self, offset: u64, head: &[u8]) -> Verdict;

    /// Takes a whole line, condensed if it was longer than a quarter of a megabyte.
    fn line(&mut self, offset: u64, line: &[u8]);

    /// Bytes with which a record begins, and which stand nowhere else but in front of another record that was written
    /// onto the same line. Empty where there are no such bytes.
    fn opening(&self) -> &'static [u8];
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
    /// Not judged yet: at most [`HEAD`] bytes.
    Judging(Vec<u8>),
    /// Wanted and short.
    Reading(Vec<u8>),
    /// Wanted and long.
    Condensing(Condenser),
    /// Not wanted. The last bytes are kept, because another record may begin in them.
    Passing(Vec<u8>),
    /// Handed on before its newline came.
    Done,
}

impl Default for State {
    fn default() -> Self {
        Self::Judging(Vec::new())
    }
}

impl Lines {
    /// Lines from `offset` on, which must be the start of one.
    pub fn at(offset: u64) -> Self {
        Self { start: offset, ..Self::default() }
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
            if self.length == 0 && matches!(&self.state, State::Judging(held) if held.is_empty()) {
                self.whole(&bytes[..end], reader);
            } else {
                self.take(&bytes[..end], reader);
                self.end(reader);
            }
            self.begin(self.position() + 1, State::default());
            bytes = &bytes[end + 1..];
        }
        self.take(bytes, reader);
    }

    /// Hands on the last line although its newline is missing, if it is a whole record. Nothing is handed on twice: when
    /// the newline comes, it ends an empty line.
    pub fn finish(&mut self, reader: &mut dyn LineReader) {
        let whole = match &self.state {
            State::Judging(held) | State::Reading(held) => Json::is_whole(held),
            State::Condensing(_) | State::Passing(_) | State::Done => false,
        };
        if whole {
            self.end(reader);
            self.state = State::Done;
        }
    }

    fn begin(&mut self, start: u64, state: State) {
        self.length = if let State::Judging(held) = &state { held.len() as u64 } else { 0 };
        self.start = start;
        self.state = state;
    }

    /// Takes a line that is there from end to end: most are, and are handed on where they stand.
    fn whole(&mut self, line: &[u8], reader: &mut dyn LineReader) {
        self.length = line.len() as u64;
        if line.len() < HEAD {
            if !line.iter().all(u8::is_ascii_whitespace) {
                reader.line(self.start, line);
            }
        } else if reader.head(self.start, &line[..HEAD]) == Verdict::Skip {
            self.length = HEAD as u64;
            self.pass(&line[..HEAD], reader);
            self.take(&line[HEAD..], reader);
            self.end(reader);
        } else if line.len() <= WHOLE {
            reader.line(self.start, line);
        } else {
            let mut condenser = Condenser::default();
            condenser.push(line);
            reader.line(self.start, &condenser.finish());
        }
    }

    /// The line goes on with `bytes`, and does not end there.
    fn take(&mut self, mut bytes: &[u8], reader: &mut dyn LineReader) {
        while !bytes.is_empty() {
            let used = match &mut self.state {
                State::Judging(held) => {
                    let part = bytes.len().min(HEAD - held.len());
                    held.extend_from_slice(&bytes[..part]);
                    part
                }
                State::Reading(held) => {
                    held.extend_from_slice(bytes);
                    bytes.len()
                }
                State::Condensing(condenser) => {
                    condenser.push(bytes);
                    bytes.len()
                }
                State::Passing(tail) => match next_record(tail, bytes, reader.opening()) {
                    Next::Behind(kept) => {
                        let (start, kept) = (self.start + self.length - kept.len() as u64, kept);
                        self.begin(start, State::Judging(kept));
                        continue;
                    }
                    Next::Ahead(used) => {
                        self.begin(self.position() + used as u64, State::default());
                        bytes = &bytes[used..];
                        continue;
                    }
                    Next::None => {
                        let kept = if bytes.len() < HEAD { [tail, bytes].concat() } else { Vec::new() };
                        *tail = last(if kept.is_empty() { bytes } else { &kept }, reader.opening());
                        bytes.len()
                    }
                },
                State::Done => bytes.len(),
            };
            self.length += used as u64;
            bytes = &bytes[used..];
            self.settle(reader);
        }
    }

    /// Judges a line of which enough is there, and condenses one that became long.
    fn settle(&mut self, reader: &mut dyn LineReader) {
        match std::mem::replace(&mut self.state, State::Done) {
            State::Judging(held) if held.len() == HEAD => {
                if reader.head(self.start, &held) == Verdict::Read {
                    self.state = State::Reading(held);
                } else {
                    self.pass(&held, reader);
                }
            }
            State::Reading(held) if held.len() > WHOLE => {
                let mut condenser = Condenser::default();
                condenser.push(&held);
                self.state = State::Condensing(condenser);
            }
            same => self.state = same,
        }
    }

    /// Passes over a record whose beginning was not wanted.
    fn pass(&mut self, held: &[u8], reader: &dyn LineReader) {
        match next_record(&[], &held[1..], reader.opening()) {
            Next::Ahead(used) => self.begin(self.start + 1 + used as u64, State::Judging(held[1 + used..].to_vec())),
            Next::Behind(_) | Next::None => self.state = State::Passing(last(held, reader.opening())),
        }
    }

    /// The line ends here.
    fn end(&mut self, reader: &mut dyn LineReader) {
        match std::mem::replace(&mut self.state, State::Done) {
            State::Judging(held) if held.iter().all(u8::is_ascii_whitespace) => {}
            State::Judging(held) | State::Reading(held) => reader.line(self.start, &held),
            State::Condensing(condenser) => reader.line(self.start, &condenser.finish()),
            State::Passing(_) | State::Done => {}
        }
    }
}

/// Where the next record begins on a line that is passed over.
enum Next {
    /// In the bytes kept; these are its first ones.
    Behind(Vec<u8>),
    /// So many bytes ahead.
    Ahead(usize),
    /// Nowhere yet.
    None,
}

fn next_record(tail: &[u8], bytes: &[u8], opening: &[u8]) -> Next {
    if opening.is_empty() {
        return Next::None;
    }
    let border = [tail, &bytes[..bytes.len().min(opening.len() - 1)]].concat();
    match memmem::find(&border, opening) {
        Some(found) if found < tail.len() => Next::Behind(tail[found..].to_vec()),
        _ => memmem::find(bytes, opening).map_or(Next::None, Next::Ahead),
    }
}

/// The last bytes of `held`, as many as may be the beginning of an opening.
fn last(held: &[u8], opening: &[u8]) -> Vec<u8> {
    held[held.len() - held.len().min(opening.len().saturating_sub(1))..].to_vec()
}
