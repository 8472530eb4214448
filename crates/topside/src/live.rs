//! Collects on a thread of its own and hands out the latest snapshot.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use crossbeam_channel::{Receiver, Sender, TrySendError, after, bounded, select_biased, unbounded};
use topside_collect::Pace;
use topside_model::{Snapshot, Status};
use topside_probe::{Host, Watcher};

use crate::collecting::{Collecting, Setup};
use crate::projects::{self, Found};

/// Open files are asked for their length this often: watchers wake late or not at all on some systems.
const TOUCH: Duration = Duration::from_millis(500);
/// Processes and locks.
const LOOK: Duration = Duration::from_secs(1);
/// The same when something happened that starts or ends processes.
const LOOK_SOON: Duration = Duration::from_millis(400);
/// The same while a session waits for leave.
const LOOK_WAITING: Duration = Duration::from_millis(500);
/// Everything, however unlikely it is to have changed.
const SWEEP: Duration = Duration::from_mins(1);
/// Writes that follow each other this closely are read together.
const SETTLE: Duration = Duration::from_millis(25);
/// After a reading that brought something, the next one waits so long, however much is written. What comes after a pause
/// is read at once.
const BREATH: Duration = Duration::from_millis(350);

/// The latest snapshot, and a bell that rings when there is a newer one.
#[derive(Clone)]
pub(crate) struct Live {
    latest: Arc<ArcSwap<Snapshot>>,
    pub(crate) bell: Receiver<()>,
    ring: Sender<()>,
    thread: Arc<JoinHandle<()>>,
}

impl Live {
    /// Starts collecting. The first snapshot is complete when this returns.
    pub(crate) fn start(setup: &Setup) -> anyhow::Result<Self> {
        let host: Arc<dyn Host> = setup.host()?;
        let mut collecting = Collecting::new(Arc::clone(&host), setup);
        collecting.catch_up();
        let latest = Arc::new(ArcSwap::from_pointee(collecting.snapshot()));
        let (ring, bell) = bounded(1);
        let publisher = Publisher { latest: Arc::clone(&latest), ring: ring.clone() };
        let thread = Arc::new(std::thread::spawn(move || keep_collecting(&host, collecting, &publisher)));
        Ok(Self { latest, bell, ring, thread })
    }

    /// Rings the bell, whatever happened.
    pub(crate) fn ring(&self) {
        self.ring.try_send(()).ok();
    }

    /// True when nothing is collected any more: a defect that must not look like a calm machine.
    pub(crate) fn is_dead(&self) -> bool {
        self.thread.is_finished()
    }

    /// The newest snapshot.
    pub(crate) fn latest(&self) -> Arc<Snapshot> {
        self.latest.load_full()
    }
}

struct Publisher {
    latest: Arc<ArcSwap<Snapshot>>,
    ring: Sender<()>,
}

impl Publisher {
    /// False when nobody listens any more.
    fn publish(&self, snapshot: Snapshot) -> bool {
        self.latest.store(Arc::new(snapshot));
        !matches!(self.ring.try_send(()), Err(TrySendError::Disconnected(())))
    }
}

fn keep_collecting(host: &Arc<dyn Host>, mut collecting: Collecting, publisher: &Publisher) {
    let (wake, woken) = bounded(1);
    let mut watching = Watching {
        watcher: host.watcher(Box::new(move || {
            // A bell that already rings need not ring twice.
            wake.try_send(()).ok();
        })),
        dirs: BTreeSet::new(),
    };
    let (tell_found, found) = unbounded();
    let tell = projects::start(Arc::clone(host), tell_found);
    let mut due = Due::new();
    let mut looked = true;
    loop {
        if looked {
            watching.follow(collecting.hot_directories());
            // A full queue means that the thread is still busy with what it was told before.
            tell.try_send(collecting.directories()).ok();
        }
        let wake = wait(&woken, &found, &due);
        let files_moved = matches!(wake, Wake::Files);
        let first = if let Wake::Found(first) = wake { Some(first) } else { None };
        let mut changed = first.is_some();
        first.into_iter().chain(found.try_iter()).for_each(|found| collecting.found(found));
        let pace = due.pace();
        looked = pace >= Pace::Look;
        let step = collecting.step(pace);
        changed |= step.changed;
        if step.more {
            due.now();
        }
        if step.read {
            due.read = Instant::now();
        }
        // A wake-up without new bytes was about files coming or going: locks, for instance.
        if step.stirred || (files_moved && !step.changed) {
            due.look_within(LOOK_SOON);
        }
        if changed {
            let snapshot = collecting.snapshot();
            if snapshot.sessions.iter().any(|session| matches!(session.status, Status::Approval { .. })) {
                // Nothing is written when a person says yes: only the process that then starts tells.
                due.look_within(LOOK_WAITING);
            }
            if !publisher.publish(snapshot) {
                return;
            }
        }
    }
}

/// What ended a wait.
enum Wake {
    Files,
    Found(Found),
    Time,
}

/// Waits until something is to be done.
fn wait(woken: &Receiver<()>, found: &Receiver<Found>, due: &Due) -> Wake {
    select_biased! {
        recv(woken) -> _ => {
            std::thread::sleep(SETTLE.max(due.breath()));
            // What woke us meanwhile is read in the same step.
            woken.try_iter().for_each(drop);
            Wake::Files
        }
        recv(found) -> found => found.map_or(Wake::Time, Wake::Found),
        recv(after(due.rest())) -> _ => Wake::Time,
    }
}

/// Directories being watched; told to the system only when they change.
struct Watching {
    watcher: Box<dyn Watcher>,
    dirs: BTreeSet<PathBuf>,
}

impl Watching {
    fn follow(&mut self, dirs: BTreeSet<PathBuf>) {
        if dirs != self.dirs {
            self.watcher.watch(&dirs);
            self.dirs = dirs;
        }
    }
}

/// When to do what next.
struct Due {
    /// When something was last read.
    read: Instant,
    looked: Instant,
    touch: Instant,
    look: Instant,
    sweep: Instant,
}

impl Due {
    fn new() -> Self {
        let now = Instant::now();
        Self { read: now, looked: now, touch: now + TOUCH, look: now + LOOK, sweep: now + SWEEP }
    }

    fn rest(&self) -> Duration {
        self.touch.min(self.look).saturating_duration_since(Instant::now())
    }

    /// Time until the next reading is allowed.
    fn breath(&self) -> Duration {
        (self.read + BREATH).saturating_duration_since(Instant::now())
    }

    /// Asks for another step at once.
    fn now(&mut self) {
        self.touch = Instant::now();
    }

    /// Asks for a look no later than this after the last one.
    fn look_within(&mut self, most: Duration) {
        self.look = self.look.min(self.looked + most);
    }

    /// What is due, and when it is due again.
    fn pace(&mut self) -> Pace {
        let now = Instant::now();
        self.touch = now + TOUCH;
        if now < self.look {
            return Pace::Touch;
        }
        self.looked = now;
        self.look = now + LOOK;
        if now < self.sweep {
            return Pace::Look;
        }
        self.sweep = now + SWEEP;
        Pace::Sweep
    }
}
