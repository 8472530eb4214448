//! Homes with nothing but history, made by the simulator.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;

use crate::bench::fleet;
use crate::{corpus, repo, shell};

/// A home and what lies in it.
#[derive(Debug)]
pub(super) struct Home {
    pub(super) path: PathBuf,
    pub(super) files: usize,
    pub(super) bytes: u64,
}

/// Bytes of the longest transcript that is a small one.
const SMALL: u64 = 8_000;

/// What a person has after some months: 2,000 transcripts of 4 GB. `kept` is one that was made before.
pub(super) fn large(kept: Option<&Path>) -> anyhow::Result<Home> {
    kept.map_or_else(|| made("large", 2_000, 4.0, &corpus::default_homes()), counted)
}

/// 100,000 transcripts of a few kilobytes each.
pub(super) fn many() -> anyhow::Result<Home> {
    made("many", 100_000, 0.4, &small_ones()?)
}

/// Where homes are made, and stay for the next time.
fn place() -> anyhow::Result<PathBuf> {
    let homes = repo::metadata()?.target_directory.join("homes");
    std::fs::create_dir_all(&homes).context("make a folder for homes")?;
    Ok(homes)
}

/// Copies of the corpus's small transcripts.
fn small_ones() -> anyhow::Result<PathBuf> {
    let (corpus, copies) = (corpus::default_homes(), place()?.join("small"));
    for home in std::fs::read_dir(&corpus).with_context(|| format!("list {}", corpus.display()))? {
        for file in transcripts(&home?.path())? {
            if file.metadata()?.len() <= SMALL {
                let copy = copies.join(file.strip_prefix(&corpus).context("a transcript outside its home")?);
                std::fs::create_dir_all(copy.parent().context("a transcript without a folder")?)?;
                std::fs::write(&copy, std::fs::read(&file)?).with_context(|| format!("write {}", copy.display()))?;
            }
        }
    }
    Ok(copies)
}

/// A home whose transcripts are made from those of `templates`, a folder of homes.
fn made(name: &str, files: u32, gigabytes: f64, templates: &Path) -> anyhow::Result<Home> {
    let homes = place()?;
    let home = homes.join(name);
    if !home.exists() {
        // Small files take whole blocks of the disk.
        fleet::see_room(&homes, (gigabytes * 1000.0) as u64 + u64::from(files) * 4 / 1000 + 1000)?;
    }
    let mut simulator = Command::new("python3");
    simulator.arg("-B").arg(fleet::source()?.join("fleet.py")).arg("hist").arg("--home").arg(&home);
    simulator.args(["--history-files", &files.to_string(), "--history-gb", &gigabytes.to_string()]);
    shell::run(simulator.env("FLEET_TEMPLATES", templates))?;
    counted(&home)
}

fn counted(path: &Path) -> anyhow::Result<Home> {
    let transcripts = transcripts(path)?;
    let lengths = transcripts.iter().map(|file| Ok(file.metadata()?.len()));
    let bytes = lengths.sum::<anyhow::Result<u64>>().with_context(|| format!("measure {}", path.display()))?;
    Ok(Home { path: path.to_owned(), files: transcripts.len(), bytes })
}

/// Every transcript in `home`.
pub(super) fn transcripts(home: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for folder in [".claude/projects", ".codex/sessions"] {
        let folder = home.join(folder);
        if folder.is_dir() {
            below(&folder, &mut found)?;
        }
    }
    Ok(found)
}

fn below(dir: &Path, found: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    for entry in std::fs::read_dir(dir).with_context(|| format!("list {}", dir.display()))? {
        let entry = entry?;
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            below(&path, found)?;
        } else if path.extension().is_some_and(|ending| ending == "jsonl") {
            found.push(path);
        }
    }
    Ok(())
}
