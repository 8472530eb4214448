//! What a monitor costs while it shows a busy fleet.

use std::process::Stdio;

use anyhow::{Context as _, bail};
use serde::Deserialize;

use crate::bench::fleet::{Fleet, quoted};
use crate::bench::monitor::Monitor;

/// Figures of one window, from the kernel's own counters.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Cost {
    /// CPU seconds per minute of the monitor itself.
    pub(super) cpu_self: f64,
    /// CPU seconds per minute of programs it started.
    pub(super) cpu_kids: f64,
    /// CPU seconds from its start to the window.
    pub(super) cpu_warmup: f64,
    /// Megabytes read per minute, from files and from the kernel.
    pub(super) mb_read: f64,
    /// Read calls per minute.
    pub(super) read_calls: u64,
    /// Times per minute it went to sleep and was woken.
    pub(super) vol_cs: u64,
    /// Peak memory in megabytes.
    pub(super) peak_rss_mb: f64,
    /// Sessions on the screen.
    pub(super) names_on_screen: u64,
}

/// Measures all `monitors` in the same window of `seconds`, each on its own screen.
pub(super) fn measure(fleet: &Fleet, monitors: &[Monitor], seconds: u32) -> anyhow::Result<Vec<Cost>> {
    let mut running = Vec::new();
    for monitor in monitors {
        let mut command = fleet.measure(monitor.name, &quoted(&monitor.binary));
        command.args(["--warm", "20", "--secs", &seconds.to_string()]);
        running.push((monitor, command.stdout(Stdio::piped()).spawn().context("start measure.py")?));
    }
    let mut costs = Vec::new();
    for (monitor, child) in running {
        let output = child.wait_with_output()?;
        let text = String::from_utf8_lossy(&output.stdout);
        if !output.status.success() {
            bail!("measure.py failed for {}", monitor.name);
        }
        costs.push(serde_json::from_str(&text).with_context(|| format!("{} was not measured: {text}", monitor.name))?);
    }
    Ok(costs)
}
