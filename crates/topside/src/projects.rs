//! Looks at the repositories sessions work in, slowly and aside.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded};
use topside_model::{GitState, Project, Untrusted};
use topside_probe::{Git, Host};

/// Rest between two looks at one repository, and at least this many times what the look took: a large repository is
/// looked at less often.
const REST: Duration = Duration::from_secs(20);
const REST_FACTOR: u32 = 50;

/// What was found out about a directory.
pub(crate) struct Found {
    pub(crate) cwd: Untrusted,
    pub(crate) project: Project,
}

/// Looks at one directory.
pub(crate) fn look(host: &dyn Host, cwd: Untrusted) -> Found {
    let git = host.git(Path::new(cwd.raw()));
    let folder = |path: &Path| path.file_name().map(|name| Untrusted::new(name.to_string_lossy()));
    let name = git.as_ref().and_then(|git| folder(&git.root)).or_else(|| folder(Path::new(cwd.raw())));
    let project = Project { cwd: Some(cwd.clone()), name, git: git.map(state) };
    Found { cwd, project }
}

fn state(git: Git) -> GitState {
    GitState {
        branch: git.branch.map(Untrusted::new),
        ahead: git.ahead,
        behind: git.behind,
        added: git.added,
        modified: git.modified,
        worktree: git.worktree.map(Untrusted::new),
    }
}

/// Starts the thread that looks. It is told which directories matter and ends when nobody tells it any more.
pub(crate) fn start(host: Arc<dyn Host>, found: Sender<Found>) -> Sender<BTreeSet<Untrusted>> {
    let (tell, told) = bounded(4);
    std::thread::spawn(move || keep_looking(&*host, &told, &found));
    tell
}

fn keep_looking(host: &dyn Host, told: &Receiver<BTreeSet<Untrusted>>, found: &Sender<Found>) {
    let mut due: BTreeMap<Untrusted, Instant> = BTreeMap::new();
    while let Ok(directories) = told.recv() {
        due.retain(|cwd, _| directories.contains(cwd));
        for cwd in directories {
            let start = Instant::now();
            if due.get(&cwd).is_some_and(|due| *due > start) {
                continue;
            }
            let what = look(host, cwd.clone());
            due.insert(cwd, Instant::now() + REST.max(start.elapsed() * REST_FACTOR));
            if found.send(what).is_err() {
                return;
            }
        }
    }
}
