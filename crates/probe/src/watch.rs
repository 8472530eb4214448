//! Wake-ups when something in a directory changes.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use notify::event::{EventKind, ModifyKind};
use notify::{ErrorKind, Event, RecommendedWatcher, RecursiveMode, Watcher as _};

use crate::{Stir, Watcher};

/// Watches through the operating system's own means. Where these fail there are no wake-ups, and
/// [`problem`](Watcher::problem) says why.
pub(crate) struct OsWatcher {
    backend: Option<RecommendedWatcher>,
    /// Shared with the backend's thread, which takes out a directory that was removed or moved: its watch is gone.
    watched: Arc<Mutex<BTreeSet<PathBuf>>>,
    problem: Option<String>,
}

impl OsWatcher {
    pub(crate) fn new(wake: Box<dyn Fn(Stir) + Send + Sync>) -> Self {
        let watched: Arc<Mutex<BTreeSet<PathBuf>>> = Arc::default();
        let ended = Arc::clone(&watched);
        let backend = notify::recommended_watcher(move |event: notify::Result<Event>| {
            let Ok(event) = event else { return };
            if takes_names_away(event.kind) {
                let mut watched = locked(&ended);
                event.paths.iter().for_each(|path| _ = watched.remove(path));
            }
            if is_change(event.kind) {
                wake(Stir::Files);
            }
        });
        let (backend, problem) = match backend {
            Ok(backend) => (Some(backend), None),
            Err(error) => (None, Some(error.to_string())),
        };
        Self { backend, watched, problem }
    }
}

impl Watcher for OsWatcher {
    fn watch(&mut self, dirs: &BTreeSet<PathBuf>) {
        let Some(backend) = &mut self.backend else { return };
        let before = locked(&self.watched).clone();
        for dir in before.difference(dirs) {
            locked(&self.watched).remove(dir);
            // An error means that the directory is gone, and its watch with it.
            _ = backend.unwatch(dir);
        }
        self.problem = None;
        for dir in dirs.difference(&before) {
            // Noted first, so that a directory removed at this very moment is taken out again.
            locked(&self.watched).insert(dir.clone());
            if let Err(error) = backend.watch(dir, RecursiveMode::NonRecursive) {
                locked(&self.watched).remove(dir);
                self.problem = (!is_missing(&error)).then(|| error.to_string()).or(self.problem.take());
            }
        }
    }

    fn problem(&self) -> Option<&str> {
        self.problem.as_deref()
    }
}

/// Held for a moment only: never while the backend is asked for something, since its thread may be waiting for this.
fn locked(watched: &Mutex<BTreeSet<PathBuf>>) -> MutexGuard<'_, BTreeSet<PathBuf>> {
    watched.lock().unwrap_or_else(PoisonError::into_inner)
}

/// False for opening, reading and closing, which topside itself does all the time, and for changed permissions.
fn is_change(kind: EventKind) -> bool {
    !matches!(kind, EventKind::Access(_) | EventKind::Modify(ModifyKind::Metadata(_)))
}

fn takes_names_away(kind: EventKind) -> bool {
    matches!(kind, EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(_)))
}

fn is_missing(error: &notify::Error) -> bool {
    match &error.kind {
        ErrorKind::PathNotFound => true,
        ErrorKind::Io(error) => error.kind() == std::io::ErrorKind::NotFound,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use notify::event::{AccessKind, AccessMode, CreateKind, DataChange, MetadataKind, RemoveKind};

    use super::*;

    #[test]
    fn reading_does_not_wake_and_writing_does() {
        for kind in [
            EventKind::Access(AccessKind::Open(AccessMode::Any)),
            EventKind::Access(AccessKind::Read),
            EventKind::Access(AccessKind::Close(AccessMode::Read)),
            EventKind::Modify(ModifyKind::Metadata(MetadataKind::AccessTime)),
        ] {
            assert!(!is_change(kind), "{kind:?}");
        }
        for kind in [
            EventKind::Create(CreateKind::File),
            EventKind::Modify(ModifyKind::Data(DataChange::Any)),
            EventKind::Remove(RemoveKind::File),
            EventKind::Any,
            EventKind::Other,
        ] {
            assert!(is_change(kind), "{kind:?}");
        }
    }
}
