//! Wake-ups of the real machine. Each wait ends with the wake-up; its limit only turns a hang into a failure.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use tempfile::TempDir;
use topside_probe::{Host, Interest, OsHost, Stir, Watcher};

struct Place {
    folder: TempDir,
    watcher: Box<dyn Watcher>,
    wakes: Receiver<Stir>,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let host = OsHost::new(Interest::default(), Some(folder.path().to_owned())).expect("a host");
        let (sender, wakes) = channel();
        let watcher = host.watcher(Box::new(move |stir| _ = sender.send(stir)));
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

    #[track_caller]
    fn expect_wake(&self) {
        self.expect(Stir::Files);
    }

    #[track_caller]
    fn expect(&self, stir: Stir) {
        assert_eq!(self.wakes.recv_timeout(Duration::from_mins(1)), Ok(stir));
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

#[cfg(target_os = "linux")]
mod processes {
    use std::process::{Child, Command, Stdio};

    use topside_model::ProcessRef;

    use super::*;

    /// A process that ends when its input does.
    #[expect(clippy::disallowed_methods, reason = "a test needs a process whose end it decides")]
    fn cat() -> Child {
        Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::null()).spawn().expect("started")
    }

    fn watched(children: &[&Child]) -> BTreeSet<ProcessRef> {
        children.iter().map(|child| ProcessRef { pid: child.id(), started: 1 }).collect()
    }

    #[test]
    fn the_end_of_a_process_wakes_beside_files() {
        let mut place = Place::new();
        let dir = place.dir("a");
        place.watch(&[&dir]);
        let (mut first, mut second) = (cat(), cat());
        place.watcher.watch_processes(&watched(&[&first]));
        place.watcher.watch_processes(&watched(&[&first, &second]));
        drop(second.stdin.take());
        place.expect(Stir::Exit);
        fs::write(dir.join("log"), "").expect("written");
        place.expect(Stir::Files);
        // Also one that nobody has taken note of yet.
        drop(first.stdin.take());
        place.expect(Stir::Exit);
        assert!(first.wait().is_ok() && second.wait().is_ok());
    }

    #[test]
    fn a_process_that_is_gone_already_wakes_once() {
        let mut place = Place::new();
        let mut gone = cat();
        drop(gone.stdin.take());
        gone.wait().expect("ended");
        place.watcher.watch_processes(&watched(&[&gone]));
        place.expect(Stir::Exit);
        place.watcher.watch_processes(&watched(&[&gone]));
        assert!(place.wakes.try_recv().is_err());
    }

    #[test]
    fn a_process_no_longer_watched_ends_unnoticed() {
        let mut place = Place::new();
        let (mut first, mut second) = (cat(), cat());
        place.watcher.watch_processes(&watched(&[&first, &second]));
        place.watcher.watch_processes(&watched(&[&second]));
        drop(first.stdin.take());
        first.wait().expect("ended");
        assert!(place.wakes.try_recv().is_err(), "its handle was closed before it ended");
        drop(second.stdin.take());
        place.expect(Stir::Exit);
        second.wait().expect("ended");
    }
}
