//! ccusage, which tells what was used from the same transcripts.

use std::path::PathBuf;
use std::process::Command;

use crate::{repo, shell};

/// The program that `CCUSAGE` names, or the one of the npm registry, installed below the build directory; `None` where
/// neither can be had.
pub(super) fn ccusage() -> anyhow::Result<Option<PathBuf>> {
    if let Some(given) = std::env::var_os("CCUSAGE") {
        return Ok(Some(PathBuf::from(given)));
    }
    let dir = repo::metadata()?.target_directory.join("ccusage");
    let package = package();
    let binary =
        dir.join("node_modules").join(&package).join("bin").join(format!("ccusage{}", std::env::consts::EXE_SUFFIX));
    if !binary.is_file() {
        let Some(npm) = shell::find("npm") else { return Ok(None) };
        std::fs::create_dir_all(&dir)?;
        let mut install = Command::new(npm);
        install.args(["install", "--silent", "--no-save", "--prefix"]).arg(&dir).arg(&package);
        shell::run(&mut install)?;
        #[cfg(unix)]
        executable(&binary)?;
    }
    Ok(Some(binary))
}

/// The package that holds the program itself, which the one for people only starts.
fn package() -> String {
    let system = match std::env::consts::OS {
        "macos" => "darwin",
        "windows" => "win32",
        other => other,
    };
    let processor = match std::env::consts::ARCH {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        other => other,
    };
    format!("@ccusage/ccusage-{system}-{processor}")
}

#[cfg(unix)]
fn executable(file: &std::path::Path) -> anyhow::Result<()> {
    use std::fs::{Permissions, set_permissions};
    use std::os::unix::fs::PermissionsExt as _;

    use anyhow::Context as _;
    set_permissions(file, Permissions::from_mode(0o755)).with_context(|| format!("make {} a program", file.display()))
}
