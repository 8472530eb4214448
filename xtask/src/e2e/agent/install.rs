//! Agents from the npm registry, at pinned versions.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};
use serde_json::Value;

use super::Agent;
use crate::shell;

/// Versions of the agents.
#[derive(Debug, Clone)]
pub(crate) struct Versions {
    pub(crate) codex: String,
    pub(crate) claude: String,
}

impl Default for Versions {
    fn default() -> Self {
        Self { codex: "0.169.0".to_owned(), claude: "2.1.328".to_owned() }
    }
}

impl Versions {
    /// The version of `agent`.
    pub(crate) fn of(&self, agent: Agent) -> &str {
        match agent {
            Agent::Codex => &self.codex,
            Agent::Claude => &self.claude,
        }
    }
}

/// Installs what is missing of `agents` below `target`; gives the folders that hold their programs.
pub(crate) fn install(target: &Path, agents: &[Agent], versions: &Versions) -> anyhow::Result<Vec<PathBuf>> {
    let prefix = target.join("agents");
    let modules = prefix.join("node_modules");
    std::fs::create_dir_all(&prefix).with_context(|| format!("make {}", prefix.display()))?;
    let mut programs = Vec::new();
    for agent in agents {
        let (package, version) = (package(*agent)?, versions.of(*agent));
        if installed(&modules, &package).as_deref() != Some(version) {
            let mut npm = Command::new("npm");
            npm.args(["install", "--no-audit", "--no-fund", "--loglevel=error", "--prefix"]).arg(&prefix);
            shell::run(npm.arg(format!("{package}@{version}")))?;
        }
        programs.push(match agent {
            Agent::Codex => modules.join(".bin"),
            Agent::Claude => modules.join(package),
        });
    }
    Ok(programs)
}

/// The npm package that holds the agent's program. Claude Code's own one wants a newer Node than many machines have;
/// the packages it is put together from hold a program that needs none.
fn package(agent: Agent) -> anyhow::Result<String> {
    let machine = match std::env::consts::ARCH {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        other => bail!("no agent is built for {other}"),
    };
    Ok(match agent {
        Agent::Codex => "@openai/codex".to_owned(),
        Agent::Claude => format!("@anthropic-ai/claude-code-linux-{machine}"),
    })
}

/// The version of `package` that is installed; `None` without any.
fn installed(modules: &Path, package: &str) -> Option<String> {
    let manifest = std::fs::read(modules.join(package).join("package.json")).ok()?;
    let manifest: Value = serde_json::from_slice(&manifest).ok()?;
    manifest["version"].as_str().map(str::to_owned)
}
