//! Lengths of files and crates against what they may have.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;
use serde::Deserialize;

use crate::{Verdict, repo, shell};

/// A longer file is mentioned.
const LONG: usize = 400;
/// A longer file fails, unless it is allowed by name.
const TOO_LONG: usize = 700;

/// `xtask/budget.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Budget {
    /// Production lines by package.
    crates: BTreeMap<String, usize>,
    /// Files that may be too long.
    #[serde(default)]
    allow: Vec<Allowed>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Allowed {
    file: PathBuf,
    reason: String,
}

/// Measures every Rust file that git knows or would add.
pub(crate) fn run() -> anyhow::Result<Verdict> {
    let text = std::fs::read_to_string(repo::root().join("xtask/budget.toml")).context("read xtask/budget.toml")?;
    let budget: Budget = toml::from_str(&text).context("read xtask/budget.toml")?;
    let mut sources = BTreeMap::new();
    for file in rust_files()? {
        let text = std::fs::read_to_string(repo::root().join(&file));
        sources.insert(file.clone(), text.with_context(|| format!("read {}", file.display()))?);
    }
    let mut too_long = 0;
    for (file, text) in &sources {
        match judge(file, text.lines().count(), &budget) {
            Length::Fine => {}
            Length::Long(lines) => println!("budget: warning: {} has {lines} lines", file.display()),
            Length::Allowed(lines, reason) => println!("budget: {} has {lines} lines: {reason}", file.display()),
            Length::TooLong(lines) => {
                too_long += 1;
                println!("budget: error: {} has {lines} lines, more than {TOO_LONG}", file.display());
            }
        }
    }
    print_crates(&budget, &sources)?;
    println!("budget: {} files, {too_long} too long", sources.len());
    Ok(if too_long == 0 { Verdict::Passed } else { Verdict::Failed })
}

fn rust_files() -> anyhow::Result<Vec<PathBuf>> {
    let mut git = Command::new("git");
    git.args(["ls-files", "--cached", "--others", "--exclude-standard", "--", "*.rs"]).current_dir(repo::root());
    let listed = shell::output(&mut git)?;
    // A deleted file is listed until its deletion is staged.
    Ok(listed.lines().map(PathBuf::from).filter(|file| repo::root().join(file).is_file()).collect())
}

#[derive(Debug, PartialEq, Eq)]
enum Length<'a> {
    Fine,
    Long(usize),
    Allowed(usize, &'a str),
    TooLong(usize),
}

fn judge<'a>(file: &Path, lines: usize, budget: &'a Budget) -> Length<'a> {
    if lines <= LONG {
        return Length::Fine;
    }
    if lines <= TOO_LONG {
        return Length::Long(lines);
    }
    let allowed = budget.allow.iter().find(|allowed| allowed.file == file);
    allowed.map_or(Length::TooLong(lines), |allowed| Length::Allowed(lines, &allowed.reason))
}

fn print_crates(budget: &Budget, sources: &BTreeMap<PathBuf, String>) -> anyhow::Result<()> {
    for package in repo::metadata()?.packages {
        let folder = package.manifest_path.parent().and_then(|dir| dir.strip_prefix(repo::root()).ok());
        let folder = folder.context("a package outside the workspace")?.join("src");
        let production = |file: &&PathBuf| file.starts_with(&folder) && !file.ends_with("tests.rs");
        let used: usize =
            sources.iter().filter(|(file, _)| production(file)).map(|(_, text)| production_lines(text)).sum();
        match budget.crates.get(&package.name) {
            Some(&allowed) if used <= allowed => println!("budget: {:<16} {used:>5} of {allowed}", package.name),
            Some(&allowed) => println!("budget: warning: {} has {used} production lines of {allowed}", package.name),
            None => println!("budget: warning: {} has {used} production lines and no budget", package.name),
        }
    }
    Ok(())
}

/// Lines of code before the file's own tests, which come last. Comments and empty lines are free.
fn production_lines(text: &str) -> usize {
    let production = text.split("\n#[cfg(test)]\nmod tests {\n").next().unwrap_or(text);
    let code = production.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//"));
    code.count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn budget() -> Budget {
        let text = r#"
            [crates]
            [[allow]]
            file = "a/table.rs"
            reason = "one table"
        "#;
        toml::from_str(text).unwrap()
    }

    #[test]
    fn a_file_is_fine_then_long_then_too_long() {
        let budget = budget();
        let judged = |lines| judge(Path::new("a/b.rs"), lines, &budget);
        assert_eq!([judged(400), judged(401), judged(700)], [Length::Fine, Length::Long(401), Length::Long(700)]);
        assert_eq!(judged(701), Length::TooLong(701));
    }

    #[test]
    fn a_reason_makes_a_long_file_allowed() {
        assert_eq!(judge(Path::new("a/table.rs"), 900, &budget()), Length::Allowed(900, "one table"));
    }

    #[test]
    fn tests_at_the_end_and_comments_are_not_production() {
        assert_eq!(production_lines("//! A.\n\nfn a() {}\n\n#[cfg(test)]\nmod tests {\n}\n"), 1);
        assert_eq!(production_lines("#[cfg(test)]\nmod twin;\nfn a() {} // b\n"), 3);
    }
}
