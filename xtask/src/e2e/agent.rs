//! The agents, installed from the npm registry at pinned versions.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;
use serde_json::Value;

use crate::shell;

const CODEX: &str = "@openai/codex";
/// The version of Codex that is played with.
pub(crate) const CODEX_VERSION: &str = "0.169.0";

/// Installs what is missing below `target`; gives the folder that holds the agents' programs.
pub(crate) fn install(target: &Path) -> anyhow::Result<PathBuf> {
    let prefix = target.join("agents");
    let modules = prefix.join("node_modules");
    if installed(&modules).as_deref() != Some(CODEX_VERSION) {
        std::fs::create_dir_all(&prefix).with_context(|| format!("make {}", prefix.display()))?;
        let mut npm = Command::new("npm");
        npm.args(["install", "--no-audit", "--no-fund", "--loglevel=error", "--prefix"]).arg(&prefix);
        shell::run(npm.arg(format!("{CODEX}@{CODEX_VERSION}")))?;
    }
    Ok(modules.join(".bin"))
}

/// The version of Codex that is installed; `None` without any.
fn installed(modules: &Path) -> Option<String> {
    let manifest = std::fs::read(modules.join(CODEX).join("package.json")).ok()?;
    let manifest: Value = serde_json::from_slice(&manifest).ok()?;
    manifest["version"].as_str().map(str::to_owned)
}
