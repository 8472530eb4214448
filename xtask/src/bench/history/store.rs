//! A store of ten million replies, and every report from it.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use anyhow::Context as _;
use topside_model::Period;

use crate::bench::claims::{self, Claim};
use crate::bench::fleet;
use crate::bench::history::{Section, quick};
use crate::bench::report::number;
use crate::bench::spent::{Spent, best, spend};
use crate::bench::{machine, today};
use crate::{repo, shell};

/// Replies that are told, copies included.
const REPLIES: u32 = 10_000_000;
/// Each report is made so often.
const ROUNDS: usize = 3;
/// Megabytes that must be free: the store may be larger than it should.
const ROOM: u64 = 8_000;

/// Builds the store below the build directory, asks it everything, and removes it.
pub(super) fn measure() -> anyhow::Result<Section> {
    let topside = repo::topside(true)?;
    let target = repo::metadata()?.target_directory;
    let dir = tempfile::tempdir_in(&target).context("make a folder")?;
    fleet::see_room(dir.path(), ROOM)?;
    let (history, empty) = (dir.path().join("history.db"), dir.path().join("home"));
    std::fs::create_dir_all(&empty)?;
    println!("bench: {REPLIES} replies are written");
    let (built, shape) = spend(quick()?.arg("replies").arg(&history).arg(REPLIES.to_string()))?;
    let size = size(dir.path())?;
    println!("bench: {} replies a second, {} MB", number(Some(f64::from(REPLIES) / built.wall)), number(Some(size)));
    // A report at one's own prices, none here, is worked out each time.
    let prices = dir.path().join("prices.json");
    std::fs::write(&prices, r#"{"as_of": "2026-11-20", "prices": []}"#).context("write prices")?;
    let mut reports = Vec::new();
    for period in Period::ALL {
        let mut report = Command::new(&topside);
        report.args(["usage", period.id(), "--timezone", "Europe/Berlin", "--now", super::replies::END]);
        report.arg("--root").arg(&empty).arg("--history").arg(&history).arg("--prices").arg(&prices);
        let runs = (0..ROUNDS).map(|_| Ok(spend(&mut report)?.0)).collect::<anyhow::Result<Vec<_>>>()?;
        reports.push((period, best(&runs).context("nothing was measured")?));
    }
    let version = shell::output(Command::new(&topside).arg("--version"))?;
    let mut text = format!(
        "## History: ten million replies\n\n{}: written in {:.0} s ({:.0} a second, making them up included), {:.0} MB on the disk. \
         Reports: the best of {ROUNDS}. {}. Measured on {}, {}.\n\n",
        shape.trim(),
        built.wall,
        f64::from(REPLIES) / built.wall,
        size,
        version.trim(),
        today(),
        machine()?,
    );
    text += &table(built, &reports);
    let (claims, all_hold) = claims::table(&claims(size, &reports));
    let _ = write!(text, "\n{claims}");
    Ok(Section { text, all_hold })
}

/// Megabytes of everything in `dir`: the database and what lies beside it.
fn size(dir: &Path) -> anyhow::Result<f64> {
    let lengths = std::fs::read_dir(dir)?.map(|entry| Ok(entry?.metadata()?).map(|file| (file.is_file(), file.len())));
    let lengths = lengths.collect::<anyhow::Result<Vec<_>>>().context("measure the store")?;
    Ok(lengths.into_iter().filter(|(is_file, _)| *is_file).map(|(_, length)| length as f64 / 1e6).sum())
}

fn table(built: Spent, reports: &[(Period, Spent)]) -> String {
    let mut table = "\
| | CPU, s | wall, s | peak memory, MB |
|---|---:|---:|---:|
"
    .to_owned();
    let mut row = |title: &str, spent: Spent| {
        let [cpu, wall, peak] = [spent.cpu, spent.wall, spent.peak].map(|figure| number(Some(figure)));
        let _ = writeln!(table, "| {title} | {cpu} | {wall} | {peak} |");
    };
    row("Writing all of it", built);
    for (period, spent) in reports {
        row(&format!("`topside usage {}`", period.id()), *spent);
    }
    table
}

fn claims(size: f64, reports: &[(Period, Spent)]) -> Vec<Claim> {
    let slowest = reports.iter().map(|(_, spent)| spent.wall).reduce(f64::max);
    let largest = reports.iter().map(|(_, spent)| spent.peak).reduce(f64::max);
    vec![
        Claim::at_most(1.0, "Slowest report, s", slowest),
        Claim::at_most(64.0, "Peak memory of a report, MB", largest),
        Claim::at_most(2_000.0, "On the disk, MB", size),
    ]
}
