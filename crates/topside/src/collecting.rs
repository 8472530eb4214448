//! The data path: host → runner → engine → snapshot.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use topside_collect::{Pace, REGISTRY, Runner, Scope, interest};
use topside_engine::Engine;
use topside_model::{EventKind, Snapshot, Timestamp, Untrusted};
use topside_probe::{Host, OsHost};

use crate::projects::{self, Found};

/// What to look at.
#[derive(Debug, Clone)]
pub(crate) struct Setup {
    /// Another home; only what lies below it is looked at.
    pub(crate) root: Option<PathBuf>,
    /// A clock that stands still.
    pub(crate) now: Option<Timestamp>,
    /// Which sessions.
    pub(crate) scope: Scope,
}

impl Setup {
    /// The machine.
    pub(crate) fn host(&self) -> anyhow::Result<Arc<OsHost>> {
        let host = OsHost::new(interest(REGISTRY), self.root.clone())?;
        Ok(Arc::new(match self.now {
            Some(now) => host.stopped_at(now),
            None => host,
        }))
    }
}

/// Collects and folds.
pub(crate) struct Collecting {
    host: Arc<dyn Host>,
    runner: Runner,
    engine: Engine,
}

/// What a step did.
pub(crate) struct Step {
    /// True when the snapshot may differ.
    pub(crate) changed: bool,
    /// True when new records were read.
    pub(crate) read: bool,
    /// True when more is waiting to be read.
    pub(crate) more: bool,
    /// True when what was read makes what runs worth a look.
    pub(crate) stirred: bool,
}

impl Collecting {
    pub(crate) fn new(host: Arc<dyn Host>, setup: &Setup) -> Self {
        let runner = Runner::new(REGISTRY, setup.scope, setup.root.clone());
        Self { host, runner, engine: Engine::new() }
    }

    /// Looks once and folds what came.
    pub(crate) fn step(&mut self, pace: Pace) -> Step {
        let round = self.runner.round(&*self.host, pace);
        let stirred = round.events.iter().any(|(_, event)| stirs(&event.kind));
        let step = Step { changed: !round.is_quiet(), read: !round.events.is_empty(), more: round.more, stirred };
        round.void.iter().for_each(|key| self.engine.void(key));
        round.gone.iter().for_each(|key| self.engine.forget(key));
        round.sources.into_iter().for_each(|source| self.engine.source(source));
        for (agent, event) in round.events {
            self.engine.apply(&agent, event);
        }
        if let Some(world) = round.world {
            self.engine.world(world);
        }
        if !round.health.is_empty() {
            self.engine.health(round.health);
        }
        step
    }

    /// Looks until everything that is there now is read.
    pub(crate) fn catch_up(&mut self) {
        let mut pace = Pace::Sweep;
        while self.step(pace).more {
            pace = Pace::Touch;
        }
        // Families are known only after the first reading: their other members are read now.
        while self.step(Pace::Look).more {}
    }

    /// Takes what was found out about directories.
    pub(crate) fn found(&mut self, found: Found) {
        self.engine.project(found.cwd, found.project);
    }

    /// Directories whose repository is worth looking at.
    pub(crate) fn directories(&self) -> BTreeSet<Untrusted> {
        self.engine.directories()
    }

    /// Directories to watch.
    pub(crate) fn hot_directories(&self) -> BTreeSet<PathBuf> {
        self.runner.directories()
    }

    pub(crate) fn snapshot(&mut self) -> Snapshot {
        self.engine.snapshot(self.host.now())
    }
}

/// True for what starts a process, or waits for leave to start one.
fn stirs(kind: &EventKind) -> bool {
    matches!(kind, EventKind::ToolStarted(start) if start.counted)
}

/// Time between two looks by which a one-shot command learns what processes use.
const SAMPLE: Duration = Duration::from_millis(250);

/// One snapshot, with everything in it that can be told at once.
pub(crate) fn once(setup: &Setup) -> anyhow::Result<Snapshot> {
    let host = setup.host()?;
    let mut collecting = Collecting::new(Arc::clone(&host) as Arc<dyn Host>, setup);
    collecting.catch_up();
    let directories = collecting.directories();
    if !directories.is_empty() && setup.now.is_none() {
        std::thread::sleep(SAMPLE);
        collecting.step(Pace::Look);
    }
    for cwd in directories {
        collecting.found(projects::look(&*host, cwd));
    }
    Ok(collecting.snapshot())
}
