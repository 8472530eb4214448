//! History: where it is kept, and how far it is.

mod asking;
mod finding;
mod keeping;
mod reading;
mod remembering;

use std::path::{Path, PathBuf};

use topside_store::{Claim, Store, StoreError};

pub(crate) use self::asking::{Question, Told, ask};
use self::finding::{Found, fresh};
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
    /// False while another topside writes to it.
    pub(crate) writes: bool,
    /// True where it may be otherwise later, so that it is worth opening again.
    pub(crate) waits: bool,
    /// Why it is not as one would wish.
    pub(crate) note: Option<String>,
    /// Why nothing is known of what the database holds, where it is there and cannot be read.
    pub(crate) lost: Option<anyhow::Error>,
}

/// What is wrong with sums of which history is `lost`.
pub(crate) fn missing(lost: &anyhow::Error) -> String {
    format!("what history holds is missing here: failed to {lost:#}")
}

/// Opens history at `place`. Where it cannot be kept, it is in memory and ends with the program.
pub(crate) fn open(place: Option<&Path>) -> Result<Opened, StoreError> {
    open_meanwhile(place, || {})
}

/// The same. Calls `begin` where it is likely that history can be written to, before it is opened.
fn open_meanwhile(place: Option<&Path>, begin: impl FnOnce()) -> Result<Opened, StoreError> {
    let Some(place) = place else { return Opened::in_memory(None) };
    let claimed = Store::claim(place);
    if claimed.is_ok() {
        begin();
    }
    let opened = match claimed.and_then(Claim::open) {
        Ok(store) => Ok(Opened::written(store, None)),
        Err(error) if error.is_not_ours() => Err(error),
        Err(StoreError::Busy(_)) => beside_another(place),
        Err(error) => unwritten(place, error),
    };
    match opened {
        Err(error) if !error.is_not_ours() => Opened::without(error),
        opened => opened,
    }
}

/// History at `place` while another topside writes to it.
fn beside_another(place: &Path) -> Result<Opened, StoreError> {
    match Store::open_to_read(place) {
        // One with nothing in it would say that nothing was used.
        Ok(Some(store)) if !store.is_blank()? => {
            let note = "another topside keeps history up to date; this is how far it is".to_owned();
            Ok(Opened { store, writes: false, waits: true, note: Some(note), lost: None })
        }
        Ok(_) | Err(StoreError::Older(_)) => {
            let note = "another topside is setting history up; until it has, this one reads everything itself";
            Ok(Opened { waits: true, ..Opened::in_memory(Some(note.to_owned()))? })
        }
        Err(error) => Err(error),
    }
}

/// What is at `place` and cannot be written to because of `error`. It may tell of sessions whose transcripts are gone.
fn unwritten(place: &Path, error: StoreError) -> Result<Opened, StoreError> {
    let note = Some(format!("history is not kept: failed to {:#}", anyhow::Error::from(error)));
    match Store::open_in_memory(place)? {
        Some(store) => Ok(Opened::written(store, note)),
        None => Opened::in_memory(note),
    }
}

impl Opened {
    /// History that begins and ends with the program.
    fn in_memory(note: Option<String>) -> Result<Self, StoreError> {
        Ok(Self::written(Store::in_memory()?, note))
    }

    fn written(store: Store, note: Option<String>) -> Self {
        Self { store, writes: true, waits: false, note, lost: None }
    }

    /// The same, where a database is there and cannot be read because of `error`.
    fn without(error: StoreError) -> Result<Self, StoreError> {
        Ok(Self { lost: Some(error.into()), ..Self::in_memory(None)? })
    }

    /// What a person should know of it.
    fn said(&self) -> Option<String> {
        self.lost.as_ref().map(missing).or_else(|| self.note.clone())
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
        found: Found,
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
