//! Where topside keeps what agents and alerts tell: the user's folder for state.

use std::ffi::OsString;
use std::fs::DirBuilder;
use std::io;
use std::path::{Path, PathBuf};

use topside_collect::state_folder;

/// The folder, or the one in the same place below `root`; `None` where no home is known. Agents give their environment,
/// and with it the place, to what they start.
pub(crate) fn folder(root: Option<&Path>) -> Option<PathBuf> {
    match root {
        Some(root) => Some(state_folder(root, None)),
        None => of_user(std::env::home_dir(), std::env::var_os("XDG_STATE_HOME")),
    }
}

/// The folder for a user whose home and `XDG_STATE_HOME` are these.
fn of_user(home: Option<PathBuf>, state: Option<OsString>) -> Option<PathBuf> {
    let state = state.map(PathBuf::from).filter(|state| state.is_absolute());
    if home.is_none() && state.is_none() {
        return None;
    }
    Some(state_folder(&home.unwrap_or_default(), state.as_deref()))
}

/// Makes a folder that nobody else looks into.
pub(crate) fn make(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_where_the_specification_has_it() {
        let place =
            |home: Option<&str>, state: Option<&str>| of_user(home.map(PathBuf::from), state.map(OsString::from));
        assert_eq!(place(Some("/h"), None), Some(PathBuf::from("/h/.local/state/topside")));
        assert_eq!(place(Some("/h"), Some("/s")), Some(PathBuf::from("/s/topside")));
        assert_eq!(place(None, Some("/s")), Some(PathBuf::from("/s/topside")));
        assert_eq!(place(Some("/h"), Some("relative")), Some(PathBuf::from("/h/.local/state/topside")));
        assert_eq!(place(None, None), None);
        assert_eq!(folder(Some(Path::new("/r"))), Some(PathBuf::from("/r/.local/state/topside")));
    }
}
