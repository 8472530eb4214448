//! Keeps history while the screen is open, on a thread of its own.

mod spell;

use std::collections::{BTreeMap, HashMap};
use std::iter;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use crossbeam_channel::{Receiver, Sender, bounded};
use topside_collect::Transcript;
use topside_engine::{BoardFold, Prices};
use topside_model::{Budget, History, Limit, SessionKey, Snapshot, TimeZone, Timestamp, UsageBoard};
use topside_probe::Host;
use topside_store::{Days, Past, Retention, StoreError};

use self::spell::Spell;
use super::reading::{Gaps, Means, read};
use super::{Opened, open};
use crate::budgets::{Standing, standing};
use crate::collecting::Setup;
use crate::recorder::Recorder;

/// Snapshots that may wait to be looked at. While everything is read for the first time, later ones are let go.
const WAITING: usize = 64;
/// What was seen is written down no more often than this.
const WRITE_EVERY: Duration = Duration::from_secs(10);
/// Time between two words on how far reading is.
const TELL_EVERY: Duration = Duration::from_millis(500);
/// Adding everything up takes at most one part in so many of a core's time.
const BOARD_COST: u32 = 6000;
/// Reading what transcripts say anew takes at most one part in so many of a core's time: to write it down costs more than
/// to read it, and what is read together is written together.
const READ_COST: u32 = 2000;
/// And comes no more often than this: each time writes some 50 KB to the disk, however little there was to read.
const READ_EVERY: Duration = Duration::from_secs(3);
/// What is told within this time is taken together: each awakening costs more than what it is for.
const TOGETHER: Duration = Duration::from_secs(1);
/// How long the screen has the machine for itself at the start.
const HEAD_START: Duration = Duration::from_millis(250);
/// How long the end of the program waits for what was read and seen to be written down.
pub(crate) const PARTING: Duration = Duration::from_secs(3);
/// Files that are read at a time: the screen comes first.
const THREADS: usize = 1;

/// Where history is kept and for how long, and what it is held against.
pub(crate) struct Keeping {
    pub(crate) place: PathBuf,
    pub(crate) zone: TimeZone,
    /// Limits the user sets.
    pub(crate) budgets: Vec<Budget>,
    /// How long details are kept; `None` for ever.
    pub(crate) keep: Option<Days>,
}

/// What it says.
#[derive(Debug, Default, Clone)]
pub(crate) struct Said {
    pub(crate) history: Arc<History>,
    pub(crate) standing: Arc<Standing>,
}

/// The thread that keeps history: what it is told, and what it says.
pub(crate) struct Keeper {
    tell: Sender<News>,
    /// Dropped when nothing more is told.
    part: Sender<()>,
    /// Rings when it says something new.
    pub(crate) bell: Receiver<()>,
    /// Keeps the bell from ringing for ever once the thread has ended.
    _ring: Sender<()>,
    /// Set when no more is to be read.
    stop: Arc<AtomicBool>,
    /// Closed when the thread has ended.
    ended: Receiver<()>,
    latest: Arc<ArcSwap<Said>>,
}

/// What it is told.
enum News {
    /// A snapshot was published.
    Seen(Arc<Snapshot>),
    /// These files are being written to; told now and then of all there are.
    Followed(Vec<Transcript>),
    /// These of them were just found longer than before.
    Grown(Vec<Transcript>),
}

impl Keeper {
    /// Starts the thread. It ends when nobody tells it anything any more.
    pub(crate) fn start(host: Arc<dyn Host>, setup: Setup, keeping: Keeping) -> Self {
        let ((tell, told), (part, parted), (ring, bell)) = (bounded(WAITING), bounded(0), bounded(1));
        let latest = Arc::new(ArcSwap::from_pointee(Said::default()));
        let mut voice = Voice { latest: Arc::clone(&latest), ring: ring.clone(), history: History::default() };
        let (stop, (end, ended)) = (Arc::new(AtomicBool::new(false)), bounded(0));
        let stops = Arc::clone(&stop);
        std::thread::spawn(move || {
            let _end: Sender<()> = end;
            // The first frame is worth more than anything that is done here.
            std::thread::sleep(HEAD_START);
            let means = Means { host: &*host, setup: &setup, threads: || THREADS, stop: &stops };
            if catch_unwind(AssertUnwindSafe(|| keep(means, &keeping, (&told, &parted), &mut voice))).is_err() {
                voice.say(|history| history.note = Some("history stops here: a defect of topside".to_owned()));
            }
        });
        Self { tell, part, bell, _ring: ring, stop, ended, latest }
    }

    /// Tells it what the screen sees. What it has no time for is let go.
    pub(crate) fn seen(&self, snapshot: &Arc<Snapshot>) {
        self.tell.try_send(News::Seen(Arc::clone(snapshot))).ok();
    }

    /// Tells it which files are being written to.
    pub(crate) fn followed(&self, transcripts: Vec<Transcript>) {
        self.tell.try_send(News::Followed(transcripts)).ok();
    }

    /// Tells it in which of them something was written just now.
    pub(crate) fn grown(&self, transcripts: Vec<Transcript>) {
        if !transcripts.is_empty() {
            self.tell.try_send(News::Grown(transcripts)).ok();
        }
    }

    /// Lets the thread write down what it has read and was told, and waits for that. What is left is read the next time.
    pub(crate) fn end(self) {
        self.stop.store(true, Ordering::Relaxed);
        drop((self.tell, self.part));
        self.ended.recv_timeout(PARTING).ok();
    }

    /// Adds what it said last.
    pub(crate) fn complete(&self, snapshot: &mut Snapshot) {
        let said = self.latest.load();
        snapshot.history = Some(Arc::clone(&said.history));
        snapshot.budgets.clone_from(&said.standing.budgets);
        snapshot.limit_use.clone_from(&said.standing.limit_use);
    }
}

/// How the thread says what it has to say.
struct Voice {
    latest: Arc<ArcSwap<Said>>,
    ring: Sender<()>,
    history: History,
}

impl Voice {
    fn say(&mut self, change: impl FnOnce(&mut History)) {
        change(&mut self.history);
        let standing = Arc::clone(&self.latest.load().standing);
        self.publish(standing);
    }

    fn publish(&self, standing: Arc<Standing>) {
        self.latest.store(Arc::new(Said { history: Arc::new(self.history.clone()), standing }));
        // A bell that already rings need not ring twice, and nobody needs to hear it when the screen is closed.
        self.ring.try_send(()).ok();
    }

    fn fails(&mut self, what: &str, error: StoreError) {
        let note = format!("{what}: failed to {:#}", anyhow::Error::from(error));
        self.say(|history| (history.note, history.progress) = (Some(note), None));
    }
}

/// Where it hears what it is told, and that nothing more will be.
type Ears<'a> = (&'a Receiver<News>, &'a Receiver<()>);

/// Keeps history until nobody tells anything any more.
fn keep(means: Means<'_>, keeping: &Keeping, told: Ears<'_>, voice: &mut Voice) {
    let opened = match open(Some(&keeping.place)) {
        Ok(opened) => opened,
        Err(error) => return voice.fails("no history is shown", error),
    };
    let mut kept = Kept::new(means, keeping, opened);
    let result = kept.begin(voice).and_then(|()| kept.go_on(told, voice));
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
    /// Limits of the last snapshot.
    limits: Vec<Limit>,
    /// Transcripts in which something was written and not read yet.
    grown: BTreeMap<PathBuf, Transcript>,
    /// When such were read last.
    reading: Spell,
    /// When everything was added up last.
    adding: Spell,
}

impl<'a> Kept<'a> {
    fn new(means: Means<'a>, keeping: &'a Keeping, opened: Opened) -> Self {
        Self {
            means,
            keeping,
            opened,
            recorder: Recorder::every(WRITE_EVERY),
            limits: Vec::new(),
            grown: BTreeMap::new(),
            reading: Spell::none(),
            adding: Spell::none(),
        }
    }
}

impl Kept<'_> {
    /// Reads everything that is new, and lets go of what is too old.
    fn begin(&mut self, voice: &mut Voice) -> Result<(), StoreError> {
        voice.say(|history| history.note = self.opened.said());
        if self.opened.writes {
            let start = Instant::now();
            let mut told = start;
            let gaps = self.opened.catch_up(self.means, |progress| {
                if told.elapsed() >= TELL_EVERY {
                    told = Instant::now();
                    voice.say(|history| history.progress = Some(progress.after(start.elapsed())));
                }
            })?;
            if self.means.is_stopped() {
                return Ok(());
            }
            let store = &mut self.opened.store;
            let plan = Retention { keep: self.keeping.keep }.plan(self.means.host.now(), &store.held()?);
            store.retain(&plan)?;
            voice.say(|history| history.note = self.opened.said().or_else(|| note(&gaps)));
        }
        self.add_up(voice)
    }

    fn go_on(mut self, (told, parted): Ears<'_>, voice: &mut Voice) -> Result<(), StoreError> {
        while let Ok(first) = told.recv() {
            for news in iter::once(first).chain(told.try_iter()) {
                let done = self.take(news, voice);
                self.go_on_after(done, voice)?;
            }
            let done = self.read_grown();
            self.go_on_after(done, voice)?;
            parted.recv_timeout(TOGETHER).ok();
        }
        if self.opened.writes { self.recorder.finish(&mut self.opened.store, self.means.host.now()) } else { Ok(()) }
    }

    /// Goes on in memory where something could not be written down.
    fn go_on_after(&mut self, done: Result<(), StoreError>, voice: &mut Voice) -> Result<(), StoreError> {
        if let Err(error) = done {
            self.opened.go_on_in_memory(error)?;
            voice.say(|history| history.note = self.opened.said());
        }
        Ok(())
    }

    fn take(&mut self, news: News, voice: &mut Voice) -> Result<(), StoreError> {
        match news {
            News::Seen(snapshot) => {
                let first = self.limits.is_empty() && !snapshot.limits.is_empty();
                self.limits.clone_from(&snapshot.limits);
                if first {
                    // Everything was added up before any limit was known, and may not be again for long.
                    voice.publish(Arc::new(self.standing(&self.opened.store.past()?)?));
                }
                if self.opened.writes { self.recorder.record(&snapshot, &mut self.opened.store) } else { Ok(()) }
            }
            // Nobody will see what else there is to read.
            News::Followed(_) | News::Grown(_) if self.means.is_stopped() => Ok(()),
            News::Grown(transcripts) => {
                self.grown.extend(transcripts.into_iter().map(|one| (one.path(), one)));
                Ok(())
            }
            News::Followed(transcripts) => {
                self.grown.clear();
                if self.opens_again()? {
                    return self.begin(voice);
                }
                self.read(transcripts)?;
                if self.adding.is_over(BOARD_COST, Duration::ZERO) { self.add_up(voice) } else { Ok(()) }
            }
        }
    }

    /// Reads what was written since, where that is due.
    fn read_grown(&mut self) -> Result<(), StoreError> {
        if self.grown.is_empty() || !self.reading.is_over(READ_COST, READ_EVERY) {
            return Ok(());
        }
        let start = Instant::now();
        let grown = std::mem::take(&mut self.grown).into_values().collect();
        let done = self.read(grown);
        self.reading = Spell::since(start);
        done
    }

    /// Reads what these say anew, and everything else where that takes something else back.
    fn read(&mut self, transcripts: Vec<Transcript>) -> Result<(), StoreError> {
        if self.opened.writes && read(self.means, &mut self.opened.store, transcripts, &mut |_| {})?.again {
            self.opened.catch_up(self.means, |_| {})?;
        }
        Ok(())
    }

    /// Opens history again where another one wrote so far, which may have gone; false where nothing is to be read anew. What
    /// was read here while the other one sets history up is worth more than what is there.
    fn opens_again(&mut self) -> Result<bool, StoreError> {
        if !self.opened.waits {
            return Ok(false);
        }
        let opened = open(Some(&self.keeping.place))?;
        let is_better = !(opened.waits && opened.writes && self.opened.writes);
        if is_better {
            self.opened = opened;
        }
        Ok(is_better)
    }

    fn add_up(&mut self, voice: &mut Voice) -> Result<(), StoreError> {
        let start = Instant::now();
        let past = self.opened.store.past()?;
        let standing = self.standing(&past)?;
        let prices = &self.means.setup.prices;
        voice.history.board = Some(Arc::new(board(&past, prices, &self.keeping.zone, self.means.host.now())?));
        voice.history.progress = None;
        voice.publish(Arc::new(standing));
        self.adding = Spell::since(start);
        Ok(())
    }

    fn standing(&self, past: &Past<'_>) -> Result<Standing, StoreError> {
        let Keeping { budgets, zone, .. } = self.keeping;
        let zone = (|| zone.clone(), self.means.host.now());
        standing(budgets, &self.limits, past, &self.means.setup.prices, zone)
    }
}

/// What a person should know of what is not in history.
fn note(gaps: &Gaps) -> Option<String> {
    let count = gaps.unreadable.len();
    (count > 0).then(|| format!("files and folders that cannot be read: {count}; `topside usage` names them"))
}

/// Everything history holds, added up.
fn board(past: &Past<'_>, prices: &Prices, zone: &TimeZone, now: Timestamp) -> Result<UsageBoard, StoreError> {
    let mut fold = BoardFold::new(zone.clone(), now, &past.sessions, &past.billings);
    past.buckets(|bucket| fold.add(&bucket))?;
    let places: HashMap<&SessionKey, usize> = past.sessions.iter().map(|session| &session.key).zip(0..).collect();
    for told in past.turns_by_day(zone)? {
        if let (Some(place), Some(first)) = (places.get(&told.session), told.first_at) {
            fold.add_turns(*place, first, told.turns);
        }
    }
    Ok(fold.board(&|billing, at| prices.price(billing, at)))
}

#[cfg(test)]
mod tests;
