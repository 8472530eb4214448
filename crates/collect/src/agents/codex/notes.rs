//! Names and family ties that Codex keeps beside the transcripts.

use std::path::{Path, PathBuf};

use topside_model::{Event, EventKind, Origin, SessionId, SourceId, Untrusted};
use topside_probe::SqlValue;

use super::paths;
use crate::agent::Look;
use crate::source::json::Json;

/// Longest `session_index.jsonl` that is read; a name a line.
const INDEX_BYTES: usize = 4 * 1024 * 1024;
/// The index is a view of the transcripts and may be large: only the latest threads can be on the screen.
const NAMES: &str = "select id, name from threads where name is not null and name <> '' \
    order by updated_at desc limit 1000";
const EDGES: &str = "select parent_thread_id, child_thread_id, status from thread_spawn_edges limit 5000";

/// Where names stand among facts: behind those in transcripts, which Codex wrote there for a while and does not change
/// any more. The database outranks the append-only log.
const LOGGED: u64 = u64::MAX - 1;
pub(super) const INDEXED: u64 = u64::MAX;

/// Reads what a home says about its threads.
pub(super) fn read(look: &Look<'_>, home: &Path) -> Vec<Event> {
    let log = home.join("session_index.jsonl");
    let mut events = if look.files.changed(look.host, &log) { logged_names(look, &log) } else { Vec::new() };
    if let Some(index) = database(look, home).filter(|index| database_changed(look, index)) {
        events.extend(rows(look, &index, NAMES).iter().filter_map(|row| name(row)));
        events.extend(rows(look, &index, EDGES).iter().filter_map(|row| edge(row)));
    }
    events
}

fn database(look: &Look<'_>, home: &Path) -> Option<PathBuf> {
    let moved = look.processes.by_pid.values().find(|process| {
        process.variables.contains_key(paths::SQLITE_VARIABLE) && paths::home_of(process, look) == *home
    });
    let folder =
        moved.and_then(|process| process.variables.get(paths::SQLITE_VARIABLE)).map_or(home, |dir| Path::new(dir));
    paths::indexes(look, folder).into_iter().next()
}

/// A database in WAL mode changes beside its main file.
fn database_changed(look: &Look<'_>, database: &Path) -> bool {
    let mut log = database.as_os_str().to_owned();
    log.push("-wal");
    let main = look.files.changed(look.host, database);
    look.files.changed(look.host, Path::new(&log)) || main
}

/// Another version may lack a table or a column; then this source simply says nothing. What cannot be read is noted.
fn rows(look: &Look<'_>, database: &Path, sql: &str) -> Vec<Vec<SqlValue>> {
    match look.host.query(database, sql) {
        Ok(rows) => {
            look.files.clear(database);
            rows
        }
        Err(topside_probe::QueryError::Missing(_) | topside_probe::QueryError::Schema { .. }) => Vec::new(),
        Err(error) => {
            look.files.note(database, error.to_string());
            Vec::new()
        }
    }
}

fn name(row: &[SqlValue]) -> Option<Event> {
    let [SqlValue::Text(id), SqlValue::Text(name)] = row else { return None };
    Some(note(id, INDEXED, EventKind::SessionNamed(Untrusted::new(name))))
}

fn edge(row: &[SqlValue]) -> Option<Event> {
    let [SqlValue::Text(parent), SqlValue::Text(child), SqlValue::Text(status)] = row else { return None };
    let done = status == "closed";
    Some(note(parent, INDEXED, EventKind::SubagentLinked { child: SessionId::new(child), done }))
}

/// `{"id", "thread_name", "updated_at"}` a line; the last line of a thread counts.
fn logged_names(look: &Look<'_>, path: &Path) -> Vec<Event> {
    let Ok(file) = look.host.open(path) else { return Vec::new() };
    let length = file.stat().map_or(0, |stat| stat.len as usize).min(INDEX_BYTES);
    let mut bytes = vec![0; length];
    let mut filled = 0;
    while let Ok(count @ 1..) = file.read_at(filled as u64, &mut bytes[filled..]) {
        filled += count;
    }
    let lines = bytes[..filled].split(|byte| *byte == b'\n').enumerate();
    let names = lines.filter_map(|(number, line)| {
        let record = Json::objects(line, b"{\"id\":", |walk| walk.object()).next()?;
        let id = record.field("id")?.text()?;
        let name = record.field("thread_name").and_then(super::record::untrusted)?;
        let event = note(&id, LOGGED, EventKind::SessionNamed(name));
        Some(Event { origin: Origin { offset: number as u64, ..event.origin }, ..event })
    });
    names.collect()
}

/// A fact from outside the transcripts.
pub(super) fn note(session: &str, rank: u64, kind: EventKind) -> Event {
    let origin = Origin { rank, offset: 0, source: SourceId(u32::MAX) };
    Event { session: SessionId::new(session), at: None, origin, kind }
}
