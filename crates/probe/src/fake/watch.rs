//! The fake machine's watcher: it wakes when it is told to.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::host::FakeHost;
use crate::Watcher;

pub(super) struct FakeWatcher {
    pub(super) host: FakeHost,
    pub(super) number: u64,
}

impl Watcher for FakeWatcher {
    fn watch(&mut self, dirs: &BTreeSet<PathBuf>) {
        let mut machine = self.host.machine();
        let existing = dirs.iter().filter(|dir| machine.disk.inode(dir).is_ok()).cloned().collect();
        if let Some(watched) = machine.watchers.get_mut(&self.number) {
            watched.dirs = existing;
        }
    }
}

impl Drop for FakeWatcher {
    fn drop(&mut self) {
        self.host.machine().watchers.remove(&self.number);
    }
}
