use std::collections::BTreeSet;
use std::io;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rustix::time::{ClockId, Timespec, clock_gettime};

use topside_model::ProcessRef;

use super::listeners::Holders;
use super::proc_dir::ProcDir;
use super::stat::Stat;
use super::table::{Clock, Table};
use super::{handles, locks};
use crate::system::System;
use crate::{FileLock, Interest, Listener, Numbering, OpenHandle, Processes};

/// This machine.
pub(crate) struct Linux {
    proc: ProcDir,
    table: Mutex<Table>,
    holders: Mutex<Holders>,
    numbering: Option<Numbering>,
}

impl Linux {
    pub(crate) fn new() -> Self {
        let proc = ProcDir::at("/proc");
        let numbering = proc.numbering();
        Self { proc, table: Mutex::default(), holders: Mutex::default(), numbering }
    }
}

/// True while `process` is what its terminal, the device of this number, is for: its group of processes takes the keys.
/// `None` once it has ended.
pub(crate) fn is_shown(process: ProcessRef, terminal: u64) -> Option<bool> {
    let line = ProcDir::at("/proc").open_stat(process.pid).and_then(|file| file.read()).ok()?;
    let stat = Stat::parse(&line).filter(|stat| !stat.dead && stat.started == process.started)?;
    Some(stat.foreground && stat.terminal == Some(terminal))
}

impl System for Linux {
    fn processes(&self, interest: &Interest) -> Processes {
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        table.look(&self.proc, interest, &Clock::read())
    }

    fn numbering(&self) -> Option<Numbering> {
        self.numbering.clone()
    }

    fn computed(&self) -> Option<Duration> {
        let Timespec { tv_sec, tv_nsec } = clock_gettime(ClockId::ThreadCPUTime);
        Some(Duration::new(tv_sec.unsigned_abs(), u32::try_from(tv_nsec).unwrap_or_default()))
    }

    fn open_files(&self, pid: u32) -> io::Result<Vec<OpenHandle>> {
        handles::open_files(&self.proc, pid)
    }

    fn locks(&self) -> io::Result<Vec<FileLock>> {
        locks::locks(&self.proc)
    }

    fn listeners(&self, pids: &BTreeSet<u32>) -> io::Result<Vec<Listener>> {
        self.holders.lock().unwrap_or_else(PoisonError::into_inner).look(&self.proc, pids)
    }
}
