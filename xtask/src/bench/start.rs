//! How long a monitor takes from its start to a screen that tells something.

use std::thread::sleep;
use std::time::Duration;

use crate::bench::fleet::{Fleet, now, quoted};
use crate::bench::monitor::Monitor;
use crate::bench::pane::{Pane, TALL, row};

/// Starts per monitor.
const STARTS: usize = 5;
/// What is not on the screen by then is not waited for, in seconds.
const PATIENCE: f64 = 15.0;

/// Seconds from a monitor's start, each the median of several.
#[derive(Debug, Default)]
pub(super) struct Start {
    /// To a screen with any session.
    pub(super) first: Option<f64>,
    /// To a screen with every live session; `None` for a monitor that never shows all.
    pub(super) all: Option<f64>,
}

/// Starts each monitor a few times, on a screen tall enough for every session.
pub(super) fn measure(fleet: &Fleet, monitors: &[Monitor]) -> anyhow::Result<Vec<Start>> {
    let starts = monitors.iter().map(|monitor| in_turn(&[fleet], monitor, |_| Ok(())));
    Ok(starts.collect::<anyhow::Result<Vec<_>>>()?.into_iter().flatten().collect())
}

/// Starts `monitor` a few times beside each of `fleets` in turn, each time after `prepare`.
pub(super) fn in_turn(
    fleets: &[&Fleet],
    monitor: &Monitor,
    prepare: impl Fn(&Fleet) -> anyhow::Result<()>,
) -> anyhow::Result<Vec<Start>> {
    let mut seen: Vec<(Vec<f64>, Vec<f64>)> = vec![Default::default(); fleets.len()];
    for _ in 0..STARTS {
        for (fleet, (first, all)) in fleets.iter().zip(&mut seen) {
            prepare(fleet)?;
            let (one, every) = once(fleet, monitor, !first.is_empty() && all.is_empty())?;
            first.extend(one);
            all.extend(every);
        }
    }
    Ok(seen.into_iter().map(|(first, all)| Start { first: median(first), all: median(all) }).collect())
}

/// One start; `first_is_enough` for a monitor that did not show all sessions before.
fn once(fleet: &Fleet, monitor: &Monitor, first_is_enough: bool) -> anyhow::Result<(Option<f64>, Option<f64>)> {
    let pane = Pane::open(fleet, monitor.name, TALL, &quoted(&monitor.binary))?;
    let opened = now();
    let mut first = None;
    while now() - opened < PATIENCE {
        let at = now();
        let screen = pane.text()?;
        let shown = fleet.sessions.iter().filter(|member| row(&screen, member).is_some()).count();
        let since = pane.started()?.map(|started| at - started);
        first = first.or(since.filter(|_| shown > 0));
        if shown == fleet.sessions.len() {
            return Ok((first, since));
        }
        if first_is_enough && first.is_some() {
            break;
        }
        sleep(Duration::from_millis(5));
    }
    Ok((first, None))
}

/// The middle one; `None` unless every start got that far.
fn median(mut seconds: Vec<f64>) -> Option<f64> {
    seconds.sort_by(f64::total_cmp);
    if seconds.len() == STARTS { seconds.get(STARTS / 2).copied() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_that_never_got_there_leaves_no_figure() {
        assert_eq!(median(vec![0.3, 0.1, 0.5, 0.2, 0.9]), Some(0.3));
        assert_eq!(median(vec![0.3, 0.1, 0.5, 0.2]), None);
    }
}
