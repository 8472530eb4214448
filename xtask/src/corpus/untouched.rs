//! Proof that looking at a home changes nothing in it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::Context as _;

/// Length and time of change of every file and directory.
pub(super) type Listing = BTreeMap<PathBuf, (u64, SystemTime)>;

/// What lies under `dir`, itself included. Links are not followed.
pub(super) fn listing(dir: &Path) -> anyhow::Result<Listing> {
    let mut listing = Listing::new();
    let mut open = vec![dir.to_owned()];
    while let Some(path) = open.pop() {
        let facts = path.symlink_metadata().with_context(|| format!("look at {}", path.display()))?;
        if facts.is_dir() {
            for entry in std::fs::read_dir(&path).with_context(|| format!("list {}", path.display()))? {
                open.push(entry?.path());
            }
        }
        listing.insert(path, (facts.len(), facts.modified()?));
    }
    Ok(listing)
}

/// A path that came, went or changed between two listings.
pub(super) fn first_change<'a>(before: &'a Listing, after: &'a Listing) -> Option<&'a Path> {
    let gone_or_changed = before.iter().find(|(path, facts)| after.get(*path) != Some(facts));
    let changed = gone_or_changed.or_else(|| after.iter().find(|(path, _)| !before.contains_key(*path)));
    changed.map(|(path, _)| path.as_path())
}
