//! What history costs: reports over thousands of transcripts, the screen beside them, and a store of ten million replies.

mod homes;
mod live;
mod newlines;
mod replies;
mod rival;
mod store;
mod usage;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};

use crate::bench::page;
use crate::{Verdict, repo, shell};

const USAGE: &str = "\
usage: cargo xtask bench usage [--home DIR] [--write]
       cargo xtask bench history [--write]
       cargo xtask bench store [--write]";

/// What the command line asks besides the task.
#[derive(Debug, Default)]
struct Options {
    /// A home that the simulator made, to be read and not changed.
    home: Option<PathBuf>,
    /// Whether the page of results is written.
    write: bool,
}

/// One section of the page of results, and whether everything in it holds.
struct Section {
    text: String,
    all_hold: bool,
}

/// Runs `task`: `usage`, `history` or `store`, or one of the programs that they measure with, `newlines` and `replies`.
pub(super) fn run(task: &str, args: &[String]) -> anyhow::Result<Verdict> {
    match (task, args) {
        ("newlines", [home]) => return newlines::run(Path::new(home)),
        ("replies", [file, count]) => return replies::run(Path::new(file), count.parse().context("read how many")?),
        _ => {}
    }
    let options = options(task, args)?;
    let section = match task {
        "usage" => usage::measure(options.home.as_deref())?,
        "history" => live::measure()?,
        "store" => store::measure()?,
        _ => bail!(USAGE),
    };
    println!("{}", section.text);
    if options.write {
        page::write(task, &section.text)?;
    }
    Ok(if section.all_hold { Verdict::Passed } else { Verdict::Failed })
}

/// Only `usage` reads a home that there is; the others make what they measure.
fn options(task: &str, args: &[String]) -> anyhow::Result<Options> {
    let mut options = Options::default();
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--write" => options.write = true,
            "--home" if task == "usage" => options.home = Some(args.next().context(USAGE)?.into()),
            _ => bail!(USAGE),
        }
    }
    Ok(options)
}

/// These tasks built for release: what they measure with must not be slow itself.
fn quick() -> anyhow::Result<Command> {
    let mut build = shell::cargo();
    shell::run(build.args(["build", "--quiet", "--release", "--package", "xtask"]))?;
    let name = format!("release/xtask{}", std::env::consts::EXE_SUFFIX);
    let mut command = Command::new(repo::metadata()?.target_directory.join(name));
    command.arg("bench");
    Ok(command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_home_is_for_reports_alone() {
        let args = ["--home", "dir", "--write"].map(str::to_owned);
        let asked = options("usage", &args).expect("options");
        assert!(asked.write && asked.home == Some("dir".into()));
        for task in ["history", "store"] {
            let error = options(task, &args).expect_err("nobody would look into it").to_string();
            assert!(error.contains(&format!("bench {task} [--write]")), "{error}");
            assert!(options(task, &args[2..]).expect("options").write);
        }
    }
}
