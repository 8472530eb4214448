//! What a program takes from its start to its end.

use std::io::{Read as _, Seek as _};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, bail};
use wait4::Wait4 as _;

/// What one run took, with everything that it started and waited for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Spent {
    /// Seconds of processor time, the system's included.
    pub(super) cpu: f64,
    /// Seconds from its start to its end.
    pub(super) wall: f64,
    /// Most memory at once, in megabytes.
    pub(super) peak: f64,
}

/// Runs `command` to its end and gives what it printed; anything but success is an error.
pub(super) fn spend(command: &mut Command) -> anyhow::Result<(Spent, String)> {
    // A pipe would make it wait for its reader.
    let (mut said, mut noted) = (tempfile::tempfile()?, tempfile::tempfile()?);
    command.stdin(Stdio::null()).stdout(said.try_clone()?).stderr(noted.try_clone()?);
    let began = Instant::now();
    let mut child = command.spawn().with_context(|| format!("start {}", command.get_program().display()))?;
    let ended = child.wait4().context("wait for a program")?;
    let wall = began.elapsed().as_secs_f64();
    if !ended.status.success() {
        bail!("{} failed: {}: {}", command.get_program().display(), ended.status, text(&mut noted)?);
    }
    let used = ended.rusage;
    let cpu = (used.utime + used.stime).as_secs_f64();
    Ok((Spent { cpu, wall, peak: used.maxrss as f64 / 1e6 }, text(&mut said)?))
}

fn text(file: &mut std::fs::File) -> anyhow::Result<String> {
    let mut text = String::new();
    file.rewind()?;
    file.read_to_string(&mut text).context("read what a program printed")?;
    Ok(text)
}

/// Of several runs the least time, which other work disturbed least, and the most memory.
pub(super) fn best(runs: &[Spent]) -> Option<Spent> {
    runs.iter().copied().reduce(|one, other| Spent {
        cpu: one.cpu.min(other.cpu),
        wall: one.wall.min(other.wall),
        peak: one.peak.max(other.peak),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_of_several_is_quick_and_no_smaller_than_any() {
        let runs = [Spent { cpu: 2.0, wall: 1.0, peak: 20.0 }, Spent { cpu: 1.5, wall: 1.2, peak: 30.0 }];
        assert_eq!(best(&runs), Some(Spent { cpu: 1.5, wall: 1.0, peak: 30.0 }));
        assert_eq!(best(&[]), None);
    }
}
