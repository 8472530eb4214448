//! What history holds.

use std::borrow::Cow;
#[cfg(unix)]
use std::ffi::OsStr;
use std::path::Path;

use foldhash::{HashMap, HashMapExt as _};
use rusqlite::{Connection, OptionalExtension, Result, Row, Transaction};
use topside_model::{
    AgentId, Billing, Bucket, Bytes, FileCursor, FileMark, Lineage, ModelId, PastSession, SessionId, SessionKey,
    SizeClass, Terms, Tier, Timestamp, Untrusted,
};

use crate::error::{StoreError, doing};
use crate::reply::time;
use crate::sums;

/// No more sessions than these have room before they are seen.
const MANY: usize = 1_000_000;

/// History at one moment, whatever is written meanwhile.
#[derive(Debug)]
pub struct Past<'a> {
    pub(crate) moment: Transaction<'a>,
    pub(crate) path: &'a Path,
    /// What reports need of all sessions.
    pub sessions: Vec<Lineage>,
    /// All billings.
    pub billings: Vec<Billing>,
    /// Each leaf with the place of its session, in the order of leaves: they may be very many.
    leaves: Vec<(i64, u32)>,
    /// Place of each billing.
    places: HashMap<u32, usize>,
}

impl<'a> Past<'a> {
    pub(crate) fn read(connection: &'a Connection, path: &'a Path) -> Result<Self> {
        let mut past = Self {
            moment: connection.unchecked_transaction()?,
            path,
            sessions: Vec::new(),
            billings: Vec::new(),
            leaves: Vec::new(),
            places: HashMap::new(),
        };
        // Lists that grow are twice in memory, and there may be many sessions.
        let most: i64 = connection.query_row("SELECT coalesce(max(id), 0) FROM session", [], |row| row.get(0))?;
        let most = usize::try_from(most).unwrap_or_default().min(MANY);
        past.sessions.reserve_exact(most);
        past.leaves.reserve(most);
        let mut ids = Vec::with_capacity(most);
        let mut sessions = connection.prepare("SELECT agent, name, parent, project, id FROM session ORDER BY id")?;
        let mut rows = sessions.query([])?;
        let mut words = Words::default();
        while let Some(row) = rows.next()? {
            ids.push(row.get::<_, i64>(4)?);
            past.sessions.push(words.lineage(row)?);
        }
        let mut leaves = connection.prepare("SELECT id, session FROM leaf ORDER BY id")?;
        let mut rows = leaves.query([])?;
        while let Some(row) = rows.next()? {
            if let Ok(place) = ids.binary_search(&row.get(1)?) {
                past.leaves.push((row.get(0)?, place as u32));
            }
        }
        let mut billings = connection.prepare("SELECT model, tier, regional, size, id FROM billing")?;
        let mut rows = billings.query([])?;
        while let Some(row) = rows.next()? {
            past.places.insert(row.get(4)?, past.billings.len());
            past.billings.push(billing_of(row)?);
        }
        Ok(past)
    }

    /// Everything that is kept of all sessions themselves.
    pub fn whole_sessions(&self) -> std::result::Result<Vec<PastSession>, StoreError> {
        self.whole().map_err(doing("read", self.path))
    }

    fn whole(&self) -> Result<Vec<PastSession>> {
        let columns = "agent, name, parent, project, fork, internal, cwd, version, first_at, last_at";
        let mut sessions = self.moment.prepare(&format!("SELECT {columns} FROM session"))?;
        let (mut rows, mut words, mut found) = (sessions.query([])?, Words::default(), Vec::new());
        while let Some(row) = rows.next()? {
            found.push(words.session(row)?);
        }
        Ok(found)
    }

    /// Hands every bucket to `take`; it refers to sessions and billings by their places.
    pub fn buckets(&self, take: impl FnMut(Bucket)) -> std::result::Result<(), StoreError> {
        self.each(take).map_err(doing("read", self.path))
    }

    fn each(&self, mut take: impl FnMut(Bucket)) -> Result<()> {
        let mut sums = self.moment.prepare("SELECT leaf, sums FROM sums")?;
        let mut rows = sums.query([])?;
        while let Some(row) = rows.next()? {
            let leaf: i64 = row.get(0)?;
            let Ok(place) = self.leaves.binary_search_by_key(&leaf, |(leaf, _)| *leaf) else { continue };
            let session = self.leaves[place].1 as usize;
            sums::buckets(row.get_ref(1)?.as_blob()?, session, |id| self.places.get(&id).copied(), &mut take)?;
        }
        Ok(())
    }
}

/// Texts that many sessions have in common: each is in memory once.
#[derive(Default)]
struct Words {
    agents: Vec<AgentId>,
    texts: HashMap<Box<str>, Untrusted>,
}

impl Words {
    /// Agent, name, parent and project.
    fn lineage(&mut self, row: &Row<'_>) -> Result<Lineage> {
        let agent = self.agent(row.get_ref(0)?.as_str()?);
        let key = SessionKey { agent, id: SessionId::new(row.get_ref(1)?.as_str()?) };
        let parent = row.get_ref(2)?.as_str_or_null()?.map(SessionId::new);
        Ok(Lineage { key, parent, project: self.text(row, 3)? })
    }

    /// The same and what else is kept.
    fn session(&mut self, row: &Row<'_>) -> Result<PastSession> {
        let at = |column| row.get(column).map(|at: Option<i64>| at.and_then(time));
        let Lineage { key, parent, project } = self.lineage(row)?;
        let (fork, internal) = (row.get(4)?, row.get(5)?);
        let (cwd, version) = (self.text(row, 6)?, self.text(row, 7)?);
        Ok(PastSession { key, parent, fork, internal, cwd, project, version, first_at: at(8)?, last_at: at(9)? })
    }

    fn agent(&mut self, name: &str) -> AgentId {
        let known = self.agents.iter().find(|agent| agent.as_str() == name).cloned();
        known.unwrap_or_else(|| {
            let agent = AgentId::new(name);
            self.agents.push(agent.clone());
            agent
        })
    }

    fn text(&mut self, row: &Row<'_>, column: usize) -> Result<Option<Untrusted>> {
        let Some(text) = row.get_ref(column)?.as_str_or_null()? else { return Ok(None) };
        if let Some(known) = self.texts.get(text) {
            return Ok(Some(known.clone()));
        }
        let word = Untrusted::new(text);
        self.texts.insert(text.into(), word.clone());
        Ok(Some(word))
    }
}

fn billing_of(row: &Row<'_>) -> Result<Billing> {
    let tier = Tier::of_id(&row.get::<_, String>(1)?).unwrap_or_default();
    Ok(Billing {
        model: row.get::<_, Option<String>>(0)?.map(ModelId::new),
        terms: Terms { tier, regional: row.get(2)? },
        size: SizeClass::numbered(row.get(3)?),
    })
}

/// The billing of that number.
pub(crate) fn billing(connection: &Connection, id: u32) -> Result<Billing> {
    let mut one = connection.prepare_cached("SELECT model, tier, regional, size FROM billing WHERE id = ?1")?;
    one.query_row([id], billing_of)
}

/// True when no file was ever read.
pub(crate) fn is_blank(connection: &Connection) -> Result<bool> {
    connection.query_row("SELECT NOT EXISTS (SELECT 1 FROM file)", [], |row| row.get(0))
}

/// Hands to `take` what every file was when it was read last.
pub(crate) fn files(connection: &Connection, mut take: impl FnMut(&Path, FileMark)) -> Result<()> {
    let mut files = connection.prepare("SELECT path, device, inode, len, modified FROM file")?;
    let mut rows = files.query([])?;
    while let Some(row) = rows.next()? {
        let mark = FileMark { id: id(row, 1)?, len: bytes(row, 3)?, modified: modified(row, 4)? };
        take(&path(row.get_ref(0)?.as_blob()?), mark);
    }
    Ok(())
}

/// How far the file at `place` was read.
pub(crate) fn cursor(connection: &Connection, place: &Path) -> Result<Option<FileCursor>> {
    let columns = "agent, device, inode, len, modified, offset, head, before, state";
    let cursor = format!("SELECT {columns} FROM file JOIN decoder ON decoder.file = file.id WHERE path = ?1");
    let row = |row: &Row<'_>| {
        Ok(FileCursor {
            agent: AgentId::new(row.get::<_, String>(0)?),
            path: place.to_owned(),
            id: id(row, 1)?,
            len: bytes(row, 3)?,
            modified: modified(row, 4)?,
            offset: bytes(row, 5)?,
            head: number(row, 6)?,
            before: number(row, 7)?,
            state: row.get(8)?,
        })
    };
    connection.prepare_cached(&cursor)?.query_row([place.as_os_str().as_encoded_bytes()], row).optional()
}

fn number(row: &Row<'_>, column: usize) -> Result<u64> {
    row.get(column).map(i64::cast_unsigned)
}

fn id(row: &Row<'_>, column: usize) -> Result<(u64, u64)> {
    Ok((number(row, column)?, number(row, column + 1)?))
}

fn bytes(row: &Row<'_>, column: usize) -> Result<Bytes> {
    number(row, column).map(Bytes)
}

fn modified(row: &Row<'_>, column: usize) -> Result<Timestamp> {
    Ok(Timestamp::from_nanosecond(i128::from(row.get::<_, i64>(column)?)).unwrap_or(Timestamp::UNIX_EPOCH))
}

#[cfg(unix)]
fn path(bytes: &[u8]) -> Cow<'_, Path> {
    Cow::Borrowed(Path::new(<OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(bytes)))
}

#[cfg(not(unix))]
fn path(bytes: &[u8]) -> Cow<'_, Path> {
    Cow::Owned(String::from_utf8_lossy(bytes).into_owned().into())
}
