//! Asks history something.

use std::cell::OnceCell;
use std::path::Path;
use std::thread;

use topside_model::{Timestamp, UsageReport};
use topside_store::{Kept, Past, Store, StoreError};

use super::finding::{FEW, Found, Marks, Search};
use super::reading::{Gaps, Means, Progress};
use super::{Opened, open_meanwhile, remembering};

/// What is asked of history.
pub(crate) trait Question {
    /// What it is answered with.
    type Answer;

    /// What stands for the question where its answer is a report that may be given again until something changes.
    fn mark(&self) -> Option<&[u8]> {
        None
    }

    /// The answer that was given before.
    fn recall(&self, _kept: &Kept, _now: Timestamp) -> Option<Self::Answer> {
        None
    }

    /// The answer that follows from `past` at the moment `now`.
    fn tell(&self, past: &Past<'_>, now: Timestamp) -> Result<Self::Answer, StoreError>;

    /// The report in an answer, where it may be given again.
    fn report<'a>(&self, _answer: &'a Self::Answer) -> Option<&'a UsageReport> {
        None
    }
}

impl<T, F: Fn(&Past<'_>, Timestamp) -> Result<T, StoreError>> Question for F {
    type Answer = T;

    fn tell(&self, past: &Past<'_>, now: Timestamp) -> Result<T, StoreError> {
        self(past, now)
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

impl<T> Told<T> {
    /// An answer to which nothing is to be added.
    fn plain(answer: T) -> Self {
        Self { answer, gaps: Gaps::default(), note: None, lost: None }
    }

    /// True where the answer lacks nothing.
    fn is_whole(&self) -> bool {
        let Self { gaps, note, lost, .. } = self;
        gaps.unreadable.is_empty() && !gaps.again && note.is_none() && lost.is_none()
    }
}

/// Asks the history that is kept at `place`, when everything new is read.
///
/// As a rule nothing is new since the last time. Who asks the same again is then answered without opening history; otherwise
/// other threads look for what may be new, while this one already answers.
pub(crate) fn ask<Q: Question>(
    place: Option<&Path>,
    means: Means<'_>,
    mut progress: impl FnMut(Progress),
    question: &Q,
) -> Result<Told<Q::Answer>, StoreError> {
    if let Some(answer) = place.and_then(|place| remembering::recalled(place, means, question)) {
        return Ok(Told::plain(answer));
    }
    let notes = place.is_some() && question.mark().is_some();
    let told = answer_from(|begin| open_meanwhile(place, begin), means, &mut progress, (question, notes));
    match told {
        // It opened, and the part that is damaged came later.
        Err(error) if error.is_damage() => answer_from(|_| Opened::without(error), means, progress, (question, false)),
        told => told,
    }
}

/// The same from what `open` opens; it may call what it is given as soon as something is likely to be read. Only where it
/// `notes` what the answer rests on can that be kept.
fn answer_from<Q: Question>(
    open: impl FnOnce(&dyn Fn()) -> Result<Opened, StoreError>,
    means: Means<'_>,
    progress: impl FnMut(Progress),
    (question, notes): (&Q, bool),
) -> Result<Told<Q::Answer>, StoreError> {
    let answer = |store: &Store| question.tell(&store.past()?, means.host.now());
    let (mut opened, early, mut found) = thread::scope(|scope| {
        let search = OnceCell::new();
        let opened = open(&|| _ = search.get_or_init(|| Search::begin(scope, means, notes)))?;
        if !opened.writes {
            let early = Some(answer(&opened.store));
            return Ok((opened, early, Found::default()));
        }
        let search = search.into_inner().unwrap_or_else(|| Search::begin(scope, means, notes));
        let marks = Marks::of(&opened.store)?;
        let are_few = (1..=FEW).contains(&marks.count());
        search.tell(marks);
        let early = are_few.then(|| answer(&opened.store));
        Ok::<_, StoreError>((opened, early, search.found()))
    })?;
    let scene = found.scene.take();
    let (answer, gaps) = if let Some(early) = early.filter(|_| found.fresh.is_empty()) {
        (early?, Gaps { unreadable: found.missed, ..Gaps::default() })
    } else {
        opened.store.hurry();
        let gaps = opened.catch_up_on(found, means, progress)?;
        (answer(&opened.store)?, gaps)
    };
    let Opened { store, note, lost, .. } = opened;
    let told = Told { answer, gaps, note, lost };
    if let Some(scene) = scene.filter(|_| told.is_whole()) {
        remembering::keep(store, means, &scene, (question, &told.answer));
    }
    Ok(told)
}
