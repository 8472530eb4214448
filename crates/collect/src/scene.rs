//! What a look at the machine rested on, so that whether another one would find the same is told without looking again.

use std::hash::{DefaultHasher, Hash, Hasher as _};
use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use serde::{Deserialize, Serialize};
use topside_model::Timestamp;
use topside_probe::{DirEntry, FileStat, Host};

use crate::files::{Listing, RACY};

/// Questions so few are not worth another thread.
const FEW: usize = 16;
/// Stands between names: no system allows it in them.
const BETWEEN: char = '/';
/// The name of a directory in itself.
const ITSELF: &str = ".";

/// What was asked of a [`Host`], and what stands for each answer. Made by a [`Witness`](crate::Witness).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scene(Vec<Asked>);

/// A question, and what stands for its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum Asked {
    /// A variable, and its value.
    Variable(String, Option<String>),
    /// What is at a path.
    At(String, u64),
    /// What is in a directory.
    In(Folder),
    /// The same, and facts about every file in it; or why it cannot be listed.
    Survey(String, u64),
}

/// A directory, and what stands for its entries and for facts about some of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Folder {
    path: String,
    /// Itself, where its entries are the same as long as it is. `None` where that is not sure.
    itself: Option<u64>,
    /// `None` where nobody asked for them.
    entries: Option<u64>,
    /// Entries of which facts were asked for.
    names: String,
    facts: u64,
}

impl Scene {
    /// One of all of them.
    pub fn of(scenes: impl IntoIterator<Item = Self>) -> Self {
        Self(scenes.into_iter().flat_map(|scene| scene.0).collect())
    }

    /// What `work` gives, where whoever asks `host` the same again is told the same again. Whether that is so is found out on
    /// another thread meanwhile, and on this one afterwards.
    pub fn holds_while<T>(&self, host: &dyn Host, work: impl FnOnce() -> Option<T>) -> Option<T> {
        let next = AtomicUsize::new(0);
        let stop = || next.store(self.0.len(), Ordering::Relaxed);
        let compare = || {
            let ahead = || self.0.get(next.fetch_add(1, Ordering::Relaxed));
            let holds = std::iter::from_fn(ahead).all(|asked| asked.holds(host));
            if !holds {
                stop();
            }
            holds
        };
        thread::scope(|scope| {
            let other = (self.0.len() > FEW).then(|| scope.spawn(compare));
            let done = work();
            if done.is_none() {
                stop();
            }
            let holds = compare();
            let others = other.is_none_or(|other| other.join().unwrap_or(false));
            done.filter(|_| holds && others)
        })
    }

    /// As bytes, for [`Scene::from_bytes`] of the same build.
    pub fn to_bytes(&self) -> Vec<u8> {
        // Nothing in it cannot be written.
        postcard::to_stdvec(self).unwrap_or_default()
    }

    /// The same again; `None` for what is none.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        postcard::from_bytes(bytes).ok()
    }

    pub(crate) fn add_variable(&mut self, name: &str, value: Option<&str>) {
        self.0.push(Asked::Variable(name.to_owned(), value.map(str::to_owned)));
    }

    pub(crate) fn add_stat(&mut self, path: &str, found: &io::Result<FileStat>) {
        self.0.push(Asked::At(path.to_owned(), print_of(found)));
    }

    pub(crate) fn add_survey(&mut self, path: &str, found: &io::Result<Listing>) {
        self.0.push(Asked::Survey(path.to_owned(), print_of(found)));
    }

    /// Adds what was found `now` in the directory at `path`, which was like `itself` before: its entries, where they were
    /// asked for, and facts about those of some `names`.
    pub(crate) fn add_folder(
        &mut self,
        path: &str,
        (itself, now): (Option<FileStat>, Timestamp),
        entries: Option<&[DirEntry]>,
        (names, facts): (&[&str], &[Option<FileStat>]),
    ) {
        let is_calm = |stat: &FileStat| now.duration_since(stat.modified) >= RACY;
        self.0.push(Asked::In(Folder {
            path: path.to_owned(),
            itself: itself.filter(is_calm).map(|itself| print(&itself)),
            entries: entries.map(print),
            names: names.join(&BETWEEN.to_string()),
            facts: print(facts),
        }));
    }
}

impl Asked {
    fn holds(&self, host: &dyn Host) -> bool {
        match self {
            Self::Variable(name, value) => host.variable(name) == *value,
            Self::At(path, found) => print_of(&host.stat(Path::new(path))) == *found,
            Self::In(folder) => folder.holds(host),
            Self::Survey(path, found) => print_of(&host.survey(Path::new(path))) == *found,
        }
    }
}

impl Folder {
    fn holds(&self, host: &dyn Host) -> bool {
        let path = Path::new(&self.path);
        let names = self.names.split(BETWEEN).filter(|name| !name.is_empty());
        let names: Vec<&str> = std::iter::once(ITSELF).chain(names).collect();
        let found = host.stat_in(path, &names);
        let Some((itself, facts)) = found.split_first() else { return false };
        let is_same = self.itself.is_some() && itself.as_ref().map(print) == self.itself;
        let lists_same = |known| host.list(path).is_ok_and(|entries| print(&*entries) == known);
        print(facts) == self.facts && (is_same || self.entries.is_none_or(lists_same))
    }
}

/// The directory at `path` itself, where it is the end of a link too.
pub(crate) fn itself(host: &dyn Host, path: &Path) -> Option<FileStat> {
    host.stat_in(path, &[ITSELF]).pop()?
}

/// What stands for an answer or for why there is none.
fn print_of<T: Hash>(answer: &io::Result<T>) -> u64 {
    print(&answer.as_ref().map_err(io::Error::kind as fn(&io::Error) -> ErrorKind))
}

/// The same in every process of this build.
fn print(of: &(impl Hash + ?Sized)) -> u64 {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}
