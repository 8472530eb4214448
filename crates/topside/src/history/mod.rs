//! History: where it is kept, and how far it is.

mod keeping;
mod reading;

use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::thread;

use topside_collect::Transcript;
use topside_model::Timestamp;
use topside_store::{Past, Store, StoreError};

pub(crate) use self::keeping::{Keeper, Keeping, PARTING};
pub(crate) use self::reading::{Gaps, Means, Progress};
use self::reading::{Marks, fresh, lists, read_until_calm};

/// So many files are looked at and told of at the same time. With more, that would take much memory.
const FEW: u64 = 10_000;

/// Where history is kept: in the user's folder for data; `None` where there is none.
pub(crate) fn usual_place() -> Option<PathBuf> {
    use etcetera::BaseStrategy;
    let places = etcetera::choose_base_strategy().ok()?;
    Some(places.data_dir().join("topside").join("history.db"))
}

/// History, and how it may be used.
pub(crate) struct Opened {
    pub(crate) store: Store,
    /// False while another topside writes to it, or nobody can.
    pub(crate) writes: bool,
    /// True where it may be otherwise later, so that it is worth opening again.
    pub(crate) waits: bool,
    /// Why it is not as one would wish.
    pub(crate) note: Option<String>,
}

/// Opens history at `place`. Where it cannot be kept, it is in memory and ends with the program.
pub(crate) fn open(place: Option<&Path>) -> Result<Opened, StoreError> {
    let in_memory = |note| Ok(Opened { store: Store::in_memory()?, writes: true, waits: false, note });
    let to_read = |store, note| Ok(Opened { store, writes: false, waits: true, note: Some(note) });
    let Some(place) = place else { return in_memory(None) };
    match Store::open(place) {
        Ok(store) => Ok(Opened { store, writes: true, waits: false, note: None }),
        Err(StoreError::Busy(_)) => match Store::open_to_read(place) {
            Ok(Some(store)) => {
                to_read(store, "another topside keeps history up to date; this is how far it is".to_owned())
            }
            Ok(None) | Err(StoreError::Older(_)) => {
                let note = "another topside is setting history up; until it has, this one reads everything itself";
                Ok(Opened { waits: true, ..in_memory(Some(note.to_owned()))? })
            }
            Err(error) => Err(error),
        },
        Err(error @ (StoreError::Newer { .. } | StoreError::Foreign(_))) => Err(error),
        // What is there and cannot be written to may still tell of sessions whose transcripts are gone.
        Err(error) => {
            let note = format!("history is not kept: failed to {:#}", anyhow::Error::from(error));
            match Store::open_to_read(place) {
                Ok(Some(store)) => to_read(store, note),
                _ => in_memory(Some(note)),
            }
        }
    }
}

/// What is asked of history.
pub(crate) trait Question {
    /// What it is answered with.
    type Answer;

    /// The answer, where it was given to somebody else and history has not changed since.
    fn recall(&self, _store: &Store, _now: Timestamp) -> Result<Option<Self::Answer>, StoreError> {
        Ok(None)
    }

    /// The answer that follows from `past` at the moment `now`.
    fn tell(&self, past: &Past<'_>, now: Timestamp) -> Result<Self::Answer, StoreError>;

    /// Keeps the answer for whoever asks the same.
    fn keep(&self, _store: &mut Store, _answer: &Self::Answer) -> Result<(), StoreError> {
        Ok(())
    }
}

impl<T, F: Fn(&Past<'_>, Timestamp) -> Result<T, StoreError>> Question for F {
    type Answer = T;

    fn tell(&self, past: &Past<'_>, now: Timestamp) -> Result<T, StoreError> {
        self(past, now)
    }
}

/// An answer.
pub(crate) enum Answered<T> {
    /// The one that was given before.
    Again(T),
    /// One that was worked out.
    Anew(T),
}

/// Answers from history as it is.
pub(crate) fn answered<Q: Question>(
    store: &Store,
    question: &Q,
    now: Timestamp,
) -> Result<Answered<Q::Answer>, StoreError> {
    match question.recall(store, now)? {
        Some(answer) => Ok(Answered::Again(answer)),
        None => question.tell(&store.past()?, now).map(Answered::Anew),
    }
}

impl<T> Answered<T> {
    pub(crate) fn answer(self) -> T {
        let (Self::Again(answer) | Self::Anew(answer)) = self;
        answer
    }
}

impl Opened {
    /// Reads everything that is new. Where it cannot be written down, as on a full disk, history goes on in memory.
    pub(crate) fn catch_up(&mut self, means: Means<'_>, progress: impl FnMut(Progress)) -> Result<Gaps, StoreError> {
        let found = fresh(means, &self.store)?;
        self.catch_up_on(found, means, progress)
    }

    /// The same, where `found` is what may be new.
    fn catch_up_on(
        &mut self,
        found: Vec<Transcript>,
        means: Means<'_>,
        mut progress: impl FnMut(Progress),
    ) -> Result<Gaps, StoreError> {
        match read_until_calm(means, &mut self.store, found, &mut progress) {
            Err(error) => {
                self.go_on_in_memory(error)?;
                let found = fresh(means, &self.store)?;
                read_until_calm(means, &mut self.store, found, progress)
            }
            done => done,
        }
    }

    /// The answer to a question when everything new is read, and what could not be read.
    ///
    /// As a rule nothing is new since the last time: while other threads look for what may be, this one already answers.
    pub(crate) fn told<Q: Question>(
        &mut self,
        means: Means<'_>,
        progress: impl FnMut(Progress),
        question: &Q,
    ) -> Result<(Q::Answer, Gaps), StoreError> {
        let now = means.host.now();
        if !(1..=FEW).contains(&self.store.count()?) {
            let gaps = self.catch_up(means, progress)?;
            return Ok((self.answer(question, now)?, gaps));
        }
        let (found, early) = thread::scope(|scope| {
            let lists: Vec<_> = lists(means).map(|list| scope.spawn(list)).collect();
            let early = Marks::of(&self.store).map(|marks| (marks, answered(&self.store, question, now)));
            let found = lists.into_iter().map(|list| list.join().unwrap_or_else(|panic| resume_unwind(panic)));
            early.map(|(marks, early)| (marks.fresh(found), early))
        })?;
        if found.is_empty() {
            return Ok((self.kept(question, early?), Gaps::default()));
        }
        let gaps = self.catch_up_on(found, means, progress)?;
        Ok((self.answer(question, now)?, gaps))
    }

    fn answer<Q: Question>(&mut self, question: &Q, now: Timestamp) -> Result<Q::Answer, StoreError> {
        let answered = answered(&self.store, question, now)?;
        Ok(self.kept(question, answered))
    }

    /// Keeps an answer that was worked out. Where that fails, as on a full disk, it is worked out again the next time.
    fn kept<Q: Question>(&mut self, question: &Q, answered: Answered<Q::Answer>) -> Q::Answer {
        if let Answered::Anew(answer) = &answered {
            question.keep(&mut self.store, answer).ok();
        }
        answered.answer()
    }

    /// Takes a copy of what was written before `error`, and says why.
    pub(crate) fn go_on_in_memory(&mut self, error: StoreError) -> Result<(), StoreError> {
        self.note = Some(format!("history is no longer kept: failed to {:#}", anyhow::Error::from(error)));
        self.store = self.store.copy_in_memory()?;
        Ok(())
    }
}
