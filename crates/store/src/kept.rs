//! Reports that were made before, in a file beside the database.
//!
//! Whoever asks the same again is answered without opening the database, as long as it is the same, and so is what the reports
//! rest on besides. The file may be lost at any time.

use std::fs::{self, File};
use std::hash::BuildHasher as _;
use std::io::{self, Write as _};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use foldhash::fast::FixedState;
use serde::{Deserialize, Serialize, Serializer};
use topside_model::{Timestamp, UsageQuery, UsageReport};

use crate::answer;
use crate::store::{Claim, private};
use crate::whole::{LOG, beside};

/// How the name of the file ends, and of the one that is to take its place.
const KEPT: &str = ".answers";
const NEXT: &str = ".answers.new";
/// So many reports are kept.
const MOST: usize = 32;
/// Milliseconds for which a report is given again: what else it depends on, such as the rules of a time zone, seldom changes.
const LASTS: i64 = 24 * 60 * 60 * 1000;
/// Bytes of what stands for the rest of the file.
const SEAL: usize = size_of::<u64>();

/// Reports of a database, and what they rest on, as they lie in the file.
#[derive(Debug)]
pub struct Kept {
    file: Vec<u8>,
}

#[derive(Serialize, Deserialize)]
struct Told<'a> {
    #[serde(borrow)]
    base: Base<'a>,
    reports: Vec<Report<'a>>,
}

/// What all reports rest on.
#[derive(PartialEq, Serialize, Deserialize)]
struct Base<'a> {
    /// The database and its log.
    database: [Option<Stamp>; 2],
    #[serde(serialize_with = "raw")]
    setting: &'a [u8],
    #[serde(serialize_with = "raw")]
    scene: &'a [u8],
}

/// Length of a file, and when it was written, in nanoseconds since 1970.
type Stamp = (u64, u128);

#[derive(Serialize, Deserialize)]
struct Report<'a> {
    #[serde(serialize_with = "raw")]
    question: &'a [u8],
    /// Milliseconds since 1970.
    made_at: i64,
    #[serde(serialize_with = "raw")]
    answer: &'a [u8],
}

impl Kept {
    /// Reports of the database at `path` as it is now, made in that `setting`; `None` where there are none.
    pub fn read(path: &Path, setting: &[u8]) -> Option<Self> {
        let file = fs::read(beside(path, KEPT)).ok()?;
        let (seal, rest) = file.split_at_checked(SEAL)?;
        let kept = (seal == sealed(rest)).then_some(Self { file })?;
        let base = kept.told()?.base;
        (base.setting == setting && base.database == stamps(path)).then_some(kept)
    }

    /// What they rest on besides the database and the setting.
    pub fn scene(&self) -> Option<&[u8]> {
        self.told().map(|told| told.base.scene)
    }

    /// The report that answers `question`, made at most a day before `now`: as of `now`, with the `query` that belongs to the
    /// question.
    pub fn report(&self, question: &[u8], query: &UsageQuery, now: Timestamp) -> Option<UsageReport> {
        let millisecond = now.as_millisecond();
        let known = self.told()?.reports.into_iter().find(|known| known.question == question)?;
        let is_recent = (millisecond - LASTS..=millisecond).contains(&known.made_at);
        answer::unpacked(known.answer, query.clone(), now).filter(|_| is_recent)
    }

    /// `None` for what another version of topside left.
    fn told(&self) -> Option<Told<'_>> {
        postcard::from_bytes(self.file.get(SEAL..)?).ok()
    }
}

impl<'a> Told<'a> {
    /// Puts a report in the place of the one to the same question, or of the oldest where they are too many. Those from
    /// moments that are yet to come go.
    fn add(&mut self, report: Report<'a>) {
        self.reports.retain(|known| known.question != report.question && known.made_at <= report.made_at);
        self.reports.drain(..self.reports.len().saturating_sub(MOST - 1));
        self.reports.push(report);
    }
}

impl Claim {
    /// Keeps a report of the database as it is now, which rests on `scene` too, until one of them changes; not where it is long
    /// or depends on the moment it was made. The `question` and the `setting` must tell everything else that it depends on.
    pub fn keep(&self, setting: &[u8], scene: &[u8], question: &[u8], report: &UsageReport) -> io::Result<()> {
        let Some(answer) = answer::packed(report).map_err(io::Error::other)? else { return Ok(()) };
        let base = Base { database: stamps(&self.path), setting, scene };
        let before = Kept::read(&self.path, setting);
        let known = before.as_ref().and_then(Kept::told).filter(|known| known.base == base);
        let mut kept = known.unwrap_or(Told { base, reports: Vec::new() });
        kept.add(Report { question, made_at: report.taken_at.as_millisecond(), answer: &answer });
        let rest = postcard::to_stdvec(&kept).map_err(io::Error::other)?;
        // In one step: nobody else writes, but somebody may read.
        let next = beside(&self.path, NEXT);
        let mut file = File::create(&next)?;
        private(&next);
        file.write_all(&sealed(&rest))?;
        file.write_all(&rest)?;
        fs::rename(next, beside(&self.path, KEPT))
    }
}

/// Stands for the rest of the file: a crash of the machine may leave a part of it.
fn sealed(rest: &[u8]) -> [u8; SEAL] {
    FixedState::default().hash_one(rest).to_le_bytes()
}

/// In one piece, not byte by byte.
fn raw<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_bytes(bytes)
}

/// The database at `path` and its log as they are now.
fn stamps(path: &Path) -> [Option<Stamp>; 2] {
    let stamp = |path: &Path| {
        let file = fs::metadata(path).ok()?;
        let written = file.modified().ok().and_then(|time: SystemTime| time.duration_since(UNIX_EPOCH).ok());
        Some((file.len(), written.map_or(0, |since| since.as_nanos())))
    };
    [stamp(path), stamp(&beside(path, LOG))]
}
