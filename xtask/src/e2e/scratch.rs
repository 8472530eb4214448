//! A home of its own for every scenario.

use std::ffi::OsStr;
use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Context as _;

use super::agent::{Agent, World};
use crate::shell;

/// A home directory and a project nobody else uses.
#[derive(Debug)]
pub(crate) struct Scratch {
    dir: PathBuf,
    agent: Agent,
    programs: Vec<PathBuf>,
    port: u16,
}

impl Scratch {
    /// Makes both afresh in `dir` for `agent`; agents' programs lie in the folders `programs`, the model server is on
    /// `port`.
    pub(crate) fn new(dir: PathBuf, agent: Agent, programs: Vec<PathBuf>, port: u16) -> anyhow::Result<Self> {
        match fs::remove_dir_all(&dir) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("empty {}", dir.display()));
            }
            _ => {}
        }
        let scratch = Self { dir, agent, programs, port };
        for place in [&scratch.project(), &scratch.tmp()] {
            fs::create_dir_all(place).with_context(|| format!("make {}", place.display()))?;
        }
        for (file, text) in scratch.with_world(|world| agent.files(world)) {
            let path = scratch.home().join(file);
            let folder = path.parent().context("a file lies in a folder")?;
            fs::create_dir_all(folder).with_context(|| format!("make {}", folder.display()))?;
            fs::write(&path, text).with_context(|| format!("write {}", path.display()))?;
        }
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

    /// Where agents put what nobody is to keep.
    pub(crate) fn tmp(&self) -> PathBuf {
        self.dir.join("tmp")
    }

    fn with_world<T>(&self, use_it: impl FnOnce(&World<'_>) -> T) -> T {
        use_it(&World { project: &self.project(), tmp: &self.tmp(), port: self.port })
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
        let places = self.programs.iter().cloned().chain(std::env::split_paths(&path));
        let mut command = Command::new(program);
        command
            .current_dir(self.project())
            .env_clear()
            .env("PATH", std::env::join_paths(places).unwrap_or(path))
            .env("HOME", self.home())
            .env("LANG", "C.UTF-8")
            .env("TERM", "xterm-256color");
        self.with_world(|world| self.agent.environment(world, &mut command));
        command
    }
}
