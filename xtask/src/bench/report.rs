//! What was measured in one scenario, as a section of `docs/performance.md`.

use std::fmt::Write as _;

use crate::bench::cost::Cost;
use crate::bench::frozen::Frozen;
use crate::bench::limits::{LIMITS, Limit};
use crate::bench::reads::Reads;
use crate::bench::scenario::Scenario;
use crate::bench::start::Start;
use crate::bench::states::{Agreement, Share};

/// Everything that was measured of one monitor.
#[derive(Debug, Default)]
pub(super) struct Figures {
    pub(super) version: String,
    pub(super) start: Start,
    pub(super) cost: Cost,
    /// The cost of the same fleet on an empty disk; `None` where that was not measured.
    pub(super) cost_without_history: Option<Cost>,
    pub(super) reads: Reads,
    pub(super) agreement: Agreement,
    pub(super) frozen: Frozen,
}

impl Cost {
    /// CPU seconds per minute of the monitor and of what it starts.
    pub(super) fn cpu(&self) -> f64 {
        self.cpu_self + self.cpu_kids
    }
}

impl Figures {
    /// CPU with history as a multiple of CPU without.
    pub(super) fn cpu_of_history(&self) -> Option<f64> {
        let without = self.cost_without_history.as_ref()?.cpu();
        (without > 0.0).then(|| self.cost.cpu() / without)
    }

    /// The latency that `share` of the appended records stay below, of those that were seen.
    pub(super) fn latency(&self, share: f64) -> Option<f64> {
        let sorted = &self.frozen.seen_after;
        let rank = (share * sorted.len() as f64).ceil() as usize;
        sorted.get(rank.saturating_sub(1)).copied()
    }
}

/// How and where was measured.
#[derive(Debug)]
pub(super) struct Setting {
    pub(super) date: String,
    pub(super) machine: String,
    pub(super) seconds: u32,
}

/// A section, and whether every limit holds. The first of `figures` is topside.
pub(super) fn section(scenario: &Scenario, setting: &Setting, figures: &[Figures]) -> (String, bool) {
    let Setting { date, machine, seconds } = setting;
    let versions: Vec<&str> = figures.iter().map(|figures| figures.version.as_str()).collect();
    let mut section = format!(
        "## {}\n\n{} Measured on {date}, {machine}; windows of {seconds} s.\n\n",
        scenario.name.to_uppercase(),
        described(scenario)
    );
    let _ = writeln!(
        section,
        "| | {} | must be | |\n|---|{}---|---|",
        versions.join(" | "),
        "---:|".repeat(versions.len())
    );
    let mut all_hold = true;
    for (title, cell) in ROWS {
        let limit = LIMITS.iter().find(|limit| limit.row == *title);
        let cells: Vec<String> = figures.iter().map(cell).collect();
        let (words, verdict) = judged(limit, figures, &mut all_hold);
        if verdict.is_empty() && cells.iter().all(|cell| cell == NOT_MEASURED) {
            continue;
        }
        let _ = writeln!(section, "| {title} | {} | {words} | {verdict} |", cells.join(" | "));
    }
    (section, all_hold)
}

fn judged(limit: Option<&Limit>, figures: &[Figures], all_hold: &mut bool) -> (&'static str, &'static str) {
    let Some((limit, holds)) = limit.and_then(|limit| Some((limit, (limit.holds)(figures)?))) else { return ("", "") };
    *all_hold &= holds;
    (limit.words, if holds { "holds" } else { "**does not hold**" })
}

fn described(scenario: &Scenario) -> String {
    let Scenario { claude, codex, history, .. } = scenario;
    let disk = history.as_ref().map_or("an empty disk".to_owned(), |history| {
        format!("{} files of history, {} GB", history.files, history.gigabytes)
    });
    format!("{claude} Claude Code and {codex} Codex sessions, {disk}.")
}

/// Stands for a figure that there is not.
const NOT_MEASURED: &str = "–";

type Row = (&'static str, fn(&Figures) -> String);

/// The rows of a section, by title.
const ROWS: &[Row] = &[
    ("CPU, s per minute", |f| number(Some(f.cost.cpu()))),
    ("CPU without history, s per minute", |f| number(f.cost_without_history.as_ref().map(Cost::cpu))),
    ("CPU with history / without", |f| number(f.cpu_of_history())),
    ("Programs started in the window", |f| f.reads.programs.to_string()),
    ("Peak memory, MB", |f| number(Some(f.cost.peak_rss_mb))),
    ("First session on the screen after, s", |f| number(f.start.first)),
    ("Every live session on the screen after, s", |f| number(f.start.all)),
    ("Append to screen, median s", |f| number(f.latency(0.5))),
    ("Append to screen, 99th of 100, s", |f| number(f.latency(0.99))),
    ("Appended records seen on the screen", |f| format!("{} of {}", f.frozen.seen_after.len(), f.frozen.pokes)),
    ("Sessions with every token right", |f| format!("{} of {}", f.frozen.exact, f.frozen.sessions)),
    ("Samples with the right state", |f| share(f.agreement.right)),
    ("… of sessions at work", |f| share(f.agreement.working)),
    ("… of sessions at rest", |f| share(f.agreement.idle)),
    ("… of sessions that wait for leave", |f| share(f.agreement.waiting)),
    ("Waits for leave shown as such from 1.5 s to their end", |f| share(f.agreement.waits)),
    ("Samples shown as a wait without one", |f| f.agreement.false_alarms.to_string()),
    ("Waiting sessions on a screen of 120x40", |f| share(f.agreement.on_screen)),
    ("Sessions on a screen of 120x40", |f| f.cost.names_on_screen.to_string()),
    ("Wake-ups per minute", |f| f.cost.vol_cs.to_string()),
    ("Read calls per minute", |f| f.cost.read_calls.to_string()),
    ("Read per minute, all kinds, MB", |f| number(Some(f.cost.mb_read))),
    ("Session files: MB read / MB appended", |f| {
        format!("{:.2} / {:.2}", megabytes(f.reads.transcripts), megabytes(f.reads.appended))
    }),
    ("Read from /proc in the window, MB", |f| number(Some(megabytes(f.reads.proc)))),
];

/// A figure with as many digits as it deserves.
pub(super) fn number(value: Option<f64>) -> String {
    match value {
        None => NOT_MEASURED.to_owned(),
        Some(value) if value >= 100.0 || value.fract() == 0.0 => format!("{value:.0}"),
        Some(value) => format!("{value:.2}"),
    }
}

fn share(share: Share) -> String {
    let Share { part, whole } = share;
    if whole == 0 { "none seen".to_owned() } else { format!("{part} of {whole} ({:.1} %)", 100.0 * share.value()) }
}

fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::scenario::ALL;

    #[test]
    fn what_was_never_seen_has_no_figure() {
        assert_eq!(number(None), "–");
        assert_eq!((number(Some(0.126)), number(Some(1234.5))), ("0.13".to_owned(), "1234".to_owned()));
        assert_eq!(share(Share { part: 49, whole: 50 }), "49 of 50 (98.0 %)");
    }

    #[test]
    fn latencies_are_ones_that_were_measured() {
        let mut figures = Figures::default();
        assert_eq!(figures.latency(0.5), None);
        figures.frozen.seen_after = (1..=100).map(f64::from).collect();
        assert_eq!((figures.latency(0.5), figures.latency(0.99)), (Some(50.0), Some(99.0)));
    }

    #[test]
    fn every_limit_is_told_beside_a_row() {
        for limit in LIMITS {
            assert!(ROWS.iter().any(|(title, _)| *title == limit.row), "no row is called {}", limit.row);
        }
    }

    #[test]
    fn one_limit_that_does_not_hold_is_told() {
        let setting = Setting { date: String::new(), machine: String::new(), seconds: 60 };
        let mut figures = [Figures::default(), Figures::default()];
        figures[0].reads.programs = 3;
        let (section, all_hold) = section(&ALL[0], &setting, &figures);
        assert!(!all_hold);
        assert!(!section.contains("without history"), "what nobody measured is left out: {section}");
        let never = "| Every live session on the screen after, s | – | – | at most 0.30 | **does not hold** |";
        assert!(section.contains(never), "{section}");
        assert!(section.contains("| Programs started in the window | 3 | 0 | none | **does not hold** |"), "{section}");
    }
}
