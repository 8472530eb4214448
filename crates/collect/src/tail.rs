//! Follows one transcript: growth, truncation, replacement, compression.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io::{self, ErrorKind};
use std::path::Path;

use memchr::memrchr;
use topside_model::{Bytes, SessionId};
use topside_probe::{FileId, FileStat, Host, OpenFile};

use crate::agent::{Agent, Decoder, Decoding, Layout, Level, Output, Source};
use crate::source::{Condenser, Lines};

/// Bytes read at once. Larger buffers are not faster.
const BUFFER: usize = 256 * 1024;

thread_local! {
    /// Room for what is read, the same for every file: new memory for each would take longer than many are long.
    static ROOM: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// One transcript and how far it was read.
pub(crate) struct Tail {
    pub(crate) source: Source,
    /// Sessions besides its own that it told of.
    pub(crate) others: BTreeSet<SessionId>,
    decoder: Box<dyn Decoder>,
    lines: Lines,
    /// Kept open while the file is hot; what it tells of the length is the truth.
    file: Option<Box<dyn OpenFile>>,
    /// The file that was read, by identity; `None` before the first read.
    seen: Option<Seen>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Seen {
    id: FileId,
    len: u64,
    modified: topside_model::Timestamp,
}

/// What one poll found.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Polled {
    /// Nothing new.
    Quiet,
    /// New bytes were read; `rest` are left for the next round.
    Read {
        /// True when more is there than was read.
        rest: bool,
    },
    /// The file is another one or a shorter one than before: everything known from it is void.
    Replaced,
}

impl Tail {
    /// Follows `source` from its beginning.
    pub(crate) fn new(agent: &dyn Agent, source: Source) -> Self {
        let decoder = agent.decoder(&source, Level::Full, None);
        Self::with(decoder, source, 0)
    }

    /// Reads `source` for history, from its beginning or from where `known` says, with what the decoder remembered there.
    pub(crate) fn for_history(agent: &dyn Agent, source: Source, known: Option<(u64, &[u8])>) -> Self {
        let decoder = agent.decoder(&source, Level::Usage, known.map(|(_, state)| state));
        Self::with(decoder, source, known.map_or(0, |(offset, _)| offset))
    }

    /// The same through a file that is open already.
    pub(crate) fn through(self, file: Box<dyn OpenFile>) -> Self {
        Self { file: Some(file), ..self }
    }

    /// The file, while it is open.
    pub(crate) fn file(&self) -> Option<&dyn OpenFile> {
        self.file.as_deref()
    }

    fn with(decoder: Box<dyn Decoder>, source: Source, offset: u64) -> Self {
        Self { source, others: BTreeSet::new(), decoder, lines: Lines::at(offset), file: None, seen: None }
    }

    /// Looks for new bytes and reads at most about `budget` of them. `check_path` also asks whether the name now stands
    /// for another file. `last` says that nobody writes to the file now, so a last line without an end counts.
    pub(crate) fn poll(
        &mut self,
        host: &dyn Host,
        check_path: bool,
        last: bool,
        budget: &mut u64,
        out: &mut Output,
    ) -> io::Result<Polled> {
        if self.source.layout != Layout::Lines {
            return self.poll_whole(host, check_path, out);
        }
        let stat = match &self.file {
            Some(file) if !check_path => file.stat()?,
            _ => host.stat(&self.source.path)?,
        };
        if let Some(seen) = self.seen
            && (seen.id != stat.id || stat.len < self.lines.position())
        {
            return Ok(Polled::Replaced);
        }
        let grown = stat.len > self.lines.position();
        self.seen = Some(Seen { id: stat.id, len: stat.len, modified: stat.modified });
        self.source.stat = stat;
        if !grown {
            return Ok(Polled::Quiet);
        }
        if self.file.is_none() {
            let file = host.open(&self.source.path)?;
            if file.stat()?.id != stat.id {
                return Ok(Polled::Replaced);
            }
            self.file = Some(file);
        }
        let rest = self.read_lines(last, budget, out)?;
        Ok(Polled::Read { rest })
    }

    fn read_lines(&mut self, last: bool, budget: &mut u64, out: &mut Output) -> io::Result<bool> {
        ROOM.with_borrow_mut(|room| {
            let size = BUFFER.min(self.unread().max(4096) as usize);
            room.resize(room.len().max(size), 0);
            self.read_into(&mut room[..size], last, budget, out)
        })
    }

    fn read_into(&mut self, buffer: &mut [u8], last: bool, budget: &mut u64, out: &mut Output) -> io::Result<bool> {
        let Some(file) = &self.file else { return Ok(false) };
        let mut adapter = Decoding { decoder: &mut *self.decoder, out: &mut *out };
        let rest = loop {
            let count = match file.read_at(self.lines.position(), buffer) {
                Ok(count) => count,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            // A line that goes on behind the buffer is read again, from its start, rather than kept in pieces.
            let full = count == buffer.len();
            let lines = memrchr(b'\n', &buffer[..count]).filter(|_| full).map_or(count, |end| end + 1);
            self.lines.feed(&buffer[..lines], &mut adapter);
            *budget = budget.saturating_sub(count as u64);
            if count == 0 || (count < buffer.len() && self.lines.position() >= self.source.stat.len) {
                break false;
            }
            if *budget == 0 {
                break true;
            }
        };
        if last && !rest {
            self.lines.finish(&mut adapter);
        }
        self.decoder.pause(out);
        Ok(rest)
    }

    /// Compressed files and documents are read whole, when they changed.
    fn poll_whole(&mut self, host: &dyn Host, check_path: bool, out: &mut Output) -> io::Result<Polled> {
        if self.seen.is_some() && !check_path {
            return Ok(Polled::Quiet);
        }
        let stat = host.stat(&self.source.path)?;
        let now = Seen { id: stat.id, len: stat.len, modified: stat.modified };
        match self.seen {
            Some(seen) if seen == now => return Ok(Polled::Quiet),
            Some(_) => return Ok(Polled::Replaced),
            None => {}
        }
        match self.source.layout {
            Layout::Document => self.read_document(host, stat, out)?,
            Layout::PackedLines | Layout::Lines => {
                let mut adapter = Decoding { decoder: &mut *self.decoder, out };
                host.unpack(&self.source.path, &mut |bytes| {
                    self.lines.feed(bytes, &mut adapter);
                    true
                })?;
                self.lines.finish(&mut adapter);
            }
        }
        self.seen = Some(now);
        self.source.stat = stat;
        self.decoder.pause(out);
        Ok(Polled::Read { rest: false })
    }

    fn read_document(&mut self, host: &dyn Host, stat: FileStat, out: &mut Output) -> io::Result<()> {
        let file = host.open(&self.source.path)?;
        let mut condenser = Condenser::default();
        let mut buffer = vec![0; BUFFER];
        let mut offset = 0;
        while offset < stat.len {
            let count = file.read_at(offset, &mut buffer)?;
            if count == 0 {
                break;
            }
            condenser.push(&buffer[..count]);
            offset += count as u64;
        }
        self.decoder.record(0, &condenser.finish(), out);
        Ok(())
    }

    /// Bytes that are known to be there and were not read.
    pub(crate) fn unread(&self) -> u64 {
        self.source.stat.len.saturating_sub(self.lines.position())
    }

    /// Bytes read so far.
    pub(crate) fn read(&self) -> Bytes {
        Bytes(self.lines.position())
    }

    /// Lets go of the open file; it is opened again when it grew.
    pub(crate) fn cool(&mut self) {
        self.file = None;
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.source.path
    }

    /// Where to go on after a restart, and what the decoder remembers there.
    pub(crate) fn checkpoint(&self) -> (u64, Vec<u8>) {
        (self.lines.checkpoint(), self.decoder.save())
    }
}
