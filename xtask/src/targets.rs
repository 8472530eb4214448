//! Whether the workspace compiles for systems other than this one.

use anyhow::ensure;

use crate::{Verdict, shell};

/// What topside is built for. C parts need a C compiler for the target, which the crate `cc` finds by its rules.
const TARGETS: &[&str] = &[
    "x86_64-unknown-linux-gnu",
    "x86_64-unknown-linux-musl",
    "aarch64-unknown-linux-gnu",
    "aarch64-unknown-linux-musl",
    "aarch64-apple-darwin",
    "x86_64-apple-darwin",
    "x86_64-pc-windows-msvc",
];

/// Runs clippy over every crate and test for each of `asked`, or for each target the toolchain has a library for. One that
/// was asked for and is not installed is an error.
pub(crate) fn run(asked: &[String]) -> anyhow::Result<Verdict> {
    let targets: Vec<&str> = if asked.is_empty() { installed()? } else { asked.iter().map(String::as_str).collect() };
    ensure!(!targets.is_empty(), "check anything: no target is installed; `rustup target add` one of them");
    let mut failed = Vec::new();
    for target in &targets {
        println!("== {target} ==");
        let mut clippy = shell::cargo();
        clippy.args([
            "clippy",
            "--workspace",
            "--all-targets",
            "--keep-going",
            "--target",
            target,
            "--",
            "-D",
            "warnings",
        ]);
        if !shell::watch(&mut clippy, |_| ())? {
            failed.push(*target);
        }
    }
    println!(
        "targets: {} checked, failed: {}",
        targets.len(),
        if failed.is_empty() { "none".into() } else { failed.join(", ") }
    );
    Ok(if failed.is_empty() { Verdict::Passed } else { Verdict::Failed })
}

/// Those of the list that can be compiled for here; says which cannot.
fn installed() -> anyhow::Result<Vec<&'static str>> {
    let mut found = Vec::new();
    for target in TARGETS {
        let mut rustc = shell::rustc();
        let library = shell::output(rustc.args(["--print", "target-libdir", "--target", target]))?;
        if std::path::Path::new(library.trim()).is_dir() {
            found.push(*target);
        } else {
            println!("{target}: not installed; `rustup target add {target}`");
        }
    }
    Ok(found)
}
