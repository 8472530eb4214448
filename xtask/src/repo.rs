//! Where things are.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::Deserialize;

use crate::shell;

/// The workspace's root.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies one level below the root")
}

/// What `cargo metadata` says of the workspace.
#[derive(Debug, Deserialize)]
pub(crate) struct Metadata {
    /// The workspace's own packages.
    pub(crate) packages: Vec<Package>,
    /// Where cargo builds.
    pub(crate) target_directory: PathBuf,
}

/// One package of the workspace.
#[derive(Debug, Deserialize)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) manifest_path: PathBuf,
    pub(crate) dependencies: Vec<Dependency>,
}

/// One line of a manifest's dependency tables.
#[derive(Debug, Deserialize)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    /// `None` for an ordinary dependency, else `dev` or `build`.
    pub(crate) kind: Option<String>,
}

/// Asks cargo about the workspace; needs no network.
pub(crate) fn metadata() -> anyhow::Result<Metadata> {
    let output = shell::output(shell::cargo().args(["metadata", "--format-version", "1", "--no-deps"]))?;
    serde_json::from_str(&output).context("read the answer of cargo metadata")
}

/// The topside binary, built from the sources as they are: `TOPSIDE_BIN` where that is set, else cargo's debug build,
/// or its release build on demand.
pub(crate) fn topside(release: bool) -> anyhow::Result<PathBuf> {
    if let Some(given) = std::env::var_os("TOPSIDE_BIN") {
        return Ok(PathBuf::from(given));
    }
    let mut build = shell::cargo();
    build.args(["build", "--quiet", "--package", "topside"]);
    if release {
        build.arg("--release");
    }
    shell::run(&mut build)?;
    let profile = if release { "release" } else { "debug" };
    Ok(metadata()?.target_directory.join(profile).join(format!("topside{}", std::env::consts::EXE_SUFFIX)))
}
