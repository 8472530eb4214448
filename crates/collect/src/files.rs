//! Directories and small files, read as rarely as possible.

mod directory;
mod document;
mod found;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::io::{self, ErrorKind};
use std::path::{MAIN_SEPARATOR_STR, Path, PathBuf};
use std::sync::Arc;

use topside_model::Timestamp;
use topside_probe::{DirEntry, FileKind, FileStat, Host};

use self::directory::{Directory, place};
pub(crate) use self::directory::{Listing, RACY};
use self::document::Documents;
pub use self::found::Found;

/// What is known of the directories under the agents' homes.
///
/// A directory is listed again when its own time changed: that is how new, renamed and removed files are found. Files
/// that grow do not change it; live ones are watched through open handles, and [`Files::forget`] starts a slow sweep
/// that catches the rest.
#[derive(Default)]
pub struct Files {
    /// Compared as bytes: comparing paths part by part takes most of the time otherwise.
    dirs: RefCell<BTreeMap<OsString, Directory>>,
    problems: RefCell<BTreeMap<PathBuf, String>>,
    /// Directories of which not everything could be seen.
    missed: RefCell<BTreeMap<PathBuf, io::Error>>,
    marks: RefCell<BTreeMap<PathBuf, Option<FileStat>>>,
    documents: RefCell<Documents>,
    /// Directories that were asked for, while that is of interest.
    trace: RefCell<BTreeSet<PathBuf>>,
    tracing: Cell<bool>,
    /// True where directories are looked at once: what was walked through is let go.
    is_brief: bool,
}

impl Files {
    /// For one look, which remembers no directory that was walked through: a long history takes less memory.
    pub fn for_one_look() -> Self {
        Self { is_brief: true, ..Self::default() }
    }

    /// Entries of `dir`; none when it cannot be read, which is noted unless it simply is not there.
    pub fn entries(&self, host: &dyn Host, dir: &Path) -> Arc<[DirEntry]> {
        if self.tracing.get() {
            self.trace.borrow_mut().insert(dir.to_owned());
        }
        if let Some(known) = self.dirs.borrow().get(dir.as_os_str()) {
            return known.entries();
        }
        let listed = host.now();
        // Nobody compares with the disk what is looked at once: any time says that it is there.
        let modified = if self.is_brief { Some(listed) } else { host.stat(dir).ok().map(|stat| stat.modified) };
        self.listed(dir, (modified, listed), directory::list(host, dir))
    }

    /// The same, compared with the disk first.
    pub fn entries_now(&self, host: &dyn Host, dir: &Path) -> Arc<[DirEntry]> {
        let modified = host.stat(dir).ok().map(|stat| stat.modified);
        if self.dirs.borrow().get(dir.as_os_str()).is_some_and(|known| !known.is_of(modified)) {
            self.dirs.borrow_mut().remove(dir.as_os_str());
        }
        self.entries(host, dir)
    }

    /// The entries, where facts about its files are wanted too: in one look they are asked for at once.
    fn surveyed(&self, host: &dyn Host, dir: &Path) -> Arc<[DirEntry]> {
        if !self.is_brief || self.dirs.borrow().contains_key(dir.as_os_str()) {
            return self.entries(host, dir);
        }
        let listed = host.now();
        self.listed(dir, (Some(listed), listed), host.survey(dir))
    }

    /// Remembers what was found in `dir`, which had that time before it was listed.
    fn listed(
        &self,
        dir: &Path,
        (modified, listed): (Option<Timestamp>, Timestamp),
        found: io::Result<Listing>,
    ) -> Arc<[DirEntry]> {
        let known = match found {
            Ok(listing) => {
                self.clear(dir);
                Directory::new(modified, listed, listing)
            }
            Err(error) => {
                self.miss(dir, error);
                Directory::new(modified.filter(|_| !self.is_brief), listed, Listing::default())
            }
        };
        let entries = known.entries();
        self.dirs.borrow_mut().insert(dir.into(), known);
        entries
    }

    /// True when `dir` has an entry of that name.
    pub fn holds(&self, host: &dyn Host, dir: &Path, name: &str) -> bool {
        place(&self.entries(host, dir), name).is_some()
    }

    /// What `work` gives, and the directories it asked for.
    pub fn traced<T>(&self, work: impl FnOnce() -> T) -> (T, BTreeSet<PathBuf>) {
        self.tracing.set(true);
        let result = work();
        self.tracing.set(false);
        (result, self.trace.take())
    }

    /// The JSON document at `path`, read again only when its file changed; the last whole one while it is being written.
    /// `None` for one that is gone, was never whole, or is larger than any that is meant.
    pub fn document(&self, host: &dyn Host, path: &Path) -> Option<Arc<[u8]>> {
        self.documents.borrow_mut().whole(host, path)
    }

    /// What `distil` makes of the end of the file at `path`, asked again only when the file changed. The rest of it is
    /// neither read nor remembered.
    pub fn ending(&self, host: &dyn Host, path: &Path, distil: impl Fn(&[u8]) -> Vec<u8>) -> Option<Arc<[u8]>> {
        self.documents.borrow_mut().ending(host, path, distil)
    }

    /// Forgets the directories that changed, and tells which. Those that are not `warm` are not compared with the disk,
    /// unless they were listed too early to tell; one that is not there is as warm as the one it would be in.
    pub fn refresh(&self, host: &dyn Host, warm: impl Fn(&Path) -> bool) -> BTreeSet<PathBuf> {
        let mut changed = BTreeSet::new();
        self.dirs.borrow_mut().retain(|dir, known| {
            let dir = Path::new(dir);
            let is_warm = warm(dir) || (!known.is_there() && dir.parent().is_some_and(&warm));
            let is_same = !known.is_racy() && (!is_warm || known.is_of(host.stat(dir).ok().map(|stat| stat.modified)));
            if !is_same {
                changed.insert(dir.to_owned());
            }
            is_same
        });
        changed
    }

    /// Forgets everything: the slow sweep.
    pub fn forget(&self) {
        self.dirs.borrow_mut().clear();
    }

    /// Facts about a file of a listed directory, as of the listing or of the last [`Files::learn`].
    pub fn stat(&self, host: &dyn Host, path: &Path) -> Option<FileStat> {
        let (dir, name) = (path.parent()?, path.file_name()?.to_str()?);
        let mut dirs = self.dirs.borrow_mut();
        if let Some(stat) = dirs.get_mut(dir.as_os_str()).and_then(|known| known.stat(host, dir, name)) {
            return Some(stat);
        }
        drop(dirs);
        let stat = host.stat(path).ok()?;
        self.learn(path, stat);
        Some(stat)
    }

    /// Says that a file is now known to be like this.
    pub fn learn(&self, path: &Path, stat: FileStat) {
        let (Some(dir), Some(name)) = (path.parent(), path.file_name().and_then(|name| name.to_str())) else { return };
        if let Some(known) = self.dirs.borrow_mut().get_mut(dir.as_os_str()) {
            known.learn(name, stat);
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

    /// Notes that not everything in `dir` can be seen, unless it simply is not there.
    fn miss(&self, dir: &Path, error: io::Error) {
        if error.kind() != ErrorKind::NotFound {
            self.missed.borrow_mut().insert(dir.to_owned(), error);
        }
    }

    /// Takes back what was noted of `path`.
    pub fn clear(&self, path: &Path) {
        self.problems.borrow_mut().remove(path);
        self.missed.borrow_mut().remove(path);
    }

    /// What cannot be read, and why.
    pub fn problems(&self) -> BTreeMap<PathBuf, String> {
        let mut problems = self.problems.borrow().clone();
        problems.extend(self.missed.borrow().iter().map(|(dir, error)| (dir.clone(), error.to_string())));
        problems
    }

    /// Directories that could not be listed, or whose files could not be looked at, and why.
    pub fn missed(self) -> Vec<(PathBuf, io::Error)> {
        self.missed.into_inner().into_iter().collect()
    }

    /// True when something is known to be at or below `dir`.
    pub fn knows(&self, dir: &Path) -> bool {
        let dirs = self.dirs.borrow();
        dirs.get(dir.as_os_str()).is_some_and(Directory::is_there)
            || below(&dirs, dir).any(|(_, known)| known.is_there())
    }

    /// Directories in `dir` that are known to exist.
    pub fn directories_in(&self, dir: &Path) -> Vec<PathBuf> {
        let dirs = self.dirs.borrow();
        let there = below(&dirs, dir).filter(|(_, known)| known.is_there()).map(|(path, _)| path);
        there.filter(|path| path.parent() == Some(dir)).map(Path::to_owned).collect()
    }

    /// Hands over regular files of `dir` of whose names `keep` makes something, in their order.
    pub fn regular<T>(
        &self,
        host: &dyn Host,
        dir: &Path,
        keep: &dyn Fn(&str) -> Option<T>,
        take: &mut dyn FnMut(Found<T>),
    ) {
        let entries = self.surveyed(host, dir);
        let kept = entries.iter().map(|entry| keep(&entry.name).filter(|_| entry.kind == FileKind::File)).collect();
        let (kept, stats) = self.looked_at(host, dir, kept);
        let found = entries.iter().zip(kept).zip(stats);
        found.filter_map(|((entry, what), stat)| self.found(host, dir, &entry.name, (stat, what))).for_each(take);
    }

    /// Says that the files of `dir` were seen: in one look only what else is in it matters from here on.
    pub fn pass(&self, dir: &Path) {
        if let Some(known) = self.dirs.borrow_mut().get_mut(dir.as_os_str()).filter(|_| self.is_brief) {
            known.forget_files();
        }
    }

    /// Hands over regular files at most `depth` directories below `dir` of whose names `keep` makes something, in the order
    /// of their paths. Links are noted, never followed.
    pub fn walk<T>(
        &self,
        host: &dyn Host,
        dir: &Path,
        depth: usize,
        keep: &dyn Fn(&str) -> Option<T>,
        take: &mut dyn FnMut(Found<T>),
    ) {
        let entries = self.surveyed(host, dir);
        let (kept, stats) = self.looked_at(host, dir, entries.iter().map(|entry| keep(&entry.name)).collect());
        for ((entry, kept), stat) in entries.iter().zip(kept).zip(stats) {
            let path = || dir.join(&entry.name);
            match (entry.kind, kept) {
                (FileKind::File, kept) => {
                    if let Some(found) = self.found(host, dir, &entry.name, (stat, kept)) {
                        take(found);
                    }
                }
                (FileKind::Directory, Some(_)) => self.note(&path(), "a directory where a file is expected".to_owned()),
                (FileKind::Directory, None) if depth > 0 => self.walk(host, &path(), depth - 1, keep, take),
                (FileKind::Link, kept) if kept.is_some() || depth > 0 => {
                    self.note(&path(), "a symbolic link; links are not followed".to_owned());
                }
                (FileKind::Other, Some(_)) => {
                    self.note(&path(), "a pipe, socket or device where a file is expected".to_owned());
                }
                _ => {}
            }
        }
        if self.is_brief {
            self.dirs.borrow_mut().remove(dir.as_os_str());
        }
    }

    /// A file somebody wanted. One that is there and cannot be looked at is noted, once for all of its directory.
    fn found<T>(
        &self,
        host: &dyn Host,
        dir: &Path,
        name: &str,
        (stat, what): (Option<FileStat>, Option<T>),
    ) -> Option<Found<T>> {
        if stat.is_none()
            && what.is_some()
            && let Err(error) = host.stat(&dir.join(name))
        {
            self.miss(dir, error);
        }
        Found::of(dir, name, stat, what)
    }

    /// What was `kept` of the entries of `dir`, with facts about those of which something was, as far as they are files.
    fn looked_at<T>(
        &self,
        host: &dyn Host,
        dir: &Path,
        kept: Vec<Option<T>>,
    ) -> (Vec<Option<T>>, Vec<Option<FileStat>>) {
        let mut dirs = self.dirs.borrow_mut();
        let known = dirs.get_mut(dir.as_os_str());
        let stats = known.map(|known| known.stats(host, dir, |place| kept[place].is_some()));
        (kept, stats.unwrap_or_default())
    }
}

/// Directories below `dir`: as bytes, their paths all begin with it and a separator.
fn below<'a>(
    dirs: &'a BTreeMap<OsString, Directory>,
    dir: &Path,
) -> impl Iterator<Item = (&'a Path, &'a Directory)> + use<'a> {
    let mut start = dir.components().as_path().as_os_str().to_owned();
    start.push(MAIN_SEPARATOR_STR);
    let prefix = start.clone();
    let inside = move |path: &OsString| path.as_encoded_bytes().starts_with(prefix.as_encoded_bytes());
    dirs.range(start..).take_while(move |(path, _)| inside(path)).map(|(path, known)| (Path::new(path), known))
}
