//! Asks history something.

use std::cell::OnceCell;
use std::path::Path;
use std::thread;

use topside_model::Timestamp;
use topside_store::{Past, Store, StoreError};

use super::finding::{Found, Marks, Search};
use super::reading::{Gaps, Means, Progress};
use super::{Opened, open_meanwhile};

/// So many files are looked at and told of at the same time. With more, that would take much memory.
const FEW: usize = 10_000;

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
enum Answered<T> {
    /// The one that was given before.
    Again(T),
    /// One that was worked out.
    Anew(T),
}

/// Answers from history as it is.
fn answered<Q: Question>(store: &Store, question: &Q, now: Timestamp) -> Result<Answered<Q::Answer>, StoreError> {
    match question.recall(store, now)? {
        Some(answer) => Ok(Answered::Again(answer)),
        None => question.tell(&store.past()?, now).map(Answered::Anew),
    }
}

impl<T> Answered<T> {
    fn answer(self) -> T {
        let (Self::Again(answer) | Self::Anew(answer)) = self;
        answer
    }
}

/// What came of a question.
pub(crate) struct Told<T> {
    pub(crate) answer: T,
    /// What could not be read.
    pub(crate) gaps: Gaps,
    /// Why history is not as one would wish.
    pub(crate) note: Option<String>,
    /// Why what the database holds is missing from the answer.
    pub(crate) lost: Option<anyhow::Error>,
}

/// Asks the history that is kept at `place`, when everything new is read.
///
/// As a rule nothing is new since the last time: while other threads look for what may be, this one already answers.
pub(crate) fn ask<Q: Question>(
    place: Option<&Path>,
    means: Means<'_>,
    mut progress: impl FnMut(Progress),
    question: &Q,
) -> Result<Told<Q::Answer>, StoreError> {
    let told = answer_from(|begin| open_meanwhile(place, begin), means, &mut progress, question);
    match told {
        // It opened, and the part that is damaged came later.
        Err(error) if error.is_damage() => answer_from(|_| Opened::without(error), means, progress, question),
        told => told,
    }
}

/// The same from what `open` opens; it may call what it is given as soon as something is likely to be read.
fn answer_from<Q: Question>(
    open: impl FnOnce(&dyn Fn()) -> Result<Opened, StoreError>,
    means: Means<'_>,
    progress: impl FnMut(Progress),
    question: &Q,
) -> Result<Told<Q::Answer>, StoreError> {
    let answer = |store: &Store| answered(store, question, means.host.now());
    let (mut opened, early, found) = thread::scope(|scope| {
        let search = OnceCell::new();
        let opened = open(&|| _ = search.get_or_init(|| Search::begin(scope, means)))?;
        if !opened.writes {
            let early = Some(answer(&opened.store));
            return Ok((opened, early, Found::default()));
        }
        let search = search.into_inner().unwrap_or_else(|| Search::begin(scope, means));
        let marks = Marks::of(&opened.store)?;
        let are_few = (1..=FEW).contains(&marks.count());
        search.tell(marks);
        let early = are_few.then(|| answer(&opened.store));
        Ok::<_, StoreError>((opened, early, search.found()))
    })?;
    let (answered, gaps) = if let Some(early) = early.filter(|_| found.fresh.is_empty()) {
        (early?, Gaps { unreadable: found.missed, ..Gaps::default() })
    } else {
        opened.store.hurry();
        let gaps = opened.catch_up_on(found, means, progress)?;
        (answer(&opened.store)?, gaps)
    };
    let answer = opened.kept(question, answered);
    Ok(Told { answer, gaps, note: opened.note, lost: opened.lost })
}

impl Opened {
    /// Keeps an answer that was worked out. Where that fails, as on a full disk, it is worked out again the next time.
    fn kept<Q: Question>(&mut self, question: &Q, answered: Answered<Q::Answer>) -> Q::Answer {
        if let Answered::Anew(answer) = &answered
            && self.writes
        {
            question.keep(&mut self.store, answer).ok();
        }
        answered.answer()
    }
}
