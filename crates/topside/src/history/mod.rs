//! History: where it is kept, and how far it is.

mod keeping;
mod reading;

use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::thread;

use topside_collect::Transcript;
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

    /// What `tell` makes of history when everything new is read, and what could not be read.
    ///
    /// As a rule nothing is new since the last time: while other threads look for what may be, this one already tells.
    pub(crate) fn told<T>(
        &mut self,
        means: Means<'_>,
        progress: impl FnMut(Progress),
        tell: impl Fn(&Past<'_>) -> Result<T, StoreError>,
    ) -> Result<(T, Gaps), StoreError> {
        if !(1..=FEW).contains(&self.store.count()?) {
            let gaps = self.catch_up(means, progress)?;
            return Ok((tell(&self.store.past()?)?, gaps));
        }
        let (found, early) = thread::scope(|scope| {
            let lists: Vec<_> = lists(means).map(|list| scope.spawn(list)).collect();
            let early = Marks::of(&self.store).map(|marks| (marks, self.store.past().and_then(|past| tell(&past))));
            let found = lists.into_iter().map(|list| list.join().unwrap_or_else(|panic| resume_unwind(panic)));
            early.map(|(marks, early)| (marks.fresh(found), early))
        })?;
        if found.is_empty() {
            return Ok((early?, Gaps::default()));
        }
        let gaps = self.catch_up_on(found, means, progress)?;
        Ok((tell(&self.store.past()?)?, gaps))
    }

    /// Takes a copy of what was written before `error`, and says why.
    pub(crate) fn go_on_in_memory(&mut self, error: StoreError) -> Result<(), StoreError> {
        self.note = Some(format!("history is no longer kept: failed to {:#}", anyhow::Error::from(error)));
        self.store = self.store.copy_in_memory()?;
        Ok(())
    }
}
