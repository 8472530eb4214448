//! Repositories are told as `git` tells them, and stay as they are.

use std::fs;
use std::path::{Path, PathBuf};

use git2::{Oid, Repository, RepositoryInitOptions, Signature, WorktreeAddOptions};
use tempfile::TempDir;
use topside_probe::{Git, Host, Interest, OsHost};

struct Place {
    folder: TempDir,
    repository: Repository,
    host: OsHost,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut options = RepositoryInitOptions::new();
        options.initial_head("main");
        let repository = Repository::init_opts(folder.path().join("repo"), &options).expect("a repository");
        let host = OsHost::new(Interest::default(), Some(folder.path().to_owned())).expect("a host");
        Self { folder, repository, host }
    }

    fn root(&self) -> PathBuf {
        self.folder.path().canonicalize().expect("a path").join("repo")
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.root().join(name), text).expect("written");
    }

    /// Commits everything in the working folder.
    fn commit(&self) -> Oid {
        let mut index = self.repository.index().expect("an index");
        index.add_all(["*"], git2::IndexAddOption::DEFAULT, None).expect("added");
        index.write().expect("written");
        let tree = index.write_tree().and_then(|id| self.repository.find_tree(id)).expect("a tree");
        let author = Signature::now("x", "x@example.invalid").expect("an author");
        let parent = self.repository.head().ok().map(|head| head.peel_to_commit().expect("a commit"));
        let parents: Vec<_> = parent.iter().collect();
        self.repository.commit(Some("HEAD"), &author, &author, "x", &tree, &parents).expect("a commit")
    }

    fn state(&self, dir: &Path) -> Git {
        self.host.git(dir).expect("a repository")
    }
}

#[test]
fn before_the_first_commit_the_branch_is_told() {
    let place = Place::new();
    place.write("new", "");
    let expected = Git {
        root: place.root(),
        branch: Some("main".to_owned()),
        added: Some(1),
        modified: Some(0),
        ..Git::default()
    };
    assert_eq!(place.state(&place.root()), expected);
}

#[test]
fn new_changed_and_deleted_files_are_counted_from_any_folder_below() {
    let place = Place::new();
    for name in ["changed", "deleted", "same"] {
        place.write(name, "before");
    }
    place.write(".gitignore", "ignored\n");
    place.commit();
    place.write("changed", "after, and longer");
    fs::remove_file(place.root().join("deleted")).expect("removed");
    place.write("ignored", "");
    place.write("new", "");
    let below = place.root().join("fresh/deep");
    fs::create_dir_all(&below).expect("a folder");
    fs::write(below.join("one"), "").expect("written");
    fs::write(below.join("two"), "").expect("written");
    let index = place.root().join(".git/index");
    let before = (fs::read(&index).expect("bytes"), fs::metadata(&index).expect("facts").modified().expect("a time"));
    let state = place.state(&below);
    assert_eq!((state.root, state.added, state.modified), (place.root(), Some(2), Some(2)));
    let after = (fs::read(&index).expect("bytes"), fs::metadata(&index).expect("facts").modified().expect("a time"));
    assert_eq!(after, before);
}

#[test]
fn distance_is_told_to_the_upstream_alone() {
    let place = Place::new();
    let first = place.commit();
    assert_eq!((place.state(&place.root()).ahead, place.state(&place.root()).behind), (None, None));
    place.write("a", "");
    let theirs = place.commit();
    let upstream = "refs/remotes/origin/main";
    place.repository.reference(upstream, theirs, false, "").expect("a branch");
    let mut config = place.repository.config().expect("a configuration");
    config.set_str("remote.origin.url", "nowhere").expect("set");
    config.set_str("remote.origin.fetch", "+refs/heads/*:refs/remotes/origin/*").expect("set");
    config.set_str("branch.main.remote", "origin").expect("set");
    config.set_str("branch.main.merge", "refs/heads/main").expect("set");
    let back = place.repository.find_object(first, None).expect("a commit");
    place.repository.reset(&back, git2::ResetType::Hard, None).expect("reset");
    place.write("b", "");
    place.commit();
    place.write("c", "");
    place.commit();
    let state = place.state(&place.root());
    assert_eq!((state.ahead, state.behind), (Some(2), Some(1)));
}

#[test]
fn a_detached_head_has_no_branch() {
    let place = Place::new();
    let commit = place.commit();
    place.repository.set_head_detached(commit).expect("detached");
    let state = place.state(&place.root());
    assert_eq!((state.branch, state.ahead, state.added), (None, None, Some(0)));
}

#[test]
fn a_linked_worktree_names_itself_and_the_main_folder() {
    let place = Place::new();
    place.commit();
    let linked = place.folder.path().join("elsewhere");
    place.repository.worktree("side", &linked, Some(&WorktreeAddOptions::new())).expect("a worktree");
    let state = place.state(&linked);
    assert_eq!(state.root, place.root());
    assert_eq!((state.branch.as_deref(), state.worktree.as_deref()), (Some("side"), Some("side")));
    assert_eq!(place.state(&place.root()).worktree, None);
}

#[test]
fn a_bare_repository_has_no_changes_to_count() {
    let place = Place::new();
    let bare = place.folder.path().canonicalize().expect("a path").join("bare");
    Repository::init_bare(&bare).expect("a repository");
    let state = place.state(&bare);
    assert_eq!((state.root, state.added, state.modified), (bare, None, None));
}

#[test]
fn no_folder_and_no_repository_are_nothing() {
    let place = Place::new();
    assert_eq!(place.host.git(&place.folder.path().join("nowhere")), None);
    assert_eq!(place.host.git(place.folder.path()), None);
}
