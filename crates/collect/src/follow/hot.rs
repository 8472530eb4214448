//! Directories in which something is expected to happen.

use std::collections::{BTreeSet, HashSet};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use topside_model::{Place, SessionId};
use topside_probe::Host;

use super::Follower;

/// Looks between two comparisons with the disk of directories in which nothing is expected to happen.
const COLD_EVERY: u32 = 5;

impl Follower {
    /// Compares directories with the disk: those in use, and where one of them changed, or something is awaited, or it was
    /// not done for a while, all of them.
    pub(super) fn refresh(&self, host: &dyn Host) -> BTreeSet<PathBuf> {
        let warm = |dir: &Path| self.hot.contains(dir) || self.attached_in.contains(dir);
        let mut changed = self.files.refresh(host, warm);
        if !changed.is_empty() || self.is_awaiting() || self.looks.is_multiple_of(COLD_EVERY) {
            changed.append(&mut self.files.refresh(host, |dir| !warm(dir)));
        }
        changed
    }

    /// Directories in which something that matters may happen at any time.
    pub(crate) fn hot_directories(&self) -> &BTreeSet<PathBuf> {
        &self.hot
    }

    /// True while a loaded session has no transcript: it may come anywhere.
    fn is_awaiting(&self) -> bool {
        let followed: BTreeSet<&SessionId> = self.tails.values().map(|tail| &tail.source.session).collect();
        self.running.live().iter().any(|live| !followed.contains(&live.session))
    }

    /// The directories of loaded transcripts and what lies between them and the home, those in which one will be, those
    /// of what proves that they are loaded, and the ones directly in a home. A home itself is left out once it has such:
    /// the agent's databases change there all the time.
    pub(super) fn find_hot(&self) -> BTreeSet<PathBuf> {
        let live: BTreeSet<&SessionId> = self.running.live().iter().map(|live| &live.session).collect();
        let hot = self.tails.values();
        let hot = hot.filter(|tail| live.contains(tail.source.parent.as_ref().unwrap_or(&tail.source.session)));
        // Sessions of one directory share it and all above it, so each is gone through once.
        let mut dirs: HashSet<&OsStr> = HashSet::new();
        for tail in hot {
            let above = tail.path().ancestors().skip(1).take_while(|dir| **dir != *tail.source.home);
            above.map(Path::as_os_str).take_while(|dir| dirs.insert(dir)).for_each(drop);
        }
        let proofs = self.running.live().iter().filter_map(|live| match &live.proof {
            Place::Lock { path, .. } | Place::File { path, .. } => Path::new(path.raw()).parent(),
            Place::Process { .. } | Place::Socket { .. } | Place::Nowhere => None,
        });
        dirs.extend(proofs.map(Path::as_os_str));
        let awaited = self.running.live().iter().filter_map(|live| live.folder.as_deref());
        let awaited: Vec<&Path> =
            awaited.filter(|dir| !dirs.contains(dir.as_os_str()) && self.files.knows(dir)).collect();
        dirs.extend(awaited.into_iter().map(Path::as_os_str));
        let first = self.homes.iter().flat_map(|home| {
            let within = self.files.directories_in(home);
            if within.is_empty() { vec![home.clone()] } else { within }
        });
        dirs.into_iter().map(PathBuf::from).chain(first).collect()
    }
}
