//! Processes a scenario started: their trees, and their end.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use rustix::process::{Pid, Signal};

/// How often a condition is looked at.
pub(crate) const BEAT: Duration = Duration::from_millis(30);

/// How long anything may take on a loaded machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(40);

/// Looks until `condition` gives something; `None` when `patience` is over.
pub(crate) fn poll<T>(patience: Duration, mut condition: impl FnMut() -> Option<T>) -> Option<T> {
    let deadline = Instant::now() + patience;
    loop {
        let found = condition();
        if found.is_some() || Instant::now() >= deadline {
            return found;
        }
        std::thread::sleep(BEAT);
    }
}

/// Kills `root` and all that descends from it, as if the machine had lost them: all are stopped first, so that none
/// notices the end of another and tidies up.
pub(crate) fn kill_tree(root: u32) -> anyhow::Result<()> {
    let tree = tree(root)?;
    for signal in [Signal::STOP, Signal::KILL] {
        for pid in &tree {
            send(*pid, signal);
        }
    }
    Ok(())
}

/// Kills everything that still runs with `home` as its home: daemons, servers left behind, tools of agents that were
/// killed. Nobody but the scenario that made `home` runs anything there.
pub(crate) fn kill_all_of(home: &Path) {
    for pid in all_of(home) {
        send(pid, Signal::KILL);
    }
}

/// True while a process whose name is `name` runs with `home` as its home.
pub(crate) fn runs(home: &Path, name: &str) -> bool {
    all_of(home).any(|pid| std::fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|comm| comm.trim() == name))
}

/// The process that was started with `argument` and has `home` as its home.
pub(crate) fn started_with(home: &Path, argument: &str) -> Option<u32> {
    all_of(home).find(|pid| {
        let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        line.split(|byte| *byte == 0).any(|word| word == argument.as_bytes())
    })
}

/// Processes with `home` as their home.
fn all_of(home: &Path) -> impl Iterator<Item = u32> {
    let wanted = [b"HOME=", home.as_os_str().as_bytes()].concat();
    pids().filter(move |pid| {
        let environment = std::fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        environment.split(|byte| *byte == 0).any(|variable| variable == wanted)
    })
}

/// `root` and all that descends from it.
fn tree(root: u32) -> anyhow::Result<BTreeSet<u32>> {
    let parents: Vec<(u32, u32)> = pids().filter_map(|pid| Some((pid, parent(pid)?))).collect();
    ensure!(parents.iter().any(|(pid, _)| *pid == root), "process {root} is gone before it could be killed");
    let mut tree = BTreeSet::from([root]);
    // A child may stand before its parent.
    while let Some((pid, _)) = parents.iter().find(|(pid, parent)| tree.contains(parent) && !tree.contains(pid)) {
        tree.insert(*pid);
    }
    Ok(tree)
}

/// Numbers of all processes.
fn pids() -> impl Iterator<Item = u32> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

/// The parent of `pid`: the second field after the name, which stands in parentheses and may hold anything.
fn parent(pid: u32) -> Option<u32> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, rest) = stat.rsplit_once(')')?;
    rest.split_whitespace().nth(1)?.parse().ok()
}

/// Sends `signal`; a process that is gone already needs none.
fn send(pid: u32, signal: Signal) {
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        let _ = rustix::process::kill_process(pid, signal);
    }
}

/// A program started without a terminal.
#[derive(Debug)]
pub(crate) struct Headless {
    child: Child,
    log: PathBuf,
}

impl Headless {
    /// Starts `command`; what it prints goes to the file `log`.
    pub(crate) fn start(command: &mut Command, log: PathBuf) -> anyhow::Result<Self> {
        Self::start_with(command, Stdio::null(), log)
    }

    /// Starts `command` for a conversation: lines said to it and printed by it.
    pub(crate) fn start_to_talk(command: &mut Command, log: PathBuf) -> anyhow::Result<Self> {
        Self::start_with(command, Stdio::piped(), log)
    }

    fn start_with(command: &mut Command, input: Stdio, log: PathBuf) -> anyhow::Result<Self> {
        let out = std::fs::File::create(&log).with_context(|| format!("make {}", log.display()))?;
        let err = out.try_clone().context("share a log")?;
        command.stdin(input).stdout(out).stderr(err);
        Ok(Self { child: command.spawn().with_context(|| format!("start {command:?}"))?, log })
    }

    /// Says one line to it.
    pub(crate) fn say(&self, line: &str) -> anyhow::Result<()> {
        let mut input = self.child.stdin.as_ref().context("the program was not started to talk")?;
        writeln!(input, "{line}").context("talk to an agent")
    }

    /// Says no more.
    pub(crate) fn hang_up(&mut self) {
        drop(self.child.stdin.take());
    }

    /// Waits for its end. How it ended is the scenario's business.
    pub(crate) fn finish(&mut self) -> anyhow::Result<()> {
        let child = &mut self.child;
        match poll(PATIENCE, || child.try_wait().transpose()) {
            Some(status) => status.map(drop).context("wait for an agent"),
            None => bail!("the agent does not end; it printed:\n{}", self.printed()),
        }
    }

    /// Kills it and all its children.
    pub(crate) fn kill(&mut self) -> anyhow::Result<()> {
        kill_tree(self.child.id())?;
        self.finish()
    }

    /// What it printed so far.
    pub(crate) fn printed(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }
}
