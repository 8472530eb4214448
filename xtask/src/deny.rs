//! Licences, bans and sources of everything that is linked in.

use std::path::PathBuf;

use crate::{Verdict, repo, shell};

/// Runs cargo-deny, installed under the build directory where it is missing. Advisories need a network and are left
/// to CI.
pub(crate) fn run() -> anyhow::Result<Verdict> {
    let program = match shell::find("cargo-deny") {
        Some(program) => program,
        None => install()?,
    };
    let mut deny = std::process::Command::new(program);
    deny.current_dir(repo::root()).args(["--offline", "check", "licenses", "bans", "sources"]);
    Ok(if shell::watch(&mut deny, |_| ())? { Verdict::Passed } else { Verdict::Failed })
}

fn install() -> anyhow::Result<PathBuf> {
    let root = repo::metadata()?.target_directory.join("tools");
    let program = root.join("bin").join(format!("cargo-deny{}", std::env::consts::EXE_SUFFIX));
    if !program.is_file() {
        shell::run(shell::cargo().args(["install", "cargo-deny", "--locked", "--root"]).arg(&root))?;
    }
    Ok(program)
}
