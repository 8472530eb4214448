//! What agents tell topside themselves, where a person asked them to: hooks write lines into a spool, the bridge of a
//! status line leaves a document for each session. Most machines have neither; there it costs one look at a folder.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use topside_model::{Place, SessionId, Timestamp, Untrusted, elapsed};
use topside_probe::{FileId, FileStat, Host};

use crate::round::Pace;
use crate::source::json::Json;
use crate::source::value::{session, string, untrusted};

/// The spool: a line of JSON for each hook that ran.
pub const SPOOL: &str = "signals.jsonl";
/// The spool that was full.
pub const SPOOLED_BEFORE: &str = "signals.1.jsonl";
/// Folder of the status lines' figures, a document for each session.
pub const STATUS_LINES: &str = "status-line";

/// A spool is put aside long before it is as large as this.
const LARGEST_SPOOL: u64 = 8 * 1024 * 1024;
/// A document holds a few figures.
const LARGEST_DOCUMENT: u64 = 64 * 1024;
/// Sessions whose figures are looked at; the bridge lets go of what is old.
const DOCUMENTS: usize = 1_000;
/// A folder that changed this shortly before it was listed may have changed again without its time telling.
const RACY: Duration = Duration::from_secs(2);

/// Where topside keeps what agents tell it, for a user with this home; `state` is `XDG_STATE_HOME`.
pub fn state_folder(home: &Path, state: Option<&Path>) -> PathBuf {
    state.map_or_else(|| home.join(".local").join("state"), Path::to_owned).join("topside")
}

/// One thing that an agent told.
pub struct Said<'a> {
    json: Json<'a>,
    /// When.
    pub at: Timestamp,
    /// Where it is written down.
    pub place: Place,
}

impl<'a> Said<'a> {
    /// What is written in `bytes` at `place`; `None` for what has no time.
    pub(crate) fn read(bytes: &'a [u8], path: &Path, offset: u64) -> Option<Self> {
        let json = Json::value(bytes).filter(|json| json.is_object())?;
        let at = i64::try_from(json.field("at").and_then(Json::count)?).ok()?;
        let place = Place::File { path: Untrusted::new(path.to_string_lossy()), offset };
        Some(Self { json, at: Timestamp::from_millisecond(at).ok()?, place })
    }

    /// The id of the agent that told it.
    pub fn agent(&self) -> Option<String> {
        self.json.field("agent").and_then(string)
    }

    /// The session it told it of.
    pub fn session(&self) -> Option<SessionId> {
        self.json.field("session").and_then(session).filter(|id| !id.as_str().is_empty())
    }

    /// A word of the agent.
    pub fn word(&self, key: &str) -> Option<Untrusted> {
        self.json.field(key).and_then(untrusted).filter(|word| !word.raw().is_empty())
    }

    /// A part that only the agent's folder can read.
    pub(crate) fn part(&self, key: &str) -> Option<Json<'a>> {
        self.json.field(key)
    }
}

/// Follows what agents tell.
#[derive(Default)]
pub(crate) struct Inbox {
    /// Where it comes in, once that is known.
    folder: Option<PathBuf>,
    /// True when the folder was there at the last look.
    is_there: bool,
    /// The spool that was read, and how far.
    spool: Option<(FileId, u64)>,
    documents: BTreeMap<String, FileStat>,
    /// When the documents were listed, and the time of their folder then.
    listed: Option<(Timestamp, Timestamp)>,
    /// Why it cannot be read.
    problem: Option<(PathBuf, String)>,
    /// Lines and documents so far, and those of them that nobody understands.
    pub(crate) count: u64,
    pub(crate) unreadable: u64,
}

/// What came in.
pub(crate) enum Letter<'a> {
    /// A hook ran.
    Hook(Said<'a>),
    /// A status line was shown.
    StatusLine(Said<'a>),
}

impl Inbox {
    /// Reads what is new. `take` is false for what it does not understand.
    pub(crate) fn read(&mut self, host: &dyn Host, pace: Pace, take: &mut dyn FnMut(Letter<'_>) -> bool) {
        let folder = self.folder.get_or_insert_with(|| {
            let state = host.variable("XDG_STATE_HOME").map(PathBuf::from).filter(|state| state.is_absolute());
            state_folder(host.home(), state.as_deref())
        });
        let folder = folder.clone();
        if pace >= Pace::Look {
            self.is_there = host.stat(&folder).is_ok();
            self.problem = None;
        }
        if !self.is_there {
            return;
        }
        if let Err(error) = self.read_spool(host, &folder, take) {
            self.problem = Some((folder.join(SPOOL), error.to_string()));
        }
        if pace >= Pace::Look
            && let Err(error) = self.read_documents(host, &folder.join(STATUS_LINES), take)
        {
            self.problem = Some((folder.join(STATUS_LINES), error.to_string()));
        }
    }

    /// The folder in which a change is worth a reading.
    pub(crate) fn directory(&self) -> Option<&PathBuf> {
        self.folder.as_ref().filter(|_| self.is_there)
    }

    /// Files that are read.
    pub(crate) fn files(&self) -> u64 {
        self.documents.len() as u64 + u64::from(self.spool.is_some())
    }

    /// Why something cannot be read.
    pub(crate) fn problem(&self) -> Option<&(PathBuf, String)> {
        self.problem.as_ref()
    }

    fn read_spool(
        &mut self,
        host: &dyn Host,
        folder: &Path,
        take: &mut dyn FnMut(Letter<'_>) -> bool,
    ) -> io::Result<()> {
        let path = folder.join(SPOOL);
        let Some(stat) = there(host.stat(&path))? else { return Ok(()) };
        let known = self.spool.filter(|(id, read)| *id == stat.id && *read <= stat.len);
        if known.is_some_and(|(_, read)| read == stat.len) {
            return Ok(());
        }
        if known.is_none() {
            // What was written before the spool was put aside: the rest of it, or at the start all of it.
            let before = folder.join(SPOOLED_BEFORE);
            let rest = match (self.spool, there(host.stat(&before))?) {
                (Some((id, read)), Some(stat)) if stat.id == id => Some(read),
                (None, Some(_)) => Some(0),
                _ => None,
            };
            if let Some(from) = rest {
                self.read_lines(host, &before, from, take)?;
            }
        }
        let read = self.read_lines(host, &path, known.map_or(0, |(_, read)| read), take)?;
        self.spool = Some((stat.id, read));
        Ok(())
    }

    /// Reads whole lines; gives where the first one begins that is not. What is longer than a whole spool is no line: it is
    /// passed over.
    fn read_lines(
        &mut self,
        host: &dyn Host,
        path: &Path,
        from: u64,
        take: &mut dyn FnMut(Letter<'_>) -> bool,
    ) -> io::Result<u64> {
        let bytes = read(host, path, from, LARGEST_SPOOL)?;
        let mut offset = from;
        for line in bytes.split_inclusive(|byte| *byte == b'\n').filter(|line| line.ends_with(b"\n")) {
            let said = Said::read(line, path, offset);
            let is_known = said.is_some_and(|said| take(Letter::Hook(said)));
            self.note(is_known);
            offset += line.len() as u64;
        }
        if offset == from && bytes.len() as u64 == LARGEST_SPOOL {
            self.note(false);
            offset += LARGEST_SPOOL;
        }
        Ok(offset)
    }

    fn read_documents(
        &mut self,
        host: &dyn Host,
        folder: &Path,
        take: &mut dyn FnMut(Letter<'_>) -> bool,
    ) -> io::Result<()> {
        let Some(stat) = there(host.stat(folder))? else { return Ok(()) };
        let is_same =
            |(listed, modified): (Timestamp, Timestamp)| modified == stat.modified && elapsed(modified, listed) > RACY;
        if self.listed.is_some_and(is_same) {
            return Ok(());
        }
        let listed = (host.now(), stat.modified);
        let entries = host.list(folder)?;
        let names: Vec<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
        let names: Vec<&str> = names.into_iter().filter(|name| is_document(name)).take(DOCUMENTS).collect();
        let stats = host.stat_in(folder, &names);
        self.documents.retain(|known, _| names.contains(&known.as_str()));
        let mut failed = Ok(());
        for (name, stat) in names.into_iter().zip(stats) {
            let Some(stat) = stat.filter(|stat| self.documents.get(name) != Some(stat)) else { continue };
            let path = folder.join(name);
            let bytes = match read(host, &path, 0, LARGEST_DOCUMENT) {
                Ok(bytes) => bytes,
                // Its session is gone.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => {
                    failed = Err(error);
                    continue;
                }
            };
            self.documents.insert(name.to_owned(), stat);
            let is_known = Said::read(&bytes, &path, 0).is_some_and(|said| take(Letter::StatusLine(said)));
            self.note(is_known);
        }
        // What could not be read is tried again at the next look.
        self.listed = failed.is_ok().then_some(listed);
        failed
    }

    fn note(&mut self, is_known: bool) {
        self.count += 1;
        self.unreadable += u64::from(!is_known);
    }
}

/// `<session>.json`; others are being written.
fn is_document(name: &str) -> bool {
    name.strip_suffix(".json").is_some_and(|stem| !stem.is_empty() && !stem.starts_with('.'))
}

/// What is not there is no failure.
fn there(stat: io::Result<FileStat>) -> io::Result<Option<FileStat>> {
    match stat {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        stat => stat.map(Some),
    }
}

/// The bytes from `from` on, at most so many.
fn read(host: &dyn Host, path: &Path, from: u64, most: u64) -> io::Result<Vec<u8>> {
    let file = host.open(path)?;
    let length = file.stat()?.len.saturating_sub(from).min(most);
    let mut bytes = vec![0; length as usize];
    let filled = file.fill_at(from, &mut bytes)?;
    bytes.truncate(filled);
    Ok(bytes)
}
