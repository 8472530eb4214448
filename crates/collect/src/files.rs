//! Directories, read as rarely as possible.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use jiff::SignedDuration;
use topside_model::Timestamp;
use topside_probe::{DirEntry, FileKind, FileStat, Host};

/// A directory that changed this shortly before it was listed may have changed again without its time telling: clocks of
/// file systems tick slowly.
const RACY: SignedDuration = SignedDuration::from_secs(1);

/// What is known of the directories under the agents' homes.
///
/// A directory is listed again when its own time changed: that is how new, renamed and removed files are found. Files
/// that grow do not change it; live ones are watched through open handles, and [`Files::forget`] starts a slow sweep
/// that catches the rest.
#[derive(Default)]
pub struct Files {
    dirs: RefCell<BTreeMap<PathBuf, Directory>>,
    problems: RefCell<BTreeMap<PathBuf, String>>,
    marks: RefCell<BTreeMap<PathBuf, Option<FileStat>>>,
}

/// One directory; one that is not there has no time and no entries.
struct Directory {
    modified: Option<Timestamp>,
    listed: Timestamp,
    entries: Vec<DirEntry>,
    stats: BTreeMap<String, FileStat>,
}

impl Files {
    /// Entries of `dir`; none when it cannot be read, which is noted unless it simply is not there.
    pub fn entries(&self, host: &dyn Host, dir: &Path) -> Vec<DirEntry> {
        if let Some(known) = self.dirs.borrow().get(dir) {
            return known.entries.clone();
        }
        let (modified, listed) = (host.stat(dir).ok().map(|stat| stat.modified), host.now());
        let entries = match host.list(dir) {
            Ok(entries) => {
                self.clear(dir);
                entries
            }
            Err(error) => {
                if error.kind() != ErrorKind::NotFound {
                    self.note(dir, error.to_string());
                }
                Vec::new()
            }
        };
        let known = Directory { modified, listed, entries: entries.clone(), stats: BTreeMap::new() };
        self.dirs.borrow_mut().insert(dir.to_owned(), known);
        entries
    }

    /// The same, compared with the disk first.
    pub fn entries_now(&self, host: &dyn Host, dir: &Path) -> Vec<DirEntry> {
        let modified = host.stat(dir).ok().map(|stat| stat.modified);
        if self.dirs.borrow().get(dir).is_some_and(|known| known.modified != modified) {
            self.dirs.borrow_mut().remove(dir);
        }
        self.entries(host, dir)
    }

    /// Forgets every directory that may have changed. True when there was one.
    pub fn refresh(&self, host: &dyn Host) -> bool {
        let mut dirs = self.dirs.borrow_mut();
        let before = dirs.len();
        dirs.retain(|dir, known| {
            let age = known.modified.map(|modified| known.listed.duration_since(modified));
            let racy = age.is_some_and(|age| !age.is_negative() && age < RACY);
            !racy && host.stat(dir).ok().map(|stat| stat.modified) == known.modified
        });
        dirs.len() < before
    }

    /// Forgets everything: the slow sweep.
    pub fn forget(&self) {
        self.dirs.borrow_mut().clear();
    }

    /// Facts about a file of a listed directory, as of the listing or of the last [`Files::learn`].
    pub fn stat(&self, host: &dyn Host, path: &Path) -> Option<FileStat> {
        let (dir, name) = (path.parent()?, path.file_name()?.to_str()?);
        if let Some(stat) = self.dirs.borrow().get(dir).and_then(|known| known.stats.get(name)) {
            return Some(*stat);
        }
        let stat = host.stat(path).ok()?;
        self.learn(path, stat);
        Some(stat)
    }

    /// Says that a file is now known to be like this.
    pub fn learn(&self, path: &Path, stat: FileStat) {
        let (Some(dir), Some(name)) = (path.parent(), path.file_name().and_then(|name| name.to_str())) else { return };
        if let Some(known) = self.dirs.borrow_mut().get_mut(dir) {
            known.stats.insert(name.to_owned(), stat);
        }
    }

    /// True when the file at `path` is not as it was when this was last asked; so the first time it is asked.
    pub fn changed(&self, host: &dyn Host, path: &Path) -> bool {
        let now = host.stat(path).ok();
        self.marks.borrow_mut().insert(path.to_owned(), now) != Some(now)
    }

    /// Notes that something cannot be read.
    pub fn note(&self, path: &Path, what: String) {
        self.problems.borrow_mut().insert(path.to_owned(), what);
    }

    /// Takes back a note.
    pub fn clear(&self, path: &Path) {
        self.problems.borrow_mut().remove(path);
    }

    /// What cannot be read, and why.
    pub fn problems(&self) -> BTreeMap<PathBuf, String> {
        self.problems.borrow().clone()
    }

    /// Every directory known to exist.
    pub fn directories(&self) -> BTreeSet<PathBuf> {
        let dirs = self.dirs.borrow();
        dirs.iter().filter(|(_, known)| known.modified.is_some()).map(|(dir, _)| dir.clone()).collect()
    }

    /// Regular files at most `depth` directories below `dir` whose name `keep` accepts, sorted. Links are noted, never
    /// followed.
    pub fn walk(&self, host: &dyn Host, dir: &Path, depth: usize, keep: &dyn Fn(&str) -> bool) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut open = vec![(dir.to_owned(), depth)];
        while let Some((dir, depth)) = open.pop() {
            for entry in self.entries(host, &dir) {
                let path = dir.join(&entry.name);
                let kept = keep(&entry.name);
                match entry.kind {
                    FileKind::File if kept => found.push(path),
                    FileKind::Directory if kept => self.note(&path, "a directory where a file is expected".to_owned()),
                    FileKind::Directory if depth > 0 => open.push((path, depth - 1)),
                    FileKind::Link if kept || depth > 0 => {
                        self.note(&path, "a symbolic link; links are not followed".to_owned());
                    }
                    FileKind::Other if kept => {
                        self.note(&path, "a pipe, socket or device where a file is expected".to_owned());
                    }
                    _ => {}
                }
            }
        }
        found.sort();
        found
    }
}
