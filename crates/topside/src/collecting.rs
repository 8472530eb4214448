//! The data path: host → runner → engine → snapshot.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::bounded;
use topside_catalog::summary::Summary;
use topside_collect::{Pace, REGISTRY, Round, Runner, Scope, Transcript, interest};
use topside_engine::{Engine, Prices};
use topside_model::{AgentId, EventKind, ProcessRef, Project, Snapshot, Timestamp, Untrusted};
use topside_probe::{Host, OsHost};

use crate::projects::{self, Found, Places};

/// What to look at.
#[derive(Debug, Clone)]
pub(crate) struct Setup {
    /// Another home; only what lies below it is looked at.
    pub(crate) root: Option<PathBuf>,
    /// Homes of agents besides the ones that are found.
    pub(crate) homes: Vec<(AgentId, PathBuf)>,
    /// A clock that stands still.
    pub(crate) now: Option<Timestamp>,
    /// Which sessions.
    pub(crate) scope: Scope,
    /// True where the first snapshot need not have those that ended lately.
    pub(crate) loaded_first: bool,
    /// What tokens cost.
    pub(crate) prices: Prices,
    /// After how long without work a session counts as left over.
    pub(crate) idle: Option<Duration>,
    /// Whether terminals are asked for titles.
    pub(crate) titles: bool,
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
    /// True when processes are worth a look at once.
    pub(crate) look: bool,
    /// True when what was read makes what runs worth a look.
    pub(crate) stirred: bool,
}

impl Collecting {
    pub(crate) fn new(host: Arc<dyn Host>, setup: &Setup) -> Self {
        let mut runner = Runner::new(REGISTRY, setup.scope, setup.root.clone());
        for (agent, home) in &setup.homes {
            runner.add_home(agent, home.clone());
        }
        if setup.loaded_first {
            runner.loaded_first();
        }
        if !setup.titles {
            runner.leave_titles();
        }
        let engine = Engine::priced(setup.prices.clone());
        let engine = setup.idle.into_iter().fold(engine, Engine::idle_after);
        Self { host, runner, engine }
    }

    /// Looks once and folds what came.
    pub(crate) fn step(&mut self, pace: Pace) -> Step {
        let round = self.runner.round(&*self.host, pace);
        let step = fold(&mut self.engine, round);
        self.runner.watch_titles(&*self.host, &self.engine.doubtful());
        step
    }

    /// Looks until everything that is there now is read, and once more: families are known only after the first reading,
    /// so that their other members are found then. Programs that were asked of their sessions have a moment to answer.
    pub(crate) fn catch_up(&mut self) {
        self.read_all();
        let settles = loop {
            let settles = self.runner.is_settling();
            if !self.step(Pace::Look).more {
                break settles || self.runner.is_settling();
            }
        };
        if settles {
            let asked = Instant::now();
            while self.runner.is_settling() && asked.elapsed() < ANSWER {
                std::thread::sleep(ASK_AGAIN);
            }
            self.step(Pace::Touch);
        }
    }

    /// Looks until everything that is there now is read. What was read is folded while the next is being read.
    pub(crate) fn read_all(&mut self) {
        let (host, runner, engine) = (&*self.host, &mut self.runner, &mut self.engine);
        std::thread::scope(|scope| {
            let (give, take) = bounded(0);
            scope.spawn(move || {
                let mut pace = Pace::Sweep;
                loop {
                    let round = runner.round(host, pace);
                    let more = round.more;
                    if give.send(round).is_err() || !more {
                        break;
                    }
                    pace = Pace::Touch;
                }
            });
            take.iter().for_each(|round| _ = fold(engine, round));
        });
    }

    /// Asks no terminal for its title until the next look.
    pub(crate) fn rest(&mut self) {
        self.runner.watch_titles(&*self.host, &BTreeSet::new());
    }

    /// Takes what was found out about a directory. True when it is news.
    pub(crate) fn found(&mut self, found: Found) -> bool {
        let worktrees = found.worktrees.is_some_and(|(repository, all)| self.engine.worktrees(repository, all));
        self.engine.project(found.cwd, found.project) | worktrees
    }

    /// Directories whose repository is worth looking at.
    pub(crate) fn directories(&self) -> Places {
        self.engine.directories()
    }

    /// Directories to watch.
    pub(crate) fn hot_directories(&self) -> BTreeSet<PathBuf> {
        self.runner.directories()
    }

    /// Transcripts that are followed.
    pub(crate) fn transcripts(&self) -> Vec<Transcript> {
        self.runner.transcripts()
    }

    /// Those of them of which the last step read something.
    pub(crate) fn grown(&self) -> Vec<Transcript> {
        self.runner.grown()
    }

    /// Processes to watch.
    pub(crate) fn owners(&self) -> BTreeSet<ProcessRef> {
        self.runner.owners()
    }

    pub(crate) fn snapshot(&mut self) -> Snapshot {
        self.engine.snapshot(self.host.now())
    }
}

/// Folds what a round brought.
fn fold(engine: &mut Engine, round: Round) -> Step {
    // A person who was asked for leave has answered, or is asked.
    let stirred = !round.titles.is_empty() || round.events.iter().any(|(_, event)| stirs(&event.kind));
    let step = Step {
        changed: !round.is_quiet(),
        read: !round.events.is_empty(),
        more: round.more,
        look: round.look,
        stirred,
    };
    round.void.iter().for_each(|key| engine.void(key));
    round.gone.iter().for_each(|key| engine.forget(key));
    round.sources.into_iter().for_each(|source| engine.source(source));
    for (agent, event) in round.events {
        engine.apply(&agent, event);
    }
    for (session, signal) in round.signals {
        engine.signal(&session, signal);
    }
    for (session, figures) in round.figures {
        engine.figures(&session, figures);
    }
    for (session, title) in round.titles {
        engine.title(&session, title);
    }
    if let Some(world) = round.world {
        engine.world(world);
    }
    for (agent, home, sample) in round.limits {
        engine.limit(agent, home, sample);
    }
    for (session, report) in round.reports {
        engine.report(&session, report);
    }
    if !round.health.is_empty() {
        engine.health(round.health);
    }
    step
}

/// True for what starts a process, or waits for leave to start one.
fn stirs(kind: &EventKind) -> bool {
    matches!(kind, EventKind::ToolStarted(start) if start.counted)
}

/// How long a program that is asked of its sessions may take to answer, and how often it is looked whether it has.
const ANSWER: Duration = Duration::from_millis(150);
const ASK_AGAIN: Duration = Duration::from_millis(5);

/// Time between two looks by which a one-shot command learns what processes use.
const SAMPLE: Duration = Duration::from_millis(250);

/// One snapshot of what can be told without looking twice: of repositories only the names of those in which somebody is
/// waited for, which a glance tells, and of processes nothing that they use.
pub(crate) fn glance(setup: &Setup) -> anyhow::Result<Snapshot> {
    let host = setup.host()?;
    let mut collecting = Collecting::new(Arc::clone(&host) as Arc<dyn Host>, setup);
    collecting.catch_up();
    let snapshot = collecting.snapshot();
    let waiting: BTreeSet<Untrusted> =
        Summary::of(&snapshot).need.iter().filter_map(|session| session.project.cwd.clone()).collect();
    if waiting.is_empty() {
        return Ok(snapshot);
    }
    for cwd in waiting {
        let name = projects::name(&*host, &cwd, true);
        let project = Project { cwd: Some(cwd.clone()), name, git: None };
        collecting.found(Found { cwd, project, worktrees: None });
    }
    Ok(collecting.snapshot())
}

/// One snapshot, with everything in it that can be told at once.
pub(crate) fn once(setup: &Setup) -> anyhow::Result<Snapshot> {
    once_in(setup, |engine| engine.directories().into_keys().collect())
}

/// The same with the repositories of sessions that are over.
pub(crate) fn once_everywhere(setup: &Setup) -> anyhow::Result<Snapshot> {
    once_in(setup, Engine::all_directories)
}

fn once_in(setup: &Setup, directories: impl FnOnce(&Engine) -> BTreeSet<Untrusted>) -> anyhow::Result<Snapshot> {
    let host = setup.host()?;
    let mut collecting = Collecting::new(Arc::clone(&host) as Arc<dyn Host>, setup);
    collecting.catch_up();
    let looked = Instant::now();
    let something_runs = !collecting.directories().is_empty();
    for cwd in directories(&collecting.engine) {
        collecting.found(projects::look(&*host, cwd));
    }
    if something_runs && setup.now.is_none() {
        std::thread::sleep(SAMPLE.saturating_sub(looked.elapsed()));
        collecting.step(Pace::Look);
    }
    Ok(collecting.snapshot())
}
