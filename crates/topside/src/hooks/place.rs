//! Where what agents tell topside lies.

use std::ffi::OsString;
use std::fs::{self, DirBuilder};
use std::io;
use std::path::{Path, PathBuf};

use topside_collect::{SPOOL, SPOOLED_BEFORE, STATUS_LINES, state_folder};

/// The folder for a user whose home and `XDG_STATE_HOME` are these; `None` where neither is known.
pub(super) fn folder(home: Option<PathBuf>, state: Option<OsString>) -> Option<PathBuf> {
    let state = state.map(PathBuf::from).filter(|state| state.is_absolute());
    if home.is_none() && state.is_none() {
        return None;
    }
    Some(state_folder(&home.unwrap_or_default(), state.as_deref()))
}

/// The folder in the environment that an agent gives to what it starts.
pub(super) fn own_folder() -> Option<PathBuf> {
    folder(std::env::home_dir(), std::env::var_os("XDG_STATE_HOME"))
}

/// Makes a folder that nobody else looks into.
pub(super) fn make(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Removes all that agents told, and the folder where nothing else lies in it.
pub(super) fn clear(folder: &Path) {
    // What is not there, or cannot be removed, needs no word: nothing reads it any more.
    for name in [SPOOL, SPOOLED_BEFORE] {
        fs::remove_file(folder.join(name)).ok();
    }
    fs::remove_dir_all(folder.join(STATUS_LINES)).ok();
    fs::remove_dir(folder).ok();
}
