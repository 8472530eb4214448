//! Pictures of the screen for the README and for looking at: the real program on a demo whose clock stands still, in a
//! real terminal, drawn by a browser. The same program gives the same pictures.

mod browser;
mod cells;
mod page;
mod shot;

use std::fs;

use anyhow::Context as _;

use crate::{Verdict, needs, repo};

/// Where the pictures are kept, from the workspace's root.
const FOLDER: &str = "docs/img";
/// A larger picture is too much for a page that shows several.
const MOST_BYTES: u64 = 150_000;

/// One picture: its name, the terminal's columns and lines, and the keys pressed first, by their tmux names.
struct Picture {
    name: &'static str,
    size: (u16, u16),
    keys: &'static [&'static str],
}

/// Every picture; each is taken for a dark and for a light background.
const PICTURES: &[Picture] = &[
    Picture { name: "side-pane-40x24", size: (40, 24), keys: &[] },
    Picture { name: "screen-80x24", size: (80, 24), keys: &[] },
    Picture { name: "screen-120x40", size: (120, 40), keys: &[] },
    Picture { name: "screen-200x60", size: (200, 60), keys: &[] },
    Picture { name: "detail-120x40", size: (120, 40), keys: &["/", "checkout", "Enter", "Enter"] },
    Picture { name: "timeline-120x30", size: (120, 30), keys: &["/", "totals", "Enter", "Enter", "Tab"] },
    Picture { name: "limits-120x30", size: (120, 30), keys: &["l"] },
    Picture { name: "usage-120x40", size: (120, 40), keys: &["u"] },
    Picture { name: "reclaim-120x16", size: (120, 16), keys: &["r"] },
];

/// Backgrounds, as the themes of the program are called.
const THEMES: [&str; 2] = ["dark", "light"];

/// Takes every picture.
pub(crate) fn run() -> anyhow::Result<Verdict> {
    needs::meet_for_pictures()?;
    let topside = repo::topside(false)?;
    let folder = repo::root().join(FOLDER);
    fs::create_dir_all(&folder).with_context(|| format!("create {FOLDER}"))?;
    let mut verdict = Verdict::Passed;
    for picture in PICTURES {
        for theme in THEMES {
            let screen = shot::take(&topside, theme, picture.size, picture.keys)?;
            let file = folder.join(format!("{}-{theme}.png", picture.name));
            browser::draw(&page::html(&cells::read(&screen), picture.size, theme), picture.size, &file)?;
            let bytes = fs::metadata(&file).with_context(|| format!("measure {}", file.display()))?.len();
            println!("pictures: {FOLDER}/{}-{theme}.png, {} KB", picture.name, bytes / 1000);
            if bytes > MOST_BYTES {
                println!("pictures: error: that is more than {} KB", MOST_BYTES / 1000);
                verdict = Verdict::Failed;
            }
        }
    }
    Ok(verdict)
}
