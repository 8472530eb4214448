//! OpenAI Codex: threads in `$CODEX_HOME`, loaded by terminals, one-shot runs, servers and a shared daemon.
//!
//! What the files and processes look like is described where it is read; the format's history is in `docs/codex.md`.

mod context;
mod count;
mod daemon;
mod decode;
mod event;
mod item;
mod meter;
mod notes;
mod old;
mod paths;
mod prefix;
mod process;
mod record;
mod sandbox;
mod signal;
mod thread;
mod title;
mod tool;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use topside_model::{Event, Place, ProcessRef, SessionId, Signal, Untrusted};
use topside_probe::Process;

use crate::agent::{Agent, Decoder, Level, Listener, Live, Look, Manifest, ReadTitle, Role, Source};
use crate::signals::Said;
use crate::transcript::Transcripts;

/// The agent.
pub(crate) static AGENT: Codex = Codex;

/// Codex.
pub(crate) struct Codex;

static MANIFEST: Manifest = Manifest {
    id: "codex",
    title: "Codex",
    programs: &["codex"],
    helpers: process::HELPER_NAMES,
    variables: &["HOME", paths::HOME_VARIABLE, paths::SQLITE_VARIABLE, "CODEX_THREAD_ID", "CODEX_TOOL_CALL_ID"],
    session_variable: Some("CODEX_THREAD_ID"),
    call_variable: Some("CODEX_TOOL_CALL_ID"),
    // Copies of history are told apart, and what a resumed thread pays has its own place.
    shares_replies: false,
};

impl Agent for Codex {
    fn manifest(&self) -> &'static Manifest {
        &MANIFEST
    }

    fn homes(&self, look: &Look<'_>) -> Vec<PathBuf> {
        paths::homes(look)
    }

    fn sources(&self, look: &Look<'_>, home: &Path, wanted: &dyn Fn(&str) -> bool, found: &mut Transcripts) {
        paths::rollouts(look, home, wanted, found);
    }

    fn live(&self, look: &Look<'_>, homes: &[PathBuf]) -> Vec<Live> {
        let owners: BTreeMap<u32, &Process> = look
            .processes
            .by_pid
            .iter()
            .filter(|(_, one)| process::owns_threads(one))
            .map(|(pid, one)| (*pid, one))
            .collect();
        if owners.is_empty() {
            return Vec::new();
        }
        let mut live = locked(look, homes, &owners);
        let known: BTreeSet<ProcessRef> = live.iter().map(|one| one.owner).collect();
        // Before 0.146 there were no locks, and some systems do not tell who holds one: then an open transcript proves
        // the same. Read-only handles do not: a starting terminal looks into other threads' files.
        for process in owners.values().filter(|process| !known.contains(&process.id)) {
            live.extend(open_rollouts(look, process));
        }
        live
    }

    fn listener(&self) -> Option<Box<dyn Listener>> {
        Some(Box::<daemon::Daemons>::default())
    }

    fn role(&self, process: &Process) -> Option<Role> {
        process::is_codex(process).then(|| process::role(process))
    }

    fn notes(&self, look: &Look<'_>, home: &Path) -> Vec<Event> {
        notes::read(look, home)
    }

    fn signal(&self, said: &Said<'_>) -> Option<(SessionId, Signal)> {
        signal::signal(said)
    }

    fn titles(&self) -> Option<ReadTitle> {
        Some(title::word)
    }

    fn decoder(&self, source: &Source, level: Level, saved: Option<&[u8]>) -> Box<dyn Decoder> {
        Box::new(decode::CodexDecoder::new(source, level, saved))
    }
}

/// Threads whose writer lock an owner holds. The locks are only looked at: taking one would stop Codex.
fn locked(look: &Look<'_>, homes: &[PathBuf], owners: &BTreeMap<u32, &Process>) -> Vec<Live> {
    let held: Vec<(u64, &Process)> = look
        .host
        .locks()
        .unwrap_or_default()
        .iter()
        .filter(|lock| lock.exclusive)
        .filter_map(|lock| Some((lock.inode, *owners.get(&lock.pid)?)))
        .collect();
    if held.is_empty() {
        return Vec::new();
    }
    let mut live = Vec::new();
    for home in homes {
        let files = paths::lock_files(look, home);
        for (inode, owner) in &held {
            // Inodes repeat over file systems: the lock must lie in the home its holder uses.
            if let Some((session, path)) = files.get(inode).filter(|_| paths::home_of(owner, look) == *home) {
                let proof = Place::Lock { path: Untrusted::new(path.to_string_lossy()), pid: owner.id.pid };
                live.push(owned(session.clone(), owner, home.clone(), proof));
            }
        }
    }
    live
}

fn open_rollouts(look: &Look<'_>, owner: &Process) -> Vec<Live> {
    let handles = look.host.open_files(owner.id.pid).unwrap_or_default();
    let written = handles.into_iter().filter(|handle| handle.writable == Some(true));
    let live = written.filter_map(|handle| {
        let name = paths::rollout_name(handle.path.file_name()?.to_str()?)?;
        let proof = Place::Process { pid: owner.id.pid };
        Some(owned(name.thread, owner, paths::home_of(owner, look), proof))
    });
    live.collect()
}

fn owned(session: SessionId, owner: &Process, home: PathBuf, proof: Place) -> Live {
    let headless = matches!(process::role(owner), Role::Owner { headless: true, .. });
    let cwd = owner.cwd.as_deref().map(|cwd| Untrusted::new(cwd.to_string_lossy()));
    Live { session, owner: owner.id, home, proof, headless, report: None, cwd, folder: None, window: None }
}
