//! Directories, read as rarely as possible.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::{MAIN_SEPARATOR_STR, Path, PathBuf};

use std::sync::Arc;

use jiff::SignedDuration;
use topside_model::Timestamp;
use topside_probe::{DirEntry, FileKind, FileStat, Host};

/// A directory that changed this shortly before it was listed may have changed again without its time telling: clocks of
/// file systems tick slowly.
const RACY: SignedDuration = SignedDuration::from_secs(1);

/// A document that was written this shortly before it was read may have been written again without its time telling.
const REWRITTEN: SignedDuration = SignedDuration::from_millis(50);
/// How much is read of a file of which only the end is of interest.
const ENDING: u64 = 4 * 1024;
/// Longest document read.
const DOCUMENT: u64 = 256 * 1024;

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
    marks: RefCell<BTreeMap<PathBuf, Option<FileStat>>>,
    documents: RefCell<BTreeMap<PathBuf, Document>>,
    /// Directories that were asked for, while that is of interest.
    trace: RefCell<BTreeSet<PathBuf>>,
    tracing: Cell<bool>,
    /// True where directories are looked at once: what was walked through is let go.
    is_brief: bool,
}

/// A small file that is written in place, as it was last found whole.
struct Document {
    stat: FileStat,
    /// True when it was read so soon after it was written that it may have been written again since.
    racy: bool,
    whole: Option<Arc<[u8]>>,
}

/// A regular file somebody wanted.
#[derive(Debug)]
pub struct Found<T> {
    /// Where it is.
    pub path: PathBuf,
    /// Facts about it.
    pub stat: FileStat,
    /// What was made of its name.
    pub what: T,
}

/// One directory; one that is not there has no time and no entries.
struct Directory {
    modified: Option<Timestamp>,
    listed: Timestamp,
    /// Sorted by name.
    entries: Arc<[DirEntry]>,
    /// Facts about the entries, as far as they are known.
    stats: Vec<Option<FileStat>>,
    /// True once its files were looked at: all of them, when the first one was asked for.
    is_surveyed: bool,
}

impl Directory {
    /// True when it was listed so soon after a change that the next one may have left its time as it was.
    fn is_racy(&self) -> bool {
        let age = self.modified.map(|modified| self.listed.duration_since(modified));
        age.is_some_and(|age| !age.is_negative() && age < RACY)
    }

    /// Looks at every file in it.
    fn survey(&mut self, host: &dyn Host, dir: &Path) {
        self.look_at(host, dir, |_| true);
        self.is_surveyed = true;
    }

    /// Looks at those of its files that are `wanted` by their places and were not looked at before.
    fn look_at(&mut self, host: &dyn Host, dir: &Path, wanted: impl Fn(usize) -> bool) {
        let is_due = |place: usize, entry: &DirEntry| {
            entry.kind == FileKind::File && self.stats[place].is_none() && wanted(place)
        };
        let due = self.entries.iter().enumerate().filter(|(place, entry)| is_due(*place, entry));
        let (places, names): (Vec<usize>, Vec<&str>) = due.map(|(place, entry)| (place, entry.name.as_str())).unzip();
        if places.is_empty() {
            return;
        }
        for (place, stat) in places.into_iter().zip(host.stat_in(dir, &names)) {
            self.stats[place] = stat;
        }
    }

    fn place(&self, name: &str) -> Option<usize> {
        self.entries.binary_search_by(|entry| entry.name.as_str().cmp(name)).ok()
    }
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
            return Arc::clone(&known.entries);
        }
        let listed = host.now();
        // Nobody compares with the disk what is looked at once: any time says that it is there.
        let modified = if self.is_brief { Some(listed) } else { host.stat(dir).ok().map(|stat| stat.modified) };
        let found = host.list(dir).map(|entries| (vec![None; entries.len()], entries));
        self.listed(dir, (modified, listed), found)
    }

    /// The same, where facts about its files are wanted too: in one look they are asked for at once.
    fn surveyed(&self, host: &dyn Host, dir: &Path) -> Arc<[DirEntry]> {
        if !self.is_brief || self.dirs.borrow().contains_key(dir.as_os_str()) {
            return self.entries(host, dir);
        }
        let listed = host.now();
        self.listed(dir, (Some(listed), listed), host.survey(dir).map(|(entries, stats)| (stats, entries)))
    }

    /// Remembers what was found in `dir`, which had that time before it was listed.
    fn listed(
        &self,
        dir: &Path,
        (modified, listed): (Option<Timestamp>, Timestamp),
        found: std::io::Result<(Vec<Option<FileStat>>, Vec<DirEntry>)>,
    ) -> Arc<[DirEntry]> {
        let (modified, stats, entries): (_, _, Arc<[DirEntry]>) = match found {
            Ok((stats, entries)) => {
                self.clear(dir);
                (modified, stats, entries.into())
            }
            Err(error) => {
                if error.kind() != ErrorKind::NotFound {
                    self.note(dir, error.to_string());
                }
                (modified.filter(|_| !self.is_brief), Vec::new(), Arc::default())
            }
        };
        let known = Directory { modified, listed, entries: Arc::clone(&entries), stats, is_surveyed: false };
        self.dirs.borrow_mut().insert(dir.into(), known);
        entries
    }

    /// True when `dir` has an entry of that name.
    pub fn holds(&self, host: &dyn Host, dir: &Path, name: &str) -> bool {
        self.entries(host, dir).binary_search_by(|entry| entry.name.as_str().cmp(name)).is_ok()
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
        self.remembered(host, path, |stat| read_document(host, path, stat.len))
    }

    /// What `distil` makes of the end of the file at `path`, asked again only when the file changed. The rest of it is
    /// neither read nor remembered.
    pub fn ending(&self, host: &dyn Host, path: &Path, distil: impl Fn(&[u8]) -> Vec<u8>) -> Option<Arc<[u8]>> {
        self.remembered(host, path, |stat| Some(distil(&read_ending(host, path, stat.len)?).into()))
    }

    fn remembered(
        &self,
        host: &dyn Host,
        path: &Path,
        read: impl FnOnce(FileStat) -> Option<Arc<[u8]>>,
    ) -> Option<Arc<[u8]>> {
        let mut documents = self.documents.borrow_mut();
        let Ok(stat) = host.stat(path) else {
            documents.remove(path);
            return None;
        };
        let known = documents.get(path);
        if let Some(known) = known.filter(|known| known.stat == stat && !known.racy) {
            return known.whole.clone();
        }
        let before = known.and_then(|known| known.whole.clone());
        let whole = read(stat).or(before);
        let age = host.now().duration_since(stat.modified);
        let racy = !age.is_negative() && age < REWRITTEN;
        documents.insert(path.to_owned(), Document { stat, racy, whole: whole.clone() });
        whole
    }

    /// The same, compared with the disk first.
    pub fn entries_now(&self, host: &dyn Host, dir: &Path) -> Arc<[DirEntry]> {
        let modified = host.stat(dir).ok().map(|stat| stat.modified);
        if self.dirs.borrow().get(dir.as_os_str()).is_some_and(|known| known.modified != modified) {
            self.dirs.borrow_mut().remove(dir.as_os_str());
        }
        self.entries(host, dir)
    }

    /// Forgets the directories that changed, and tells which. Those that are not `warm` are not compared with the disk,
    /// unless they were listed too early to tell; one that is not there is as warm as the one it would be in.
    pub fn refresh(&self, host: &dyn Host, warm: impl Fn(&Path) -> bool) -> BTreeSet<PathBuf> {
        let mut changed = BTreeSet::new();
        self.dirs.borrow_mut().retain(|dir, known| {
            let dir = Path::new(dir);
            let is_warm = warm(dir) || (known.modified.is_none() && dir.parent().is_some_and(&warm));
            let is_same =
                !known.is_racy() && (!is_warm || host.stat(dir).ok().map(|stat| stat.modified) == known.modified);
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
        let known = |dirs: &mut BTreeMap<OsString, Directory>| {
            let known = dirs.get_mut(dir.as_os_str())?;
            let place = known.place(name)?;
            if known.stats[place].is_none() && !known.is_surveyed {
                known.survey(host, dir);
            }
            known.stats[place]
        };
        if let Some(stat) = known(&mut self.dirs.borrow_mut()) {
            return Some(stat);
        }
        let stat = host.stat(path).ok()?;
        self.learn(path, stat);
        Some(stat)
    }

    /// Says that a file is now known to be like this.
    pub fn learn(&self, path: &Path, stat: FileStat) {
        let (Some(dir), Some(name)) = (path.parent(), path.file_name().and_then(|name| name.to_str())) else { return };
        if let Some(known) = self.dirs.borrow_mut().get_mut(dir.as_os_str())
            && let Some(place) = known.place(name)
        {
            known.stats[place] = Some(stat);
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

    /// True when something is known to be at or below `dir`.
    pub fn knows(&self, dir: &Path) -> bool {
        let dirs = self.dirs.borrow();
        let there = |known: &Directory| known.modified.is_some();
        dirs.get(dir.as_os_str()).is_some_and(there) || below(&dirs, dir).any(|(_, known)| there(known))
    }

    /// Directories in `dir` that are known to exist.
    pub fn directories_in(&self, dir: &Path) -> Vec<PathBuf> {
        let dirs = self.dirs.borrow();
        let there = below(&dirs, dir).filter(|(_, known)| known.modified.is_some()).map(|(path, _)| path);
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
        found.filter_map(|((entry, what), stat)| Found::of(dir, &entry.name, stat, what)).for_each(take);
    }

    /// Says that the files of `dir` were seen: in one look only what else is in it matters from here on.
    pub fn pass(&self, dir: &Path) {
        if let Some(known) = self.dirs.borrow_mut().get_mut(dir.as_os_str()).filter(|_| self.is_brief) {
            known.entries = known.entries.iter().filter(|entry| entry.kind != FileKind::File).cloned().collect();
            known.stats = vec![None; known.entries.len()];
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
                    if let Some(found) = Found::of(dir, &entry.name, stat, kept) {
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

    /// The same, with facts about those entries of `dir` of which something was `kept`, as far as they are files.
    fn looked_at<T>(
        &self,
        host: &dyn Host,
        dir: &Path,
        kept: Vec<Option<T>>,
    ) -> (Vec<Option<T>>, Vec<Option<FileStat>>) {
        let mut dirs = self.dirs.borrow_mut();
        let stats = dirs.get_mut(dir.as_os_str()).map(|known| {
            known.look_at(host, dir, |place| kept[place].is_some());
            known.stats.clone()
        });
        (kept, stats.unwrap_or_default())
    }
}

impl<T> Found<T> {
    /// There may be many: the path is made in one piece.
    fn of(dir: &Path, name: &str, stat: Option<FileStat>, what: Option<T>) -> Option<Self> {
        let (stat, what) = stat.zip(what)?;
        let mut path = PathBuf::with_capacity(dir.as_os_str().len() + MAIN_SEPARATOR_STR.len() + name.len());
        path.push(dir);
        path.push(name);
        Some(Self { path, stat, what })
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

/// A whole JSON document, or nothing.
fn read_document(host: &dyn Host, path: &Path, len: u64) -> Option<Arc<[u8]>> {
    if len > DOCUMENT {
        return None;
    }
    let bytes = read_from(host, path, 0, len)?;
    crate::source::json::Json::is_whole(bytes.trim_ascii_end()).then(|| Arc::from(bytes))
}

/// The last bytes of a file of `len` bytes.
fn read_ending(host: &dyn Host, path: &Path, len: u64) -> Option<Vec<u8>> {
    let count = len.min(ENDING);
    read_from(host, path, len - count, count)
}

fn read_from(host: &dyn Host, path: &Path, offset: u64, count: u64) -> Option<Vec<u8>> {
    let file = host.open(path).ok()?;
    let mut bytes = vec![0; count as usize];
    let filled = file.fill_at(offset, &mut bytes).ok()?;
    bytes.truncate(filled);
    Some(bytes)
}
