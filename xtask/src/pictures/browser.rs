//! A page drawn by headless Chromium.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;

use super::page::{CELL, FRAME};
use crate::{repo, shell};

/// Draws a page with a screen of this size into a PNG file.
pub(super) fn draw(html: &str, (width, height): (u16, u16), file: &Path) -> anyhow::Result<()> {
    let scratch = Scratch::new()?;
    let page = scratch.0.join("screen.html");
    fs::write(&page, html).with_context(|| format!("write {}", page.display()))?;
    let size = format!("{},{}", width * CELL.0 + 2 * FRAME, height * CELL.1 + 2 * FRAME);
    let mut chromium = Command::new("chromium");
    chromium.args(["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]);
    chromium.args(["--hide-scrollbars", "--force-device-scale-factor=1", "--disable-lcd-text"]);
    chromium.arg(format!("--user-data-dir={}", scratch.0.join("profile").display()));
    chromium.arg(format!("--window-size={size}"));
    chromium.arg(format!("--screenshot={}", file.display()));
    chromium.arg(format!("file://{}", page.display()));
    // It talks about missing buses and displays; that matters only when it fails.
    shell::output(&mut chromium)?;
    shell::run(Command::new("pngquant").args(["--force", "--strip", "--ext", ".png"]).arg(file))
}

/// A folder below the build directory, removed when dropped.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> anyhow::Result<Self> {
        let path = repo::metadata()?.target_directory.join(format!("pictures-{}", std::process::id()));
        fs::create_dir_all(&path).with_context(|| format!("create {}", path.display()))?;
        Ok(Self(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            eprintln!("pictures: {} stays: {error}", self.0.display());
        }
    }
}
