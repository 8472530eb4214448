//! Topside beside the lightest of its rivals, on the same simulated fleet.

mod cost;
mod fleet;
mod frozen;
mod monitor;
mod pane;
mod reads;
mod report;
mod states;
mod stream;

use std::process::Command;

use anyhow::{Context as _, bail};

use crate::bench::fleet::Fleet;
use crate::bench::report::{Figures, Setting};
use crate::{Verdict, repo, shell};

/// Sessions of the fleet.
const SESSIONS: u32 = 10;
/// Length of a window, in seconds.
const SECONDS: u32 = 60;

/// Measures both monitors and writes `docs/performance.md`: `[SESSIONS [SECONDS]]`.
pub(crate) fn run(args: &[String]) -> anyhow::Result<Verdict> {
    let number = |place: usize, usual| args.get(place).map_or(Ok(usual), |text| text.parse());
    let (sessions, seconds) = (number(0, SESSIONS)?, number(1, SECONDS)?);
    let missing = ["unshare", "nsenter", "gcc", "python3", "strace", "tmux"].map(|name| (name, shell::find(name)));
    if let Some((name, None)) = missing.iter().find(|(_, path)| path.is_none()) {
        bail!("the benchmark needs {name}, as root on Linux");
    }
    let monitors = monitor::all()?;
    let versions = [monitors[0].version()?, monitors[1].version()?];
    println!("bench: {} beside {}", versions[0], versions[1]);
    let fleet = Fleet::up(sessions)?;
    println!("bench: cost");
    let costs = cost::measure(&fleet, &monitors, seconds)?;
    println!("bench: reads");
    let reads = [reads::measure(&fleet, &monitors[0], seconds)?, reads::measure(&fleet, &monitors[1], seconds)?];
    println!("bench: states");
    let agreements = states::measure(&fleet, &monitors, 2 * seconds)?;
    println!("bench: latency and totals");
    let frozen = frozen::measure(&fleet, &monitors)?;
    drop(fleet);
    let columns = versions.into_iter().zip(costs).zip(reads).zip(agreements).zip(frozen);
    let figures: Vec<Figures> = columns
        .map(|((((version, cost), reads), agreement), frozen)| Figures { version, cost, reads, agreement, frozen })
        .collect();
    let figures = figures.try_into().ok().context("one monitor was not measured")?;
    let setting = Setting { date: today(), machine: machine()?, sessions, seconds };
    let page = report::page(&setting, &figures);
    print!("{page}");
    std::fs::write(repo::root().join("docs/performance.md"), page).context("write docs/performance.md")?;
    Ok(Verdict::Passed)
}

fn today() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%d").to_string()
}

/// The machine in words.
fn machine() -> anyhow::Result<String> {
    let kernel = shell::output(Command::new("uname").arg("-sr"))?;
    let cores = std::thread::available_parallelism().context("count the cores")?;
    Ok(format!("{cores} cores, {}", kernel.trim()))
}
