//! Programs that others wait for, beside one that does nothing: `topside hook`, which an agent runs in the middle of its
//! work, and `topside status`, which a prompt runs.

use std::fmt::Write as _;
use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, bail, ensure};
use serde_json::Value;

use crate::bench::claims::{self, Claim};
use crate::bench::fleet::Fleet;
use crate::bench::report::number;
use crate::bench::scenario::{HISTORY, Scenario};
use crate::bench::{machine, page, today};
use crate::{Verdict, needs, repo, shell};

const USAGE: &str = "usage: cargo xtask bench hook [--write]";
/// Runs of the hook.
const HOOKS: usize = 1_000;
/// Runs of the line for a prompt.
const LINES: usize = 200;
/// What does nothing.
const NOTHING: &str = "/bin/true";
/// What an agent says when a person must allow something; as long as such requests are.
const ASKED: &str = r#"{"session_id":"01a1fa60-cd25-7ff3-b383-f31e1302a452","turn_id":"01a1fa60-cdb7-7173-9ca9-cb3111b032e6",
"transcript_path":"/home/u/.codex/sessions/2026/11/20/rollout-2026-11-20T19-13-30-01a1fa60-cd25-7ff3-b383-f31e1302a452.jsonl",
"cwd":"/home/u/project","hook_event_name":"PermissionRequest","model":"gpt-6-sol","permission_mode":"default",
"tool_name":"Bash","tool_input":{"command":"cargo nextest run --workspace","description":"run the tests"}}"#;

/// Runs of one program, beside as many of `true`.
struct Row {
    title: &'static str,
    /// Milliseconds from its start to its end.
    millis: Vec<f64>,
    nothing: Vec<f64>,
    /// Instructions outside the kernel, where they were counted.
    instructions: Option<f64>,
    calls: Option<f64>,
}

/// Measures both; `--write` keeps the section of the page.
pub(super) fn run(args: &[String]) -> anyhow::Result<Verdict> {
    let write = match args {
        [] => false,
        [option] if option == "--write" => true,
        _ => bail!(USAGE),
    };
    needs::meet_for_decode()?;
    let topside = repo::topside(true)?;
    let rows = [hook(&topside)?, line(&topside)?];
    let (text, all_hold) = section(&topside, &rows)?;
    println!("{text}");
    if write {
        page::write("hook", &text)?;
    }
    Ok(if all_hold { Verdict::Passed } else { Verdict::Failed })
}

/// The hook, as an agent runs it.
fn hook(topside: &Path) -> anyhow::Result<Row> {
    let home = tempfile::tempdir().context("make a home")?;
    let asked = home.path().join("asked.json");
    std::fs::write(&asked, ASKED).context("write what an agent says")?;
    let start = |program: &Path| {
        let mut command = Command::new(program);
        command.env_clear().env("HOME", home.path()).stdin(File::open(&asked)?);
        Ok(command)
    };
    let asking = || {
        let mut command = start(topside)?;
        command.args(["hook", "codex"]);
        Ok(command)
    };
    let (millis, nothing) = in_turn(HOOKS, asking, || start(Path::new(NOTHING)))?;
    let spool = std::fs::read_to_string(home.path().join(".local/state/topside/signals.jsonl"));
    let lines = spool.context("read the spool")?.lines().count();
    ensure!(lines == HOOKS, "{HOOKS} hooks left {lines} lines");
    let under = |tool: &str, options: &[&str]| {
        let mut command = start(&shell::find(tool).with_context(|| format!("find {tool}"))?)?;
        command.args(options).arg(topside).args(["hook", "codex"]);
        noted(&mut command)
    };
    let instructions = instructions(&under("valgrind", &["--tool=callgrind", "--callgrind-out-file=/dev/null"])?);
    // One line a call, and one for the end.
    let calls = under("strace", &[])?.lines().filter(|line| !line.starts_with("+++")).count();
    let title = "`topside hook`";
    Ok(Row { title, millis, nothing, instructions, calls: Some(calls as f64) })
}

/// The line for a prompt, with twenty sessions at work.
fn line(topside: &Path) -> anyhow::Result<Row> {
    let fleet = Fleet::up(&Scenario { name: "prompt", ..HISTORY.bare() })?;
    let start = |words: &[&Path]| {
        let mut command = fleet.inside();
        command.args(words).stdin(Stdio::null());
        Ok(command)
    };
    let asking = || start(&[topside, Path::new("status")]);
    let seen = shell::output(&mut start(&[topside, Path::new("status"), Path::new("--format=json")])?)?;
    let seen: Value = serde_json::from_str(&seen).context("read what topside says")?;
    let sessions = fleet.sessions.len();
    ensure!(seen["sessions"] == sessions, "of {sessions} sessions topside sees {}", seen["sessions"]);
    let (millis, nothing) = in_turn(LINES, asking, || start(&[Path::new(NOTHING)]))?;
    Ok(Row { title: "`topside status`, 20 sessions", millis, nothing, instructions: None, calls: None })
}

/// Milliseconds of `times` runs of each command, in turn.
fn in_turn(
    times: usize,
    one: impl Fn() -> anyhow::Result<Command>,
    other: impl Fn() -> anyhow::Result<Command>,
) -> anyhow::Result<(Vec<f64>, Vec<f64>)> {
    let runs = (0..times).map(|_| Ok((millis(&mut one()?)?, millis(&mut other()?)?)));
    Ok(runs.collect::<anyhow::Result<Vec<_>>>()?.into_iter().unzip())
}

fn millis(command: &mut Command) -> anyhow::Result<f64> {
    command.stdout(Stdio::null());
    let began = Instant::now();
    let status = command.status().context("start a program")?;
    let millis = began.elapsed().as_secs_f64() * 1e3;
    ensure!(status.success(), "{} failed: {status}", command.get_program().display());
    Ok(millis)
}

/// What `command` writes to standard error.
fn noted(command: &mut Command) -> anyhow::Result<String> {
    let output = command.output().context("start a program")?;
    ensure!(output.status.success(), "{} failed: {}", command.get_program().display(), output.status);
    Ok(String::from_utf8_lossy(&output.stderr).into_owned())
}

/// The sum that callgrind notes.
fn instructions(noted: &str) -> Option<f64> {
    noted.split_once("Collected :")?.1.split_whitespace().next()?.parse().ok()
}

/// The value that `share` of all `values` do not exceed.
fn quantile(values: &[f64], share: f64) -> Option<f64> {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    let place = (values.len() as f64 * share).ceil() as usize;
    values.get(place.saturating_sub(1)).copied()
}

fn section(topside: &Path, rows: &[Row; 2]) -> anyhow::Result<(String, bool)> {
    let version = shell::output(Command::new(topside).arg("--version"))?;
    let mut text = format!(
        "## What others wait for\n\n{HOOKS} runs of the hook, {LINES} of the line. {}. Measured on {}, {}.\n\n\
         | | median, ms | 99th of 100, ms | `true`: median, ms | median / that of `true` | instructions, millions | system calls |\n\
         |---|---:|---:|---:|---:|---:|---:|\n",
        version.trim(),
        today(),
        machine()?,
    );
    for row in rows {
        let (median, nothing) = (quantile(&row.millis, 0.5), quantile(&row.nothing, 0.5));
        let ratio = median.zip(nothing).map(|(median, nothing)| median / nothing);
        let millions = row.instructions.map(|count| count / 1e6);
        let figures = [median, quantile(&row.millis, 0.99), nothing, ratio, millions, row.calls];
        let cells = figures.map(number).join(" | ");
        let _ = writeln!(text, "| {} | {cells} |", row.title);
    }
    let [hook, line] = rows;
    let (claims, all_hold) = claims::table(&[
        Claim::at_most(5.0, "A hook, the slowest of 99 in 100, ms", quantile(&hook.millis, 0.99)),
        Claim::at_most(50.0, "A line for a prompt, median, ms", quantile(&line.millis, 0.5)),
    ]);
    let _ = write!(text, "\n{claims}");
    Ok((text, all_hold))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_a_value_that_was_measured() {
        let values: Vec<f64> = (1..=100).rev().map(f64::from).collect();
        assert_eq!((quantile(&values, 0.5), quantile(&values, 0.99)), (Some(50.0), Some(99.0)));
        assert_eq!((quantile(&[7.0], 0.99), quantile(&[], 0.5)), (Some(7.0), None));
    }

    #[test]
    fn instructions_are_read_where_callgrind_writes_them() {
        assert_eq!(instructions("==7== Events    : Ir\n==7== Collected : 129366\n==7==\n"), Some(129_366.0));
        assert_eq!(instructions("valgrind: failed"), None);
    }
}
