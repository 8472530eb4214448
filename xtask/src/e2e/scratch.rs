//! A home of its own for every scenario.

use std::ffi::OsStr;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;

use crate::shell;

/// A home directory and a project nobody else uses.
#[derive(Debug)]
pub(crate) struct Scratch {
    dir: PathBuf,
    agents: PathBuf,
}

impl Scratch {
    /// Makes both afresh in `dir`; agents come from the folder `agents` and talk to the model server on `port`.
    pub(crate) fn new(dir: PathBuf, agents: &Path, port: u16) -> anyhow::Result<Self> {
        match fs::remove_dir_all(&dir) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("empty {}", dir.display()));
            }
            _ => {}
        }
        let scratch = Self { dir, agents: agents.to_owned() };
        let config = scratch.home().join(".codex/config.toml");
        for place in [&scratch.project(), &scratch.home().join(".codex")] {
            fs::create_dir_all(place).with_context(|| format!("make {}", place.display()))?;
        }
        fs::write(&config, config_text(port, &scratch.project()))
            .with_context(|| format!("write {}", config.display()))?;
        shell::run(scratch.command("git").args(["init", "--quiet"]))?;
        let mut commit = scratch.command("git");
        commit.args(["-c", "user.name=e2e", "-c", "user.email=e2e@localhost", "commit", "--quiet", "--allow-empty"]);
        shell::run(commit.args(["--message", "start"]))?;
        Ok(scratch)
    }

    /// The home directory.
    pub(crate) fn home(&self) -> PathBuf {
        self.dir.join("home")
    }

    /// The directory agents work in.
    pub(crate) fn project(&self) -> PathBuf {
        self.dir.join("project")
    }

    /// What the program `name` showed; kept for the case that something goes wrong.
    pub(crate) fn log(&self, name: &str) -> PathBuf {
        self.dir.join(format!("{name}.log"))
    }

    /// All that programs showed.
    pub(crate) fn logs(&self) -> String {
        let entries = fs::read_dir(&self.dir).into_iter().flatten().flatten().map(|entry| entry.path());
        let mut logs: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|end| end == "log")).collect();
        logs.sort();
        let told = logs.iter().map(|path| {
            format!("--- {}\n{}\n", path.display(), fs::read_to_string(path).unwrap_or_default().trim_end())
        });
        told.collect()
    }

    /// `program`, to be run in the project and with nothing of this process's environment but the search path.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let places = std::iter::once(self.agents.clone()).chain(std::env::split_paths(&path));
        let mut command = Command::new(program);
        command
            .current_dir(self.project())
            .env_clear()
            .env("PATH", std::env::join_paths(places).unwrap_or(path))
            .env("HOME", self.home())
            .env("LANG", "C.UTF-8")
            .env("TERM", "xterm-256color")
            .env("MOCK_KEY", "none");
        command
    }
}

/// Codex's configuration: our model, nobody asked about updates, trust or analytics, and no sandbox, because machines
/// that run tests often cannot make one.
fn config_text(port: u16, project: &Path) -> String {
    format!(
        r#"model = "mock-model"
model_provider = "mock"
approval_policy = "on-request"
sandbox_mode = "danger-full-access"
check_for_update_on_startup = false

[model_providers.mock]
name = "mock"
base_url = "http://127.0.0.1:{port}/v1"
wire_api = "responses"
env_key = "MOCK_KEY"
request_max_retries = 1
stream_max_retries = 1

[analytics]
enabled = false

[notice.model_migrations]
"gpt-5.5" = "gpt-6-sol"

[projects."{}"]
trust_level = "trusted"
"#,
        project.display()
    )
}
