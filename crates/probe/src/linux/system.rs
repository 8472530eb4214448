use std::collections::BTreeSet;
use std::io;
use std::sync::{Mutex, PoisonError};

use super::proc_dir::ProcDir;
use super::table::{Clock, Table};
use super::{handles, listeners, locks};
use crate::system::System;
use crate::{FileLock, Interest, Listener, OpenHandle, Processes};

/// This machine.
pub(crate) struct Linux {
    proc: ProcDir,
    table: Mutex<Table>,
}

impl Linux {
    pub(crate) fn new() -> Self {
        Self { proc: ProcDir::at("/proc"), table: Mutex::default() }
    }
}

impl System for Linux {
    fn processes(&self, interest: &Interest) -> Processes {
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        table.look(&self.proc, interest, &Clock::read())
    }

    fn open_files(&self, pid: u32) -> io::Result<Vec<OpenHandle>> {
        handles::open_files(&self.proc, pid)
    }

    fn locks(&self) -> io::Result<Vec<FileLock>> {
        locks::locks(&self.proc)
    }

    fn listeners(&self, pids: &BTreeSet<u32>) -> io::Result<Vec<Listener>> {
        listeners::listeners(&self.proc, pids)
    }
}
