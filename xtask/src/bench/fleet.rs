//! The fleet simulator: Codex sessions that are not real, in namespaces of their own, with a diary of the truth.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, bail};
use serde::Deserialize;
use serde_json::Value;

use crate::{repo, shell};

/// The simulator's sources, from the workspace's root.
const SOURCE: &str = "../shared/lab/fleet";
/// Name of the scenario in files and in the simulator's answers.
pub(super) const SCENARIO: &str = "codex";

/// A running fleet. Dropping it ends every process in it.
#[derive(Debug)]
pub(super) struct Fleet {
    /// The simulator's copy: the original folder is never written to.
    dir: PathBuf,
    /// The fleet's home directory.
    pub(super) home: PathBuf,
    /// First process of the fleet's namespaces.
    init: u64,
    /// The sessions.
    pub(super) sessions: Vec<Member>,
}

/// One session of the fleet.
#[derive(Debug, Deserialize)]
pub(super) struct Member {
    pub(super) path: PathBuf,
}

/// A line of the diary: from this moment on, this is true of a session.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Truth {
    /// Seconds since 1970.
    pub(super) t: f64,
    pub(super) sid: String,
    pub(super) state: String,
    pub(super) tokens: u64,
}

impl Fleet {
    /// Starts `sessions` Codex sessions in a fresh home under the build directory.
    pub(super) fn up(sessions: u32) -> anyhow::Result<Self> {
        let source = repo::root().join(SOURCE);
        if !source.is_dir() {
            bail!("the fleet simulator is not in {}", source.display());
        }
        let dir = repo::metadata()?.target_directory.join("fleet");
        if dir.exists() {
            std::fs::remove_dir_all(&dir).context("clear the last fleet")?;
        }
        std::fs::create_dir_all(&dir)?;
        for entry in std::fs::read_dir(&source)? {
            let entry = entry?;
            std::fs::write(dir.join(entry.file_name()), std::fs::read(entry.path())?)?;
        }
        shell::run(Command::new("gcc").args(["-O2", "-static", "-o", "agent", "agent.c"]).current_dir(&dir))?;
        let home = dir.join("home");
        let mut fleet = Self { dir, home, init: 0, sessions: Vec::new() };
        let mut up = fleet.simulator(&["up"]);
        up.args(["--claude", "0", "--codex", &sessions.to_string(), "--seed", "1", "--idle-mean", "25"]);
        let answer: Value = serde_json::from_str(&shell::output(&mut up)?).context("read what the fleet says")?;
        fleet.init = answer["init"].as_u64().context("the fleet did not start")?;
        let ready = std::fs::read_to_string(fleet.meta().join("ready")).context("read the fleet's sessions")?;
        fleet.sessions = serde_json::from_str(&ready).context("read the fleet's sessions")?;
        Ok(fleet)
    }

    /// Tells the fleet something: `freeze`, `thaw`, `poke codex`.
    pub(super) fn tell(&self, words: &[&str]) -> anyhow::Result<Value> {
        let answer = shell::output(&mut self.simulator(&[&["ctl"], words].concat()))?;
        serde_json::from_str(&answer).context("read what the fleet says")
    }

    /// The whole diary, oldest first.
    pub(super) fn truth(&self) -> anyhow::Result<Vec<Truth>> {
        let diary = std::fs::read_to_string(self.meta().join("truth.jsonl")).context("read the diary")?;
        // The last line may still be growing.
        let whole = diary.rfind('\n').map_or("", |end| &diary[..end]);
        whole.lines().map(|line| serde_json::from_str(line).context("read the diary")).collect()
    }

    /// Tokens of each session by the diary.
    pub(super) fn tokens(&self) -> anyhow::Result<BTreeMap<String, u64>> {
        Ok(self.truth()?.into_iter().map(|truth| (truth.sid, truth.tokens)).collect())
    }

    /// Bytes in the sessions' files now.
    pub(super) fn transcript_bytes(&self) -> anyhow::Result<u64> {
        let lengths = self.sessions.iter().map(|session| Ok(session.path.metadata()?.len()));
        lengths.sum()
    }

    /// A command that runs inside the fleet's namespaces, with its home and nothing of this environment.
    pub(super) fn inside(&self) -> Command {
        let mut command = Command::new("nsenter");
        command.args(["-t", &self.init.to_string(), "-a", "env", "-i"]);
        command.args(self.environment());
        command
    }

    /// The environment a monitor gets, as `NAME=value` words.
    fn environment(&self) -> Vec<String> {
        let home = self.home.display();
        let fixed = ["TERM=xterm-256color", "LANG=C.UTF-8", "COLORTERM=truecolor", "AGENT_TOP_NO_UPDATE_CHECK=1"];
        let of_home = [format!("HOME={home}"), format!("PATH={home}/.local/bin:/usr/local/bin:/usr/bin:/bin")];
        fixed.into_iter().map(str::to_owned).chain(of_home).collect()
    }

    /// A command of the simulator's own tool to measure monitors, whose `--label` names the monitor.
    pub(super) fn measure(&self, label: &str, tui: &str) -> Command {
        let mut command = self.python("measure.py");
        command.args(["", SCENARIO, "--label", label, "--cmd", tui, "--home"]).arg(&self.home);
        command.arg("--capdir").arg(self.dir.join(format!("captures-{label}")));
        command
    }

    /// Where files beside the fleet may be put.
    pub(super) fn meta(&self) -> PathBuf {
        self.home.with_extension("fleet")
    }

    /// A command of the simulator. Its words stand together, before any option.
    fn simulator(&self, words: &[&str]) -> Command {
        let mut command = self.python("fleet.py");
        command.args(words).arg("--home").arg(&self.home);
        command
    }

    fn python(&self, script: &str) -> Command {
        let mut command = Command::new("python3");
        command.arg(self.dir.join(script)).current_dir(&self.dir);
        command.env("FLEET_TEMPLATES", self.dir.join("no-history"));
        command
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        if let Err(error) = shell::output(&mut self.simulator(&["down"])) {
            eprintln!("bench: the fleet did not end: {error:#}");
        }
    }
}

/// Seconds since 1970, as the diary counts them.
pub(super) fn now() -> f64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.unwrap_or(Duration::ZERO).as_secs_f64()
}

/// `path` as a word of a shell command.
pub(super) fn quoted(path: &Path) -> String {
    format!("'{}'", path.display())
}
