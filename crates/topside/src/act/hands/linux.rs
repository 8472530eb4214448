//! Linux: signals go through a pidfd, which never comes to mean another process.

use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{self as system, Pid, PidfdFlags, pidfd_open, pidfd_send_signal};
use topside_model::ProcessRef;

use super::{Hands, Signal, User};

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
        let Some(_held) = hold(process)? else { return Ok(None) };
        let status = fs::read_to_string(format!("/proc/{}/status", process.pid))?;
        let user = status.lines().find_map(|line| line.strip_prefix("Uid:")?.split_whitespace().next()?.parse().ok());
        let same = user == Some(system::getuid().as_raw());
        Ok(Some(if same { User::Same } else { User::Other(user) }))
    }

    fn signal(&self, process: ProcessRef, signal: Signal) -> io::Result<bool> {
        let Some(held) = hold(process)? else { return Ok(false) };
        let signal = match signal {
            Signal::Terminate => system::Signal::TERM,
            Signal::Kill => system::Signal::KILL,
        };
        match pidfd_send_signal(&held, signal) {
            Ok(()) => Ok(true),
            Err(Errno::SRCH) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    fn wait(&self, processes: &[ProcessRef], most: Duration) -> io::Result<Vec<ProcessRef>> {
        let until = Instant::now() + most;
        let mut left = Vec::new();
        for process in processes {
            left.extend(hold(*process)?.map(|held| (*process, held)));
        }
        while !left.is_empty() {
            let rest = until.saturating_duration_since(Instant::now());
            let mut polled: Vec<PollFd<'_>> = left.iter().map(|(_, held)| PollFd::new(held, PollFlags::IN)).collect();
            let timeout = Timespec { tv_sec: rest.as_secs().cast_signed(), tv_nsec: rest.subsec_nanos().into() };
            match poll(&mut polled, Some(&timeout)) {
                Ok(0) => break,
                Ok(_) | Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
            // A pidfd can be read once its process has ended, whether or not its parent has taken note.
            let ended: Vec<bool> = polled.iter().map(|one| one.revents().contains(PollFlags::IN)).collect();
            let mut ended = ended.into_iter();
            left.retain(|_| ended.next() != Some(true));
        }
        Ok(left.into_iter().map(|(process, _)| process).collect())
    }

    fn ancestry(&self) -> Vec<u32> {
        let mut pids = vec![std::process::id()];
        while let Some(parent) = pids.last().and_then(|pid| stat(*pid)).map(|stat| stat.parent) {
            if parent == 0 || pids.contains(&parent) {
                break;
            }
            pids.push(parent);
        }
        pids
    }
}

/// A handle on exactly this process; `None` when it is gone.
///
/// The handle is taken first and the start compared afterwards: who has the number and this start at the later moment
/// had the number at the earlier one too, because no process gets its number back.
fn hold(process: ProcessRef) -> io::Result<Option<OwnedFd>> {
    let Some(pid) = i32::try_from(process.pid).ok().and_then(Pid::from_raw) else { return Ok(None) };
    let held = match pidfd_open(pid, PidfdFlags::empty()) {
        Ok(held) => held,
        Err(Errno::SRCH) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let is_it = stat(process.pid).is_some_and(|stat| stat.started == process.started);
    Ok((is_it && !has_ended(&held)?).then_some(held))
}

/// True once all its threads have ended. `/proc` calls a process dead when its first thread is, though others go on.
fn has_ended(held: &OwnedFd) -> io::Result<bool> {
    Ok(poll(&mut [PollFd::new(held, PollFlags::IN)], Some(&Timespec { tv_sec: 0, tv_nsec: 0 }))? > 0)
}

/// What `/proc/PID/stat` tells of a process' identity; see `proc_pid_stat(5)`.
struct Stat {
    parent: u32,
    started: u64,
}

fn stat(pid: u32) -> Option<Stat> {
    parse(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

fn parse(line: &str) -> Option<Stat> {
    // The name may hold anything; nothing after its last parenthesis does. What follows it is field 3.
    let fields: Vec<&str> = line.rsplit_once(')')?.1.split_ascii_whitespace().collect();
    Some(Stat { parent: fields.get(4 - 3)?.parse().ok()?, started: fields.get(22 - 3)?.parse().ok()? })
}

/// When a process started, as the table of processes has it here.
#[cfg(test)]
pub(super) fn started(pid: u32) -> Option<u64> {
    stat(pid).map(|stat| stat.started)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_pass_for_the_fields_behind_it() {
        let fields = "S 7 1 1 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 1 0 987 0";
        let stat = parse(&format!("42 (a) R 1 (b) {fields}")).expect("a stat");
        assert_eq!((stat.parent, stat.started), (7, 987));
        assert!(parse("42 (short) S 7").is_none());
    }
}
