//! Keeps what an agent wrote in a scenario as a fixture for decoders.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use jiff::Timestamp;
use topside_testkit::redact;

use super::agent::{Agent, Versions};
use super::scenario::Scenario;
use super::scratch::Scratch;

/// Copies the transcripts of `scenario`, made fit to be kept, to a folder each below `dir`.
pub(crate) fn record(scenario: &Scenario, scratch: &Scratch, versions: &Versions, dir: &Path) -> anyhow::Result<()> {
    let root = scratch.home().join(scenario.agent.transcripts());
    let mut transcripts = Vec::new();
    find_transcripts(&root, &mut transcripts)?;
    transcripts.sort();
    let places = places(scratch);
    for (n, path) in transcripts.iter().enumerate() {
        let part = if transcripts.len() == 1 { String::new() } else { format!("-{}", n + 1) };
        let case = dir.join(scenario.agent.name()).join(format!("e2e-{}{part}", scenario.name));
        std::fs::create_dir_all(&case).with_context(|| format!("make {}", case.display()))?;
        keep(path, &case.join("input.jsonl"), &places)?;
        let meta = path.with_extension("meta.json");
        if meta.is_file() {
            keep(&meta, &case.join("meta.json"), &places)?;
        }
        let file = file(scenario.agent, path.strip_prefix(&root).unwrap_or(path));
        std::fs::write(case.join("PROVENANCE.toml"), provenance(scenario, versions, &file))
            .with_context(|| format!("write below {}", case.display()))?;
    }
    Ok(())
}

/// Paths of this machine, also as Claude Code makes folder names of them, and what stands for them.
fn places(scratch: &Scratch) -> Vec<(String, &'static str)> {
    let own = [
        (scratch.project(), "/home/dev/proj", "-home-dev-proj"),
        (scratch.home(), "/home/dev", "-home-dev"),
        (scratch.tmp(), "/tmp", "-tmp"),
    ];
    let pairs = own.into_iter().flat_map(|(path, stand_in, folder)| {
        let path = path.display().to_string();
        let name: String = path.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        [(path, stand_in), (name, folder)]
    });
    pairs.collect()
}

/// Copies the file at `from` to `to` without what is not to be kept.
fn keep(from: &Path, to: &Path, places: &[(String, &str)]) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(from).with_context(|| format!("read {}", from.display()))?;
    let text = redact::transcript(&text, places).with_context(|| format!("redact {}", from.display()))?;
    std::fs::write(to, text).with_context(|| format!("write {}", to.display()))
}

fn find_transcripts(dir: &Path, found: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    for entry in std::fs::read_dir(dir).with_context(|| format!("list {}", dir.display()))? {
        let path = entry.with_context(|| format!("list {}", dir.display()))?.path();
        if path.is_dir() {
            find_transcripts(&path, found)?;
        } else if path.extension().is_some_and(|end| end == "jsonl") && !path.ends_with("journal.jsonl") {
            found.push(path);
        }
    }
    Ok(())
}

/// As much of a transcript's `path` below the agent's folder as a decoder learns from.
fn file(agent: Agent, path: &Path) -> String {
    let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
    match agent {
        Agent::Codex => parts.last().map(ToString::to_string).unwrap_or_default(),
        // The first part stands for the project.
        Agent::Claude => parts[1..].join("/"),
    }
}

fn provenance(scenario: &Scenario, versions: &Versions, file: &str) -> String {
    let (agent, version) = (scenario.agent.name(), versions.of(scenario.agent));
    let date = Timestamp::now().strftime("%Y-%m-%d");
    format!(
        "agent = \"{agent}\"\nversion = \"{version}\"\ndate = \"{date}\"\nfile = \"{file}\"\nshows = \"{}\"\n\
         origin = \"cargo xtask e2e --{agent} {} --record; vendor texts and paths elided\"\n",
        scenario.shows, scenario.name
    )
}
