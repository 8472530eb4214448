//! What running processes say of themselves: `sessions/<pid>.json`, and `jobs/<id>/state.json` of those in the
//! background.
//!
//! A record is written when something changes and never again, so a long turn leaves an old one: it holds as long as its
//! process lives. The keys that lie beside the records are never opened.

use std::path::{Path, PathBuf};

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use topside_model::{Activity, Place, Report, SessionId, Timestamp, Untrusted, elapsed};
use topside_probe::{Numbering, Process};

use super::history;
use super::record::{session, untrusted};
use crate::agent::Look;
use crate::source::json::Json;

/// How far a start told by the clock may be off.
const CLOCKS_DIFFER: std::time::Duration = std::time::Duration::from_secs(2);
/// Releases without `procStart` register this long after their start, at most.
const REGISTERED_WITHIN: std::time::Duration = std::time::Duration::from_mins(5);

/// A record of a running process.
pub(super) struct Record {
    pub(super) pid: u32,
    pub(super) session: SessionId,
    pub(super) cwd: Option<Untrusted>,
    /// Namespace of the process number.
    pub(super) domain: Option<String>,
    registered: Option<Timestamp>,
    process_start: Option<String>,
    status: Option<String>,
    waiting_for: Option<String>,
    since: Option<Timestamp>,
    job: Option<String>,
}

/// How a record names the numbering of processes.
pub(super) fn domain(numbering: &Numbering) -> String {
    format!("linux:{}:{}", numbering.machine, numbering.namespace)
}

/// Records of a root by file.
pub(super) fn records(look: &Look<'_>, home: &Path) -> Vec<(PathBuf, Record)> {
    let folder = home.join("sessions");
    let entries = look.files.entries_now(look.host, &folder);
    let paths = entries.iter().filter(|entry| is_record(&entry.name)).map(|entry| folder.join(&entry.name));
    paths.filter_map(|path| Some((read(look, &path)?, path))).map(|(record, path)| (path, record)).collect()
}

/// `<pid>.json`. Other programs put files of other names there, and secrets lie there too.
fn is_record(name: &str) -> bool {
    name.strip_suffix(".json").is_some_and(|stem| !stem.is_empty() && stem.bytes().all(|digit| digit.is_ascii_digit()))
}

/// When `process` laid its key beside the records. The key itself is not looked into.
pub(super) fn key_laid(look: &Look<'_>, home: &Path, process: &Process) -> Option<Timestamp> {
    let folder = home.join("sessions");
    let is_key = |name: &str| {
        let middle = name.strip_suffix(".key").and_then(|stem| stem.split_once('.'));
        middle.is_some_and(|(number, _)| number.parse() == Ok(process.id.pid))
    };
    let entries = look.files.entries_now(look.host, &folder);
    let keys = entries.iter().filter(|entry| is_key(&entry.name));
    let laid = keys.filter_map(|key| Some(look.files.stat(look.host, &folder.join(&key.name))?.modified)).max()?;
    // One that had the number before may have left a key behind.
    process.started_at.is_none_or(|born| elapsed(laid, born) <= CLOCKS_DIFFER).then_some(laid)
}

/// The record in a file; the last whole one while it is being written.
pub(super) fn read(look: &Look<'_>, path: &Path) -> Option<Record> {
    parse(&look.files.document(look.host, path)?)
}

fn parse(bytes: &[u8]) -> Option<Record> {
    let object = Json::value(bytes)?;
    let text = |key: &str| object.field(key).and_then(Json::text).map(std::borrow::Cow::into_owned);
    let time = |key: &str| {
        let milliseconds = object.field(key).and_then(Json::count)?;
        Timestamp::from_millisecond(i64::try_from(milliseconds).ok()?).ok()
    };
    Some(Record {
        pid: u32::try_from(object.field("pid").and_then(Json::count)?).ok()?,
        session: object.field("sessionId").and_then(session)?,
        cwd: object.field("cwd").and_then(untrusted),
        domain: text("pidDomain"),
        registered: time("startedAt"),
        process_start: text("procStart"),
        status: text("status"),
        waiting_for: text("waitingFor"),
        since: time("statusUpdatedAt").or_else(|| time("updatedAt")),
        job: text("jobId"),
    })
}

impl Record {
    /// True when the record was written by this very process, not by one that had its number before.
    pub(super) fn is_of(&self, process: &Process) -> bool {
        if self.pid != process.id.pid {
            return false;
        }
        let near = |time: Timestamp| {
            process.started_at.is_none_or(|born| elapsed(time, born).max(elapsed(born, time)) <= CLOCKS_DIFFER)
        };
        match self.process_start.as_deref() {
            Some(start) => match start.parse::<u64>() {
                Ok(ticks) => ticks == process.id.started || windows_time(ticks).is_some_and(near),
                Err(_) => clock_time(start).is_some_and(near),
            },
            None => self.registered.zip(process.started_at).is_none_or(|(registered, born)| {
                elapsed(registered, born) <= CLOCKS_DIFFER && elapsed(born, registered) <= REGISTERED_WITHIN
            }),
        }
    }

    /// What the process says it does; `None` where its release does not.
    pub(super) fn report(&self, look: &Look<'_>, home: &Path, path: &Path) -> Option<Report> {
        let needs = || self.job.as_ref().and_then(|job| needs(look, home, job));
        let activity = match self.status.as_deref()? {
            "busy" if self.since.is_some_and(|since| history::compacts(look, home, &self.session, since)) => {
                Activity::Compacting
            }
            "busy" => Activity::Busy,
            "idle" => Activity::Idle,
            "shell" => Activity::Background,
            "waiting" => self.waiting(needs),
            other => Activity::Other(Untrusted::new(other)),
        };
        let place = Place::File { path: Untrusted::new(path.to_string_lossy()), offset: 0 };
        Some(Report { activity, since: self.since, place })
    }

    /// For whom it waits. Whatever is not known is taken for something a person must allow.
    fn waiting(&self, needs: impl Fn() -> Option<Untrusted>) -> Activity {
        match self.waiting_for.as_deref() {
            Some("dialog open") => Activity::Dialog,
            Some("input needed") => Activity::Question(needs()),
            Some(words) => Activity::Approval(needs().or_else(|| Some(Untrusted::new(words)))),
            None => Activity::Approval(needs()),
        }
    }
}

/// What a session in the background needs, in its own words.
fn needs(look: &Look<'_>, home: &Path, job: &str) -> Option<Untrusted> {
    // The id is somebody else's text and becomes a part of a path.
    if job.is_empty() || !job.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        return None;
    }
    let state = look.files.document(look.host, &home.join("jobs").join(job).join("state.json"))?;
    Json::value(&state)?.field("needs").and_then(untrusted)
}

/// The name of the model in a root's settings.
pub(super) fn settings_model(look: &Look<'_>, home: &Path) -> Option<String> {
    let settings = look.files.document(look.host, &home.join("settings.json"))?;
    Json::value(&settings)?.field("model").and_then(super::record::string)
}

/// macOS: `Wed Jul  8 10:56:27 2026`, in UTC.
fn clock_time(text: &str) -> Option<Timestamp> {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let time = DateTime::strptime("%a %b %d %H:%M:%S %Y", &words).ok()?;
    time.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

/// Windows: hundreds of nanoseconds since 1601, in UTC. Releases up to 2.1.150 counted from the year 1 in local time,
/// which tells nothing here.
fn windows_time(ticks: u64) -> Option<Timestamp> {
    const UNIX_EPOCH: u64 = 116_444_736_000_000_000;
    const EARLIEST: u64 = 125_000_000_000_000_000;
    const LATEST: u64 = 160_000_000_000_000_000;
    let since = ticks.checked_sub(UNIX_EPOCH).filter(|_| (EARLIEST..LATEST).contains(&ticks))?;
    Timestamp::from_microsecond(i64::try_from(since / 10).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agents::program;
    use topside_model::ProcessRef;

    fn process(started: u64, born: &str) -> Process {
        Process {
            id: ProcessRef { pid: 31109, started },
            started_at: Some(born.parse().expect("a time")),
            ..program::process("/x/claude", &[])
        }
    }

    fn record(start: &str) -> Record {
        parse(format!(r#"{{"pid":31109,"sessionId":"s","startedAt":1783508188000{start}}}"#).as_bytes()).expect("whole")
    }

    #[test]
    fn a_record_is_of_the_process_that_started_when_it_says() {
        let born = "2026-07-08T10:56:27Z";
        assert!(record(r#","procStart":"225394""#).is_of(&process(225_394, born)));
        assert!(!record(r#","procStart":"225394""#).is_of(&process(99, born)));
        assert!(record(r#","procStart":"Wed Jul  8 10:56:27 2026""#).is_of(&process(1, born)));
        assert!(!record(r#","procStart":"Wed Jul  8 12:56:27 2026""#).is_of(&process(1, born)));
        assert!(record(r#","procStart":"134279817870000000""#).is_of(&process(1, born)));
    }

    #[test]
    fn without_a_start_the_time_of_registration_decides() {
        assert!(record("").is_of(&process(1, "2026-07-08T10:56:20Z")));
        assert!(!record("").is_of(&process(1, "2026-07-08T10:57:20Z")), "the process is younger than its record");
        assert!(!record("").is_of(&process(1, "2026-07-08T09:00:00Z")), "the process is much older");
    }

    #[test]
    fn only_records_are_opened() {
        assert!(is_record("31109.json"));
        for name in ["31109.0123abcd.key", "pid-7.json", ".json", "31109.json.tmp", "9e9fed.json"] {
            assert!(!is_record(name), "{name}");
        }
    }

    #[test]
    fn a_torn_record_is_none() {
        assert!(parse(b"").is_none());
        assert!(parse(br#"{"pid":31109,"sessi"#).is_none());
    }
}
