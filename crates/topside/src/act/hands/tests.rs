//! What holds of real processes, by each way this system has to reach them.

use std::process::{Child, Command};
use std::time::Duration;

use topside_model::ProcessRef;

use super::{Hands, Signal, User, unix};

/// A way to reach processes, and when a process started as that one has it.
type Way = (Box<dyn Hands>, fn(u32) -> Option<u64>);

fn ways() -> Vec<Way> {
    vec![
        (Box::new(unix::OsHands::new().expect("hands")), unix::started),
        #[cfg(target_os = "linux")]
        (Box::new(super::linux::OsHands::new().expect("hands")), super::linux::started),
    ]
}

/// A program that ends only when it is told to.
struct Sleeper(Child);

impl Sleeper {
    fn start(started: fn(u32) -> Option<u64>) -> (Self, ProcessRef) {
        let child = Command::new("sleep").arg("600").spawn().expect("it starts");
        let pid = child.id();
        (Self(child), ProcessRef { pid, started: started(pid).expect("it runs") })
    }
}

impl Drop for Sleeper {
    fn drop(&mut self) {
        self.0.kill().expect("it is ours");
        self.0.wait().expect("it ends");
    }
}

const NOW: Duration = Duration::ZERO;
const LONG: Duration = Duration::from_mins(1);

#[test]
fn a_process_ends_when_it_is_told_and_not_before() {
    for (hands, started) in ways() {
        let (_sleeper, process) = Sleeper::start(started);
        assert_eq!(hands.user(process).expect("it runs"), Some(User::Same));
        assert_eq!(hands.wait(&[process], NOW).expect("it can be waited for"), [process]);
        assert!(hands.signal(process, Signal::Terminate).expect("it is ours"));
        assert_eq!(hands.wait(&[process], LONG).expect("it can be waited for"), []);
        assert!(!hands.signal(process, Signal::Kill).expect("nothing to do"), "it is gone, though not yet buried");
        assert_eq!(hands.user(process).expect("it is gone"), None);
    }
}

#[test]
fn a_process_that_has_the_number_of_another_is_left_alone() {
    for (hands, started) in ways() {
        let (_sleeper, process) = Sleeper::start(started);
        let another = ProcessRef { started: process.started - 1, ..process };
        assert_eq!(hands.user(another).expect("nobody"), None);
        assert!(!hands.signal(another, Signal::Kill).expect("nobody"));
        assert_eq!(hands.wait(&[another], LONG).expect("nobody"), []);
        assert_eq!(hands.wait(&[process], NOW).expect("it runs"), [process]);
    }
}

#[test]
fn of_several_processes_those_are_left_that_still_run() {
    for (hands, started) in ways() {
        let ((_one, told), (_other, spared)) = (Sleeper::start(started), Sleeper::start(started));
        let gone = ProcessRef { started: told.started - 1, ..told };
        assert!(hands.signal(told, Signal::Kill).expect("it is ours"));
        assert_eq!(hands.wait(&[told], LONG).expect("it can be waited for"), []);
        assert_eq!(hands.wait(&[gone, told, spared], NOW).expect("they can be waited for"), [spared]);
    }
}

#[test]
fn topside_descends_from_who_started_it() {
    for (hands, _) in ways() {
        let ancestry = hands.ancestry();
        assert_eq!(ancestry[..2], [std::process::id(), std::os::unix::process::parent_id()]);
        assert!(ancestry.len() > 2, "{ancestry:?}");
    }
}
