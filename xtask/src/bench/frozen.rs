//! What can only be measured while the fleet stands still: latency, and totals to the token.

use std::collections::BTreeMap;
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context as _, bail};

use crate::bench::fleet::{Fleet, now, quoted};
use crate::bench::monitor::Monitor;
use crate::bench::pane::Pane;

/// Appended records per monitor.
pub(super) const POKES: usize = 10;
/// A figure that has not changed by then never will.
const PATIENCE: f64 = 12.0;

/// Figures of one monitor.
#[derive(Debug, Default)]
pub(super) struct Frozen {
    /// Seconds from an appended record to a changed figure on the screen, in order; unseen ones are left out.
    pub(super) seen_after: Vec<f64>,
    /// Sessions whose tokens are the diary's, to the token.
    pub(super) exact: usize,
    /// Sessions.
    pub(super) sessions: usize,
}

/// Freezes the fleet, measures, thaws it.
pub(super) fn measure(fleet: &Fleet, monitors: &[Monitor]) -> anyhow::Result<Vec<Frozen>> {
    let panes = monitors
        .iter()
        .map(|monitor| Pane::open(fleet, monitor.name, &quoted(&monitor.binary)))
        .collect::<anyhow::Result<Vec<_>>>()?;
    fleet.tell(&["freeze"])?;
    // Long enough for the last records to be shown and for every rate on the screen to fall to zero.
    sleep(Duration::from_secs(15));
    let mut frozen: Vec<Frozen> = monitors.iter().map(|_| Frozen::default()).collect();
    for round in 0..POKES {
        // Uneven pauses, so that no monitor's own beat falls in step.
        sleep(Duration::from_millis(400 + 370 * (round as u64 % 5)));
        poke(fleet, &panes, &mut frozen)?;
    }
    let truth = fleet.tokens()?;
    for (monitor, frozen) in monitors.iter().zip(&mut frozen) {
        let seen: BTreeMap<_, _> = monitor.ask(fleet)?;
        frozen.seen_after.sort_by(f64::total_cmp);
        frozen.sessions = truth.len();
        frozen.exact =
            truth.iter().filter(|(sid, tokens)| seen.get(*sid).and_then(|s| s.tokens) == Some(**tokens)).count();
    }
    fleet.tell(&["thaw"])?;
    Ok(frozen)
}

/// Appends one record and waits until every screen shows other figures.
fn poke(fleet: &Fleet, panes: &[Pane], frozen: &mut [Frozen]) -> anyhow::Result<()> {
    let before = panes.iter().map(|pane| Ok(figures(&pane.text()?))).collect::<anyhow::Result<Vec<_>>>()?;
    if before.iter().any(Vec::is_empty) {
        bail!("a screen shows no figures of sessions");
    }
    let appended = fleet.tell(&["poke", "codex"])?["t"].as_f64().context("the fleet did not append")?;
    let mut waiting: Vec<usize> = (0..panes.len()).collect();
    while !waiting.is_empty() && now() - appended < PATIENCE {
        for place in std::mem::take(&mut waiting) {
            let looked = now();
            if figures(&panes[place].text()?) == before[place] {
                waiting.push(place);
            } else {
                frozen[place].seen_after.push((looked - appended).max(0.0));
            }
        }
        sleep(Duration::from_millis(20));
    }
    Ok(())
}

/// The figures on a screen that only a record changes: tokens in millions with a decimal, and whole percents, which
/// are shares of a context. Processor shares have decimals, ages and clocks have other units.
fn figures(screen: &str) -> Vec<String> {
    let is_figure = |word: &&str| {
        let millions = word.strip_suffix('M').filter(|number| number.contains('.') && number.parse::<f64>().is_ok());
        let percents = word.strip_suffix('%').filter(|number| number.parse::<u8>().is_ok());
        millions.or(percents).is_some()
    };
    screen.split_whitespace().filter(is_figure).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_by_itself_is_no_figure() {
        let rows = "│ basil-cx1 codex 16 12.7M $9.78 1.0 2M │\n ◌ amber-cx0 done 13s ▰▱▱ 18% 12M 04:28:02";
        assert_eq!(figures(&format!("cpu 7.4% 562M/23.5G\n{rows}")), ["12.7M", "18%"]);
    }
}
