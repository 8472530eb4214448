//! Transcripts in lists of very many: each takes as little memory as may be.

use std::ffi::OsStr;
use std::path::{MAIN_SEPARATOR, Path, PathBuf};
use std::sync::Arc;

use topside_model::{AgentId, Bytes, FileMark, SessionId, SourceId};
use topside_probe::FileStat;

use crate::agent::{Agent, Anchor, Layout, Source};

/// A transcript there is.
pub struct Transcript {
    folder: Arc<Folder>,
    name: Box<OsStr>,
    pub(crate) session: SessionId,
    pub(crate) stat: FileStat,
    /// Place among the files of its session.
    pub rank: u64,
    id: SourceId,
    pub(crate) layout: Layout,
}

/// What transcripts in a folder have in common.
struct Folder {
    path: Box<Path>,
    agent: &'static dyn Agent,
    home: Arc<Path>,
    parent: Option<SessionId>,
    archived: bool,
}

impl Folder {
    /// True where this tells of a source in the folder at `path`.
    fn is_of(&self, path: &Path, source: &Source) -> bool {
        let Source { home, parent, archived, .. } = source;
        self.path.as_os_str() == path.as_os_str()
            && self.home.as_os_str() == home.as_os_str()
            && (&self.parent, self.archived) == (parent, *archived)
    }
}

/// Transcripts of an agent, as they are found.
pub struct Transcripts {
    agent: &'static dyn Agent,
    /// That of the last one: sources come folder by folder.
    folder: Option<Arc<Folder>>,
    pub(crate) list: Vec<Transcript>,
}

impl Transcripts {
    pub(crate) fn of(agent: &'static dyn Agent) -> Self {
        Self { agent, folder: None, list: Vec::new() }
    }

    /// Adds one.
    pub fn push(&mut self, source: Source) {
        let (folder, name) = apart(&source.path);
        let (folder, name) = (self.folder(folder, &source), name.into());
        let Source { id, session, stat, rank, layout, .. } = source;
        self.list.push(Transcript { folder, name, session, stat, rank, id, layout });
    }

    /// What a source in the folder at `path` shares with others.
    fn folder(&mut self, path: &Path, source: &Source) -> Arc<Folder> {
        let folder = self.folder.take().filter(|known| known.is_of(path, source)).unwrap_or_else(|| {
            let Source { home, parent, archived, .. } = source.clone();
            Arc::new(Folder { path: path.into(), agent: self.agent, home, parent, archived })
        });
        self.folder = Some(Arc::clone(&folder));
        folder
    }
}

/// Folder and name of a file. As a rule told by its last separator: going through all parts of a path takes ten times as
/// long.
fn apart(path: &Path) -> (&Path, &OsStr) {
    let parts = path.to_str().and_then(|path| path.rsplit_once(MAIN_SEPARATOR));
    match parts.filter(|(folder, name)| !folder.is_empty() && !name.is_empty()) {
        Some((folder, name)) => (Path::new(folder), OsStr::new(name)),
        None => path.parent().zip(path.file_name()).unwrap_or((Path::new(""), path.as_os_str())),
    }
}

impl Transcript {
    /// The same as it was found.
    pub(crate) fn source(&self) -> Source {
        let Folder { home, parent, archived, .. } = &*self.folder;
        Source {
            id: self.id,
            path: self.path(),
            home: Arc::clone(home),
            stat: self.stat,
            session: self.session.clone(),
            parent: parent.clone(),
            rank: self.rank,
            layout: self.layout,
            archived: *archived,
        }
    }

    /// Where it is.
    pub fn path(&self) -> PathBuf {
        let (folder, name) = self.place();
        let mut path = PathBuf::with_capacity(folder.len() + 1 + name.len());
        path.push(folder);
        path.push(name);
        path
    }

    /// The same for what hangs on it.
    pub(crate) fn anchor(&self) -> Anchor<'_> {
        let Folder { path, home, parent, .. } = &*self.folder;
        Anchor { folder: path, home, session: &self.session, parent: parent.as_ref() }
    }

    /// The same in its two parts, to be sorted by.
    pub fn place(&self) -> (&OsStr, &OsStr) {
        (self.folder.path.as_os_str(), &self.name)
    }

    /// How long it is.
    pub fn size(&self) -> Bytes {
        Bytes(self.stat.len)
    }

    /// What the file is: where it was the same when it was read last, nothing is new.
    pub fn mark(&self) -> FileMark {
        let FileStat { id, modified, .. } = self.stat;
        FileMark { id: (id.device, id.inode), len: self.size(), modified }
    }

    /// Whose it is.
    pub fn agent(&self) -> AgentId {
        AgentId::new(self.reader().manifest().id)
    }

    /// True where its replies may be shown by other transcripts too.
    pub fn is_shared(&self) -> bool {
        self.reader().manifest().shares_replies
    }

    pub(crate) fn reader(&self) -> &'static dyn Agent {
        self.folder.agent
    }

    /// The agent's home it lies in.
    pub(crate) fn home(&self) -> &Arc<Path> {
        &self.folder.home
    }
}

#[cfg(test)]
mod tests {
    use topside_model::Timestamp;
    use topside_probe::{FileId, FileKind};

    use super::*;
    use crate::REGISTRY;

    fn source(path: &str) -> Source {
        let id = FileId { device: 1, inode: 2 };
        let stat = FileStat { kind: FileKind::File, id, len: 3, modified: Timestamp::UNIX_EPOCH };
        Source {
            id: SourceId(4),
            path: path.into(),
            home: Path::new("/home/ada/.claude").into(),
            stat,
            session: SessionId::new("s"),
            parent: None,
            rank: 5,
            layout: Layout::Lines,
            archived: false,
        }
    }

    #[test]
    fn nothing_of_a_source_is_lost_in_a_list() {
        let parent = Some(SessionId::new("p"));
        let sources = [
            source("/a/one.jsonl"),
            source("/a/two.jsonl"),
            Source { session: SessionId::new("t"), rank: 6, ..source("/a/three.jsonl") },
            Source { parent, ..source("/a/two.jsonl") },
            Source { archived: true, layout: Layout::PackedLines, ..source("/a/two.jsonl") },
            Source { home: Path::new("/a").into(), ..source("/a/two.jsonl") },
            source("/b/two.jsonl"),
            source("two.jsonl"),
            source("/"),
        ];
        let mut found = Transcripts::of(REGISTRY[0]);
        sources.iter().cloned().for_each(|source| found.push(source));
        let kept: Vec<Source> = found.list.iter().map(Transcript::source).collect();
        assert_eq!(kept, sources);
        let folders = found.list.chunk_by(|one, other| Arc::ptr_eq(&one.folder, &other.folder));
        assert_eq!(folders.map(<[Transcript]>::len).collect::<Vec<_>>(), [3, 1, 1, 1, 1, 2]);
    }
}
