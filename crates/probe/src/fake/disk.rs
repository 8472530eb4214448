//! Files of the fake machine: names that lead to nodes, as on a real one, so that an open file outlives its name.

use std::collections::BTreeMap;
use std::io;
use std::ops::Bound;
use std::path::{Path, PathBuf};

use topside_model::Timestamp;

use crate::files::refusal;
use crate::{DirEntry, FileId, FileKind, FileStat};

/// The one device of the fake machine.
const DEVICE: u64 = 1;

#[derive(Debug, Default)]
pub(super) struct Disk {
    inodes: BTreeMap<PathBuf, u64>,
    /// Nodes are never dropped: somebody may hold a removed one open.
    nodes: BTreeMap<u64, Node>,
}

#[derive(Debug)]
struct Node {
    kind: FileKind,
    bytes: Vec<u8>,
    modified: Timestamp,
    readable: bool,
}

impl Disk {
    pub(super) fn inode(&self, path: &Path) -> io::Result<u64> {
        let missing = || io::Error::new(io::ErrorKind::NotFound, format!("{} does not exist", path.display()));
        self.inodes.get(path).copied().ok_or_else(missing)
    }

    pub(super) fn stat(&self, path: &Path) -> io::Result<FileStat> {
        self.inode(path).map(|inode| self.stat_inode(inode))
    }

    pub(super) fn stat_inode(&self, inode: u64) -> FileStat {
        let node = &self.nodes[&inode];
        FileStat {
            kind: node.kind,
            id: FileId { device: DEVICE, inode },
            len: node.bytes.len() as u64,
            modified: node.modified,
        }
    }

    /// The inode of a readable regular file; the same refusals as on the real machine.
    pub(super) fn open(&self, path: &Path) -> io::Result<u64> {
        let inode = self.inode(path)?;
        let node = &self.nodes[&inode];
        match node.kind {
            FileKind::File if node.readable => Ok(inode),
            FileKind::File => Err(unreadable(path)),
            other => Err(refusal(path, other)),
        }
    }

    pub(super) fn read_at(&self, inode: u64, offset: u64, buffer: &mut [u8]) -> usize {
        let bytes = &self.nodes[&inode].bytes;
        let rest = usize::try_from(offset).ok().and_then(|start| bytes.get(start..)).unwrap_or_default();
        let len = rest.len().min(buffer.len());
        buffer[..len].copy_from_slice(&rest[..len]);
        len
    }

    pub(super) fn bytes(&self, inode: u64) -> Vec<u8> {
        self.nodes[&inode].bytes.clone()
    }

    pub(super) fn list(&self, dir: &Path) -> io::Result<Vec<DirEntry>> {
        let node = &self.nodes[&self.inode(dir)?];
        if node.kind != FileKind::Directory {
            return Err(io::Error::new(io::ErrorKind::NotADirectory, format!("{} is no directory", dir.display())));
        }
        if !node.readable {
            return Err(unreadable(dir));
        }
        Ok(self
            .below(dir)
            .filter(|(path, _)| path.parent() == Some(dir))
            .filter_map(|(path, inode)| {
                let name = path.file_name()?.to_str()?.to_owned();
                Some(DirEntry { name, kind: self.nodes[&inode].kind })
            })
            .collect())
    }

    /// Everything inside `dir` at any depth. Paths are ordered by component, so a folder's content follows it.
    fn below(&self, dir: &Path) -> impl Iterator<Item = (&PathBuf, u64)> {
        self.inodes
            .range::<Path, _>((Bound::Excluded(dir), Bound::Unbounded))
            .take_while(move |(path, _)| path.starts_with(dir))
            .map(|(path, inode)| (path, *inode))
    }

    /// Gives `path` a new node; makes the folders above it.
    pub(super) fn place(&mut self, path: &Path, kind: FileKind, bytes: Vec<u8>, now: Timestamp) {
        if let Some(dir) = path.parent() {
            if !self.inodes.contains_key(dir) {
                self.place(dir, FileKind::Directory, Vec::new(), now);
            }
            self.touch(dir, now);
        }
        let inode = self.nodes.len() as u64 + 1;
        self.nodes.insert(inode, Node { kind, bytes, modified: now, readable: true });
        self.inodes.insert(path.to_owned(), inode);
    }

    /// Changes the bytes of the file at `path` in place.
    pub(super) fn edit(&mut self, path: &Path, now: Timestamp, change: impl FnOnce(&mut Vec<u8>)) {
        let node = self.node_mut(path);
        change(&mut node.bytes);
        node.modified = now;
    }

    pub(super) fn touch(&mut self, path: &Path, modified: Timestamp) {
        self.node_mut(path).modified = modified;
    }

    pub(super) fn set_readable(&mut self, path: &Path, readable: bool) {
        self.node_mut(path).readable = readable;
    }

    /// Takes away the name `path` and all names below it.
    pub(super) fn remove(&mut self, path: &Path, now: Timestamp) {
        self.inodes.retain(|name, _| !name.starts_with(path));
        if let Some(dir) = path.parent().filter(|dir| self.inodes.contains_key(*dir)) {
            self.touch(dir, now);
        }
    }

    /// Moves a file or a folder with all it holds over whatever stands at `to`.
    pub(super) fn rename(&mut self, from: &Path, to: &Path, now: Timestamp) {
        let moved: Vec<_> = self
            .inodes
            .iter()
            .filter_map(|(name, inode)| Some((name.strip_prefix(from).ok()?.to_owned(), *inode)))
            .collect();
        assert!(!moved.is_empty(), "{} exists on the fake machine", from.display());
        self.remove(from, now);
        self.remove(to, now);
        if let Some(dir) = to.parent() {
            if !self.inodes.contains_key(dir) {
                self.place(dir, FileKind::Directory, Vec::new(), now);
            }
            self.touch(dir, now);
        }
        for (rest, inode) in moved {
            let name = if rest.as_os_str().is_empty() { to.to_owned() } else { to.join(rest) };
            self.inodes.insert(name, inode);
        }
    }

    fn node_mut(&mut self, path: &Path) -> &mut Node {
        let inode = self.inodes.get(path).unwrap_or_else(|| panic!("{} exists on the fake machine", path.display()));
        self.nodes.get_mut(inode).expect("nodes are never dropped")
    }
}

fn unreadable(path: &Path) -> io::Error {
    io::Error::new(io::ErrorKind::PermissionDenied, format!("{} may not be read", path.display()))
}
