//! Instructions for each byte of a transcript that is decoded for history: exact, and the same whatever else runs.

mod corpus;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize};

use crate::{Verdict, corpus as homes, needs, repo, shell};

/// What may be used, from the workspace's root.
const BUDGET: &str = "xtask/budget/decode.toml";
/// So many times as much is an error, and so is so much less: a gain that is not written down may be lost unnoticed.
const SLACK: f64 = 1.05;

/// Homes of the corpus in which an agent has most bytes.
const HOMES: &[(&str, &str)] = &[
    ("codex", "home-23"),
    ("codex", "home-09"),
    ("claude_code", "home-03"),
    ("claude_code", "home-09"),
    ("claude_code", "home-16"),
];

/// `xtask/budget/decode.toml`.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Budget {
    /// Instructions a byte, by transcripts.
    instructions_per_byte: BTreeMap<String, f64>,
}

/// Transcripts to decode.
struct Load {
    name: String,
    agent: &'static str,
    files: Vec<PathBuf>,
    /// The tokens that must be found, where that is known.
    tokens: Option<u64>,
}

/// What decoding took.
#[derive(Debug, PartialEq)]
struct Figures {
    instructions: u64,
    bytes: u64,
    tokens: u64,
}

/// Measures every load and compares it with the budget; `--write` makes what was measured the budget.
pub(super) fn run(args: &[String]) -> anyhow::Result<Verdict> {
    let write = match args {
        [] => false,
        [option] if option == "--write" => true,
        _ => bail!("usage: cargo xtask bench decode [--write]"),
    };
    needs::meet_for_decode()?;
    let valgrind = shell::find("valgrind").context("find valgrind")?;
    let program = build()?;
    let file = repo::root().join(BUDGET);
    let budget = std::fs::read_to_string(&file).with_context(|| format!("read {BUDGET}"))?;
    let mut budget: Budget = toml::from_str(&budget).with_context(|| format!("read {BUDGET}"))?;
    let mut verdict = Verdict::Passed;
    // What the program takes that decodes nothing.
    let nothing = Load { name: "nothing".to_owned(), agent: "codex", files: Vec::new(), tokens: Some(0) };
    let start = measure(&valgrind, &program, &nothing).context("measure a start")?.instructions;
    for load in loads()? {
        let figures = measure(&valgrind, &program, &load).with_context(|| format!("measure {}", load.name))?;
        if load.tokens.is_some_and(|tokens| tokens != figures.tokens) {
            bail!("{}: {} tokens were found in place of {:?}", load.name, figures.tokens, load.tokens);
        }
        let spent = figures.instructions.saturating_sub(start) as f64 / figures.bytes as f64;
        let allowed = budget.instructions_per_byte.get(&load.name).copied();
        let megabytes = figures.bytes as f64 / 1e6;
        let (fits, words) = judge(spent, allowed);
        println!("bench: {:<22} {megabytes:>5.1} MB {spent:>6.2} instructions a byte {words}", load.name);
        if !fits && !write {
            verdict = Verdict::Failed;
        }
        budget.instructions_per_byte.insert(load.name, (spent * 100.0).round() / 100.0);
    }
    if write {
        let text = format!("{HEAD}\n{}", toml::to_string(&budget).context("write the budget")?);
        std::fs::write(file, text).with_context(|| format!("write {BUDGET}"))?;
    }
    Ok(verdict)
}

const HEAD: &str = "\
# Instructions a byte that decoding for history takes, by transcripts. Read and written by `cargo xtask bench decode`;
# 5 % more or less is an error.
";

/// Whether what was spent is what the budget says, and the words for it.
fn judge(spent: f64, allowed: Option<f64>) -> (bool, String) {
    match allowed {
        None => (false, "error: there is no budget for it; --write makes one".to_owned()),
        Some(allowed) if spent > allowed * SLACK => (false, format!("error: more than {allowed:.2}")),
        Some(allowed) if spent * SLACK < allowed => {
            (false, format!("error: less than {allowed:.2}; write the gain down with --write"))
        }
        Some(allowed) => (true, format!("of {allowed:.2}")),
    }
}

fn build() -> anyhow::Result<PathBuf> {
    let mut build = shell::cargo();
    build.args(["build", "--quiet", "--release", "--package", "topside-collect", "--example", "decode_usage"]);
    shell::run(&mut build)?;
    let name = format!("decode_usage{}", std::env::consts::EXE_SUFFIX);
    Ok(repo::metadata()?.target_directory.join("release/examples").join(name))
}

/// Made-up transcripts of each agent, and those of the corpus if it is here.
fn loads() -> anyhow::Result<Vec<Load>> {
    let dir = repo::metadata()?.target_directory.join("decode");
    std::fs::create_dir_all(&dir).context("make a folder for transcripts")?;
    let (codex, claude) = (corpus::codex(&dir)?, corpus::claude(&dir)?);
    let made = [("codex", codex), ("claude_code", claude)];
    let mut loads: Vec<Load> = made
        .into_iter()
        .map(|(agent, made)| Load {
            name: format!("{agent}-made-up"),
            agent,
            files: made.files,
            tokens: Some(made.tokens),
        })
        .collect();
    let homes = homes::default_homes();
    if !homes.is_dir() {
        println!("bench: skipped: there is no {}", homes.display());
        return Ok(loads);
    }
    for (agent, home) in HOMES {
        let mut files = Vec::new();
        transcripts(&homes.join(home), agent, &mut files)?;
        files.sort();
        loads.push(Load { name: format!("{agent}-{home}"), agent, files, tokens: None });
    }
    Ok(loads)
}

fn transcripts(dir: &Path, agent: &str, found: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    for entry in std::fs::read_dir(dir).with_context(|| format!("list {}", dir.display()))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let is_lines = path.extension().is_some_and(|ending| ending == "jsonl");
        let below = |folder: &str| path.components().any(|part| part.as_os_str() == folder);
        let is_own = if agent == "codex" { name.starts_with("rollout-") } else { below("projects") };
        if path.is_dir() {
            transcripts(&path, agent, found)?;
        } else if is_lines && is_own {
            found.push(path);
        }
    }
    Ok(())
}

fn measure(valgrind: &Path, program: &Path, load: &Load) -> anyhow::Result<Figures> {
    let mut command = Command::new(valgrind);
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(program).arg(load.agent).args(&load.files);
    let output = command.output().context("start valgrind")?;
    let (said, noted) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    if !output.status.success() {
        bail!("the decoder failed: {noted}");
    }
    figures(&said, &noted).with_context(|| format!("understand {said:?} and {noted:?}"))
}

/// Reads what the decoder said, `bytes events tokens`, and what callgrind noted, `Collected : instructions`.
fn figures(said: &str, noted: &str) -> Option<Figures> {
    let mut words = said.split_whitespace();
    let (bytes, tokens) = (words.next()?.parse().ok()?, words.nth(1)?.parse().ok()?);
    let (_, collected) = noted.split_once("Collected :")?;
    let instructions = collected.split_whitespace().next()?.parse().ok()?;
    Some(Figures { instructions, bytes, tokens })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_holds_in_both_directions() {
        let fits = |spent| judge(spent, Some(1.00)).0;
        assert!(fits(1.00) && fits(1.04) && fits(0.96));
        assert!(!fits(1.06) && !fits(0.94) && !judge(1.00, None).0);
    }

    #[test]
    fn figures_are_read_where_the_programs_write_them() {
        let noted = "==7== Events    : Ir\n==7== Collected : 129366\n==7==\n";
        let expected = Figures { instructions: 129_366, bytes: 24_991, tokens: 98 };
        assert_eq!(figures("24991 23 98\n", noted), Some(expected));
        assert_eq!(figures("24991 23 98\n", "valgrind: failed"), None);
    }
}
