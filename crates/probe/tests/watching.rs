//! Wake-ups of the real machine. Each wait ends with the wake-up; its limit only turns a hang into a failure.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use tempfile::TempDir;
use topside_probe::{Host, Interest, OsHost, Watcher};

struct Place {
    folder: TempDir,
    watcher: Box<dyn Watcher>,
    wakes: Receiver<()>,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let host = OsHost::new(Interest::default(), Some(folder.path().to_owned())).expect("a host");
        let (sender, wakes) = channel();
        let watcher = host.watcher(Box::new(move || _ = sender.send(())));
        Self { folder, watcher, wakes }
    }

    fn dir(&self, name: &str) -> PathBuf {
        let dir = self.folder.path().canonicalize().expect("a path").join(name);
        fs::create_dir(&dir).expect("a folder");
        dir
    }

    fn watch(&mut self, dirs: &[&PathBuf]) {
        self.watcher.watch(&dirs.iter().map(|dir| (*dir).clone()).collect::<BTreeSet<_>>());
    }

    fn expect_wake(&self) {
        self.wakes.recv_timeout(Duration::from_mins(1)).expect("woken");
        while self.wakes.try_recv().is_ok() {}
    }
}

#[test]
fn a_file_that_comes_and_grows_wakes() {
    let mut place = Place::new();
    let dir = place.dir("a");
    place.watch(&[&dir, &dir.join("missing")]);
    assert_eq!(place.watcher.problem(), None, "a directory that does not exist is no problem");
    fs::write(dir.join("log"), "").expect("written");
    place.expect_wake();
    fs::write(dir.join("log"), "text").expect("written");
    place.expect_wake();
}

#[test]
fn a_directory_made_anew_is_watched_again() {
    let mut place = Place::new();
    let dir = place.dir("a");
    place.watch(&[&dir]);
    fs::remove_dir(&dir).expect("removed");
    place.expect_wake();
    place.dir("a");
    place.watch(&[&dir]);
    fs::write(dir.join("log"), "").expect("written");
    place.expect_wake();
}

#[test]
fn a_directory_taken_up_later_is_watched_beside_the_first() {
    let mut place = Place::new();
    let (first, second) = (place.dir("a"), place.dir("b"));
    place.watch(&[&first]);
    place.watch(&[&first, &second]);
    fs::write(second.join("log"), "").expect("written");
    place.expect_wake();
    fs::write(first.join("log"), "").expect("written");
    place.expect_wake();
}
