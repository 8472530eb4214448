//! Programs that the tests start: found, or installed where that can be done unasked.

use std::process::Command;

use anyhow::bail;

use crate::shell;

/// A program and the Debian package that brings it.
struct Need {
    program: &'static str,
    package: &'static str,
}

/// What the end-to-end tests run: real agents from the npm registry, in a terminal that can be read.
const NEEDS: &[Need] = &[
    Need { program: "node", package: "nodejs" },
    Need { program: "npm", package: "npm" },
    Need { program: "tmux", package: "tmux" },
];

/// Makes sure every needed program is there. Installs what is missing as root on Debian; elsewhere an error says what
/// to install.
pub(crate) fn meet() -> anyhow::Result<()> {
    let missing: Vec<&Need> = NEEDS.iter().filter(|need| shell::find(need.program).is_none()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let packages: Vec<&str> = missing.iter().map(|need| need.package).collect();
    if shell::find("apt-get").is_none() || !is_root() {
        let programs: Vec<&str> = missing.iter().map(|need| need.program).collect();
        bail!("not found: {}; install them (Debian: apt-get install {})", programs.join(", "), packages.join(" "));
    }
    println!("installing {}", packages.join(", "));
    shell::run(Command::new("apt-get").args(["update", "-qq"]))?;
    let mut install = Command::new("apt-get");
    install.args(["install", "-y", "-qq", "--no-install-recommends"]).args(&packages);
    shell::run(install.env("DEBIAN_FRONTEND", "noninteractive"))
}

fn is_root() -> bool {
    shell::output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}
