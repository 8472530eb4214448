//! The table of processes, kept from look to look so that a look costs little.
//!
//! Each look lists `/proc` and reads the `stat` of processes that are new, young or of interest; every tenth look reads
//! the `stat` of all. What changes only when another program is executed (arguments, environment, executable, and with
//! them whether the process is of interest) is read once, again while the process is young, and again when its name
//! changes. The directory is read at each look for programs of interest, for their descendants only with the rest.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use rustix::time::{ClockId, Timespec, clock_gettime};
use topside_model::{Bytes, ProcessRef, Timestamp};

use super::proc_dir::{PidEntry, ProcDir};
use super::stat::Stat;
use crate::program::Program;
use crate::relevance::with_descendants;
use crate::{Interest, Process, Processes};

/// How often the `stat` of every process is read: it finds programs executed late in a process's life and children
/// taken over by another parent.
const FULL_LOOK_EVERY: u64 = 10;

/// How long a process may still be on its way from `fork` to the program it is to run.
const YOUNG: Duration = Duration::from_secs(3);

/// The clocks of one look. `/proc/uptime` and `btime` are not used: containers fake the first and the second is cut to
/// whole seconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    /// When the machine was started.
    pub(super) booted: Timestamp,
    /// How long it has run, sleep included; the clock that start times are told in.
    pub(super) uptime: Duration,
}

impl Clock {
    pub(super) fn read() -> Self {
        let Timespec { tv_sec, tv_nsec } = clock_gettime(ClockId::Boottime);
        let uptime = Duration::new(tv_sec.unsigned_abs(), u32::try_from(tv_nsec).unwrap_or_default());
        Self { booted: Timestamp::now() - uptime, uptime }
    }
}

#[derive(Debug, Default)]
pub(super) struct Table {
    looks: u64,
    known: BTreeMap<u32, Known>,
    /// Those of interest at the last look.
    related: BTreeSet<u32>,
}

#[derive(Debug)]
struct Known {
    inode: u64,
    stat: Stat,
    started_at: Timestamp,
    cwd: Option<PathBuf>,
    program: Program,
}

impl Table {
    pub(super) fn look(&mut self, proc: &ProcDir, interest: &Interest, clock: &Clock) -> Processes {
        let full = self.looks.is_multiple_of(FULL_LOOK_EVERY);
        self.looks += 1;
        let mut before = std::mem::take(&mut self.known);
        for entry in proc.pids().unwrap_or_default() {
            let known = before.remove(&entry.pid);
            let fresh = match known {
                Some(known) if !full && !self.is_due(entry, &known, clock) => Some(known),
                known => look_at(entry, known, proc, interest, clock),
            };
            if let Some(fresh) = fresh {
                self.known.insert(entry.pid, fresh);
            }
        }
        let parents = self.known.iter().map(|(pid, known)| (*pid, known.stat.parent));
        let roots = self.known.iter().filter(|(_, known)| known.program.is_root()).map(|(pid, _)| *pid);
        self.related = with_descendants(parents, roots);
        let of_interest = |pid: &u32| Some((*pid, self.known.get(pid)?.process(*pid)));
        Processes { by_pid: self.related.iter().filter_map(of_interest).collect() }
    }

    fn is_due(&self, entry: PidEntry, known: &Known, clock: &Clock) -> bool {
        known.inode != entry.inode || self.related.contains(&entry.pid) || is_young(known.stat.started, clock)
    }
}

/// The process as it is now; `None` when it is gone.
fn look_at(entry: PidEntry, known: Option<Known>, proc: &ProcDir, interest: &Interest, clock: &Clock) -> Option<Known> {
    let PidEntry { pid, inode } = entry;
    let stat = Stat::parse(&proc.stat(pid).ok()?).filter(|stat| !stat.dead)?;
    let cwd = || proc.link(pid, "cwd");
    let Some(mut known) = known.filter(|known| known.stat.started == stat.started) else {
        let started_at = clock.booted + ticks(stat.started);
        let program = program(pid, &stat, proc, interest);
        return Some(Known { inode, stat, started_at, cwd: cwd(), program });
    };
    let may_run_another = is_young(stat.started, clock) || stat.name != known.stat.name;
    if may_run_another {
        known.program = program(pid, &stat, proc, interest);
    }
    if may_run_another || known.program.candidate {
        known.cwd = cwd();
    }
    Some(Known { inode, stat, ..known })
}

fn program(pid: u32, stat: &Stat, proc: &ProcDir, interest: &Interest) -> Program {
    if stat.kernel_thread {
        return Program::default();
    }
    let program = Program {
        exe: proc.link(pid, "exe"),
        args: proc.args(pid),
        variables: proc.variables(pid, interest),
        ..Program::default()
    };
    program.judge(interest)
}

impl Known {
    fn process(&self, pid: u32) -> Process {
        let Self { stat, program, .. } = self;
        Process {
            id: ProcessRef { pid, started: stat.started },
            parent: stat.parent,
            name: stat.name.clone(),
            exe: program.exe.clone(),
            args: program.args.clone(),
            cwd: self.cwd.clone(),
            variables: program.variables.clone(),
            started_at: Some(self.started_at),
            cpu_time: Some(ticks(stat.cpu_ticks)),
            memory: Some(Bytes(stat.resident_pages.saturating_mul(rustix::param::page_size() as u64))),
            terminal: stat.terminal,
        }
    }
}

fn is_young(started: u64, clock: &Clock) -> bool {
    clock.uptime.saturating_sub(ticks(started)) < YOUNG
}

fn ticks(count: u64) -> Duration {
    let per_second = rustix::param::clock_ticks_per_second();
    let rest = count % per_second * 1_000_000_000 / per_second;
    Duration::new(count / per_second, u32::try_from(rest).unwrap_or_default())
}
