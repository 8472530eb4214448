//! The private folder that copies are kept in.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use tempfile::TempDir;

use crate::{FileKind, files};

/// How the names of these folders begin.
const PREFIX: &str = "topside-copies-";

/// A file in the folder that stays locked for as long as the process lives that made it.
const OWNER: &str = "owner";

/// A folder closed to other users. It goes when it is dropped or, where the process was killed, when the next one makes
/// its own.
#[derive(Debug)]
pub(super) struct Folder {
    /// Closed before the folder is removed, which some systems insist on.
    _owner: File,
    dir: TempDir,
}

impl Folder {
    /// A new folder in `shared`, the place for temporary files.
    pub(super) fn new(shared: &Path) -> io::Result<Self> {
        remove_left_behind(shared);
        let mut builder = tempfile::Builder::new();
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
        let dir = builder.prefix(PREFIX).tempdir_in(shared)?;
        let owner = File::create_new(dir.path().join(OWNER))?;
        owner.try_lock()?;
        Ok(Self { _owner: owner, dir })
    }

    pub(super) fn path(&self) -> &Path {
        self.dir.path()
    }

    /// False once somebody tidied up the place for temporary files.
    pub(super) fn is_there(&self) -> bool {
        files::stat(&self.dir.path().join(OWNER)).is_ok()
    }
}

/// What cannot be removed stays: this is a courtesy.
fn remove_left_behind(shared: &Path) {
    let entries = files::list(shared).unwrap_or_default();
    let folders = entries.iter().filter(|entry| entry.kind == FileKind::Directory && entry.name.starts_with(PREFIX));
    for folder in folders.map(|entry| shared.join(&entry.name)) {
        if is_left_behind(&folder) {
            _ = fs::remove_dir_all(folder);
        }
    }
}

fn is_left_behind(folder: &Path) -> bool {
    is_mine(folder) && files::open(&folder.join(OWNER)).is_ok_and(|owner| owner.try_lock().is_ok())
}

/// In a place shared by all users anybody may make a folder of any name.
#[cfg(unix)]
fn is_mine(folder: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let me = rustix::process::geteuid().as_raw();
    fs::symlink_metadata(folder).is_ok_and(|facts| facts.is_dir() && facts.uid() == me)
}

/// Each user has a place of their own.
#[cfg(windows)]
fn is_mine(_folder: &Path) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_left_behind_is_removed_and_one_in_use_is_not() {
        let shared = tempfile::tempdir().expect("a folder");
        let killed = Folder::new(shared.path()).expect("a folder");
        let living = Folder::new(shared.path()).expect("a folder");
        assert!(killed.is_there());
        let Folder { dir, _owner: owner } = killed;
        let left = dir.keep();
        drop(owner);
        let stranger = shared.path().join("topside-copies-of-a-stranger");
        fs::create_dir(&stranger).expect("a folder");
        let newest = Folder::new(shared.path()).expect("a folder");
        assert!(!left.exists());
        assert!(living.is_there() && newest.is_there() && stranger.exists());
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_is_closed_to_others_and_goes_when_dropped() {
        use std::os::unix::fs::PermissionsExt;
        let shared = tempfile::tempdir().expect("a folder");
        let folder = Folder::new(shared.path()).expect("a folder");
        let path = folder.path().to_owned();
        assert_eq!(fs::metadata(&path).expect("facts").permissions().mode() & 0o777, 0o700);
        drop(folder);
        assert!(!path.exists());
    }
}
