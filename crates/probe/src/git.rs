//! State of a repository, read with libgit2.
//!
//! libgit2 runs no hooks, no external filters and no file monitor, and is told here neither to refresh nor to write the
//! index. A file kept by an external filter (git LFS) therefore counts as modified once its time differs from the
//! index. As with git itself, a repository of another user is not read unless `safe.directory` names it.

use std::path::{Path, PathBuf};

use git2::{Branch, Repository, RepositoryOpenFlags, Status, StatusOptions};

use crate::Git;

/// Files in the index above which changes are not counted: each costs a look at the file, at each count.
const COUNTED_FILES: usize = 20_000;

/// `None` where there is no repository around `dir` on the same file system, or none that may be read.
pub(crate) fn state(dir: &Path) -> Option<Git> {
    let repository = open(dir)?;
    let (ahead, behind) = distance(&repository).unzip();
    let (added, modified) = changes(&repository).unzip();
    Some(Git {
        root: root(&repository),
        branch: branch(&repository),
        ahead,
        behind,
        added,
        modified,
        worktree: worktree(&repository),
    })
}

/// The main folder of the repository around `dir`.
pub(crate) fn repository(dir: &Path) -> Option<PathBuf> {
    open(dir).map(|repository| root(&repository))
}

fn open(dir: &Path) -> Option<Repository> {
    let no_ceiling: [&Path; 0] = [];
    Repository::open_ext(dir, RepositoryOpenFlags::empty(), no_ceiling).ok()
}

/// The folder around the shared `.git`; the working folder of a submodule, whose `.git` lies elsewhere; the repository
/// itself when it is bare.
fn root(repository: &Repository) -> PathBuf {
    let shared = repository.commondir();
    let root = match repository.workdir() {
        Some(folder) if !repository.is_worktree() => folder,
        _ if shared.ends_with(".git") => shared.parent().unwrap_or(shared),
        _ => shared,
    };
    // Without the slash libgit2 ends folders with.
    root.components().collect()
}

/// From the head's own text: before the first commit its branch does not exist yet.
fn branch(repository: &Repository) -> Option<String> {
    let head = repository.find_reference("HEAD").ok()?;
    let target = head.symbolic_target().ok()??;
    Some(target.strip_prefix("refs/heads/").unwrap_or(target).to_owned())
}

/// Commits only here and commits only upstream.
fn distance(repository: &Repository) -> Option<(u64, u64)> {
    let head = repository.head().ok()?;
    let local = head.target()?;
    let upstream = Branch::wrap(head).upstream().ok()?.get().target()?;
    let (ahead, behind) = repository.graph_ahead_behind(local, upstream).ok()?;
    Some((ahead as u64, behind as u64))
}

/// New files, and changed or deleted ones, as `git status` lists them: a folder of which nothing is tracked counts once.
fn changes(repository: &Repository) -> Option<(u64, u64)> {
    if repository.is_bare() || repository.index().ok()?.len() > COUNTED_FILES {
        return None;
    }
    let mut options = StatusOptions::new();
    options.include_untracked(true).exclude_submodules(true).update_index(false).no_refresh(true);
    let statuses = repository.statuses(Some(&mut options)).ok()?;
    let is_new = |status: Status| status.intersects(Status::WT_NEW | Status::INDEX_NEW);
    let added = statuses.iter().filter(|entry| is_new(entry.status())).count();
    Some((added as u64, (statuses.len() - added) as u64))
}

fn worktree(repository: &Repository) -> Option<String> {
    let folder = repository.is_worktree().then(|| repository.path().file_name()).flatten()?;
    Some(folder.to_string_lossy().into_owned())
}
