//! Looks at the repositories sessions work in, slowly and aside.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded};
use topside_model::{GitState, Project, Untrusted, Worktree};
use topside_probe::{Git, Host};

use crate::worktrees;

/// Rest between two looks at one repository whose sessions work, and at least this many times what the look took: a large
/// repository is looked at less often.
const REST: Duration = Duration::from_secs(30);
const REST_FACTOR: u32 = 50;
/// The same while its sessions rest: then only a person changes something.
const QUIET_REST: Duration = Duration::from_mins(2);

/// It is told this often of directories that it knows.
const TELL_EVERY: Duration = Duration::from_secs(5);

/// What was found out about a directory.
pub(crate) struct Found {
    pub(crate) cwd: Untrusted,
    pub(crate) project: Project,
    /// The repository's folder and its linked worktrees.
    pub(crate) worktrees: Option<(Untrusted, Vec<Worktree>)>,
}

/// Looks at one directory.
pub(crate) fn look(host: &dyn Host, cwd: Untrusted) -> Found {
    let git = host.git(Path::new(cwd.raw()));
    let folder = |path: &Path| path.file_name().map(|name| Untrusted::new(name.to_string_lossy()));
    let name = git.as_ref().and_then(|git| folder(&git.root)).or_else(|| folder(Path::new(cwd.raw())));
    let worktrees =
        git.as_ref().map(|git| (Untrusted::new(git.root.to_string_lossy()), worktrees::of(host, &git.root)));
    let project = Project { cwd: Some(cwd.clone()), name, git: git.map(state) };
    Found { cwd, project, worktrees }
}

/// Folders in which agents make worktrees, below the repository's own.
const WORKTREES: [&str; 2] = ["/.claude/worktrees/", "/.worktrees/"];

/// Name of the project of a directory that history tells of, which may be gone and may be of another system: the folder
/// of its repository, where that is still there and may be looked at.
pub(crate) fn name(host: &dyn Host, cwd: &Untrusted, may_look: bool) -> Option<Untrusted> {
    let repository = if may_look { host.repository(Path::new(cwd.raw())) } else { None };
    if let Some(folder) = repository.as_deref().and_then(Path::file_name) {
        return Some(Untrusted::new(folder.to_string_lossy()));
    }
    let place = cwd.raw().replace('\\', "/");
    let place =
        WORKTREES.iter().find_map(|folder| place.split_once(folder)).map_or(&*place, |(repository, _)| repository);
    let name = place.trim_end_matches('/').rsplit('/').next();
    name.filter(|name| !name.is_empty()).map(Untrusted::new)
}

fn state(git: Git) -> GitState {
    GitState {
        root: Some(Untrusted::new(git.root.to_string_lossy())),
        branch: git.branch.map(Untrusted::new),
        ahead: git.ahead,
        behind: git.behind,
        added: git.added,
        modified: git.modified,
        worktree: git.worktree.map(Untrusted::new),
    }
}

/// Directories that matter, each with a number that grows while sessions work there.
pub(crate) type Places = BTreeMap<Untrusted, u64>;

/// The thread that looks. It is told which directories matter and ends when nobody tells it any more.
pub(crate) struct Looker {
    tell: Sender<Places>,
    /// What it was told last, and when.
    told: Option<(BTreeSet<Untrusted>, Instant)>,
}

impl Looker {
    /// Starts it.
    pub(crate) fn start(host: Arc<dyn Host>, found: Sender<Found>) -> Self {
        let (tell, told) = bounded(4);
        std::thread::spawn(move || keep_looking(&*host, &told, &found));
        Self { tell, told: None }
    }

    /// Tells it which directories matter: those that are new at once, and now and then how far their sessions are.
    pub(crate) fn tell(&mut self, places: Places) {
        let is_known = |(told, at): &(BTreeSet<Untrusted>, Instant)| {
            at.elapsed() < TELL_EVERY && places.keys().all(|place| told.contains(place))
        };
        if self.told.as_ref().is_some_and(is_known) {
            return;
        }
        let told = places.keys().cloned().collect();
        // A full queue means that the thread is still busy with what it was told before.
        if self.tell.try_send(places).is_ok() {
            self.told = Some((told, Instant::now()));
        }
    }
}

/// The last look at a directory.
struct Looked {
    at: Instant,
    took: Duration,
    /// How far the sessions there had come.
    work: u64,
}

impl Looked {
    fn is_due(&self, work: u64) -> bool {
        let rest = if self.work == work { QUIET_REST } else { REST };
        self.at.elapsed() >= rest.max(self.took * REST_FACTOR)
    }
}

fn keep_looking(host: &dyn Host, told: &Receiver<Places>, found: &Sender<Found>) {
    let mut looked: BTreeMap<Untrusted, Looked> = BTreeMap::new();
    while let Ok(places) = told.recv() {
        looked.retain(|cwd, _| places.contains_key(cwd));
        for (cwd, work) in places {
            if looked.get(&cwd).is_some_and(|looked| !looked.is_due(work)) {
                continue;
            }
            let start = Instant::now();
            let what = look(host, cwd.clone());
            looked.insert(cwd, Looked { at: Instant::now(), took: start.elapsed(), work });
            if found.send(what).is_err() {
                return;
            }
        }
    }
}
