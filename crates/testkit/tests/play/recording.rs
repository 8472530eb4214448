//! Threads as they were recorded.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::Deserialize;

use super::script::Thread;

pub(crate) const HOME: &str = "/home/dev";
pub(crate) const PROJECT: &str = "/home/dev/proj";

/// A thread as it was recorded.
pub(crate) struct Recording {
    pub(crate) id: String,
    /// Where its agent would have it.
    pub(crate) file: PathBuf,
    pub(crate) lines: Vec<String>,
}

/// Where a recording comes from: the part that matters here.
#[derive(Deserialize)]
struct Provenance {
    file: String,
}

impl Recording {
    pub(crate) fn read(thread: &Thread, testdata: &Path) -> anyhow::Result<Self> {
        let case = testdata.join(&thread.case);
        let read =
            |name| std::fs::read_to_string(case.join(name)).with_context(|| format!("read {name} of {}", thread.case));
        let name = toml::from_str::<Provenance>(&read("PROVENANCE.toml")?).context("read where it comes from")?.file;
        let (id, file) = if thread.case.starts_with("claude/") { claude(&name) } else { codex(&name, thread) }
            .with_context(|| format!("{name} is no name of a transcript"))?;
        let lines = read("input.jsonl")?.split_inclusive('\n').map(str::to_owned).collect();
        Ok(Self { id, file, lines })
    }

    /// The lock by which Codex shows that a process has it loaded.
    pub(crate) fn lock(&self) -> PathBuf {
        Path::new(HOME).join(".codex/thread-writer-locks").join(format!("{}.lock", self.id))
    }

    /// The variable by which its processes name it.
    pub(crate) fn variable(&self) -> &'static str {
        if self.file.starts_with(Path::new(HOME).join(".codex")) { "CODEX_THREAD_ID" } else { "CLAUDE_CODE_SESSION_ID" }
    }
}

/// `rollout-2026-11-20T04-06-20-<id>.jsonl`.
fn codex(name: &str, thread: &Thread) -> Option<(String, PathBuf)> {
    let (date, id) = (name.get(8..18)?, name.get(28..64)?);
    let day = thread.day.clone().unwrap_or_else(|| date.replace('-', "/"));
    let renamed = name.replace(date, &day.replace('/', "-"));
    Some((id.to_owned(), Path::new(HOME).join(".codex/sessions").join(day).join(renamed)))
}

/// `<id>.jsonl`, of helpers `<id of the parent>/subagents/agent-<id>.jsonl`.
fn claude(name: &str) -> Option<(String, PathBuf)> {
    let id = Path::new(name).file_stem()?.to_str()?;
    let folder = PROJECT.replace('/', "-");
    Some((id.to_owned(), Path::new(HOME).join(".claude/projects").join(folder).join(name)))
}
