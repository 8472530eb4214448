//! Which sessions are in each other's way.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

use topside_model::{
    Conflict, Contested, Outcome, Port, Session, SessionKey, Timestamp, ToolCall, Untrusted, Work, Worktree, elapsed,
};

use crate::shown::Made;

/// How long a command that failed may have wanted a port that was taken.
const RECENT: Duration = Duration::from_mins(15);
/// Ancestors followed at most: links may go round.
const DEPTH: usize = 16;

/// Linked worktrees by the folder of their repository.
type Worktrees = BTreeMap<Untrusted, Vec<Worktree>>;

/// Conflicts between live sessions, and of them with what others left running.
pub(crate) fn conflicts(
    made: &BTreeMap<SessionKey, Made>,
    worktrees: &Worktrees,
    ports: &[Port],
    now: Timestamp,
) -> Vec<Conflict> {
    let live: Vec<Party<'_>> = made.values().filter(|one| one.session.live).map(|one| Party::new(one, made)).collect();
    let Some(first) = live.first() else { return Vec::new() };
    let mut found = orphans(&live, ports, now);
    if live.iter().any(|party| party.is_foreign(first)) {
        found.extend(files(&live));
        found.extend(trees(&live, worktrees));
        found.extend(listeners(&live));
    }
    found.sort();
    found
}

/// Files that a session changed, as their whole paths, with when it last did; worked out when first asked for.
#[derive(Debug, Default)]
pub(crate) struct Touched(OnceLock<Vec<(PathBuf, Timestamp)>>);

impl Touched {
    fn of(&self, session: &Session) -> &[(PathBuf, Timestamp)] {
        self.0.get_or_init(|| {
            let cwd = session.project.cwd.as_ref().map_or("", Untrusted::raw);
            let touches = session.detail.files.iter();
            touches.filter_map(|touch| Some((resolved(cwd, touch.path.raw()), touch.at?))).collect()
        })
    }
}

/// A live session.
struct Party<'a> {
    session: &'a Session,
    touched: &'a Touched,
    /// The session that no known one started.
    top: &'a SessionKey,
    /// Since when it runs.
    start: Option<Timestamp>,
}

impl<'a> Party<'a> {
    fn new(made: &'a Made, all: &'a BTreeMap<SessionKey, Made>) -> Self {
        let (session, touched) = (&*made.session, &made.touched);
        let mut top = session;
        for _ in 0..DEPTH {
            let parent = top.identity.as_ref().and_then(|identity| identity.parent.clone());
            let parent = parent.map(|id| SessionKey { agent: top.key.agent.clone(), id });
            let Some(above) = parent.and_then(|parent| all.get(&parent)) else { break };
            top = &above.session;
        }
        let own = session.processes.iter().find(|process| Some(process.process) == session.owner);
        let start = own.and_then(|process| process.started_at).max(session.created());
        Self { session, touched, top: &top.key, start }
    }

    /// True for one of another family.
    fn is_foreign(&self, other: &Self) -> bool {
        self.top != other.top
    }

    fn touches(&self) -> &'a [(PathBuf, Timestamp)] {
        self.touched.of(self.session)
    }

    /// True for a path in its working tree, which is that of `root` or one of the linked `worktrees`: those may lie in the
    /// folder of the main one.
    fn works_in(&self, path: &Path, root: &Untrusted, worktrees: &[Worktree]) -> bool {
        let git = self.session.project.git.as_ref();
        let is_linked = git.is_some_and(|git| git.worktree.is_some());
        let cwd = self.session.project.cwd.as_ref().map_or("", Untrusted::raw);
        let around = |inner: &Path| {
            let folders = worktrees.iter().map(|worktree| worktree.path.raw());
            folders.filter(|folder| inner.starts_with(folder)).max_by_key(|folder| folder.len())
        };
        let folder = if is_linked { around(Path::new(cwd)).unwrap_or(cwd) } else { root.raw() };
        let is_inside = path.starts_with(folder) || path.starts_with(cwd);
        is_inside && around(path).is_none_or(|linked| is_linked && linked == folder)
    }
}

/// A thing that a session laid hands on, and when.
type Hand<'p, 'a> = (&'p Party<'a>, Timestamp);

/// The session and all of another family which it met: both laid hands on the thing while both ran.
fn met<'p, 'a>(hands: &[Hand<'p, 'a>]) -> Vec<Hand<'p, 'a>> {
    let while_both_ran = |(one, at): &Hand<'_, '_>, (other, then): &Hand<'_, '_>| {
        let both = one.start.max(other.start);
        one.is_foreign(other) && both.is_none_or(|both| *at >= both && *then >= both)
    };
    hands.iter().copied().filter(|one| hands.iter().any(|other| while_both_ran(one, other))).collect()
}

/// A conflict about a thing among these; `None` where fewer than two are left.
fn conflict(about: Contested, hands: &[Hand<'_, '_>]) -> Option<Conflict> {
    let sessions = hands.iter().map(|(party, _)| party.session.key.clone()).collect();
    (hands.len() > 1).then(|| Conflict { about, sessions, at: hands.iter().map(|(_, at)| *at).max() })
}

fn files(live: &[Party<'_>]) -> Vec<Conflict> {
    // Compared as bytes: parts of a path one by one take longer.
    let mut hands: BTreeMap<&OsStr, Vec<Hand<'_, '_>>> = BTreeMap::new();
    for party in live {
        for (path, at) in party.touches() {
            hands.entry(path.as_os_str()).or_default().push((party, *at));
        }
    }
    let about = |path: &OsStr| Contested::File(Untrusted::new(path.to_string_lossy()));
    hands.iter().filter_map(|(path, hands)| conflict(about(path), &met(hands))).collect()
}

fn trees(live: &[Party<'_>], worktrees: &Worktrees) -> Vec<Conflict> {
    let mut trees: BTreeMap<(&Untrusted, Option<&Untrusted>), Vec<&Party<'_>>> = BTreeMap::new();
    for party in live {
        let git = party.session.project.git.as_ref();
        if let Some((git, root)) = git.and_then(|git| Some((git, git.root.as_ref()?))) {
            trees.entry((root, git.worktree.as_ref())).or_default().push(party);
        }
    }
    let conflict = |((root, worktree), parties): (&(&Untrusted, Option<&Untrusted>), &Vec<&Party<'_>>)| {
        let linked = worktrees.get(*root).map_or(&[][..], Vec::as_slice);
        let writes = parties.iter().filter_map(|party| {
            let others = parties.iter().filter(|other| party.is_foreign(other));
            let both = others.map(|other| party.start.max(other.start)).min()?;
            let here = party.touches().iter().filter(|(path, _)| party.works_in(path, root, linked));
            let last = here.map(|(_, at)| *at).max()?;
            (Some(last) >= both).then_some(last)
        });
        let at = writes.max()?;
        let sessions = parties.iter().map(|party| party.session.key.clone()).collect();
        let about = Contested::Tree { repository: (*root).clone(), worktree: worktree.cloned() };
        Some(Conflict { about, sessions, at: Some(at) })
    };
    trees.iter().filter_map(conflict).collect()
}

/// Ports on which sessions of two families listen, each on an address of its own.
fn listeners(live: &[Party<'_>]) -> Vec<Conflict> {
    let mut ports: BTreeMap<u16, Vec<&Party<'_>>> = BTreeMap::new();
    for party in live {
        for port in &party.session.ports {
            let listeners = ports.entry(port.port).or_default();
            if listeners.iter().all(|other| other.session.key != party.session.key) {
                listeners.push(party);
            }
        }
    }
    let foreign = |parties: &[&Party<'_>]| parties.iter().any(|party| party.is_foreign(parties[0]));
    let contested = ports.into_iter().filter(|(_, parties)| foreign(parties));
    let keys = |parties: Vec<&Party<'_>>| parties.iter().map(|party| party.session.key.clone()).collect();
    contested
        .map(|(port, parties)| Conflict { about: Contested::Port(port), sessions: keys(parties), at: None })
        .collect()
}

/// Ports of orphans that commands of live sessions name.
fn orphans(live: &[Party<'_>], ports: &[Port], now: Timestamp) -> Vec<Conflict> {
    let wants = |party: &&Party<'_>, port: u16| commands(party.session, now).any(|line| names(line.raw(), port));
    let conflict = |port: &Port| {
        let wanting = live.iter().filter(|party| wants(party, port.port.port)).map(|party| party.session.key.clone());
        let sessions: Vec<SessionKey> = std::iter::once(port.session.clone()).chain(wanting).collect();
        let about = Contested::OrphanPort(port.port.port);
        (sessions.len() > 1).then_some(Conflict { about, sessions, at: None })
    };
    ports.iter().filter(|port| port.orphan).filter_map(conflict).collect()
}

/// Commands of a session that run, wait for leave, or failed a moment ago.
fn commands(session: &Session, now: Timestamp) -> impl Iterator<Item = &Untrusted> {
    let matters = move |call: &&ToolCall| {
        let failed = || call.finished_at.is_some_and(|at| elapsed(at, now) < RECENT);
        let matters = match call.outcome {
            None => true,
            Some(Outcome::Failed) => failed(),
            Some(_) => false,
        };
        matters && matches!(call.work, Work::Command | Work::Script)
    };
    let calls = session.detail.tools.iter().filter(matters).filter_map(|call| call.summary.as_ref());
    session.processes.iter().map(|process| &process.command).chain(calls)
}

/// True where `command` names a port: `:8080`, `--port 8080`, `-p 8080`, `PORT=8080`.
fn names(command: &str, port: u16) -> bool {
    let digits = port.to_string();
    command.match_indices(&digits).any(|(at, _)| {
        let (before, after) = (&command[..at], &command[at + digits.len()..]);
        let ends = !after.starts_with(|next: char| next.is_alphanumeric() || next == '.');
        let word = before.trim_end_matches(['=', ' ']);
        let apart = word.len() < before.len();
        let word = word.rsplit(char::is_whitespace).next().unwrap_or_default();
        let asks = word == "-p" || word.to_ascii_lowercase().ends_with("port");
        ends && (before.ends_with(':') || apart && asks)
    })
}

/// The path as its session means it, without `.` and `..`.
fn resolved(cwd: &str, path: &str) -> PathBuf {
    let mut resolved = PathBuf::new();
    for part in Path::new(cwd).join(path).components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => _ = resolved.pop(),
            part => resolved.push(part),
        }
    }
    resolved
}
