//! Keeps what an agent wrote in a scenario as a fixture for decoders.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use jiff::Timestamp;
use topside_testkit::redact;

use super::agent::CODEX_VERSION;
use super::scenario::Scenario;
use super::scratch::Scratch;

/// Copies the rollouts of `scenario`, made fit to be kept, to a folder each below `dir`.
pub(crate) fn record(scenario: &Scenario, scratch: &Scratch, dir: &Path) -> anyhow::Result<()> {
    let mut rollouts = Vec::new();
    find_rollouts(&scratch.home().join(".codex/sessions"), &mut rollouts)?;
    rollouts.sort();
    let places = [
        (scratch.project().display().to_string(), "/home/dev/proj"),
        (scratch.home().display().to_string(), "/home/dev"),
    ];
    for (n, path) in rollouts.iter().enumerate() {
        let part = if rollouts.len() == 1 { String::new() } else { format!("-{}", n + 1) };
        let case = dir.join(format!("{}{part}", scenario.name));
        let text = std::fs::read_to_string(path).with_context(|| format!("read {}", path.display()))?;
        let text = redact::rollout(&text, &places).with_context(|| format!("redact {}", path.display()))?;
        std::fs::create_dir_all(&case).with_context(|| format!("make {}", case.display()))?;
        std::fs::write(case.join("input.jsonl"), text).with_context(|| format!("write below {}", case.display()))?;
        std::fs::write(case.join("PROVENANCE.toml"), provenance(scenario, path))
            .with_context(|| format!("write below {}", case.display()))?;
    }
    Ok(())
}

fn find_rollouts(dir: &Path, found: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    for entry in std::fs::read_dir(dir).with_context(|| format!("list {}", dir.display()))? {
        let path = entry.with_context(|| format!("list {}", dir.display()))?.path();
        if path.is_dir() {
            find_rollouts(&path, found)?;
        } else {
            found.push(path);
        }
    }
    Ok(())
}

fn provenance(scenario: &Scenario, path: &Path) -> String {
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    let date = Timestamp::now().strftime("%Y-%m-%d");
    format!(
        "agent = \"codex\"\nversion = \"{CODEX_VERSION}\"\ndate = \"{date}\"\nfile = \"{file}\"\nshows = \"{}\"\n\
         origin = \"cargo xtask e2e {} --record; vendor texts and paths elided\"\n",
        scenario.shows, scenario.name
    )
}
