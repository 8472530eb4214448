//! Kills topside while it writes history, again and again, while transcripts grow; each time what it says afterwards must
//! be what a reading of everything says.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use serde_json::Value;

use crate::corpus::growing::Growing;
use crate::{Verdict, corpus, repo, shell};

/// How often it is killed unless told otherwise.
const TIMES: u32 = 1000;
/// Homes with forks, sub-agents and resumed sessions, small enough to be read a thousand times.
const HOMES: [&str; 3] = ["home-02", "home-10", "home-23"];
/// After everything, so that a last line without an end counts.
const NOW: &str = "2030-01-01T00:00:00Z";

/// `[TIMES]`: kills and compares so often, over the homes in turn.
pub(crate) fn run(args: &[String]) -> anyhow::Result<Verdict> {
    let times = args.first().map_or(Ok(TIMES), |times| times.parse()).context("read how often")?;
    let homes = corpus::default_homes();
    let topside = repo::topside(false)?;
    let mut random = Random(0x5eed);
    let (mut killed, mut left) = (0, times);
    for home in HOMES.iter().cycle() {
        let died = crash(&topside, &homes.join(home), left, &mut random).with_context(|| format!("read {home}"))?;
        (killed, left) = (killed + died.killed, left - died.times);
        if left == 0 {
            break;
        }
    }
    println!("crash: {times} restarts, killed at work in {killed}; history was right after each");
    Ok(Verdict::Passed)
}

/// What was done.
struct Died {
    times: u32,
    /// Times it was killed before it was done.
    killed: u32,
}

/// Grows a copy of `home` until it is whole, or `most` times, with a crash after each growth.
fn crash(topside: &Path, home: &Path, most: u32, random: &mut Random) -> anyhow::Result<Died> {
    let scratch = tempfile::tempdir()?;
    let history = scratch.path().join("history.db");
    let mut growing = Growing::copy(home, &scratch.path().join("home"), |_, _| 0)?;
    let mut died = Died { times: 0, killed: 0 };
    let mut usual = Duration::from_millis(5);
    while died.times < most {
        let unfinished = growing.unfinished();
        if unfinished.is_empty() {
            break;
        }
        for _ in 0..=random.below(4) {
            let number = unfinished[random.below(unfinished.len())];
            growing.grow(number, 1 + random.below(60_000))?;
        }
        died.times += 1;
        died.killed += u32::from(kill(&mut ask(topside, growing.home(), Some(&history)), usual, random)?);
        let start = Instant::now();
        let ours = answer(&mut ask(topside, growing.home(), Some(&history)))?;
        usual = start.elapsed();
        let rescan = answer(&mut ask(topside, growing.home(), None))?;
        if ours != rescan {
            let kept = keep(growing.home(), &history)?;
            bail!("history differs from a reading of everything after restart {}: see {}", died.times, kept.display());
        }
    }
    Ok(died)
}

/// Starts `command` and kills it at a random moment of what it usually takes. True when it was still at work.
fn kill(command: &mut Command, usual: Duration, random: &mut Random) -> anyhow::Result<bool> {
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    sleep(usual.mul_f64(random.below(1000) as f64 / 1000.0));
    let works = child.try_wait()?.is_none();
    child.kill()?;
    child.wait()?;
    Ok(works)
}

/// Everything topside says of what was used in `home`.
fn ask(topside: &Path, home: &Path, history: Option<&PathBuf>) -> Command {
    let mut command = Command::new(topside);
    command.args(["usage", "session", "--json", "--timezone", "UTC", "--now", NOW, "--root"]).arg(home);
    if let Some(history) = history {
        command.arg("--history").arg(history);
    }
    command
}

fn answer(command: &mut Command) -> anyhow::Result<Value> {
    serde_json::from_str(&shell::output(command)?).context("read what topside printed")
}

/// Puts a failure where a person finds it.
fn keep(home: &Path, history: &Path) -> anyhow::Result<PathBuf> {
    let place = repo::metadata()?.target_directory.join("crash");
    shell::run(Command::new("rm").arg("-rf").arg(&place))?;
    std::fs::create_dir_all(&place)?;
    shell::run(Command::new("cp").arg("-r").arg(home).arg(history).arg(&place))?;
    Ok(place)
}

/// The same numbers each time (`SplitMix64`).
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % end as u64) as usize
    }
}
