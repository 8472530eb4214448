//! Cuts a growing file into lines, in bounded memory.

use memchr::memchr;

use super::condense::Condenser;
use super::json::Json;
use super::needle::Needle;

/// Bytes of a line's beginning by which its reader decides whether it wants the rest.
pub const HEAD: usize = 1024;
/// Lines up to this size are handed on as they are; longer ones are condensed first. Less than is read at once, so nothing
/// is copied of a line that takes more.
const WHOLE: usize = 256 * 1024 - 1;
/// Lines up to this size are looked at as a whole before they are passed over.
const SURE: usize = 64 * 1024;

/// What a reader wants of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing more, if it is one record. A line of up to 64 KB that is not is read after all.
    Skip,
    /// All of it.
    Read,
}

/// Who reads the lines.
pub trait LineReader {
    /// Looks at the first [`HEAD`] bytes of a line that has at least as many, and starts at `offset`.
    fn head(&mut self, offset: u64, head: &[u8]) -> Verdict;

    /// The line at `offset`, the last one looked at and not wanted, came to its end.
    fn passed(&mut self, offset: u64);

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
    /// Looks for another record on the same line; made when the first one is passed over.
    opening: Option<Needle>,
}

#[derive(Debug)]
enum State {
    /// Not judged yet: less than [`HEAD`] bytes.
    Judging(Vec<u8>),
    /// Wanted and short.
    Reading(Vec<u8>),
    /// Wanted and long.
    Condensing(Condenser),
    /// Not wanted and short, if it is one record.
    Passing(Vec<u8>),
    /// Not wanted and long. The last bytes are kept, because another record may begin in them.
    Rushing(Vec<u8>),
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
            self.begin(self.position() + 1);
            bytes = &bytes[end + 1..];
        }
        self.take(bytes, reader);
    }

    /// Hands on the last line although its newline is missing, if it is a whole record. Nothing is handed on twice: when
    /// the newline comes, it ends an empty line.
    pub fn finish(&mut self, reader: &mut dyn LineReader) {
        let whole = match &self.state {
            State::Judging(held) | State::Reading(held) | State::Passing(held) => Json::is_whole(held),
            State::Condensing(_) | State::Rushing(_) | State::Done => false,
        };
        if whole {
            self.end(reader);
        }
    }

    fn begin(&mut self, start: u64) {
        self.start = start;
        self.length = 0;
        self.state = State::default();
    }

    /// Takes a line that is there from end to end: most are, and are handed on where they stand.
    fn whole(&mut self, mut line: &[u8], reader: &mut dyn LineReader) {
        loop {
            self.length = line.len() as u64;
            if line.iter().all(u8::is_ascii_whitespace) {
                return;
            }
            let verdict = line.get(..HEAD).map_or(Verdict::Read, |head| reader.head(self.start, head));
            match verdict {
                Verdict::Read if line.len() <= WHOLE => reader.line(self.start, line),
                Verdict::Read => {
                    let mut condenser = Condenser::default();
                    condenser.push(line);
                    reader.line(self.start, &condenser.finish());
                }
                Verdict::Skip if line.len() <= SURE => self.pass(line, reader),
                Verdict::Skip => {
                    reader.passed(self.start);
                    if let Some(next) = self.next_record(line, reader) {
                        self.begin(self.start + next as u64);
                        line = &line[next..];
                        continue;
                    }
                }
            }
            return;
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
                State::Reading(held) if held.len() + bytes.len() > WHOLE => {
                    let mut condenser = Condenser::default();
                    condenser.push(held);
                    condenser.push(bytes);
                    self.state = State::Condensing(condenser);
                    bytes.len()
                }
                State::Reading(held) => {
                    held.extend_from_slice(bytes);
                    bytes.len()
                }
                State::Passing(held) => {
                    let part = bytes.len().min(SURE + 1 - held.len());
                    held.extend_from_slice(&bytes[..part]);
                    part
                }
                State::Condensing(condenser) => {
                    condenser.push(bytes);
                    bytes.len()
                }
                State::Rushing(tail) => {
                    let tail = std::mem::take(tail);
                    return self.rush(&tail, bytes, reader);
                }
                State::Done => bytes.len(),
            };
            self.length += used as u64;
            bytes = &bytes[used..];
            self.settle(reader);
        }
    }

    /// Judges a line of which enough is there, and keeps less of one that became long.
    fn settle(&mut self, reader: &mut dyn LineReader) {
        match std::mem::replace(&mut self.state, State::Done) {
            State::Judging(held) if held.len() == HEAD => {
                let verdict = reader.head(self.start, &held);
                self.state = if verdict == Verdict::Read { State::Reading(held) } else { State::Passing(held) };
            }
            State::Passing(held) if held.len() > SURE => match self.next_record(&held, reader) {
                Some(next) => {
                    reader.passed(self.start);
                    self.begin(self.start + next as u64);
                    self.take(&held[next..], reader);
                }
                None => self.state = State::Rushing(last(&held, reader.opening()).to_vec()),
            },
            same => self.state = same,
        }
    }

    /// Passes over `bytes` of a long line, behind those of `tail`, up to where another record begins.
    fn rush(&mut self, tail: &[u8], bytes: &[u8], reader: &mut dyn LineReader) {
        let opening = reader.opening();
        let border = [tail, &bytes[..bytes.len().min(opening.len())]].concat();
        if let Some(found) = self.find(&border, reader).filter(|found| *found < tail.len()) {
            reader.passed(self.start);
            self.begin(self.position() - (tail.len() - found) as u64);
            self.take(&tail[found..], reader);
            self.take(bytes, reader);
        } else if let Some(found) = self.find(bytes, reader) {
            reader.passed(self.start);
            self.begin(self.position() + found as u64);
            self.take(&bytes[found..], reader);
        } else {
            let kept = last(if bytes.len() < opening.len() { &border } else { bytes }, opening);
            self.state = State::Rushing(kept.to_vec());
            self.length += bytes.len() as u64;
        }
    }

    /// The line ends here.
    fn end(&mut self, reader: &mut dyn LineReader) {
        match std::mem::replace(&mut self.state, State::Done) {
            State::Judging(held) => self.whole(&held, reader),
            State::Reading(held) => reader.line(self.start, &held),
            State::Condensing(condenser) => reader.line(self.start, &condenser.finish()),
            State::Passing(held) => self.pass(&held, reader),
            State::Rushing(_) => reader.passed(self.start),
            State::Done => {}
        }
    }

    /// Passes over a line that is there from end to end and was not wanted, or hands it on: when it is torn, or there is
    /// another record on it.
    fn pass(&mut self, line: &[u8], reader: &mut dyn LineReader) {
        if line.trim_ascii_end().ends_with(b"}") && self.next_record(line, reader).is_none() {
            reader.passed(self.start);
        } else {
            reader.line(self.start, line);
        }
    }

    /// Where another record begins on a line.
    fn next_record(&mut self, line: &[u8], reader: &dyn LineReader) -> Option<usize> {
        self.find(&line[1..], reader).map(|found| found + 1)
    }

    fn find(&mut self, bytes: &[u8], reader: &dyn LineReader) -> Option<usize> {
        let opening = self.opening.get_or_insert_with(|| opening(reader.opening()));
        if opening.text().is_empty() { None } else { opening.find(bytes) }
    }
}

/// Its first byte is a bracket; a letter of its name seldom stands so far behind one.
fn opening(text: &'static [u8]) -> Needle {
    Needle::new(text, [0, u8::try_from(text.len() / 2).unwrap_or(0)])
}

/// The last bytes of `held`, as many as may be the beginning of an opening.
fn last<'a>(held: &'a [u8], opening: &[u8]) -> &'a [u8] {
    &held[held.len() - held.len().min(opening.len().saturating_sub(1))..]
}
