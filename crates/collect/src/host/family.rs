//! Which processes belong to which session.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use topside_model::{CallId, Owner, Presence, ProcessRef, ProcessView, SessionId, Tie, Untrusted};
use topside_probe::{Process, Processes};

use super::vitals::Meters;
use crate::agent::{Live, Manifest};

/// Longest command line kept.
const COMMAND: usize = 400;

/// Joins sessions with processes.
///
/// A child is tied by the session its environment names, which holds even after it lost its parent. One that names none
/// is tied by descent, if the ancestor it descends from has a single session loaded; else it stays nobody's.
pub(crate) fn presences(
    manifest: &Manifest,
    live: &[Live],
    processes: &Processes,
    meters: &Meters,
) -> BTreeMap<SessionId, Presence> {
    let mut loaded: BTreeMap<ProcessRef, Vec<&Live>> = BTreeMap::new();
    for one in live {
        loaded.entry(one.owner).or_default().push(one);
    }
    let mut found: BTreeMap<SessionId, Presence> = BTreeMap::new();
    for (owner, sessions) in &loaded {
        for one in sessions {
            let presence = found.entry(one.session.clone()).or_default();
            let sessions = sessions.len() as u32;
            let (proof, headless) = (one.proof.clone(), one.headless);
            presence.owner = Some(Owner { process: *owner, sessions, proof, headless });
            if let Some(process) = processes.by_pid.get(&owner.pid) {
                presence.processes.push(view(process, 0, Tie::Owner, meters));
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
            let depth = depth(process, processes);
            presence.processes.push(view(process, depth, tie, meters));
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
    if let Some(session) = manifest.session_variable.and_then(|name| process.variables.get(name)) {
        return Some((SessionId::new(session), Tie::Environment));
    }
    if loaded.contains_key(&process.id) {
        return None;
    }
    let owner = ancestors(process, processes).find_map(|ancestor| loaded.get(&ancestor.id))?;
    let [only] = owner.as_slice() else { return None };
    Some((only.session.clone(), Tie::Tree))
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

fn view(process: &Process, depth: u32, tie: Tie, meters: &Meters) -> ProcessView {
    ProcessView {
        process: process.id,
        parent: process.parent,
        depth,
        command: command_line(process),
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
    let mut line = String::new();
    for argument in &process.args {
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
