//! Looks when asked.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use topside_model::{Session, SessionKind, Snapshot, StatusGroup};
use topside_probe::Host;

use crate::collecting::{Collecting, Setup};
use crate::projects;

/// Looks when asked, and then reads only what is new.
pub(super) struct Looking {
    host: Arc<dyn Host>,
    collecting: Collecting,
}

/// Who runs in a repository, or in and around a directory without one.
pub(super) struct Neighbours {
    pub(super) snapshot: Snapshot,
    pub(super) repository: Option<PathBuf>,
    pub(super) sessions: Vec<Arc<Session>>,
}

impl Looking {
    pub(super) fn new(setup: &Setup) -> anyhow::Result<Self> {
        let host: Arc<dyn Host> = setup.host()?;
        Ok(Self { collecting: Collecting::new(Arc::clone(&host), setup), host })
    }

    /// Asks nothing until the next look.
    pub(super) fn rest(&mut self) {
        self.collecting.rest();
    }

    /// Everything but repositories, as it is now.
    pub(super) fn look(&mut self) -> Snapshot {
        self.collecting.catch_up();
        self.collecting.snapshot()
    }

    /// Everything as it is now, with the state of every working tree.
    pub(super) fn look_closely(&mut self) -> Snapshot {
        self.collecting.catch_up();
        for place in self.collecting.directories().into_keys() {
            self.collecting.found(projects::look(&*self.host, place));
        }
        self.collecting.snapshot()
    }

    /// Who runs in the repository around `cwd`, with the state of their working trees.
    pub(super) fn neighbours(&mut self, cwd: &Path) -> Neighbours {
        self.collecting.catch_up();
        let repository = self.host.repository(cwd);
        let near = |host: &dyn Host, place: &Path| match &repository {
            Some(repository) => host.repository(place).as_ref() == Some(repository),
            None => place.starts_with(cwd) || cwd.starts_with(place),
        };
        let places = self.collecting.directories().into_keys();
        let places: Vec<_> = places.filter(|place| near(&*self.host, Path::new(place.raw()))).collect();
        for place in &places {
            self.collecting.found(projects::look(&*self.host, place.clone()));
        }
        let snapshot = self.collecting.snapshot();
        let runs_there = |session: &&Arc<Session>| {
            let kind = session.identity.as_ref().map(|identity| &identity.kind);
            session.group() != StatusGroup::Over
                && !matches!(kind, Some(SessionKind::Internal(_)))
                && session.project.cwd.as_ref().is_some_and(|cwd| places.contains(cwd))
        };
        let sessions = snapshot.sessions.iter().filter(runs_there).cloned().collect();
        Neighbours { snapshot, repository, sessions }
    }
}
