//! Wake-ups by inotify, and by handles of processes.
//!
//! Only changes are asked for: topside itself and the agents open and read files all the time. While a monitor is busy
//! with what it was woken for, further events wait in the kernel, so that a hundred writers cost a few wake-ups a second.
//! The end of a process is told at once. Sources: `inotify(7)`, `pidfd_open(2)`.

use std::collections::{BTreeMap, BTreeSet};
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, epoll, eventfd, poll};
use rustix::fs::inotify::{self, CreateFlags, ReadFlags, Reader, WatchFlags};
use rustix::io::{self, Errno};
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use topside_model::ProcessRef;

use crate::{Stir, Watcher};

/// Time between two wake-ups. What comes after a longer pause wakes at once.
const REST: Timespec = Timespec { tv_sec: 0, tv_nsec: 200_000_000 };

const NO_TIME: Timespec = Timespec { tv_sec: 0, tv_nsec: 0 };

/// Room for some hundred events, which are read at once.
const BUFFER: usize = 16 * 1024;

/// What stands for the end of the watcher itself among the ends of processes; no process has this number.
const DROPPED: u64 = 0;

/// Watches through inotify. Where this fails there are no wake-ups, and [`problem`](Watcher::problem) says why.
pub(crate) struct OsWatcher {
    shared: Option<Arc<Shared>>,
    wake: Arc<dyn Fn(Stir) + Send + Sync>,
    /// Handles of watched processes; none of one that cannot be watched, or was gone already.
    processes: BTreeMap<ProcessRef, Option<OwnedFd>>,
    problem: Option<String>,
}

/// What the watcher shares with its thread.
struct Shared {
    inotify: OwnedFd,
    /// Readable when one of the watched processes ended, or the watcher is dropped.
    ends: OwnedFd,
    /// Readable once the watcher is dropped.
    dropped: OwnedFd,
    /// Directories by path with the kernel's number of their watch. The thread takes out one that was removed or moved.
    watched: Mutex<BTreeMap<PathBuf, i32>>,
}

impl OsWatcher {
    pub(crate) fn new(wake: Box<dyn Fn(Stir) + Send + Sync>) -> Self {
        let wake: Arc<dyn Fn(Stir) + Send + Sync> = Arc::from(wake);
        let (shared, problem) = match Shared::new() {
            Ok(shared) => {
                let shared = Arc::new(shared);
                let (waiting, wake) = (Arc::clone(&shared), Arc::clone(&wake));
                thread::spawn(move || waiting.keep_waking(&*wake));
                (Some(shared), None)
            }
            Err(error) => (None, Some(error.to_string())),
        };
        Self { shared, wake, processes: BTreeMap::new(), problem }
    }
}

impl Watcher for OsWatcher {
    fn watch(&mut self, dirs: &BTreeSet<PathBuf>) {
        let Some(shared) = &self.shared else { return };
        let mut watched = shared.watched();
        let gone: Vec<PathBuf> = watched.keys().filter(|dir| !dirs.contains(*dir)).cloned().collect();
        for dir in gone {
            let watch = watched.remove(&dir);
            // One directory under two names has one watch. An error means that the directory is gone.
            let unused = watch.filter(|watch| !watched.values().any(|other| other == watch));
            unused.map(|watch| inotify::remove_watch(&shared.inotify, watch).ok());
        }
        self.problem = None;
        for dir in dirs {
            if watched.contains_key(dir) {
                continue;
            }
            match inotify::add_watch(&shared.inotify, dir, changes()) {
                Ok(watch) => _ = watched.insert(dir.clone(), watch),
                Err(Errno::NOENT | Errno::NOTDIR) => {}
                Err(Errno::NOSPC) => self.problem = Some("no more directories can be watched".to_owned()),
                Err(error) => self.problem = Some(error.to_string()),
            }
        }
    }

    fn watch_processes(&mut self, processes: &BTreeSet<ProcessRef>) {
        let Some(shared) = &self.shared else { return };
        self.processes.retain(|process, _| processes.contains(process));
        for process in processes {
            if self.processes.contains_key(process) {
                continue;
            }
            let handle = shared.watch_process(process.pid);
            if matches!(handle, Err(Errno::SRCH)) {
                (self.wake)(Stir::Exit);
            }
            self.processes.insert(*process, handle.ok());
        }
    }

    fn problem(&self) -> Option<&str> {
        self.problem.as_deref()
    }
}

impl Drop for OsWatcher {
    fn drop(&mut self) {
        if let Some(shared) = &self.shared {
            // Cannot fail: the counter is at zero.
            io::write(&shared.dropped, &1_u64.to_ne_bytes()).ok();
        }
    }
}

fn changes() -> WatchFlags {
    WatchFlags::MODIFY
        | WatchFlags::CREATE
        | WatchFlags::DELETE
        | WatchFlags::MOVE
        | WatchFlags::DELETE_SELF
        | WatchFlags::MOVE_SELF
        | WatchFlags::ONLYDIR
}

impl Shared {
    fn new() -> io::Result<Self> {
        let ends = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let dropped = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        epoll::add(&ends, &dropped, epoll::EventData::new_u64(DROPPED), epoll::EventFlags::IN)?;
        let inotify = inotify::init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK)?;
        Ok(Self { inotify, ends, dropped, watched: Mutex::default() })
    }

    /// A handle by which the end of a process wakes, once.
    fn watch_process(&self, pid: u32) -> io::Result<OwnedFd> {
        let pid = i32::try_from(pid).ok().and_then(Pid::from_raw).ok_or(Errno::SRCH)?;
        let handle = pidfd_open(pid, PidfdFlags::empty())?;
        let number = epoll::EventData::new_u64(u64::from(pid.as_raw_nonzero().get().unsigned_abs()));
        epoll::add(&self.ends, &handle, number, epoll::EventFlags::IN | epoll::EventFlags::ONESHOT)?;
        Ok(handle)
    }

    fn keep_waking(&self, wake: &(dyn Fn(Stir) + Send + Sync)) {
        loop {
            let mut waits = [PollFd::new(&self.ends, PollFlags::IN), PollFd::new(&self.inotify, PollFlags::IN)];
            if poll(&mut waits, None).is_err_and(|error| error != Errno::INTR) {
                return;
            }
            if !waits[0].revents().is_empty() {
                if self.is_dropped() {
                    return;
                }
                wake(Stir::Exit);
            }
            if self.take_events() {
                wake(Stir::Files);
                poll(&mut [PollFd::new(&self.ends, PollFlags::IN)], Some(&REST)).ok();
            }
        }
    }

    /// Takes the ends there are. True when the watcher's own is among them.
    fn is_dropped(&self) -> bool {
        let mut ends = [MaybeUninit::<epoll::Event>::uninit(); 16];
        let ended = epoll::wait(&self.ends, &mut ends, Some(&NO_TIME));
        ended.is_ok_and(|(ended, _)| ended.iter().any(|end| end.data.u64() == DROPPED))
    }

    /// Reads the events there are. True when one of them is a change.
    fn take_events(&self) -> bool {
        let mut buffer = [MaybeUninit::uninit(); BUFFER];
        let mut reader = Reader::new(&self.inotify, &mut buffer);
        let mut changed = false;
        while let Ok(event) = reader.next() {
            // The end of a watch follows on what already woke, or on our own wish.
            changed |= !event.events().contains(ReadFlags::IGNORED);
            if event.events().contains(ReadFlags::MOVE_SELF) {
                // Another directory may soon have its name. The kernel reports the end of the watch.
                inotify::remove_watch(&self.inotify, event.wd()).ok();
            }
            if event.events().contains(ReadFlags::IGNORED) {
                self.watched().retain(|_, watch| *watch != event.wd());
            }
        }
        changed
    }

    /// Held for a moment only.
    fn watched(&self) -> MutexGuard<'_, BTreeMap<PathBuf, i32>> {
        self.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
