//! macOS and other Unix systems without pidfds: the start of a process is compared right before the signal.

use std::collections::BTreeSet;
use std::io;
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::process::{self as system, kill_process, test_kill_process};
use sysinfo::{Pid, Process, ProcessRefreshKind, ProcessStatus, ProcessesToUpdate, System, UpdateKind};
use topside_model::ProcessRef;

use super::{Hands, Signal, User};

/// Time between two looks at processes that are waited for.
const LOOK: Duration = Duration::from_millis(100);

/// The start that is told of a process into which one may not look.
const NO_START: u64 = 0;

/// The machine topside runs on.
pub(crate) struct OsHands;

impl OsHands {
    /// Hands on this machine.
    #[expect(clippy::unnecessary_wraps, reason = "on some systems there are none")]
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self)
    }
}

impl Hands for OsHands {
    fn user(&self, process: ProcessRef) -> io::Result<Option<User>> {
        Ok(match holder(process) {
            Holder::Another => None,
            Holder::Untold => Some(User::Other(None)),
            Holder::It { user } if user == Some(system::getuid().as_raw()) => Some(User::Same),
            Holder::It { user } => Some(User::Other(user)),
        })
    }

    fn signal(&self, process: ProcessRef, signal: Signal) -> io::Result<bool> {
        let Some(pid) = number(process) else { return Ok(false) };
        let signal = match signal {
            Signal::Terminate => system::Signal::TERM,
            Signal::Kill => system::Signal::KILL,
        };
        match holder(process) {
            Holder::Another => return Ok(false),
            Holder::Untold => return Err(io::Error::other("the system does not tell when it started")),
            Holder::It { .. } => {}
        }
        match kill_process(pid, signal) {
            Ok(()) => Ok(true),
            Err(Errno::SRCH) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    fn wait(&self, processes: &[ProcessRef], most: Duration) -> io::Result<Vec<ProcessRef>> {
        let until = Instant::now() + most;
        let mut left = processes.to_vec();
        loop {
            let holders = holders(&left);
            let mut holders = holders.iter();
            left.retain(|_| holders.next() != Some(&Holder::Another));
            if left.is_empty() || Instant::now() >= until {
                return Ok(left);
            }
            sleep(LOOK);
        }
    }

    fn ancestry(&self) -> Vec<u32> {
        let all = look(ProcessesToUpdate::All);
        let mut pids = vec![std::process::id(), std::os::unix::process::parent_id()];
        while let Some(parent) = pids.last().and_then(|pid| all.process(Pid::from_u32(*pid))?.parent()) {
            if pids.contains(&parent.as_u32()) {
                break;
            }
            pids.push(parent.as_u32());
        }
        pids
    }
}

/// Who has the number of a process now.
#[derive(Debug, PartialEq, Eq)]
enum Holder {
    /// Nobody, or another process: the one that was meant has ended.
    Another,
    /// The process that was meant, of whatever user, where that is told.
    It { user: Option<u32> },
    /// Somebody of whom the system does not tell when it started.
    Untold,
}

fn holder(process: ProcessRef) -> Holder {
    holders(&[process]).pop().unwrap_or(Holder::Untold)
}

/// Who has the numbers of these processes now. Asked of the system itself: what an agent started may no longer have to
/// do with any agent once that one has ended, and goes on all the same.
fn holders(processes: &[ProcessRef]) -> Vec<Holder> {
    // What is named twice would be taken for gone.
    let pids: BTreeSet<Pid> = processes.iter().map(|process| Pid::from_u32(process.pid)).collect();
    let found = look(ProcessesToUpdate::Some(&Vec::from_iter(pids)));
    processes.iter().map(|process| judge(*process, found.process(Pid::from_u32(process.pid)))).collect()
}

fn judge(process: ProcessRef, found: Option<&Process>) -> Holder {
    match found.filter(|found| found.start_time() != NO_START) {
        // One that has ended keeps its number until its parent has taken note.
        Some(found) if found.start_time() != process.started || found.status() == ProcessStatus::Zombie => {
            Holder::Another
        }
        Some(found) => Holder::It { user: found.user_id().map(|user| **user) },
        None if number(process).is_some_and(|pid| !is_unburied(pid) && test_kill_process(pid) != Err(Errno::SRCH)) => {
            Holder::Untold
        }
        None => Holder::Another,
    }
}

/// True where the number is of a process that has ended, of which its parent has not taken note: the table of processes has
/// none such here, and yet it takes signals.
#[cfg(target_os = "macos")]
fn is_unburied(pid: system::Pid) -> bool {
    use libproc::bsd_info::BSDInfo;
    use libproc::proc_pid::pidinfo;
    /// Asks of those that have ended too. Source: `proc_pidinfo` in `bsd/kern/proc_info.c` of XNU.
    const ENDED_TOO: u64 = 1;
    /// What is told of one that has. Source: `SZOMB` in `<sys/proc.h>`.
    const ENDED: u32 = 5;
    pidinfo::<BSDInfo>(pid.as_raw_nonzero().get(), ENDED_TOO).is_ok_and(|info| info.pbi_status == ENDED)
}

/// Here the table of processes has those that have ended.
#[cfg(not(target_os = "macos"))]
fn is_unburied(_: system::Pid) -> bool {
    false
}

fn number(process: ProcessRef) -> Option<system::Pid> {
    i32::try_from(process.pid).ok().and_then(system::Pid::from_raw)
}

fn look(which: ProcessesToUpdate<'_>) -> System {
    let mut system = System::new();
    let what = ProcessRefreshKind::nothing().without_tasks().with_user(UpdateKind::Always);
    system.refresh_processes_specifics(which, true, what);
    system
}

/// When a process started, as the table of processes has it here.
#[cfg(test)]
pub(super) fn started(pid: u32) -> Option<u64> {
    let pid = Pid::from_u32(pid);
    look(ProcessesToUpdate::Some(&[pid])).process(pid).map(Process::start_time)
}
