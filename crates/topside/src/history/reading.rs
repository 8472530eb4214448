//! Brings history up to date: reads what transcripts say anew and writes it down.

use std::collections::HashMap;
use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;
use std::vec::IntoIter;

use crossbeam_channel::{Receiver, Sender, bounded};
use topside_collect::{Reading, Transcript};
use topside_engine::leaves;
use topside_model::{Backfill, Bytes, Chapter, FileCursor, Untrusted};
use topside_probe::Host;
use topside_store::{Store, StoreError};

use super::finding::{Found, fresh};
use crate::collecting::Setup;
use crate::projects;

/// Bytes of one transcript read between two looks at the others, so that what waits to be written stays small.
const PORTION: u64 = 16 * 1024 * 1024;
/// More threads would wait for the disk and for memory.
const THREADS: usize = 4;
/// Portions are handed over together until they hold so many replies, or are so many: waking the writer for each would
/// take longer than writing many down.
const HANDFUL_REPLIES: usize = 2000;
const HANDFUL: usize = 32;
/// Handfuls that may wait to be written.
const WAITING: usize = 4;
/// What is written in one go, which is what a crash can undo: so many replies, portions, or bytes that were read. The more,
/// the fewer pages of the database are written twice.
const BATCH_REPLIES: usize = 500_000;
const BATCH: usize = 4096;
const BATCH_BYTES: u64 = 4 << 30;

/// How far history is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Progress {
    /// Bytes that were read.
    pub(crate) read: Bytes,
    /// Bytes there are to read in all.
    pub(crate) all: Bytes,
}

impl Progress {
    /// The same for a person, after reading for so long.
    pub(crate) fn after(self, elapsed: Duration) -> Backfill {
        let Self { read, all } = self;
        let rate = read.0 as f64 / elapsed.as_secs_f64();
        let left = all.0.saturating_sub(read.0) as f64 / rate;
        // Neither can be told before anything was read.
        let rate = (rate.is_finite() && rate > 0.0).then_some(Bytes(rate as u64));
        let left = rate.and_then(|_| Duration::try_from_secs_f64(left).ok());
        Backfill { read, all, rate, left }
    }
}

/// What did not go into history.
#[derive(Debug, Default)]
pub(crate) struct Gaps {
    /// Files that cannot be read and folders that cannot be looked into, and why.
    pub(crate) unreadable: Vec<(PathBuf, std::io::Error)>,
    /// True when something was forgotten together with a file that was replaced, and is to be read again.
    pub(super) again: bool,
}

/// Readings after which nothing is read again: a file that is replaced each time is not waited for.
const PASSES: usize = 3;

/// What transcripts are read with.
#[derive(Clone, Copy)]
pub(crate) struct Means<'a> {
    pub(crate) host: &'a dyn Host,
    pub(crate) setup: &'a Setup,
    /// Files that are read at a time.
    pub(crate) threads: fn() -> usize,
    /// Once it is set, no more is read, and what was read is written down.
    pub(crate) stop: &'a AtomicBool,
}

/// Of readings that are waited for.
static NEVER: AtomicBool = AtomicBool::new(false);

impl<'a> Means<'a> {
    /// All there are.
    pub(crate) fn all(host: &'a dyn Host, setup: &'a Setup) -> Self {
        // Asked for only where there is something to read: the answer is in several files.
        let cores = || thread::available_parallelism().map_or(1, NonZero::get).min(THREADS);
        Self { host, setup, threads: cores, stop: &NEVER }
    }

    pub(super) fn is_stopped(self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

/// Reads what is new in `found` and writes it to `store`, and then what else is new for as long as that leaves something to
/// be read; tells `progress` after each batch. What was written stays, so the next time goes on from there.
pub(crate) fn read_until_calm(
    means: Means<'_>,
    store: &mut Store,
    mut found: Found,
    mut progress: impl FnMut(Progress),
) -> Result<Gaps, StoreError> {
    for _ in 1..PASSES {
        let gaps = read_found(means, store, found, &mut progress)?;
        if !gaps.again || means.is_stopped() {
            return Ok(gaps);
        }
        found = fresh(means, store)?;
    }
    read_found(means, store, found, &mut progress)
}

/// The same, once.
fn read_found(
    means: Means<'_>,
    store: &mut Store,
    found: Found,
    progress: &mut impl FnMut(Progress),
) -> Result<Gaps, StoreError> {
    let mut gaps = read(means, store, found.fresh, progress)?;
    gaps.unreadable.extend(found.missed);
    Ok(gaps)
}

/// Reads what is new in `found`, once.
pub(crate) fn read(
    means: Means<'_>,
    store: &mut Store,
    found: Vec<Transcript>,
    progress: &mut impl FnMut(Progress),
) -> Result<Gaps, StoreError> {
    let mut known = HashMap::new();
    let is_first = store.is_blank()?;
    for transcript in found.iter().filter(|_| !is_first) {
        known.extend(store.cursor(&transcript.path())?.map(|cursor| (cursor.path.clone(), cursor)));
    }
    let unread = |one: &Transcript| {
        let (size, read) = (one.size().0, known.get(&one.path()).map_or(0, |known| known.len.0));
        if read > size { size } else { size - read }
    };
    let mut now = Progress { all: Bytes(found.iter().map(unread).sum()), ..Progress::default() };
    let root = means.setup.root.as_deref();
    let threads = if found.is_empty() { 0 } else { (means.threads)().min(found.len()) };
    let left = Mutex::new(found.into_iter());
    let readers = Readers { means, root, left, known: &known, names: Mutex::default() };
    let (give, take) = bounded(WAITING);
    thread::scope(|scope| {
        for _ in 0..threads {
            let (readers, give) = (&readers, give.clone());
            scope.spawn(move || readers.read_all(&give));
        }
        drop(give);
        // Readers end when nobody takes any more.
        write_all(store, take, &mut now, progress)
    })
}

/// What a reader found in a portion: with a chapter, how many bytes were read for it.
type Read = Result<(Chapter, u64), (PathBuf, std::io::Error)>;

/// What a reader hands to the writer.
#[derive(Default)]
struct Handful {
    reads: Vec<Read>,
    replies: usize,
}

impl Handful {
    /// Adds what was read, and hands everything on where that is much; false when nobody wants to know.
    fn add(&mut self, read: Read, give: &Sender<Vec<Read>>) -> bool {
        self.replies += read.as_ref().map_or(0, |(chapter, _)| replies(chapter));
        self.reads.push(read);
        let is_full = self.replies >= HANDFUL_REPLIES || self.reads.len() >= HANDFUL;
        !is_full || give.send(std::mem::take(self).reads).is_ok()
    }
}

fn replies(chapter: &Chapter) -> usize {
    chapter.leaves.iter().map(|leaf| leaf.charges.len()).sum()
}

/// What readers share.
struct Readers<'a> {
    means: Means<'a>,
    root: Option<&'a Path>,
    /// Transcripts that nobody reads yet. Each is let go when it is read: there may be very many.
    left: Mutex<IntoIter<Transcript>>,
    known: &'a HashMap<PathBuf, FileCursor>,
    /// Names of projects by directory.
    names: Mutex<HashMap<Untrusted, Option<Untrusted>>>,
}

impl Readers<'_> {
    /// Takes one transcript after the other and reads it to its end, until it is told to stop.
    fn read_all(&self, give: &Sender<Vec<Read>>) {
        let mut handful = Handful::default();
        let next = || self.left.lock().unwrap_or_else(PoisonError::into_inner).next();
        while let Some(transcript) = next() {
            if self.means.is_stopped() {
                break;
            }
            if !self.read(&transcript, |read| handful.add(read, give)) {
                return;
            }
        }
        // The writer may have given up.
        give.send(handful.reads).ok();
    }

    /// Reads a transcript to its end, or until it is told to stop, as long as `give` takes what is found; false when it no
    /// longer does.
    fn read(&self, transcript: &Transcript, mut give: impl FnMut(Read) -> bool) -> bool {
        let path = transcript.path();
        let mut cursor = self.known.get(&path).cloned();
        loop {
            let reading = catch_unwind(AssertUnwindSafe(|| transcript.read(self.means.host, cursor.as_ref(), PORTION)));
            let panicked = |_| Err(std::io::Error::other("its reader panicked; this is a defect of topside"));
            let reading = match reading.unwrap_or_else(panicked) {
                Ok(Some(reading)) => reading,
                Ok(None) => return true,
                Err(error) => return give(Err((path, error))),
            };
            let before = if reading.anew { 0 } else { cursor.map_or(0, |cursor| cursor.len.0) };
            let bytes = reading.cursor.len.0.saturating_sub(before);
            cursor = reading.rest.then(|| reading.cursor.clone());
            if !give(Ok((self.chapter(transcript, reading), bytes))) {
                return false;
            }
            if cursor.is_none() || self.means.is_stopped() {
                return true;
            }
        }
    }

    fn chapter(&self, transcript: &Transcript, reading: Reading) -> Chapter {
        let Reading { events, cursor, from, anew, .. } = reading;
        let mut leaves = leaves(&transcript.agent(), transcript.rank, transcript.is_shared(), events);
        for leaf in &mut leaves {
            leaf.session.project = leaf.session.cwd.as_ref().and_then(|cwd| self.project(cwd));
        }
        Chapter { cursor, from, anew, leaves }
    }

    /// Under `--root` nothing else is looked at.
    fn project(&self, cwd: &Untrusted) -> Option<Untrusted> {
        let known = self.names.lock().unwrap_or_else(PoisonError::into_inner).get(cwd).cloned();
        known.unwrap_or_else(|| {
            let may_look = self.root.is_none_or(|root| Path::new(cwd.raw()).starts_with(root));
            let name = projects::name(self.means.host, cwd, may_look);
            self.names.lock().unwrap_or_else(PoisonError::into_inner).insert(cwd.clone(), name.clone());
            name
        })
    }
}

/// Writes what comes, in batches.
fn write_all(
    store: &mut Store,
    take: Receiver<Vec<Read>>,
    now: &mut Progress,
    progress: &mut impl FnMut(Progress),
) -> Result<Gaps, StoreError> {
    let mut gaps = Gaps::default();
    let mut reads = take.into_iter().flatten().peekable();
    while reads.peek().is_some() {
        let (mut left, mut left_replies, read_before) = (BATCH, BATCH_REPLIES, now.read.0);
        let mut next = || {
            while left > 0 && left_replies > 0 && now.read.0 - read_before < BATCH_BYTES {
                match reads.next()? {
                    Ok((chapter, bytes)) => {
                        now.read.0 += bytes;
                        left -= 1;
                        left_replies = left_replies.saturating_sub(replies(&chapter));
                        progress(*now);
                        return Some(chapter);
                    }
                    Err(gap) => gaps.unreadable.push(gap),
                }
            }
            None
        };
        let again = store.commit(std::iter::from_fn(&mut next))? > 0;
        gaps.again |= again;
    }
    progress(*now);
    Ok(gaps)
}
