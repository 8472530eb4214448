//! One directory, as it was last listed.

use std::io;
use std::path::Path;
use std::sync::Arc;

use jiff::SignedDuration;
use topside_model::Timestamp;
use topside_probe::{DirEntry, FileKind, FileStat, Host};

/// A directory that changed this shortly before it was listed may have changed again without its time telling: clocks of
/// file systems tick slowly.
pub(crate) const RACY: SignedDuration = SignedDuration::from_secs(1);

/// Entries of a directory, and facts about each, as far as they are known.
pub(crate) type Listing = (Vec<DirEntry>, Vec<Option<FileStat>>);

/// One directory; one that is not there has no time and no entries.
pub(super) struct Directory {
    modified: Option<Timestamp>,
    listed: Timestamp,
    /// Sorted by name.
    entries: Arc<[DirEntry]>,
    /// Facts about the entries, as far as they are known.
    stats: Vec<Option<FileStat>>,
    /// True once its files were looked at: all of them, when the first one was asked for.
    is_surveyed: bool,
}

impl Directory {
    /// A directory that had the time `modified` before it was `listed`; one that is not there, or cannot be read, has an empty
    /// listing.
    pub(super) fn new(modified: Option<Timestamp>, listed: Timestamp, (entries, stats): Listing) -> Self {
        Self { modified, listed, entries: entries.into(), stats, is_surveyed: false }
    }

    /// Its entries, sorted by name.
    pub(super) fn entries(&self) -> Arc<[DirEntry]> {
        Arc::clone(&self.entries)
    }

    /// True unless it was not there.
    pub(super) fn is_there(&self) -> bool {
        self.modified.is_some()
    }

    /// True when its own time is what it was when it was listed; `None` is the time of one that is not there.
    pub(super) fn is_of(&self, modified: Option<Timestamp>) -> bool {
        self.modified == modified
    }

    /// True when it was listed so soon after a change that the next one may have left its time as it was.
    pub(super) fn is_racy(&self) -> bool {
        let age = self.modified.map(|modified| self.listed.duration_since(modified));
        age.is_some_and(|age| !age.is_negative() && age < RACY)
    }

    /// Facts about one of its files; whoever asks for one asks for the others as well.
    pub(super) fn stat(&mut self, host: &dyn Host, dir: &Path, name: &str) -> Option<FileStat> {
        let place = self.place(name)?;
        if self.stats[place].is_none() && !self.is_surveyed {
            self.look_at(host, dir, |_| true);
            self.is_surveyed = true;
        }
        self.stats[place]
    }

    /// Facts about its entries in their order, those looked at first that are files and `wanted` by their places.
    pub(super) fn stats(
        &mut self,
        host: &dyn Host,
        dir: &Path,
        wanted: impl Fn(usize) -> bool,
    ) -> Vec<Option<FileStat>> {
        self.look_at(host, dir, wanted);
        self.stats.clone()
    }

    /// Looks at those of its files that are `wanted` by their places and were not looked at before.
    fn look_at(&mut self, host: &dyn Host, dir: &Path, wanted: impl Fn(usize) -> bool) {
        let is_due = |place: usize, entry: &DirEntry| {
            entry.kind == FileKind::File && self.stats[place].is_none() && wanted(place)
        };
        let due = self.entries.iter().enumerate().filter(|(place, entry)| is_due(*place, entry));
        let (places, names): (Vec<usize>, Vec<&str>) = due.map(|(place, entry)| (place, entry.name.as_str())).unzip();
        if places.is_empty() {
            return;
        }
        for (place, stat) in places.into_iter().zip(host.stat_in(dir, &names)) {
            self.stats[place] = stat;
        }
    }

    /// Says that one of its files is now known to be like this.
    pub(super) fn learn(&mut self, name: &str, stat: FileStat) {
        if let Some(place) = self.place(name) {
            self.stats[place] = Some(stat);
        }
    }

    /// Lets go of its files.
    pub(super) fn forget_files(&mut self) {
        self.entries = self.entries.iter().filter(|entry| entry.kind != FileKind::File).cloned().collect();
        self.stats = vec![None; self.entries.len()];
    }

    fn place(&self, name: &str) -> Option<usize> {
        place(&self.entries, name)
    }
}

/// Where among `entries`, sorted by name, the one of that name is.
pub(super) fn place(entries: &[DirEntry], name: &str) -> Option<usize> {
    entries.binary_search_by(|entry| entry.name.as_str().cmp(name)).ok()
}

/// What is listed in `dir`, without facts about it.
pub(super) fn list(host: &dyn Host, dir: &Path) -> io::Result<Listing> {
    host.list(dir).map(|entries| {
        let stats = vec![None; entries.len()];
        (entries, stats)
    })
}
