//! What history holds.

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, Result, Row, Transaction};
use topside_model::{
    AgentId, Billing, Bucket, Bytes, FileCursor, ModelId, PastSession, SessionId, SessionKey, SizeClass, Terms, Tier,
    Timestamp, Untrusted,
};

use crate::error::{StoreError, doing};
use crate::row::{start_of, time, usage};

/// History at one moment, whatever is written meanwhile.
#[derive(Debug)]
pub struct Past<'a> {
    moment: Transaction<'a>,
    path: &'a Path,
    /// All sessions.
    pub sessions: Vec<PastSession>,
    /// All billings.
    pub billings: Vec<Billing>,
    /// Place of the session of each leaf.
    leaves: HashMap<i64, usize>,
    /// Place of each billing.
    places: HashMap<i64, usize>,
}

impl<'a> Past<'a> {
    pub(crate) fn read(connection: &'a Connection, path: &'a Path) -> Result<Self> {
        let mut past = Self {
            moment: connection.unchecked_transaction()?,
            path,
            sessions: Vec::new(),
            billings: Vec::new(),
            leaves: HashMap::new(),
            places: HashMap::new(),
        };
        let mut by_id = HashMap::new();
        let columns = "id, agent, name, parent, fork, internal, cwd, project, version, first_at, last_at";
        let mut sessions = connection.prepare(&format!("SELECT {columns} FROM session"))?;
        let mut rows = sessions.query([])?;
        while let Some(row) = rows.next()? {
            by_id.insert(row.get::<_, i64>(0)?, past.sessions.len());
            past.sessions.push(session(row)?);
        }
        let mut leaves = connection.prepare("SELECT id, session FROM leaf")?;
        let mut rows = leaves.query([])?;
        while let Some(row) = rows.next()? {
            if let Some(place) = by_id.get(&row.get::<_, i64>(1)?) {
                past.leaves.insert(row.get(0)?, *place);
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

    /// Hands every bucket to `take`; it refers to sessions and billings by their places.
    pub fn buckets(&self, take: impl FnMut(Bucket)) -> std::result::Result<(), StoreError> {
        self.each(take).map_err(doing("read", self.path))
    }

    fn each(&self, mut take: impl FnMut(Bucket)) -> Result<()> {
        let mut buckets = self.moment.prepare("SELECT * FROM bucket")?;
        let mut rows = buckets.query([])?;
        while let Some(row) = rows.next()? {
            let session = self.leaves.get(&row.get::<_, i64>(0)?);
            let billing = self.places.get(&row.get::<_, i64>(2)?);
            let (Some(session), Some(billing)) = (session, billing) else { continue };
            let at = |column| row.get(column).map(|at: Option<i64>| at.and_then(time));
            take(Bucket {
                session: *session,
                billing: *billing,
                start: start_of(row.get(1)?),
                span: at(3)?.zip(at(4)?),
                usage: usage(row, 5)?,
                replies: row.get::<_, i64>(12)?.cast_unsigned(),
                unsettled: row.get::<_, i64>(13)?.cast_unsigned(),
            });
        }
        Ok(())
    }
}

fn session(row: &Row<'_>) -> Result<PastSession> {
    let text = |column| row.get(column).map(|text: Option<String>| text.map(Untrusted::new));
    let at = |column| row.get(column).map(|at: Option<i64>| at.and_then(time));
    let key =
        SessionKey { agent: AgentId::new(row.get::<_, String>(1)?), id: SessionId::new(row.get::<_, String>(2)?) };
    Ok(PastSession {
        key,
        parent: row.get::<_, Option<String>>(3)?.map(SessionId::new),
        fork: row.get(4)?,
        internal: row.get(5)?,
        cwd: text(6)?,
        project: text(7)?,
        version: text(8)?,
        first_at: at(9)?,
        last_at: at(10)?,
    })
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
pub(crate) fn billing(connection: &Connection, id: i64) -> Result<Billing> {
    let mut one = connection.prepare_cached("SELECT model, tier, regional, size FROM billing WHERE id = ?1")?;
    one.query_row([id], billing_of)
}

/// How far every file was read.
pub(crate) fn cursors(connection: &Connection) -> Result<Vec<FileCursor>> {
    let columns = "agent, path, device, inode, len, modified, offset, head, before, state";
    let mut files = connection.prepare(&format!("SELECT {columns} FROM file"))?;
    files.query_map([], cursor)?.collect()
}

fn cursor(row: &Row<'_>) -> Result<FileCursor> {
    let number = |column| row.get(column).map(i64::cast_unsigned);
    Ok(FileCursor {
        agent: AgentId::new(row.get::<_, String>(0)?),
        path: path(row.get(1)?),
        id: (number(2)?, number(3)?),
        len: Bytes(number(4)?),
        modified: Timestamp::from_nanosecond(i128::from(row.get::<_, i64>(5)?)).unwrap_or(Timestamp::UNIX_EPOCH),
        offset: Bytes(number(6)?),
        head: number(7)?,
        before: number(8)?,
        state: row.get(9)?,
    })
}

#[cfg(unix)]
fn path(bytes: Vec<u8>) -> PathBuf {
    PathBuf::from(<OsString as std::os::unix::ffi::OsStringExt>::from_vec(bytes))
}

#[cfg(not(unix))]
fn path(bytes: Vec<u8>) -> PathBuf {
    PathBuf::from(OsString::from(String::from_utf8_lossy(&bytes).into_owned()))
}
