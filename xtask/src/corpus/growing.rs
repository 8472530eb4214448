//! A copy of a home whose transcripts are not all there yet.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

/// A copy of a home that grows.
#[derive(Debug)]
pub(crate) struct Growing {
    home: PathBuf,
    files: Vec<Part>,
}

/// A transcript of which a part is there.
#[derive(Debug)]
struct Part {
    path: PathBuf,
    whole: Vec<u8>,
    written: usize,
}

impl Growing {
    /// Copies `from` to `to`. Of the transcript in that place, of the length given, `part` says how much is there;
    /// compressed ones and all other files are whole.
    pub(crate) fn copy(from: &Path, to: &Path, mut part: impl FnMut(usize, usize) -> usize) -> anyhow::Result<Self> {
        let mut growing = Self { home: to.to_owned(), files: Vec::new() };
        growing.copy_folder(from, to, &mut part).with_context(|| format!("copy {}", from.display()))?;
        Ok(growing)
    }

    fn copy_folder(
        &mut self,
        from: &Path,
        to: &Path,
        part: &mut impl FnMut(usize, usize) -> usize,
    ) -> anyhow::Result<()> {
        fs::create_dir_all(to)?;
        let mut entries = fs::read_dir(from)?.collect::<Result<Vec<_>, _>>()?;
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let (kind, path) = (entry.file_type()?, to.join(entry.file_name()));
            if kind.is_dir() {
                self.copy_folder(&entry.path(), &path, part)?;
            } else if kind.is_file() && path.extension().is_some_and(|extension| extension == "jsonl") {
                let whole = fs::read(entry.path())?;
                let written = part(self.files.len(), whole.len());
                fs::write(&path, &whole[..written])?;
                self.files.push(Part { path, whole, written });
            } else if kind.is_file() {
                fs::copy(entry.path(), &path)?;
            }
        }
        Ok(())
    }

    /// The home.
    pub(crate) fn home(&self) -> &Path {
        &self.home
    }

    /// Numbers of the transcripts that are not whole.
    pub(crate) fn unfinished(&self) -> Vec<usize> {
        let files = self.files.iter().enumerate();
        files.filter(|(_, file)| file.written < file.whole.len()).map(|(number, _)| number).collect()
    }

    /// Appends at most `bytes` of what a transcript lacks.
    pub(crate) fn grow(&mut self, number: usize, bytes: usize) -> anyhow::Result<()> {
        let file = &mut self.files[number];
        let end = file.whole.len().min(file.written.saturating_add(bytes));
        let mut open = OpenOptions::new().append(true).open(&file.path)?;
        open.write_all(&file.whole[file.written..end])?;
        file.written = end;
        Ok(())
    }
}
