//! Which processes belong to which session.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use topside_model::{CallId, Command, Owner, Presence, ProcessRef, ProcessView, SessionId, Tie, Untrusted};
use topside_probe::{Process, Processes};

use super::vitals::Meters;
use crate::agent::{Agent, Live, Manifest};

/// Longest command line kept.
const COMMAND: usize = 400;

/// Joins sessions with processes.
///
/// A child is tied by the session its environment names, which holds even after it lost its parent. One that names none,
/// or one that its process has left behind for another (`/clear`), is tied by descent, if the ancestor it descends from
/// has a single session loaded; else it stays nobody's.
pub(crate) fn presences(
    agent: &dyn Agent,
    live: &[Live],
    processes: &Processes,
    meters: &Meters,
) -> BTreeMap<SessionId, Presence> {
    let manifest = agent.manifest();
    let mut loaded: BTreeMap<ProcessRef, Vec<&Live>> = BTreeMap::new();
    for one in live {
        loaded.entry(one.owner).or_default().push(one);
    }
    let mut found: BTreeMap<SessionId, Presence> = BTreeMap::new();
    for (owner, sessions) in &loaded {
        for one in sessions {
            let presence = found.entry(one.session.clone()).or_default();
            let sessions = sessions.len() as u32;
            presence.owner = Some(Owner {
                process: *owner,
                sessions,
                proof: one.proof.clone(),
                headless: one.headless,
                guest: false,
                report: one.report.clone(),
                cwd: one.cwd.clone(),
                window: one.window,
            });
            if let Some(process) = processes.by_pid.get(&owner.pid) {
                presence.processes.push(view(process, command_line(process), (0, Tie::Owner), meters));
            }
        }
    }
    let owners: BTreeSet<ProcessRef> = loaded.keys().copied().collect();
    for process in processes.by_pid.values() {
        let Some((session, tie)) = tied(manifest, process, processes, &loaded) else { continue };
        let presence = found.entry(session).or_default();
        if presence.owner.as_ref().is_some_and(|owner| owner.process == process.id) {
            continue;
        }
        let called = manifest.call_variable.and_then(|name| process.variables.get(name));
        presence.calls.extend(called.map(CallId::new));
        if !is_helper(manifest, process) {
            presence.youngest_child = presence.youngest_child.max(process.started_at);
        }
        if !owners.contains(&process.id) {
            let place = (depth(process, processes), tie);
            let command = agent.command(process).map(|line| bounded([line.as_str()].into_iter()));
            if let Some(line) = command.clone() {
                let youngest = presence.command.as_ref().and_then(|youngest| youngest.started_at);
                if presence.command.is_none() || process.started_at > youngest {
                    presence.command = Some(Command { process: process.id, line, started_at: process.started_at });
                }
            }
            let command = command.unwrap_or_else(|| command_line(process));
            presence.processes.push(view(process, command, place, meters));
        }
    }
    found
}

fn tied(
    manifest: &Manifest,
    process: &Process,
    processes: &Processes,
    loaded: &BTreeMap<ProcessRef, Vec<&Live>>,
) -> Option<(SessionId, Tie)> {
    let named = manifest.session_variable.and_then(|name| process.variables.get(name)).map(SessionId::new);
    let is_loaded = |session: &SessionId| loaded.values().flatten().any(|one| one.session == *session);
    if let Some(session) = named.clone().filter(is_loaded) {
        return Some((session, Tie::Environment));
    }
    let by_name = named.map(|session| (session, Tie::Environment));
    if loaded.contains_key(&process.id) {
        return by_name;
    }
    let owner = ancestors(process, processes).find_map(|ancestor| loaded.get(&ancestor.id));
    match owner.map(Vec::as_slice) {
        Some([only]) => Some((only.session.clone(), Tie::Tree)),
        _ => by_name,
    }
}

/// True for machinery of the agent, by its executable or the name it was called by.
fn is_helper(manifest: &Manifest, process: &Process) -> bool {
    let called = process.args.first().map(Path::new);
    let names = [process.exe.as_deref(), called].into_iter().flatten().filter_map(Path::file_name);
    names.filter_map(|name| name.to_str()).any(|name| manifest.helpers.contains(&name))
}

/// Parents, nearest first; bounded, because two looks at a changing table may show a circle.
fn ancestors<'a>(process: &Process, processes: &'a Processes) -> impl Iterator<Item = &'a Process> {
    const DEPTH: usize = 64;
    let mut parent = process.parent;
    let up = std::iter::from_fn(move || {
        let found = processes.by_pid.get(&parent)?;
        parent = found.parent;
        Some(found)
    });
    up.take(DEPTH)
}

fn depth(process: &Process, processes: &Processes) -> u32 {
    ancestors(process, processes).count().max(1) as u32
}

fn view(process: &Process, command: Untrusted, (depth, tie): (u32, Tie), meters: &Meters) -> ProcessView {
    ProcessView {
        process: process.id,
        parent: process.parent,
        depth,
        command,
        vitals: meters.vitals(process),
        started_at: process.started_at,
        tie,
    }
}

/// The arguments in one line, bounded; the kernel's short name where there are none.
pub(crate) fn command_line(process: &Process) -> Untrusted {
    if process.args.is_empty() {
        return Untrusted::new(&process.name);
    }
    bounded(process.args.iter().map(String::as_str))
}

fn bounded<'a>(arguments: impl Iterator<Item = &'a str>) -> Untrusted {
    let mut line = String::new();
    for argument in arguments {
        if line.len() > COMMAND {
            break;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.extend(argument.chars().take(COMMAND));
    }
    Untrusted::new(line)
}
