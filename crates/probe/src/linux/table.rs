//! The table of processes, kept from look to look so that a look costs little.
//!
//! Each look lists `/proc` and reads the `stat` of processes that are new, young or of interest; every tenth look reads
//! the `stat` of all. What changes only when another program is executed (arguments, environment, executable, and with
//! them whether the process is of interest) is read once, again while the process is young, and again when its name
//! changes. The directory is read with these, and for programs of interest at every tenth look.
//!
//! The `stat` of a process of interest that is no longer young stays open.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use rustix::time::{ClockId, Timespec, clock_gettime};
use topside_model::{Bytes, ProcessRef, Timestamp};

use super::proc_dir::{PidEntry, ProcDir, StatFile};
use super::stat::Stat;
use crate::program::Program;
use crate::relevance::with_descendants;
use crate::{Interest, Process, Processes};

/// How often the `stat` of every process is read: it finds programs executed late in a process's life and children
/// taken over by another parent.
const FULL_LOOK_EVERY: u64 = 10;

/// How many files of `/proc` stay open at most.
const KEPT_OPEN: usize = 256;

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
    /// Kept where it will be read again soon.
    file: Option<StatFile>,
    started_at: Timestamp,
    cwd: Option<PathBuf>,
    program: Program,
}

/// What is the same for every process during one look.
struct Looking<'a> {
    proc: &'a ProcDir,
    interest: &'a Interest,
    clock: &'a Clock,
    /// True when everything is read.
    full: bool,
}

impl Table {
    pub(super) fn look(&mut self, proc: &ProcDir, interest: &Interest, clock: &Clock) -> Processes {
        let looking = Looking { proc, interest, clock, full: self.looks.is_multiple_of(FULL_LOOK_EVERY) };
        self.looks += 1;
        let mut before = std::mem::take(&mut self.known);
        let mut open = 0;
        for entry in proc.pids().unwrap_or_default() {
            let known = before.remove(&entry.pid).filter(|known| known.inode == entry.inode);
            let related = known.is_some() && self.related.contains(&entry.pid);
            let fresh = match known {
                Some(known) if !looking.full && !related && !looking.is_young(&known.stat) => Some(known),
                known => looking.at(entry, known),
            };
            let Some(mut fresh) = fresh else { continue };
            let stays_open = related && open < KEPT_OPEN && !looking.is_young(&fresh.stat);
            fresh.file = fresh.file.filter(|_| stays_open);
            open += usize::from(fresh.file.is_some());
            self.known.insert(entry.pid, fresh);
        }
        let parents = self.known.iter().map(|(pid, known)| (*pid, known.stat.parent));
        let roots = self.known.iter().filter(|(_, known)| known.program.is_root()).map(|(pid, _)| *pid);
        self.related = with_descendants(parents, roots);
        let of_interest = |pid: &u32| Some((*pid, self.known.get(pid)?.process(*pid)));
        Processes { by_pid: self.related.iter().filter_map(of_interest).collect() }
    }
}

impl Looking<'_> {
    /// The process as it is now; `None` when it is gone.
    fn at(&self, entry: PidEntry, mut known: Option<Known>) -> Option<Known> {
        let PidEntry { pid, inode } = entry;
        let kept = known.as_mut().and_then(|known| known.file.take());
        let file = kept.map_or_else(|| self.proc.open_stat(pid), Ok).ok()?;
        let stat = Stat::parse(&file.read().ok()?).filter(|stat| !stat.dead)?;
        let file = Some(file);
        let cwd = || self.proc.link(pid, "cwd");
        let Some(mut known) = known.filter(|known| known.stat.started == stat.started) else {
            let started_at = self.clock.booted + ticks(stat.started);
            let program = self.program(pid, &stat);
            return Some(Known { inode, stat, file, started_at, cwd: cwd(), program });
        };
        let may_run_another = self.is_young(&stat) || stat.name != known.stat.name;
        if may_run_another {
            known.program = self.program(pid, &stat);
        }
        if may_run_another || (self.full && known.program.candidate) {
            known.cwd = cwd();
        }
        Some(Known { stat, file, ..known })
    }

    fn program(&self, pid: u32, stat: &Stat) -> Program {
        if stat.kernel_thread {
            return Program::default();
        }
        let program = Program {
            exe: self.proc.link(pid, "exe"),
            args: self.proc.args(pid),
            variables: self.proc.variables(pid, self.interest),
            ..Program::default()
        };
        program.judge(self.interest)
    }

    fn is_young(&self, stat: &Stat) -> bool {
        self.clock.uptime.saturating_sub(ticks(stat.started)) < YOUNG
    }
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

fn ticks(count: u64) -> Duration {
    let per_second = rustix::param::clock_ticks_per_second();
    let rest = count % per_second * 1_000_000_000 / per_second;
    Duration::new(count / per_second, u32::try_from(rest).unwrap_or_default())
}
