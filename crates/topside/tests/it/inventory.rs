//! Everything below a directory, to show that nothing there changed.

use std::collections::BTreeMap;
use std::fs::{self, Metadata};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Facts about everything below a directory, by path.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Inventory(BTreeMap<PathBuf, Facts>);

/// What would tell that something was written, replaced or touched.
#[derive(Debug, PartialEq, Eq)]
struct Facts {
    len: u64,
    modified: SystemTime,
    inode: u64,
    /// Of a regular file that is not too large to be read again and again.
    hash: Option<u64>,
}

/// Larger files are compared by their other facts alone.
const HASHED: u64 = 16 * 1024 * 1024;

impl Inventory {
    pub(crate) fn of(dir: &Path) -> Self {
        let mut found = BTreeMap::new();
        let mut open = vec![dir.to_owned()];
        while let Some(path) = open.pop() {
            let metadata = fs::symlink_metadata(&path).expect("facts");
            if metadata.is_dir() {
                // A directory that is closed to us shows itself alone.
                let entries = fs::read_dir(&path).into_iter().flatten();
                open.extend(entries.map(|entry| entry.expect("an entry").path()));
            }
            found.insert(path.clone(), Facts::of(&path, &metadata));
        }
        Self(found)
    }

    /// Paths that came, went or changed since `before`.
    pub(crate) fn changed_since(&self, before: &Self) -> Vec<PathBuf> {
        let all = self.0.keys().chain(before.0.keys());
        let mut changed: Vec<PathBuf> = all.filter(|path| self.0.get(*path) != before.0.get(*path)).cloned().collect();
        changed.dedup();
        changed
    }
}

impl Facts {
    fn of(path: &Path, metadata: &Metadata) -> Self {
        let hash = (metadata.is_file() && metadata.len() <= HASHED).then(|| {
            let mut hasher = DefaultHasher::new();
            // What cannot be read here cannot be read there.
            fs::read(path).unwrap_or_default().hash(&mut hasher);
            hasher.finish()
        });
        let modified = metadata.modified().expect("a time");
        Self { len: metadata.len(), modified, inode: inode(metadata), hash }
    }
}

#[cfg(unix)]
fn inode(metadata: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(metadata)
}

/// Only an open file tells it there.
#[cfg(not(unix))]
fn inode(_metadata: &Metadata) -> u64 {
    0
}

#[test]
fn an_inventory_sees_every_change() {
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("a");
    fs::write(&file, "one").expect("written");
    let before = Inventory::of(dir.path());
    assert!(Inventory::of(dir.path()).changed_since(&before).is_empty());
    let written = fs::metadata(&file).and_then(|facts| facts.modified()).expect("a time");
    fs::write(&file, "two").expect("written");
    fs::File::options().write(true).open(&file).and_then(|open| open.set_modified(written)).expect("set back");
    assert_eq!(Inventory::of(dir.path()).changed_since(&before), [file]);
}
