//! History: where it is kept, and how far it is.

mod asking;
mod finding;
mod keeping;
mod reading;

use std::path::{Path, PathBuf};

use topside_collect::Transcript;
use topside_store::{Claim, Store, StoreError};

pub(crate) use self::asking::{Question, ask};
use self::finding::fresh;
pub(crate) use self::keeping::{Keeper, Keeping, PARTING};
use self::reading::read_until_calm;
pub(crate) use self::reading::{Gaps, Means, Progress};

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
    open_meanwhile(place, || {})
}

/// The same. As soon as it is likely that history can be written to, `begin` is called, perhaps more than once.
fn open_meanwhile(place: Option<&Path>, begin: impl Fn()) -> Result<Opened, StoreError> {
    let in_memory = |note| {
        begin();
        Ok(Opened { store: Store::in_memory()?, writes: true, waits: false, note })
    };
    let to_read = |store, note| Ok(Opened { store, writes: false, waits: true, note: Some(note) });
    let Some(place) = place else { return in_memory(None) };
    let claimed = Store::claim(place);
    if claimed.is_ok() {
        begin();
    }
    match claimed.and_then(Claim::open) {
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

    /// Takes a copy of what was written before `error`, and says why.
    pub(crate) fn go_on_in_memory(&mut self, error: StoreError) -> Result<(), StoreError> {
        self.note = Some(format!("history is no longer kept: failed to {:#}", anyhow::Error::from(error)));
        self.store = self.store.copy_in_memory()?;
        Ok(())
    }
}
