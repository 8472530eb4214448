//! What was read, and what could not be made sense of.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use topside_model::{UnknownRecords, Untrusted};

use crate::agent::Output;

/// What was read, and what could not be made sense of.
#[derive(Default)]
pub(super) struct Ledger {
    /// Bytes of files that are followed no more.
    pub(super) bytes_let_go: u64,
    /// Events made so far.
    pub(super) events: u64,
    /// Time the last round took.
    pub(super) last_round: Duration,
    misread: BTreeMap<PathBuf, Misread>,
}

/// Records of one file that say nothing to us.
#[derive(Default)]
struct Misread {
    unknown: BTreeMap<(String, Option<String>), u64>,
    unreadable: u64,
}

impl Ledger {
    /// A file is read from its beginning.
    pub(super) fn begin(&mut self, path: &Path) {
        self.misread.remove(path);
    }

    /// Notes what `out` holds besides events.
    pub(super) fn note(&mut self, path: &Path, out: &Output) {
        if out.unknown.is_empty() && out.unreadable == 0 {
            return;
        }
        let misread = self.misread.entry(path.to_owned()).or_default();
        misread.unreadable += out.unreadable;
        for (kind, count) in &out.unknown {
            *misread.unknown.entry(kind.clone()).or_default() += count;
        }
    }

    /// Records of unknown kinds in all files together.
    pub(super) fn unknown(&self) -> Vec<UnknownRecords> {
        let mut sums: BTreeMap<&(String, Option<String>), u64> = BTreeMap::new();
        for (kind, count) in self.misread.values().flat_map(|misread| &misread.unknown) {
            *sums.entry(kind).or_default() += count;
        }
        let record = |((kind, version), count): (&(String, Option<String>), u64)| UnknownRecords {
            kind: Untrusted::new(kind),
            version: version.as_ref().map(Untrusted::new),
            count,
        };
        sums.into_iter().map(record).collect()
    }

    /// Files with lines that are no records.
    pub(super) fn unreadable(&self) -> impl Iterator<Item = (PathBuf, String)> {
        let words = |count: u64| format!("{count} {} not JSON", if count == 1 { "line is" } else { "lines are" });
        let each = self.misread.iter().filter(|(_, misread)| misread.unreadable > 0);
        each.map(move |(path, misread)| (path.clone(), words(misread.unreadable)))
    }
}
