//! A configuration file of an agent: read whole, replaced whole or not at all, with what it was before beside it.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use topside_catalog::text::neutralise;

/// Added to the name of what was there before.
const BACKUP: &str = ".topside-backup";
/// No configuration is larger.
const LARGEST: u64 = 4 * 1024 * 1024;

/// A file that may be there or not.
#[derive(Debug)]
pub(super) struct Target {
    /// As the agent names it.
    pub(super) path: PathBuf,
    /// Where it lies, when all links are followed.
    real: PathBuf,
}

impl Target {
    /// The file of that name in a folder that is there.
    pub(super) fn find(folder: &Path, name: &str) -> anyhow::Result<Self> {
        let path = folder.join(name);
        let real = match path.symlink_metadata() {
            Err(error) if error.kind() == ErrorKind::NotFound => path.clone(),
            _ => path.canonicalize().with_context(|| format!("follow {}; it is a link to nothing", shown(&path)))?,
        };
        Ok(Self { path, real })
    }

    /// True when both are the same file, by whatever names.
    pub(super) fn is(&self, other: &Self) -> bool {
        self.real == other.real
    }

    /// Its names: the one the agent uses, and the one without links.
    pub(super) fn names(&self) -> [&Path; 2] {
        [&self.path, &self.real]
    }

    /// What it says; `None` where it is not there.
    pub(super) fn read(&self) -> anyhow::Result<Option<String>> {
        read(&self.real)
    }

    /// What it said before topside was put in; `None` where it was not there, or topside never was.
    pub(super) fn backup(&self) -> anyhow::Result<Option<String>> {
        read(&self.backup_path())
    }

    /// Where the backup lies: beside the name, not beside what a link leads to, which may be somebody's repository.
    pub(super) fn backup_path(&self) -> PathBuf {
        let mut name = OsString::from(&self.path);
        name.push(BACKUP);
        name.into()
    }

    /// Keeps `text` as the backup.
    pub(super) fn keep(&self, text: &str) -> anyhow::Result<()> {
        write(&self.backup_path(), text, fs::metadata(&self.real).ok().as_ref())
    }

    /// Lets the backup go.
    pub(super) fn let_go(&self) -> anyhow::Result<()> {
        remove(&self.backup_path())
    }

    /// Refuses what may not be written to, and what has other names, of which a new file would take only this one.
    pub(super) fn check(&self) -> anyhow::Result<()> {
        let Ok(facts) = fs::metadata(&self.real) else { return Ok(()) };
        let is_ours = !facts.permissions().readonly() && may_write(&self.real);
        ensure!(is_ours, "change {}: it is read-only; it was left as it is", shown(&self.path));
        let names = names(&facts);
        ensure!(
            names == 1,
            "change {}: it has {names} names (hard links), and the others would keep what it says now; it was left as it is",
            shown(&self.path)
        );
        Ok(())
    }

    /// Puts `after` in place of `before`; `None` stands for no file. In one step: whoever reads it meanwhile finds the one
    /// or the other. Refused where somebody else changed it since.
    pub(super) fn replace(&self, before: Option<&str>, after: Option<&str>) -> anyhow::Result<()> {
        self.check()?;
        ensure!(
            self.read()?.as_deref() == before,
            "change {}: somebody else changed it meanwhile; it was left as it is, try again",
            shown(&self.path)
        );
        match after {
            Some(text) => write(&self.real, text, fs::metadata(&self.real).ok().as_ref()),
            None => remove(&self.real),
        }
    }
}

/// A path for people.
pub(super) fn shown(path: &Path) -> String {
    neutralise(&path.to_string_lossy())
}

pub(super) fn read(path: &Path) -> anyhow::Result<Option<String>> {
    let failed = || format!("read {}", shown(path));
    let facts = match fs::metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        facts => facts.with_context(failed)?,
    };
    // Opening a pipe would wait for somebody to write.
    ensure!(facts.is_file(), "read {}: it is not a file", shown(path));
    ensure!(facts.len() <= LARGEST, "read {}: it is too large for a configuration", shown(path));
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(LARGEST).read_to_end(&mut bytes)).with_context(failed)?;
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Some(text)),
        Err(_) => bail!("read {}: it is not UTF-8; nothing was changed", shown(path)),
    }
}

/// Writes a file beside `path` and gives it that name once the disk has it. `like` is what was there.
fn write(path: &Path, text: &str, like: Option<&fs::Metadata>) -> anyhow::Result<()> {
    let folder = path.parent().context("find the folder of a file")?;
    let put = || {
        let mut file = tempfile::Builder::new().prefix(".topside-").tempfile_in(folder)?;
        file.write_all(text.as_bytes())?;
        if let Some(like) = like {
            file.as_file().set_permissions(like.permissions())?;
            owned_like(file.path(), like);
        }
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)?;
        // It has the name; not every file system can promise more.
        sync(folder);
        Ok::<_, std::io::Error>(())
    };
    put().with_context(|| format!("write {}", shown(path)))
}

fn remove(path: &Path) -> anyhow::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error).context(format!("remove {}", shown(path))),
        _ => Ok(()),
    }
}

/// False for somebody else's file, which a folder of one's own would let one replace.
#[cfg(unix)]
fn may_write(path: &Path) -> bool {
    rustix::fs::access(path, rustix::fs::Access::WRITE_OK).is_ok()
}

#[cfg(not(unix))]
fn may_write(_path: &Path) -> bool {
    true
}

/// Names that a file has.
#[cfg(unix)]
fn names(facts: &fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::nlink(facts)
}

#[cfg(not(unix))]
fn names(_facts: &fs::Metadata) -> u64 {
    1
}

/// For root, who writes into the files of others.
#[cfg(unix)]
fn owned_like(path: &Path, like: &fs::Metadata) {
    use std::os::unix::fs::MetadataExt as _;
    // Whoever may not give a file away keeps it.
    std::os::unix::fs::chown(path, Some(like.uid()), Some(like.gid())).ok();
}

#[cfg(not(unix))]
fn owned_like(_path: &Path, _like: &fs::Metadata) {}

/// Lets the new name outlive a power cut, where folders can be told to.
#[cfg(unix)]
fn sync(folder: &Path) {
    File::open(folder).and_then(|folder| folder.sync_all()).ok();
}

#[cfg(not(unix))]
fn sync(_folder: &Path) {}
