//! What is remembered of alerts from one run to the next, and which topside of several tells them.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use topside_model::{Delivery, Timestamp, Told};

use super::target::Target;
use crate::cli::Options;
use crate::state;

/// The file, and the one whose lock the telling topside holds.
const FILES: [&str; 2] = ["alerts.json", "alerts.lock"];

/// Where it is kept.
pub(crate) fn folder(options: &Options) -> Option<PathBuf> {
    state::folder(options.root.as_deref())
}

/// What is remembered.
#[derive(Debug, Default, Clone, PartialEq)]
pub(crate) struct Memory {
    pub(crate) told: Vec<Told>,
    pub(crate) deliveries: Vec<Delivery>,
}

/// Where it is remembered; a place of `None` forgets.
#[derive(Debug)]
pub(crate) struct Kept {
    folder: Option<PathBuf>,
    /// Held while this topside tells.
    lock: Option<File>,
}

impl Kept {
    pub(crate) fn at(folder: Option<PathBuf>) -> Self {
        Self { folder, lock: None }
    }

    /// True when this topside is the one that tells: no other does.
    pub(crate) fn take(&mut self) -> io::Result<bool> {
        let Some(folder) = self.folder.as_deref().filter(|_| self.lock.is_none()) else { return Ok(true) };
        state::make(folder)?;
        let lock = private(&folder.join(FILES[1]))?;
        match lock.try_lock() {
            Ok(()) => self.lock = Some(lock),
            Err(fs::TryLockError::WouldBlock) => return Ok(false),
            Err(fs::TryLockError::Error(error)) => return Err(error),
        }
        Ok(true)
    }

    /// What is remembered; nothing where there is none, or none that can be understood.
    pub(crate) fn read(&self) -> Memory {
        let text = self.folder.as_ref().and_then(|folder| fs::read_to_string(folder.join(FILES[0])).ok());
        let record: Option<Record> = text.and_then(|text| serde_json::from_str(&text).ok());
        record.map(Memory::from).unwrap_or_default()
    }

    /// Remembers this instead, as a whole or not at all.
    pub(crate) fn write(&self, memory: &Memory) -> io::Result<()> {
        let Some(folder) = &self.folder else { return Ok(()) };
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        serde_json::to_writer(&mut file, &Record::from(memory))?;
        file.flush()?;
        file.persist(folder.join(FILES[0])).map(drop).map_err(|error| error.error)
    }
}

/// Opens a file that is nobody else's business, empty where it was not there.
fn private(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// The file.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Record {
    told: Vec<ToldRecord>,
    ways: Vec<WayRecord>,
}

#[derive(Debug, Serialize, Deserialize)]
struct ToldRecord {
    rule: String,
    subject: String,
    marks: Vec<Timestamp>,
    at: Timestamp,
}

#[derive(Debug, Serialize, Deserialize)]
struct WayRecord {
    target: String,
    sent_at: Option<Timestamp>,
    failed: Option<(Timestamp, String)>,
}

impl From<&Memory> for Record {
    fn from(Memory { told, deliveries }: &Memory) -> Self {
        let told =
            told.iter().cloned().map(|Told { rule, subject, marks, at }| ToldRecord { rule, subject, marks, at });
        let ways = deliveries.iter().cloned();
        let ways =
            ways.map(|Delivery { target, sent_at, failed }| WayRecord { target: target.to_owned(), sent_at, failed });
        Self { told: told.collect(), ways: ways.collect() }
    }
}

impl From<Record> for Memory {
    fn from(Record { told, ways }: Record) -> Self {
        let told = told.into_iter().map(|ToldRecord { rule, subject, marks, at }| Told { rule, subject, marks, at });
        let deliveries = ways.into_iter().filter_map(|WayRecord { target, sent_at, failed }| {
            Some(Delivery { target: Target::named(&target)?.id(), sent_at, failed })
        });
        Self { told: told.collect(), deliveries: deliveries.collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn memory() -> Memory {
        let at = |second| Timestamp::from_second(second).expect("a time");
        let told = Told { rule: "approval".into(), subject: "codex a".into(), marks: vec![at(2), at(1)], at: at(3) };
        let works = Delivery { target: "bell", sent_at: Some(at(4)), failed: None };
        let fails = Delivery { target: "webhook", sent_at: None, failed: Some((at(5), "no answer".into())) };
        Memory { told: vec![told], deliveries: vec![works, fails] }
    }

    #[test]
    fn what_was_told_is_remembered() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = folder.path().join("state/topside");
        let mut kept = Kept::at(Some(place.clone()));
        assert!(kept.take().expect("it can be locked"));
        assert_eq!(kept.read(), Memory::default());
        kept.write(&memory()).expect("written");
        assert_eq!(kept.read(), memory());
        fs::write(place.join("alerts.json"), "{").expect("written");
        assert_eq!(kept.read(), Memory::default());
    }

    #[cfg(unix)]
    #[test]
    fn it_is_nobody_elses_business() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        let place = folder.path().join("topside");
        let mut kept = Kept::at(Some(place.clone()));
        kept.take().expect("it can be locked");
        kept.write(&memory()).expect("written");
        let mode = |path: &Path| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
        assert_eq!(mode(&place), 0o700);
        assert_eq!(FILES.map(|file| mode(&place.join(file))), [0o600; 2]);
    }

    #[test]
    fn one_of_several_tells() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = || Kept::at(Some(folder.path().to_owned()));
        let (mut first, mut second) = (place(), place());
        assert!(first.take().expect("locked") && first.take().expect("still locked"));
        assert!(!second.take().expect("asked"));
        drop(first);
        assert!(second.take().expect("locked"));
    }
}
