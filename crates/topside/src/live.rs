//! Collects on a thread of its own and hands out the latest snapshot.

use std::collections::BTreeSet;
use std::iter;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use crossbeam_channel::{Receiver, Sender, TrySendError, after, bounded, never, select_biased, unbounded};
use topside_collect::Pace;
use topside_model::{Delivery, Snapshot, Status};
use topside_probe::{Host, Stir, Watcher};
use topside_tui::Credit;

use crate::collecting::{Collecting, Setup};
use crate::history::{self, Keeper, Keeping};
use crate::projects::{Found, Looker};

/// Processes, locks and the length of open files: watchers wake late or not at all on some systems.
const LOOK: Duration = Duration::from_secs(1);
/// The same when something happened that starts or ends processes, and while a session waits for leave.
const LOOK_SOON: Duration = Duration::from_millis(300);
/// Looks that come sooner take at most one part in so many of a core's time: with many sessions something always happens.
const LOOK_COST: u32 = 600;
/// The same for those that show what a person just allowed.
const ANSWER_COST: u32 = 420;
/// The same for those that may show a session nobody knows yet, which is rare.
const NEW_COST: u32 = 100;
/// Everything, however unlikely it is to have changed.
const SWEEP: Duration = Duration::from_mins(1);
/// Writes that follow each other this closely are read together.
const SETTLE: Duration = Duration::from_millis(25);
/// While much is written, readings are this far apart. What comes after a pause is read at once.
const BREATH: Duration = Duration::from_millis(300);
/// How long the end of the program waits for a look that is being taken, and above what history may take.
const PARTING: Duration = Duration::from_secs(1);
/// How many readings follow on a pause.
const BURST: u32 = 4;

/// Bells of those who look at snapshots besides the screen.
type Others = Arc<Mutex<Vec<Sender<()>>>>;

/// The latest snapshot, and a bell that rings when there is a newer one.
#[derive(Clone)]
pub(crate) struct Live {
    latest: Arc<ArcSwap<Snapshot>>,
    pub(crate) bell: Receiver<()>,
    ring: Sender<()>,
    others: Others,
    deliveries: Arc<ArcSwap<Vec<Delivery>>>,
    quit: Sender<()>,
    /// Closed when the thread has ended.
    ended: Receiver<()>,
    thread: Arc<JoinHandle<()>>,
}

impl Live {
    /// Starts collecting. The first snapshot has everything that is loaded when this returns; the other members of families,
    /// and with `loaded_first` those that ended lately, come with the look that follows at once.
    pub(crate) fn start(setup: &Setup, keeping: Option<Keeping>) -> anyhow::Result<Self> {
        let host: Arc<dyn Host> = setup.host()?;
        let mut collecting = Collecting::new(Arc::clone(&host), setup);
        collecting.read_all();
        let latest = Arc::new(ArcSwap::from_pointee(collecting.snapshot()));
        let (ring, bell) = bounded(1);
        // What runs now comes first: history is read only once it is loaded.
        let keeper = keeping.map(|keeping| Keeper::start(Arc::clone(&host), setup.clone(), keeping));
        let (others, deliveries) = (Others::default(), Arc::default());
        let publisher = Publisher {
            latest: Arc::clone(&latest),
            ring: ring.clone(),
            others: Arc::clone(&others),
            deliveries: Arc::clone(&deliveries),
            keeper,
        };
        let ((quit, quits), (end, ended)) = (bounded(0), bounded(0));
        let thread = Arc::new(std::thread::spawn(move || {
            let _end: Sender<()> = end;
            keep_collecting(&host, collecting, &publisher, &quits);
            if let Some(keeper) = publisher.keeper {
                keeper.end();
            }
        }));
        Ok(Self { latest, bell, ring, others, deliveries, quit, ended, thread })
    }

    /// Ends collecting, and gives history a moment to write down what was seen.
    pub(crate) fn end(&self) {
        // The thread looks up from its work when it waits next.
        if self.quit.send_timeout((), PARTING).is_ok() {
            self.ended.recv_timeout(history::PARTING + PARTING).ok();
        }
    }

    /// Rings the bell, whatever happened.
    pub(crate) fn ring(&self) {
        self.ring.try_send(()).ok();
    }

    /// A bell for one more reader, which rings when there is a newer snapshot.
    pub(crate) fn subscribe(&self) -> Receiver<()> {
        let (ring, bell) = bounded(1);
        self.others.lock().unwrap_or_else(PoisonError::into_inner).push(ring);
        bell
    }

    /// Has the latest snapshot, and those that follow, say how telling the user fares.
    pub(crate) fn told(&self, deliveries: &[Delivery]) {
        self.deliveries.store(Arc::new(deliveries.to_vec()));
        self.latest.rcu(|latest| Snapshot { deliveries: deliveries.to_vec(), ..(**latest).clone() });
        self.ring();
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
    others: Others,
    deliveries: Arc<ArcSwap<Vec<Delivery>>>,
    keeper: Option<Keeper>,
}

impl Publisher {
    /// False when nobody listens any more.
    fn publish(&self, mut snapshot: Snapshot) -> bool {
        snapshot.deliveries.clone_from(&self.deliveries.load());
        if let Some(keeper) = &self.keeper {
            keeper.complete(&mut snapshot);
        }
        let snapshot = Arc::new(snapshot);
        if let Some(keeper) = &self.keeper {
            keeper.seen(&snapshot);
        }
        self.latest.store(Arc::clone(&snapshot));
        // How telling fares may have been told anew meanwhile.
        let deliveries = self.deliveries.load_full();
        if *deliveries != snapshot.deliveries {
            self.latest.rcu(|latest| Snapshot { deliveries: deliveries.to_vec(), ..(**latest).clone() });
        }
        self.others
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .retain(|other| !matches!(other.try_send(()), Err(TrySendError::Disconnected(()))));
        !matches!(self.ring.try_send(()), Err(TrySendError::Disconnected(())))
    }
}

fn keep_collecting(host: &Arc<dyn Host>, mut collecting: Collecting, publisher: &Publisher, quits: &Receiver<()>) {
    let (mut watching, bells) = Watching::start(&**host);
    let (tell_found, found) = unbounded();
    let mut projects = Looker::start(Arc::clone(host), tell_found);
    let bell = publisher.keeper.as_ref().map_or_else(never, |keeper| keeper.bell.clone());
    let mut due = Due::new();
    let mut looked = true;
    loop {
        if looked {
            watching.follow(collecting.hot_directories());
            watching.watcher.watch_processes(&collecting.owners());
            projects.tell(collecting.directories());
        }
        looked = false;
        let wake = wait(&bells, &found, &bell, quits, &due);
        if matches!(wake, Wake::Quit) {
            return;
        }
        let files_moved = matches!(wake, Wake::Files);
        if matches!(wake, Wake::Exit) {
            due.look_now();
        }
        let mut changed = matches!(wake, Wake::History);
        if let Wake::Found(first) = wake {
            iter::once(first).chain(found.try_iter()).for_each(|found| changed |= collecting.found(found));
            if !changed {
                continue;
            }
        }
        let pace = due.pace();
        let (start, computed) = (Instant::now(), host.computed());
        looked = pace >= Pace::Look;
        let step = collecting.step(pace);
        if let Some(keeper) = &publisher.keeper {
            match pace {
                Pace::Sweep => keeper.followed(collecting.transcripts()),
                Pace::Touch | Pace::Look => keeper.grown(collecting.grown()),
            }
        }
        changed |= step.changed;
        if looked {
            // Waiting costs nothing; the kernel lists locks only after some milliseconds of it.
            let spent = host.computed().zip(computed).map(|(now, before)| now.saturating_sub(before));
            due.took = spent.unwrap_or_else(|| start.elapsed());
        }
        due.more = step.more;
        if step.look {
            due.look_now();
        }
        if step.read {
            due.reading.spend(Instant::now());
        }
        if step.stirred {
            due.look_within(LOOK_SOON, LOOK_COST);
        }
        // A wake-up without new bytes was about files coming or going: locks, for instance.
        if files_moved && !step.changed {
            due.look_within(LOOK_SOON, NEW_COST);
        }
        if changed {
            let snapshot = collecting.snapshot();
            if snapshot.sessions.iter().any(|session| matches!(session.status, Status::Approval { .. })) {
                // Nothing is written when a person says yes: only the process that then starts tells.
                due.look_within(LOOK_SOON, ANSWER_COST);
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
    News,
    Exit,
    Found(Found),
    History,
    Quit,
    Time,
}

/// Waits until something is to be done.
fn wait(bells: &Bells, found: &Receiver<Found>, history: &Receiver<()>, quits: &Receiver<()>, due: &Due) -> Wake {
    select_biased! {
        recv(quits) -> _ => Wake::Quit,
        recv(bells.exits) -> _ => bells.exit(),
        // What programs tell is rare, and waits for no breath.
        recv(bells.news) -> _ => Wake::News,
        recv(bells.files) -> _ => {
            select_biased! {
                recv(bells.exits) -> _ => return bells.exit(),
                recv(bells.news) -> _ => {}
                default(SETTLE.max(due.breath())) => {}
            }
            // What woke us meanwhile is read in the same step.
            bells.files.try_iter().for_each(drop);
            Wake::Files
        }
        recv(found) -> found => found.map_or(Wake::Time, Wake::Found),
        recv(history) -> told => told.map_or(Wake::Time, |()| Wake::History),
        recv(after(due.rest())) -> _ => Wake::Time,
    }
}

/// What the watcher rings.
struct Bells {
    files: Receiver<()>,
    news: Receiver<()>,
    exits: Receiver<()>,
}

impl Bells {
    /// Processes that end together are looked at together.
    fn exit(&self) -> Wake {
        std::thread::sleep(SETTLE);
        self.exits.try_iter().chain(self.files.try_iter()).for_each(drop);
        Wake::Exit
    }
}

/// Directories being watched; told to the system only when they change.
struct Watching {
    watcher: Box<dyn Watcher>,
    dirs: BTreeSet<PathBuf>,
}

impl Watching {
    fn start(host: &dyn Host) -> (Self, Bells) {
        let ((tell_files, files), (tell_news, news), (tell_exits, exits)) = (bounded(1), bounded(1), bounded(1));
        let ring = move |stir| {
            let bell = match stir {
                Stir::Files => &tell_files,
                Stir::News => &tell_news,
                Stir::Exit => &tell_exits,
            };
            // A bell that already rings need not ring twice.
            bell.try_send(()).ok();
        };
        (Self { watcher: host.watcher(Box::new(ring)), dirs: BTreeSet::new() }, Bells { files, news, exits })
    }

    fn follow(&mut self, dirs: BTreeSet<PathBuf>) {
        if dirs != self.dirs {
            self.watcher.watch(&dirs);
            self.dirs = dirs;
        }
    }
}

/// When to do what next.
struct Due {
    /// How soon may be read again.
    reading: Credit,
    looked: Instant,
    /// How long the last look computed, or took where that is not known.
    took: Duration,
    /// True when more is waiting to be read.
    more: bool,
    look: Instant,
    sweep: Instant,
}

impl Due {
    fn new() -> Self {
        let now = Instant::now();
        let reading = Credit::new(BREATH, BURST, now);
        Self { reading, looked: now, took: Duration::ZERO, more: false, look: now, sweep: now + SWEEP }
    }

    fn rest(&self) -> Duration {
        if self.more { Duration::ZERO } else { self.look.saturating_duration_since(Instant::now()) }
    }

    /// Time until the next reading is allowed.
    fn breath(&self) -> Duration {
        if self.more { Duration::ZERO } else { self.reading.wait(Instant::now()) }
    }

    /// Asks for a look no later than this after the last one, or later where looks are dear: at most one part in `cost`
    /// of a core's time goes into them.
    fn look_within(&mut self, most: Duration, cost: u32) {
        self.look = self.look.min(self.looked + most.max(self.took * cost));
    }

    /// Asks for a look at once, whatever it costs: for what is rare and tells that one would show something.
    fn look_now(&mut self) {
        self.look = Instant::now();
    }

    /// What is due, and when it is due again.
    fn pace(&mut self) -> Pace {
        let now = Instant::now();
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
