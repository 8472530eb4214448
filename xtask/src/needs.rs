//! Programs that the tests and the pictures start: found, or installed where that can be done unasked.

use std::process::Command;

use anyhow::bail;

use crate::shell;

/// A program and the Debian packages that bring it and what it needs.
struct Need {
    program: &'static str,
    packages: &'static str,
}

/// What some tests start: a terminal in which an agent may run. Others (kitty with Xvfb, zellij) are played where they are.
const TESTS: &[Need] = if cfg!(target_os = "linux") { &[Need { program: "tmux", packages: "tmux" }] } else { &[] };

/// What the end-to-end tests run: real agents from the npm registry, in a terminal that can be read.
#[cfg(target_os = "linux")]
const NEEDS: &[Need] = &[
    Need { program: "node", packages: "nodejs" },
    Need { program: "npm", packages: "npm" },
    Need { program: "tmux", packages: "tmux" },
];

/// What the pictures are made with: a terminal that can be read, a browser with a font that has all signs, and
/// what makes its pictures small.
const PICTURES: &[Need] = &[
    Need { program: "tmux", packages: "tmux" },
    Need { program: "chromium", packages: "chromium fonts-dejavu-core" },
    Need { program: "pngquant", packages: "pngquant" },
];

/// What instructions are counted with.
const DECODE: &[Need] = &[Need { program: "valgrind", packages: "valgrind" }];

/// Makes sure every program the tests need is there. Installs what is missing as root on Debian; elsewhere an error says
/// what to install.
#[cfg(target_os = "linux")]
pub(crate) fn meet() -> anyhow::Result<()> {
    meet_all(NEEDS)
}

/// Sees that programs are there that some tests start, as far as that can be done. A test without its program says that it
/// is skipped.
pub(crate) fn meet_for_tests() {
    if let Err(error) = meet_all(TESTS) {
        println!("{error:#}; tests that need them are skipped");
    }
}

/// The same as [`meet`] for what the pictures are made with.
pub(crate) fn meet_for_pictures() -> anyhow::Result<()> {
    meet_all(PICTURES)
}

/// The same for what instructions are counted with.
pub(crate) fn meet_for_decode() -> anyhow::Result<()> {
    meet_all(DECODE)
}

fn meet_all(needs: &[Need]) -> anyhow::Result<()> {
    let missing: Vec<&Need> = needs.iter().filter(|need| shell::find(need.program).is_none()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let packages: Vec<&str> = missing.iter().flat_map(|need| need.packages.split(' ')).collect();
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
