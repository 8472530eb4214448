//! Topside beside two of its rivals, on the same simulated fleet.

mod chance;
mod claims;
mod cost;
mod decode;
mod fleet;
mod frozen;
mod history;
mod hook;
mod limits;
mod monitor;
mod page;
mod pane;
mod reads;
mod report;
mod scenario;
mod spent;
mod start;
mod states;
mod stream;

use std::process::Command;

use anyhow::{Context as _, bail};

use crate::bench::cost::Cost;
use crate::bench::fleet::Fleet;
use crate::bench::monitor::Monitor;
use crate::bench::report::{Figures, Setting};
use crate::bench::scenario::Scenario;
use crate::{Verdict, shell};

/// Length of a window, in seconds.
const SECONDS: u32 = 60;

/// Measures all monitors in the scenarios asked for and writes their sections of `docs/performance.md`:
/// `[s1|s2|s3|all]`. With another task first, measures that instead.
pub(crate) fn run(args: &[String]) -> anyhow::Result<Verdict> {
    let (task, rest) = args.split_first().map_or(("s1", args), |(task, rest)| (task.as_str(), rest));
    match task {
        "decode" => return decode::run(rest),
        "hook" => return hook::run(rest),
        "usage" | "history" | "store" | "newlines" | "replies" => return history::run(task, rest),
        _ => {}
    }
    let scenarios = scenario::asked(task)?;
    let missing = ["unshare", "nsenter", "gcc", "python3", "strace", "tmux"].map(|name| (name, shell::find(name)));
    if let Some((name, None)) = missing.iter().find(|(_, path)| path.is_none()) {
        bail!("the benchmark needs {name}, as root on Linux");
    }
    let monitors = monitor::all()?;
    let mut verdict = Verdict::Passed;
    for scenario in scenarios {
        let figures = measure(&scenario, &monitors)?;
        let setting = Setting { date: today(), machine: machine()?, seconds: SECONDS };
        let (section, all_hold) = report::section(&scenario, &setting, &figures);
        println!("{section}");
        page::write(scenario.name, &section)?;
        if !all_hold {
            verdict = Verdict::Failed;
        }
    }
    Ok(verdict)
}

/// Everything about every monitor in one scenario.
fn measure(scenario: &Scenario, monitors: &[Monitor]) -> anyhow::Result<Vec<Figures>> {
    let versions = monitors.iter().map(Monitor::version).collect::<anyhow::Result<Vec<_>>>()?;
    println!("bench: {}: {}", scenario.name, versions.join(", "));
    let mut without_history = cost_without_history(scenario, monitors)?;
    let fleet = Fleet::up(scenario)?;
    println!("bench: first frames");
    let mut starts = start::measure(&fleet, monitors)?;
    println!("bench: cost");
    let mut costs = cost::measure(&fleet, monitors, SECONDS)?;
    println!("bench: reads");
    let mut reads = reads::measure(&fleet, monitors, SECONDS / 2)?;
    println!("bench: states");
    let mut agreements = states::measure(&fleet, monitors, SECONDS * 3 / 2)?;
    println!("bench: latency and totals");
    let mut frozen = frozen::measure(&fleet, monitors)?;
    drop(fleet);
    let figures = versions.into_iter().rev().map(|version| {
        Some(Figures {
            version,
            start: starts.pop()?,
            cost: costs.pop()?,
            cost_without_history: without_history.pop(),
            reads: reads.pop()?,
            agreement: agreements.pop()?,
            frozen: frozen.pop()?,
        })
    });
    let mut figures = figures.collect::<Option<Vec<_>>>().context("a monitor was not measured")?;
    figures.reverse();
    Ok(figures)
}

/// The cost of the same sessions on an empty disk; nothing for a scenario that is not measured on one.
fn cost_without_history(scenario: &Scenario, monitors: &[Monitor]) -> anyhow::Result<Vec<Cost>> {
    let Some(bare) = scenario.without_history() else { return Ok(Vec::new()) };
    let fleet = Fleet::up(&bare)?;
    println!("bench: cost without history");
    cost::measure(&fleet, monitors, SECONDS)
}

fn today() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%d").to_string()
}

/// The machine in words.
fn machine() -> anyhow::Result<String> {
    let kernel = shell::output(Command::new("uname").arg("-sr"))?;
    let cores = std::thread::available_parallelism().context("count the cores")?;
    let load = std::fs::read_to_string("/proc/loadavg").context("read the load")?;
    let load = load.split(' ').next().unwrap_or_default();
    Ok(format!("{cores} cores with a load of {load} at the end, {}", kernel.trim()))
}
