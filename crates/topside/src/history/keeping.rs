//! Keeps history while the screen is open, on a thread of its own.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwapOption;
use crossbeam_channel::{Receiver, Sender, bounded};
use topside_collect::Transcript;
use topside_engine::BoardFold;
use topside_model::{History, SessionKey, Snapshot, TimeZone, Timestamp, UsageBoard};
use topside_probe::Host;
use topside_store::{Store, StoreError};

use super::reading::{Means, read};
use super::{Opened, open};
use crate::collecting::Setup;
use crate::prices::Known;
use crate::recorder::Recorder;

/// Snapshots that may wait to be looked at. While everything is read for the first time, later ones are let go.
const WAITING: usize = 64;
/// What was seen is written down no more often than this.
const WRITE_EVERY: Duration = Duration::from_secs(10);
/// Time between two words on how far reading is.
const TELL_EVERY: Duration = Duration::from_millis(500);
/// Adding everything up takes at most one part in so many of a core's time.
const BOARD_COST: u32 = 500;
/// Files that are read at a time: the screen comes first.
const THREADS: usize = 1;

/// Where history is kept, and what its sums are made with.
pub(crate) struct Keeping {
    pub(crate) place: PathBuf,
    pub(crate) prices: Known,
    pub(crate) zone: TimeZone,
}

/// The thread that keeps history: what it is told, and what it says.
pub(crate) struct Keeper {
    tell: Sender<News>,
    /// Rings when it says something new.
    pub(crate) bell: Receiver<()>,
    /// Keeps the bell from ringing for ever once the thread has ended.
    _ring: Sender<()>,
    latest: Arc<ArcSwapOption<History>>,
}

/// What it is told.
enum News {
    /// A snapshot was published.
    Seen(Arc<Snapshot>),
    /// These files are being written to.
    Followed(Vec<Transcript>),
}

impl Keeper {
    /// Starts the thread. It ends when nobody tells it anything any more.
    pub(crate) fn start(host: Arc<dyn Host>, setup: Setup, keeping: Keeping) -> Self {
        let ((tell, told), (ring, bell)) = (bounded(WAITING), bounded(1));
        let latest = Arc::new(ArcSwapOption::empty());
        let voice = Voice { latest: Arc::clone(&latest), ring: ring.clone(), history: History::default() };
        std::thread::spawn(move || {
            keep(Means { host: &*host, setup: &setup, threads: THREADS }, &keeping, &told, voice);
        });
        Self { tell, bell, _ring: ring, latest }
    }
}

impl Keeper {
    /// Tells it what the screen sees. What it has no time for is let go.
    pub(crate) fn seen(&self, snapshot: &Arc<Snapshot>) {
        self.tell.try_send(News::Seen(Arc::clone(snapshot))).ok();
    }

    /// Tells it which files are being written to.
    pub(crate) fn followed(&self, transcripts: Vec<Transcript>) {
        self.tell.try_send(News::Followed(transcripts)).ok();
    }

    /// What it said last.
    pub(crate) fn history(&self) -> Option<Arc<History>> {
        self.latest.load_full()
    }
}

/// How the thread says what it has to say.
struct Voice {
    latest: Arc<ArcSwapOption<History>>,
    ring: Sender<()>,
    history: History,
}

impl Voice {
    fn say(&mut self, change: impl FnOnce(&mut History)) {
        change(&mut self.history);
        self.latest.store(Some(Arc::new(self.history.clone())));
        // A bell that already rings need not ring twice, and nobody needs to hear it when the screen is closed.
        self.ring.try_send(()).ok();
    }

    fn fails(&mut self, what: &str, error: StoreError) {
        let note = format!("{what}: failed to {:#}", anyhow::Error::from(error));
        self.say(|history| history.note = Some(note));
    }
}

/// Keeps history until nobody tells anything any more.
fn keep(means: Means<'_>, keeping: &Keeping, told: &Receiver<News>, mut voice: Voice) {
    let opened = match open(Some(&keeping.place)) {
        Ok(opened) => opened,
        Err(error) => return voice.fails("no history is shown", error),
    };
    let recorder = Recorder::every(WRITE_EVERY);
    let mut kept = Kept { means, keeping, opened, recorder, added_up: Instant::now(), took: Duration::ZERO };
    let result = kept.begin(&mut voice).and_then(|()| kept.go_on(told, &mut voice));
    if let Err(error) = result {
        voice.fails("history stops here", error);
    }
}

/// History that is kept.
struct Kept<'a> {
    means: Means<'a>,
    keeping: &'a Keeping,
    opened: Opened,
    recorder: Recorder,
    /// When everything was added up last, and how long that took.
    added_up: Instant,
    took: Duration,
}

impl Kept<'_> {
    /// Reads everything that is new.
    fn begin(&mut self, voice: &mut Voice) -> Result<(), StoreError> {
        voice.say(|history| history.note.clone_from(&self.opened.note));
        if self.opened.writes {
            let start = Instant::now();
            let mut told = start;
            self.opened.catch_up(self.means, |progress| {
                if told.elapsed() >= TELL_EVERY {
                    told = Instant::now();
                    voice.say(|history| history.progress = Some(progress.after(start.elapsed())));
                }
            })?;
            voice.say(|history| history.note.clone_from(&self.opened.note));
        }
        self.add_up(voice)
    }

    fn go_on(mut self, told: &Receiver<News>, voice: &mut Voice) -> Result<(), StoreError> {
        for news in told {
            match news {
                News::Seen(snapshot) if self.opened.writes => {
                    self.recorder.record(&snapshot, &mut self.opened.store)?;
                }
                News::Seen(_) => {}
                News::Followed(transcripts) => self.follow(&transcripts, voice)?,
            }
        }
        self.recorder.finish(&mut self.opened.store, self.means.host.now())
    }

    fn follow(&mut self, transcripts: &[Transcript], voice: &mut Voice) -> Result<(), StoreError> {
        if self.opened.writes {
            read(self.means, &mut self.opened.store, transcripts, &mut |_| {})?;
        } else {
            // The other one may have gone.
            self.opened = open(Some(&self.keeping.place))?;
        }
        if self.added_up.elapsed() >= self.took * BOARD_COST { self.add_up(voice) } else { Ok(()) }
    }

    fn add_up(&mut self, voice: &mut Voice) -> Result<(), StoreError> {
        let start = Instant::now();
        let board = board(&self.opened.store, self.keeping, self.means.host.now())?;
        voice.say(|history| (history.progress, history.board) = (None, Some(Arc::new(board))));
        (self.added_up, self.took) = (Instant::now(), start.elapsed());
        Ok(())
    }
}

/// Everything history holds, added up.
fn board(store: &Store, keeping: &Keeping, now: Timestamp) -> Result<UsageBoard, StoreError> {
    let past = store.past()?;
    let mut fold = BoardFold::new(keeping.zone.clone(), now, &past.sessions, &past.billings);
    past.buckets(|bucket| fold.add(&bucket))?;
    let places: HashMap<&SessionKey, usize> = past.sessions.iter().map(|session| &session.key).zip(0..).collect();
    for told in past.turns_by_day(&keeping.zone)? {
        if let (Some(place), Some(day)) = (places.get(&told.session), told.day) {
            fold.add_turns(*place, day, told.turns);
        }
    }
    let prices = keeping.prices.prices();
    Ok(fold.board(&|billing, at| prices.price(billing, at)))
}
