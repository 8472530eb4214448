//! Reads transcripts for history: all there are, each from where it was left.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use siphasher::sip::SipHasher13;
use topside_model::{AgentId, Bytes, Event, FileCursor};
use topside_probe::{Host, OpenFile, Processes};

use crate::agent::{Agent, Layout, Look, Output, homes};
use crate::files::Files;
use crate::follow::best_home;
use crate::tail::{Polled, Tail};
use crate::transcript::{Transcript, Transcripts};

/// The beginning of a file by which it is told from another.
const HEAD: u64 = 4 * 1024;
/// The end of what was read, for the same purpose.
const BEFORE: u64 = 64;
/// The form in which decoders remember. Whoever changes what they remember takes another one: files are then read anew.
const STATE: &[u8] = &[2];

/// What a portion of a transcript told.
pub struct Reading {
    /// In order.
    pub events: Vec<Event>,
    /// How far it is read with this.
    pub cursor: FileCursor,
    /// Where reading began.
    pub from: Bytes,
    /// True when the file is not the one that was read before: what it told then is void.
    pub anew: bool,
    /// True when more is there.
    pub rest: bool,
}

/// What an agent has for history.
pub struct Archive {
    /// Its transcripts, in no order.
    pub transcripts: Vec<Transcript>,
    /// Folders in which there may be others: they cannot be looked into, and why.
    pub missed: Vec<(PathBuf, io::Error)>,
}

/// Every transcript of an agent in its homes and those named besides. Under `root` only what lies below it, or was named.
pub fn transcripts(
    host: &dyn Host,
    reader: &'static dyn Agent,
    named: &[(AgentId, PathBuf)],
    root: Option<&Path>,
) -> Archive {
    let (files, processes) = (Files::for_one_look(), Processes::default());
    let look = Look { host, processes: &processes, files: &files };
    let agent = AgentId::new(reader.manifest().id);
    let named: Vec<PathBuf> = named.iter().filter(|(of, _)| *of == agent).map(|(_, home)| home.clone()).collect();
    let homes = homes(reader, &look, &named, root);
    let mut found = Transcripts::of(reader);
    for home in &homes {
        reader.sources(&look, home, &|_| true, &mut found);
    }
    found.list = best_copies(found.list);
    for place in 0..found.list.len() {
        reader.attached(&look, found.list[place].anchor()).into_iter().for_each(|source| found.push(source));
    }
    Archive { transcripts: found.list, missed: files.missed() }
}

/// Of each session only the transcripts in one home.
fn best_copies(mut found: Vec<Transcript>) -> Vec<Transcript> {
    // Most people have one home, and long lists are dear to sort.
    if found.iter().all(|one| one.home().as_os_str() == found[0].home().as_os_str()) {
        return found;
    }
    found.sort_by(|one, other| one.session.cmp(&other.session));
    let of_session = found.chunk_by(|one, other| one.session == other.session);
    let is_best: Vec<bool> = of_session
        .flat_map(|copies| {
            let home = best_home(copies.iter().map(|copy| (&**copy.home(), copy.size())), || None);
            copies.iter().map(move |copy| home == Some(&**copy.home()))
        })
        .collect();
    let mut is_best = is_best.into_iter();
    found.retain(|_| is_best.next().unwrap_or(false));
    found
}

impl Transcript {
    /// Reads at most about `budget` bytes that are new since `known`; `None` where nothing is.
    pub fn read(&self, host: &dyn Host, known: Option<&FileCursor>, budget: u64) -> io::Result<Option<Reading>> {
        let source = self.source();
        let file = match host.open(&source.path) {
            Ok(file) => file,
            // It went since it was listed: into an archive, for instance.
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let stat = file.stat()?;
        let same = known.filter(|known| known.id == id(stat.id));
        if same.is_some_and(|known| known.len.0 == stat.len && known.modified == stat.modified) {
            return Ok(None);
        }
        let (path, grows) = (source.path.clone(), source.layout == Layout::Lines);
        let is_where = |known: &FileCursor| prints(&*file, known.len.0).ok() == Some((known.head, known.before));
        let resumed = same.filter(|known| grows && known.len.0 <= stat.len && is_where(known));
        let resumed = resumed.and_then(|known| Some((known.offset.0, known.state.strip_prefix(STATE)?)));
        let mut tail = Tail::for_history(self.reader(), source, resumed).through(file);
        let from = resumed.map_or(0, |(offset, _)| offset);
        let mut out = Output::default();
        let rest = loop {
            // A last line that is a whole record counts although it has no end.
            match tail.poll(host, !grows, true, &mut budget.max(1), &mut out)? {
                // In the midst of a line there is no place to go on from later.
                Polled::Read { rest: true } if tail.checkpoint().0 == from => {}
                Polled::Read { rest } => break rest,
                Polled::Quiet => break false,
                // It was replaced while it was looked at: the next reading sees the other one.
                Polled::Replaced => return Ok(None),
            }
        };
        let (offset, state) = if grows { tail.checkpoint() } else { (0, Vec::new()) };
        let seen = if grows && rest { offset } else { stat.len.max(offset) };
        let (head, before) = match tail.file().filter(|_| grows) {
            Some(file) => prints(file, seen)?,
            None => (0, 0),
        };
        let cursor = FileCursor {
            agent: self.agent(),
            path,
            id: id(stat.id),
            len: Bytes(seen),
            modified: stat.modified,
            offset: Bytes(offset),
            head,
            before,
            state: [STATE, &state].concat(),
        };
        let anew = known.is_some() && resumed.is_none();
        Ok(Some(Reading { events: out.events, cursor, from: Bytes(from), anew, rest }))
    }
}

/// What stands for the beginning of the first `len` bytes of a file, and for their end.
fn prints(file: &dyn OpenFile, len: u64) -> io::Result<(u64, u64)> {
    let print = |from: u64, count: u64| -> io::Result<u64> {
        let mut bytes = [0; HEAD as usize];
        let filled = file.fill_at(from, &mut bytes[..count as usize])?;
        Ok(SipHasher13::new().hash(&bytes[..filled]))
    };
    Ok((print(0, len.min(HEAD))?, print(len.saturating_sub(BEFORE), len.min(BEFORE))?))
}

fn id(id: topside_probe::FileId) -> (u64, u64) {
    (id.device, id.inode)
}
