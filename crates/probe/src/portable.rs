//! macOS and Windows, by way of libraries.
//!
//! Each look lists all processes; details are read for those that are new, young or have another name, samples for
//! those of interest. What is not wanted of an environment is dropped at once.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use listeners::{Protocol, SocketState};
use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, UpdateKind};
use topside_model::{Bytes, ProcessRef, Timestamp};

use crate::program::{ARGS, ARGS_BYTES, Program};
use crate::relevance::with_descendants;
use crate::system::System;
use crate::{FileLock, Interest, Listener, OpenHandle, Process, Processes};

/// How long a process may still be on its way from its start to the program it is to run, in seconds.
const YOUNG: i64 = 3;

/// This machine.
#[derive(Debug, Default)]
pub(crate) struct Portable {
    known: Mutex<BTreeMap<u32, Known>>,
}

#[derive(Debug)]
struct Known {
    /// Seconds since the epoch.
    started: u64,
    name: String,
    program: Program,
}

impl Portable {
    pub(crate) fn new() -> Self {
        Self::default()
    }
}

impl System for Portable {
    fn processes(&self, interest: &Interest) -> Processes {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let all = inspect(ProcessesToUpdate::All, ProcessRefreshKind::nothing());
        learn(&mut known, &all, interest);
        let parents = all.processes().iter().map(|(pid, process)| (pid.as_u32(), parent(process)));
        let roots = known.iter().filter(|(_, known)| known.program.is_root()).map(|(pid, _)| *pid);
        let related: Vec<Pid> = with_descendants(parents, roots).into_iter().map(Pid::from_u32).collect();
        let sample = ProcessRefreshKind::nothing().with_cpu().with_memory().with_cwd(UpdateKind::Always);
        let sampled = inspect(ProcessesToUpdate::Some(&related), sample);
        let report = |pid: &Pid| {
            let pid_number = pid.as_u32();
            Some((pid_number, report(pid_number, known.get(&pid_number)?, sampled.process(*pid)?)))
        };
        Processes { by_pid: related.iter().filter_map(report).collect() }
    }

    fn open_files(&self, pid: u32) -> io::Result<Vec<OpenHandle>> {
        #[cfg(target_os = "macos")]
        return crate::macos::open_files(pid);
        #[cfg(not(target_os = "macos"))]
        {
            _ = pid;
            Err(io::ErrorKind::Unsupported.into())
        }
    }

    fn locks(&self) -> io::Result<Vec<FileLock>> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn listeners(&self, pids: &BTreeSet<u32>) -> io::Result<Vec<Listener>> {
        let all = listeners::get_all().map_err(|error| io::Error::other(error.to_string()))?;
        let wanted = all.into_iter().filter(|found| {
            found.protocol == Protocol::TCP && found.state == SocketState::Listen && pids.contains(&found.process.pid)
        });
        let found: BTreeSet<Listener> = wanted
            .map(|found| Listener { pid: found.process.pid, address: found.socket.ip(), port: found.socket.port() })
            .collect();
        Ok(found.into_iter().collect())
    }
}

/// Forgets the processes that ended and reads the details of those that may run something new.
fn learn(known: &mut BTreeMap<u32, Known>, all: &sysinfo::System, interest: &Interest) {
    known.retain(|pid, _| all.process(Pid::from_u32(*pid)).is_some());
    let young = Timestamp::now().as_second() - YOUNG;
    let is_due = |pid: u32, process: &sysinfo::Process| {
        i64::try_from(process.start_time()).is_ok_and(|started| started > young)
            || known.get(&pid).is_none_or(|known| !known.is(process))
    };
    let due: Vec<Pid> =
        all.processes().iter().filter(|(pid, process)| is_due(pid.as_u32(), process)).map(|(pid, _)| *pid).collect();
    let details = ProcessRefreshKind::nothing()
        .with_exe(UpdateKind::Always)
        .with_cmd(UpdateKind::Always)
        .with_environ(UpdateKind::Always);
    let read = inspect(ProcessesToUpdate::Some(&due), details);
    known.extend(read.processes().iter().map(|(pid, process)| {
        let program = program(process, interest).judge(interest);
        (pid.as_u32(), Known { started: process.start_time(), name: name(process), program })
    }));
}

impl Known {
    fn is(&self, process: &sysinfo::Process) -> bool {
        self.started == process.start_time() && self.name == name(process)
    }
}

fn inspect(which: ProcessesToUpdate<'_>, what: ProcessRefreshKind) -> sysinfo::System {
    let mut system = sysinfo::System::new();
    system.refresh_processes_specifics(which, true, what.without_tasks());
    system
}

fn program(process: &sysinfo::Process, interest: &Interest) -> Program {
    let mut bytes = 0;
    let fits = |arg: &String| {
        bytes += arg.len() + 1;
        bytes <= ARGS_BYTES
    };
    let args = process.cmd().iter().take(ARGS).map(|arg| arg.to_string_lossy().into_owned());
    let variables = process.environ().iter().filter_map(|entry| {
        let entry = entry.to_string_lossy();
        let (name, value) = entry.split_once('=')?;
        interest.variables.contains(name).then(|| (name.to_owned(), value.to_owned()))
    });
    Program {
        exe: process.exe().map(Into::into),
        args: args.take_while(fits).collect(),
        variables: variables.collect(),
        ..Program::default()
    }
}

fn report(pid: u32, known: &Known, sample: &sysinfo::Process) -> Process {
    let started_at = i64::try_from(known.started).ok().filter(|seconds| *seconds != 0);
    Process {
        id: ProcessRef { pid, started: known.started },
        parent: parent(sample),
        name: known.name.clone(),
        exe: known.program.exe.clone(),
        args: known.program.args.clone(),
        cwd: sample.cwd().map(Into::into),
        variables: known.program.variables.clone(),
        started_at: started_at.and_then(|seconds| Timestamp::from_second(seconds).ok()),
        cpu_time: Some(Duration::from_millis(sample.accumulated_cpu_time())),
        memory: Some(Bytes(sample.memory())),
        terminal: None,
    }
}

/// 0, which no process has, for one whose parent is not known.
fn parent(process: &sysinfo::Process) -> u32 {
    process.parent().map_or(0, Pid::as_u32)
}

fn name(process: &sysinfo::Process) -> String {
    process.name().to_string_lossy().into_owned()
}
