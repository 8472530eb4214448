//! What can only be measured while the fleet stands still: latency, and totals to the token.

use std::thread::sleep;
use std::time::Duration;

use anyhow::Context as _;

use crate::bench::fleet::{Fleet, now, quoted};
use crate::bench::monitor::Monitor;
use crate::bench::pane::{Pane, TALL, row};

/// Records appended and looked for on topside's screen: enough for a hundred that change a rounded figure, where there
/// are sessions enough. The more one session gets, the less each of them shows.
const POKES: usize = 180;
/// Records appended to one session at most.
const POKES_EACH: usize = 10;
/// The first of them are looked for on the rivals' screens as well, which takes longer.
const RIVAL_POKES: usize = 20;
/// A figure that has not changed by then never will, in seconds: while the rivals are watched, and afterwards.
const PATIENCE: [f64; 2] = [4.0, 1.5];

/// Figures of one monitor.
#[derive(Debug, Default)]
pub(super) struct Frozen {
    /// Records appended to sessions that were on its screen.
    pub(super) pokes: usize,
    /// Seconds from an appended record to a changed figure of its session, in order; unseen ones are left out.
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
        .map(|monitor| Pane::open(fleet, monitor.name, TALL, &quoted(&monitor.binary)))
        .collect::<anyhow::Result<Vec<_>>>()?;
    fleet.tell(&["freeze"])?;
    // Long enough for the last records to be shown and for what follows them to settle.
    sleep(Duration::from_secs(15));
    let mut frozen: Vec<Frozen> = monitors.iter().map(|_| Frozen::default()).collect();
    for round in 0..POKES.min(POKES_EACH * fleet.sessions.len()) {
        // Uneven pauses, so that no monitor's own beat falls in step.
        sleep(Duration::from_millis(100 + 110 * (round as u64 % 5)));
        let (looked_at, patience) = if round < RIVAL_POKES { (panes.len(), PATIENCE[0]) } else { (1, PATIENCE[1]) };
        poke(fleet, ["claude", "codex"][round % 2], &panes[..looked_at], patience, &mut frozen)?;
    }
    let truth = fleet.tokens()?;
    for (monitor, frozen) in monitors.iter().zip(&mut frozen) {
        let seen = monitor.ask(fleet)?;
        frozen.seen_after.sort_by(f64::total_cmp);
        frozen.sessions = truth.len();
        frozen.exact =
            truth.iter().filter(|(sid, tokens)| seen.get(*sid).and_then(|s| s.tokens) == Some(**tokens)).count();
    }
    fleet.tell(&["thaw"])?;
    Ok(frozen)
}

/// Appends one record to a session of `agent` and waits until every screen that has the session shows other figures.
fn poke(fleet: &Fleet, agent: &str, panes: &[Pane], patience: f64, frozen: &mut [Frozen]) -> anyhow::Result<()> {
    let before = panes.iter().map(Pane::text).collect::<anyhow::Result<Vec<_>>>()?;
    let answer = fleet.tell(&["poke", agent])?;
    let appended = answer["t"].as_f64().context("the fleet did not append")?;
    let member = fleet.sessions.iter().find(|member| answer["name"] == member.name.as_str());
    let member = member.context("the fleet appended to a stranger")?;
    let figures_of = |screen: &str| row(screen, member).map(figures);
    let before: Vec<_> = before.iter().map(|screen| figures_of(screen)).collect();
    let mut waiting: Vec<usize> = (0..panes.len()).filter(|place| before[*place].is_some()).collect();
    for place in &waiting {
        frozen[*place].pokes += 1;
    }
    while !waiting.is_empty() && now() - appended < patience {
        for place in std::mem::take(&mut waiting) {
            let looked = now();
            if figures_of(&panes[place].text()?) == before[place] {
                waiting.push(place);
            } else {
                frozen[place].seen_after.push((looked - appended).max(0.0));
            }
        }
        sleep(Duration::from_millis(5));
    }
    Ok(())
}

/// The figures of a row that only a record changes: tokens by the thousand or million, whole percents, which are
/// shares of a context, money, and curves. Processor shares have decimals, ages and clocks have other units.
fn figures(row: &str) -> Vec<String> {
    let is_figure = |word: &&str| {
        let tokens = word.strip_suffix(['k', 'M', 'G']).filter(|number| number.parse::<f64>().is_ok());
        let percents = word.strip_suffix('%').filter(|number| number.parse::<u8>().is_ok());
        let is_curve = word.chars().all(|char| ('▁'..='█').contains(&char));
        tokens.or(percents).is_some() || is_curve || word.starts_with('$')
    };
    row.split_whitespace().filter(is_figure).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_by_itself_is_no_figure() {
        assert_eq!(figures("│ basil-cx1 codex 16 12.7M $9.78 1.0 2 B │ 7.4%"), ["12.7M", "$9.78"]);
        assert_eq!(figures(" ◌ amber-cx0 done 13s ▰▱▱ 18% 12M ▁▁▁█ 4 1h"), ["18%", "12M", "▁▁▁█"]);
    }
}
