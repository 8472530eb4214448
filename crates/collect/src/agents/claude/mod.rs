//! Claude Code: sessions in a config root, each with a process of its own that says in a small file what it does.
//!
//! What the files and processes look like is described where it is read; the format's history is in `docs/claude.md`.

mod beside;
mod brief;
mod decode;
mod history;
mod paths;
mod process;
mod record;
mod registry;
mod reply;
mod signal;
mod system;
mod tool;
mod user;
mod window;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use topside_model::{Activity, Figures, Place, ProcessRef, Report, SessionId, Signal, Timestamp, Untrusted, elapsed};
use topside_probe::Process;

use crate::agent::{Agent, Anchor, Decoder, Level, Live, Look, Manifest, Role, Source};
use crate::signals::Said;
use crate::transcript::Transcripts;

/// The agent.
pub(crate) static AGENT: Claude = Claude;

/// Claude Code.
pub(crate) struct Claude;

static MANIFEST: Manifest = Manifest {
    id: "claude_code",
    title: "Claude Code",
    // `cli.js` is the script of releases before 2.1.113 and of the SDK; others are told apart by where it lies.
    programs: &["claude", "cli.js"],
    helpers: &["claude"],
    variables: &[
        "HOME",
        paths::HOME_VARIABLE,
        SESSION_VARIABLE,
        process::WINDOW_VARIABLE,
        process::SMALL_VARIABLE,
        process::MODEL_VARIABLE,
    ],
    session_variable: Some(SESSION_VARIABLE),
    call_variable: None,
    shares_replies: true,
};

/// Names the session to commands, hooks and servers it starts.
const SESSION_VARIABLE: &str = "CLAUDE_CODE_SESSION_ID";
/// A process that is not registered this long after it laid down its key asks something before its start.
const REGISTERS_WITHIN: Duration = Duration::from_millis(2_500);
/// The same after its start for one without a key: releases before 2.1.3xx have none, and a slow start has none yet.
const REGISTERS_AT_LAST: Duration = Duration::from_secs(10);

impl Agent for Claude {
    fn manifest(&self) -> &'static Manifest {
        &MANIFEST
    }

    fn homes(&self, look: &Look<'_>) -> Vec<PathBuf> {
        paths::homes(look)
    }

    fn sources(&self, look: &Look<'_>, home: &Path, wanted: &dyn Fn(&str) -> bool, found: &mut Transcripts) {
        paths::transcripts(look, home, wanted, found);
    }

    fn attached(&self, look: &Look<'_>, anchor: Anchor<'_>) -> Vec<Source> {
        paths::attached(look, anchor)
    }

    fn live(&self, look: &Look<'_>, homes: &[PathBuf]) -> Vec<Live> {
        let owners: BTreeMap<u32, &Process> = look
            .processes
            .by_pid
            .iter()
            .filter(|(_, process)| process::owns_sessions(process))
            .map(|(pid, process)| (*pid, process))
            .collect();
        if owners.is_empty() {
            return Vec::new();
        }
        let mut live: Vec<Live> = homes.iter().flat_map(|home| registered(look, home, &owners)).collect();
        // A process has one session. Where several roots know it, one is a copy of the root that it uses.
        let uses = |one: &Live| owners.get(&one.owner.pid).is_some_and(|user| paths::home_of(user, look) == one.home);
        live.sort_by_key(|one| (one.owner, !uses(one)));
        live.dedup_by_key(|one| one.owner);
        let known: BTreeSet<ProcessRef> = live.iter().map(|one| one.owner).collect();
        let mut unregistered: Vec<&Process> =
            owners.into_values().filter(|process| !known.contains(&process.id)).collect();
        // The youngest has the fewest sessions to choose from.
        unregistered.sort_by_key(|process| Reverse(process.started_at));
        for process in unregistered {
            live.extend(unregistered_session(look, process, &live));
        }
        live
    }

    fn elsewhere(&self, look: &Look<'_>, homes: &[PathBuf]) -> Vec<SessionId> {
        let Some(here) = look.host.numbering().map(|here| registry::domain(&here)) else { return Vec::new() };
        let records = homes.iter().flat_map(|home| registry::records(look, home));
        let foreign = records.filter(|(_, record)| record.domain.as_ref().is_some_and(|domain| *domain != here));
        foreign.map(|(_, record)| record.session).collect()
    }

    fn refresh(&self, look: &Look<'_>, live: &mut [Live]) -> bool {
        let mut same = true;
        for one in live {
            let Place::File { path, .. } = &one.proof else { continue };
            let path = PathBuf::from(path.raw());
            match registry::read(look, &path).filter(|record| record.session == one.session) {
                Some(record) => one.report = record.report(look, &one.home, &path),
                None => same = false,
            }
        }
        same
    }

    fn role(&self, process: &Process) -> Option<Role> {
        process::role(process)
    }

    fn command(&self, process: &Process) -> Option<String> {
        process::command(process)
    }

    fn signal(&self, said: &Said<'_>) -> Option<(SessionId, Signal)> {
        signal::signal(said)
    }

    fn figures(&self, said: &Said<'_>) -> Option<(SessionId, Figures)> {
        signal::figures(said)
    }

    fn decoder(&self, source: &Source, level: Level, saved: Option<&[u8]>) -> Box<dyn Decoder> {
        Box::new(decode::ClaudeDecoder::new(source, level, saved))
    }
}

/// Sessions whose processes are registered in `home` and run.
fn registered(look: &Look<'_>, home: &Path, owners: &BTreeMap<u32, &Process>) -> Vec<Live> {
    let model = registry::settings_model(look, home);
    let records = registry::records(look, home).into_iter();
    let live = records.filter_map(|(path, record)| {
        let process = owners.get(&record.pid).filter(|process| record.is_of(process))?;
        Some(Live {
            session: record.session.clone(),
            owner: process.id,
            home: home.to_owned(),
            proof: Place::File { path: Untrusted::new(path.to_string_lossy()), offset: 0 },
            headless: matches!(process::role(process), Some(Role::Owner { headless: true, .. })),
            report: record.report(look, home, &path),
            window: process::window(process, model.as_deref()),
            folder: record.cwd.as_ref().map(|cwd| paths::project_folder(home, Path::new(cwd.raw()))),
            cwd: record.cwd,
        })
    });
    live.collect()
}

/// The session of a process that is not registered. Releases before 2.1.75 never are: theirs is the transcript of its
/// directory that was written to last and that no other process has. Without one, a person is asked something before
/// the start. What was started ahead of need has no session until it registers.
fn unregistered_session(look: &Look<'_>, process: &Process, others: &[Live]) -> Option<Live> {
    let home = paths::home_of(process, look);
    let cwd = process.cwd.as_deref()?;
    let Some(Role::Owner { word, headless }) = process::role(process) else { return None };
    if word == process::SPARE {
        return None;
    }
    let age = |since: Option<Timestamp>| since.map_or(Duration::ZERO, |since| elapsed(since, look.host.now()));
    let is_stuck = age(registry::key_laid(look, &home, process)) >= REGISTERS_WITHIN
        || age(process.started_at) >= REGISTERS_AT_LAST;
    let mut written = paths::written_since(look, &home, cwd, process.started_at).into_iter();
    let free = |session: &SessionId| others.iter().all(|other| other.session != *session);
    let (session, report) = match written.find(free) {
        Some(session) => (session, None),
        None if headless || process.terminal.is_none() || !is_stuck => return None,
        None => {
            let place = Place::Process { pid: process.id.pid };
            let report = Report { activity: Activity::Starting, since: process.started_at, place };
            (SessionId::new(format!("process-{}", process.id.pid)), Some(report))
        }
    };
    Some(Live {
        session,
        owner: process.id,
        folder: Some(paths::project_folder(&home, cwd)),
        home,
        proof: Place::Process { pid: process.id.pid },
        headless,
        report,
        cwd: Some(Untrusted::new(cwd.to_string_lossy())),
        window: process::window(process, None),
    })
}
