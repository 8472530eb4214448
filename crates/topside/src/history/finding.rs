//! Finds transcripts that are not as they were when they were read last.

use std::hash::{BuildHasher as _, Hash as _, Hasher as _};
use std::io;
use std::panic::resume_unwind;
use std::path::{MAIN_SEPARATOR, PathBuf};
use std::sync::Arc;
use std::thread::{Scope, ScopedJoinHandle};

use crossbeam_channel::{Sender, bounded};
use foldhash::quality::RandomState;
use foldhash::{HashSet, HashSetExt as _};
use topside_collect::{Archive, REGISTRY, Scene, Transcript, Witness, transcripts};
use topside_model::FileMark;
use topside_probe::Host;
use topside_store::{Store, StoreError};

use super::reading::Means;
use crate::collecting::Setup;

/// So many files are looked at and told of at the same time, and kept by name with a report. With more, that would take much
/// memory.
pub(super) const FEW: usize = 10_000;

/// What every file was when it was read last. One number for each: there may be many.
pub(super) struct Marks {
    keys: RandomState,
    known: HashSet<u64>,
}

impl Marks {
    pub(super) fn of(store: &Store) -> Result<Self, StoreError> {
        let mut marks = Self { keys: RandomState::default(), known: HashSet::new() };
        store.files(|path, mark| {
            let path = path.as_os_str().as_encoded_bytes();
            let name = path.iter().rposition(|byte| char::from(*byte) == MAIN_SEPARATOR).map_or(0, |place| place + 1);
            let print = marks.print(&path[..name.saturating_sub(1)], &path[name..], mark);
            marks.known.insert(print);
        })?;
        Ok(marks)
    }

    /// How many files were read.
    pub(super) fn count(&self) -> usize {
        self.known.len()
    }

    /// What stands for a file in a folder.
    fn print(&self, folder: &[u8], name: &[u8], mark: FileMark) -> u64 {
        let mut print = self.keys.build_hasher();
        print.write(folder);
        print.write(name);
        mark.hash(&mut print);
        print.finish()
    }

    /// Those that are not as they were.
    fn fresh(&self, mut list: Vec<Transcript>) -> Vec<Transcript> {
        list.retain(|one| {
            let (folder, name) = one.place();
            !self.known.contains(&self.print(folder.as_encoded_bytes(), name.as_encoded_bytes(), one.mark()))
        });
        list
    }
}

/// What there is to read.
#[derive(Default)]
pub(super) struct Found {
    /// Transcripts that are not as they were when they were read last, the largest first.
    pub(super) fresh: Vec<Transcript>,
    /// Folders in which there may be others: they cannot be looked into, and why.
    pub(super) missed: Vec<(PathBuf, io::Error)>,
    /// What they were found by, where that was noted.
    pub(super) scene: Option<Scene>,
}

impl Found {
    /// What there is to read of `archive`.
    fn of(archive: Archive, scene: Option<Scene>, marks: &Marks) -> Self {
        Self { fresh: marks.fresh(archive.transcripts), missed: archive.missed, scene }
    }

    /// Everything of every agent.
    fn all(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut all = Self { scene: Some(Scene::default()), ..Self::default() };
        for part in parts {
            all.fresh.extend(part.fresh);
            all.missed.extend(part.missed);
            all.scene = all.scene.zip(part.scene).map(|(all, one)| Scene::of([all, one]));
        }
        let order = |one: &Transcript, other: &Transcript| {
            other.size().cmp(&one.size()).then_with(|| one.place().cmp(&other.place()))
        };
        all.fresh.sort_unstable_by(order);
        all
    }
}

/// For each agent, what finds every transcript it has with the help of a host.
fn lists(means: Means<'_>) -> impl Iterator<Item = impl FnOnce(&dyn Host) -> Archive + use<'_>> {
    let Setup { homes, root, .. } = means.setup;
    REGISTRY.iter().map(move |agent| move |host: &dyn Host| transcripts(host, *agent, homes, root.as_deref()))
}

/// What is not as `store` knows it. One agent after the other: lists may be long.
pub(super) fn fresh(means: Means<'_>, store: &Store) -> Result<Found, StoreError> {
    let marks = Marks::of(store)?;
    Ok(Found::all(lists(means).map(|list| Found::of(list(means.host), None, &marks))))
}

/// The same on other threads, one for each agent.
pub(super) struct Search<'scope>(Vec<Searcher<'scope>>);

struct Searcher<'scope> {
    marks: Sender<Arc<Marks>>,
    thread: ScopedJoinHandle<'scope, Found>,
}

impl<'scope> Search<'scope> {
    /// Begins to look for transcripts, before it is known which of them were read; `notes` says whether to note what they are
    /// found by.
    pub(super) fn begin<'env: 'scope>(scope: &'scope Scope<'scope, 'env>, means: Means<'env>, notes: bool) -> Self {
        let searchers = lists(means).map(|list| {
            let (marks, hear) = bounded::<Arc<Marks>>(1);
            let search = move || {
                let (archive, scene) = if notes {
                    let witness = Witness::new(means.host, FEW);
                    (list(&witness), witness.scene())
                } else {
                    (list(means.host), None)
                };
                // Nobody tells where nobody wants to know any more.
                hear.recv().map_or_else(|_| Found::default(), |marks| Found::of(archive, scene, &marks))
            };
            Searcher { marks, thread: scope.spawn(search) }
        });
        Self(searchers.collect())
    }

    /// Says which were read.
    pub(super) fn tell(&self, marks: Marks) {
        let marks = Arc::new(marks);
        for searcher in &self.0 {
            // One that panicked hears nothing, and is noticed at the end.
            searcher.marks.send(Arc::clone(&marks)).ok();
        }
    }

    /// What was not.
    pub(super) fn found(self) -> Found {
        let found = self.0.into_iter().map(|searcher| searcher.thread.join());
        Found::all(found.map(|found| found.unwrap_or_else(|panic| resume_unwind(panic))))
    }
}
