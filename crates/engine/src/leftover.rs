//! What could be won back: sessions that rest for long, what those that are over left running, worktrees nobody needs.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use topside_model::{
    Leftover, LeftoverKind, PortUse, Presence, ProcessView, Project, Session, SessionKey, SessionKind, Snapshot,
    Status, Tie, Timestamp, Untrusted, Worktree, World, elapsed,
};

/// After this long without work a session counts as left, where nobody says otherwise.
pub(crate) const IDLE: Duration = Duration::from_hours(24);

/// Everything left at the moment of `snapshot`, what takes most memory first, worktrees last.
pub(crate) fn leftovers(
    snapshot: &Snapshot,
    world: &World,
    worktrees: &BTreeMap<Untrusted, Vec<Worktree>>,
    idle: Duration,
) -> Vec<Leftover> {
    let (now, sessions) = (snapshot.taken_at, &snapshot.sessions);
    let resting = |session: &Session| rests_since(session).filter(|since| elapsed(*since, now) >= idle);
    let idle_sessions = sessions.iter().filter_map(|session| {
        let since = resting(session).filter(|_| is_own_row(session))?;
        // What a helper does goes on in the process of its parent.
        let mut mates = sessions.iter().filter(|other| other.live && other.owner == session.owner);
        if !mates.all(|mate| resting(mate).is_some()) {
            return None;
        }
        let processes = snapshot.ending_of(session)?.processes;
        let ports = session.ports.iter().map(|port| port.port).collect();
        let (key, project) = (Some(session.key.clone()), session.project.name.clone());
        Some(Leftover { kind: LeftoverKind::IdleSession, session: key, project, processes, ports, since: Some(since) })
    });
    let used = Used::of(world);
    let is_over = |key: &SessionKey| world.owners_known && !world.elsewhere.contains(key);
    let left = world.sessions.iter().filter(|(key, _)| is_over(key)).flat_map(|(key, presence)| {
        let session = sessions.iter().find(|session| session.key == *key);
        left_by(key, presence, session.map(AsRef::as_ref), &used)
    });
    let unused = worktrees.values().flatten().filter_map(|worktree| unused(worktree, snapshot, idle));
    let mut all: Vec<Leftover> = idle_sessions.chain(left).chain(unused).collect();
    all.sort_by_key(|one| (one.processes.is_empty(), Reverse(one.memory()), one.since));
    all
}

/// True for a session of a person, not one of a helper.
fn is_own_row(session: &Session) -> bool {
    session.identity.as_ref().is_none_or(|identity| identity.kind == SessionKind::User)
}

/// Since when a session that is loaded waits for its next prompt and nothing else. One whose process has others loaded
/// rests only with them.
fn rests_since(session: &Session) -> Option<Timestamp> {
    let rests = matches!(session.status, Status::TurnDone { .. } | Status::New { .. });
    let alone = session.live && session.owner_sessions == 1 && session.background_tasks == 0;
    let since = || session.status.since().max(session.last_at).or_else(|| session.created());
    if rests && alone { since() } else { None }
}

/// Numbers of processes that serve a loaded session, and of what those run in.
struct Used(BTreeSet<u32>);

impl Used {
    fn of(world: &World) -> Self {
        let loaded = world.sessions.values().filter(|presence| presence.owner.is_some());
        let serving = loaded.flat_map(|presence| {
            let processes = presence.processes.iter().filter(|process| !is_of_earlier(process, presence));
            processes.map(|process| process.process.pid)
        });
        let owners = world.sessions.values().filter_map(|presence| Some(presence.owner.as_ref()?.process.pid));
        let programs = world.programs.iter().map(|program| program.process.pid);
        let mut used: BTreeSet<u32> = serving.chain(owners).chain(programs).collect();
        let all = world.sessions.values().flat_map(|presence| &presence.processes);
        let parents: BTreeMap<u32, u32> = all.map(|process| (process.process.pid, process.parent)).collect();
        // What a session runs in may be of another one that is over: a script that starts agents.
        for pid in used.clone() {
            let mut pid = pid;
            while let Some(parent) = parents.get(&pid).filter(|parent| parents.contains_key(*parent)) {
                pid = *parent;
                if !used.insert(pid) {
                    break;
                }
            }
        }
        Self(used)
    }
}

/// True for what names a session in its environment but began before the process that has it loaded: it served one that
/// had it loaded earlier.
fn is_of_earlier(process: &ProcessView, presence: &Presence) -> bool {
    let owner = presence.owner.as_ref();
    process.tie == Tie::Environment && owner.is_some_and(|owner| process.process.started < owner.process.started)
}

/// What a session that is over left running, and what one that was loaded anew has from before: each tree by itself.
fn left_by(key: &SessionKey, presence: &Presence, session: Option<&Session>, used: &Used) -> Vec<Leftover> {
    let is_left = |process: &&ProcessView| presence.owner.is_none() || is_of_earlier(process, presence);
    let mut kept = used.0.clone();
    let mut trees: BTreeMap<u32, Vec<ProcessView>> = BTreeMap::new();
    let mut roots: BTreeMap<u32, u32> = BTreeMap::new();
    // Parents started before their children.
    let mut processes: Vec<&ProcessView> = presence.processes.iter().filter(is_left).collect();
    processes.sort_by_key(|process| process.process.started);
    for process in processes {
        let pid = process.process.pid;
        if kept.contains(&pid) || kept.contains(&process.parent) || process.serves_a_person() {
            kept.insert(pid);
            continue;
        }
        let root = roots.get(&process.parent).copied().unwrap_or(pid);
        roots.insert(pid, root);
        trees.entry(root).or_default().push(process.clone());
    }
    let since = match &presence.owner {
        None => session.filter(|session| !session.live).and_then(|session| session.status.since()),
        Some(owner) => {
            presence.processes.iter().find(|one| one.process == owner.process).and_then(|one| one.started_at)
        }
    };
    let project = session.and_then(|session| session.project.name.clone());
    let leftover = |processes: Vec<ProcessView>| {
        let is_in = |port: &&PortUse| processes.iter().any(|process| Some(process.process) == port.process);
        let ports: Vec<u16> = presence.ports.iter().filter(is_in).map(|port| port.port).collect();
        let kind = kind(&processes, &ports);
        Leftover { kind, session: Some(key.clone()), project: project.clone(), processes, ports, since }
    };
    trees.into_values().map(leftover).collect()
}

fn kind(processes: &[ProcessView], ports: &[u16]) -> LeftoverKind {
    let speaks_mcp = |process: &ProcessView| {
        let command = process.command.raw().to_lowercase();
        let words = command.split(|c: char| !c.is_alphanumeric());
        words.into_iter().any(|word| word == "mcp" || word == "modelcontextprotocol")
    };
    match ports {
        _ if processes.iter().any(speaks_mcp) => LeftoverKind::McpServer,
        [] => LeftoverKind::Process,
        _ => LeftoverKind::Server,
    }
}

/// True for a directory in a worktree: by its path or, where a link leads there, by what git says of it.
fn is_in(project: &Project, worktree: &Worktree) -> bool {
    let path = Path::new(worktree.path.raw());
    let by_path = project.cwd.as_ref().is_some_and(|cwd| Path::new(cwd.raw()).starts_with(path));
    by_path
        || project.git.as_ref().is_some_and(|git| {
            git.root.as_ref() == Some(&worktree.repository) && git.worktree.as_ref() == Some(&worktree.name)
        })
}

/// A worktree in which no loaded session works and nobody did for long, if an agent made it or worked in it.
fn unused(worktree: &Worktree, snapshot: &Snapshot, idle: Duration) -> Option<Leftover> {
    let sessions = snapshot.sessions.iter().map(AsRef::as_ref);
    let there: Vec<&Session> = sessions.filter(|session| is_in(&session.project, worktree)).collect();
    let nobodys = there.is_empty() && !worktree.by_agent;
    if nobodys || there.iter().any(|session| session.live) {
        return None;
    }
    let since = there.iter().filter_map(|session| session.last_at).max().max(worktree.changed_at);
    let project = Path::new(worktree.repository.raw()).file_name().map(|name| Untrusted::new(name.to_string_lossy()));
    since.is_none_or(|since| elapsed(since, snapshot.taken_at) >= idle).then(|| Leftover {
        kind: LeftoverKind::Worktree(worktree.clone()),
        session: None,
        project,
        processes: Vec::new(),
        ports: Vec::new(),
        since,
    })
}
