//! The fleet simulator: sessions that are not real, in namespaces of their own, with a diary of the truth.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, bail};
use serde::Deserialize;
use serde_json::Value;

use crate::bench::scenario::Scenario;
use crate::{corpus, repo, shell};

/// The simulator's sources, from the workspace's root.
const SOURCE: &str = "../shared/lab/fleet";

/// A running fleet. Dropping it ends every process in it and removes its files.
#[derive(Debug)]
pub(super) struct Fleet {
    /// The simulator's copy, and everything that is made: the original folder is never written to.
    dir: PathBuf,
    /// The fleet's home directory.
    pub(super) home: PathBuf,
    /// First process of the fleet's namespaces; `None` while it is being started.
    init: Option<u64>,
    /// The sessions.
    pub(super) sessions: Vec<Member>,
}

/// One session of the fleet.
#[derive(Debug, Deserialize)]
pub(super) struct Member {
    pub(super) sid: String,
    /// As the fleet's own processes see it.
    pub(super) pid: u32,
    /// Name of its directory, and of the session where an agent names sessions.
    pub(super) name: String,
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
    /// Starts the fleet of `scenario` in a fresh home under the build directory.
    pub(super) fn up(scenario: &Scenario) -> anyhow::Result<Self> {
        let source = source()?;
        let dir = repo::metadata()?.target_directory.join(format!("fleet-{}", scenario.name));
        if dir.exists() {
            std::fs::remove_dir_all(&dir).context("clear the last fleet")?;
        }
        std::fs::create_dir_all(&dir)?;
        let mut fleet = Self { home: dir.join("home"), dir, init: None, sessions: Vec::new() };
        fleet.make_room(scenario)?;
        for entry in std::fs::read_dir(&source)? {
            let entry = entry?;
            std::fs::write(fleet.dir.join(entry.file_name()), std::fs::read(entry.path())?)?;
        }
        let mut compile = Command::new("gcc");
        shell::run(compile.args(["-O2", "-static", "-o", "agent", "agent.c"]).current_dir(&fleet.dir))?;
        let answer: Value = serde_json::from_str(last_line(&shell::output(&mut fleet.start(scenario))?))
            .context("read what the fleet says")?;
        fleet.init = Some(answer["init"].as_u64().context("the fleet did not start")?);
        let ready = std::fs::read_to_string(fleet.meta().join("ready")).context("read the fleet's sessions")?;
        fleet.sessions = serde_json::from_str(&ready).context("read the fleet's sessions")?;
        Ok(fleet)
    }

    /// Sees that the disk holds what `scenario` writes: its history, and a few megabytes for each session.
    fn make_room(&self, scenario: &Scenario) -> anyhow::Result<()> {
        let history = scenario.history.map_or(0, |history| u64::from(history.gigabytes) * 1000);
        let needed = history + u64::from(scenario.sessions()) * 10 + 1000;
        see_room(&self.dir, needed)
    }

    /// The command that makes the history and starts the sessions.
    fn start(&self, scenario: &Scenario) -> Command {
        let mut up = self.simulator(&["up"]);
        let numbers = [
            ("--claude", scenario.claude),
            ("--codex", scenario.codex),
            ("--seed", scenario.seed),
            ("--idle-mean", scenario.idle_mean),
            ("--burn-ms", scenario.burn_ms),
            ("--history-files", scenario.history.map_or(0, |history| history.files)),
            ("--history-gb", scenario.history.map_or(0, |history| history.gigabytes)),
        ];
        for (option, number) in numbers {
            up.args([option, &number.to_string()]);
        }
        up
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
        let init = self.init.expect("a fleet that was given out has started");
        command.args(["-t", &init.to_string(), "-a", "env", "-i"]);
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
        command.args(["", "bench", "--label", label, "--cmd", tui, "--home"]).arg(&self.home);
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
        command.env("FLEET_TEMPLATES", corpus::default_homes());
        command
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        if self.init.is_some()
            && let Err(error) = shell::output(&mut self.simulator(&["down"]))
        {
            eprintln!("bench: the fleet did not end: {error:#}");
        }
        if let Err(error) = std::fs::remove_dir_all(&self.dir) {
            eprintln!("bench: {} stays behind: {error}", self.dir.display());
        }
    }
}

/// The folder of the simulator's sources.
pub(super) fn source() -> anyhow::Result<PathBuf> {
    let source = repo::root().join(SOURCE);
    if !source.is_dir() {
        bail!("the fleet simulator is not in {}", source.display());
    }
    Ok(source)
}

/// Sees that the disk of `dir` has `needed` megabytes left.
pub(super) fn see_room(dir: &Path, needed: u64) -> anyhow::Result<()> {
    let mut df = Command::new("df");
    let output = shell::output(df.args(["--block-size=1000000", "--output=avail"]).arg(dir))?;
    let free: u64 = last_line(&output).trim().parse().context("read what df says")?;
    println!("bench: {needed} MB are needed, {free} MB are free in {}", dir.display());
    if free < needed {
        bail!("not enough room on the disk");
    }
    Ok(())
}

/// The last line of what a program printed.
fn last_line(output: &str) -> &str {
    output.trim_end().rsplit('\n').next().unwrap_or_default()
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
