//! The screen of the same live sessions without history and beside ten gigabytes of it: on a first start, which reads
//! all of it behind the screen, and on the next one.

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::Context as _;

use crate::bench::cost::{self, Cost};
use crate::bench::fleet::Fleet;
use crate::bench::history::Section;
use crate::bench::history::claims::{self, Claim};
use crate::bench::monitor::{self, Monitor};
use crate::bench::report::number;
use crate::bench::scenario::HISTORY;
use crate::bench::start::{self, Start};
use crate::bench::{SECONDS, machine, today};

/// What one start of the screen costs.
struct Figures {
    start: Start,
    cost: Cost,
    /// Bytes of the database that it keeps; `None` where it keeps none.
    kept: Option<u64>,
}

/// Measures a fleet on an empty disk, and then the same beside history.
pub(super) fn measure() -> anyhow::Result<Section> {
    let topside = monitor::topside()?;
    let bare = Fleet::up(&HISTORY.bare())?;
    println!("bench: without history");
    let without = figures(&bare, &topside, true)?;
    drop(bare);
    let fleet = Fleet::up(&HISTORY)?;
    println!("bench: with history, first start");
    let first = figures(&fleet, &topside, true)?;
    println!("bench: with history, second start");
    let second = figures(&fleet, &topside, false)?;
    drop(fleet);
    let (claims, all_hold) = claims::table(&claims(&without, &first, &second));
    let history = HISTORY.history.context("a fleet with history")?;
    let text = format!(
        "## History: the screen\n\n{} Claude Code and {} Codex sessions, {} transcripts of {} GB. {}. Measured on {}, {}; \
         windows of {SECONDS} s.\n\n{}\n{claims}",
        HISTORY.claude,
        HISTORY.codex,
        history.files,
        history.gigabytes,
        topside.version()?,
        today(),
        machine()?,
        table(&[without, first, second]),
    );
    Ok(Section { text, all_hold })
}

/// Starts a few times and then stays for a window; each time `anew`, with nothing kept of the last one, where asked.
fn figures(fleet: &Fleet, topside: &Monitor, anew: bool) -> anyhow::Result<Figures> {
    let prepare = || if anew { forget(fleet) } else { Ok(()) };
    let start = start::of(fleet, topside, prepare)?;
    prepare()?;
    let cost = cost::measure(fleet, std::slice::from_ref(topside), SECONDS)?.pop().context("nothing was measured")?;
    let kept = folder(fleet).join("history.db").metadata().ok().map(|file| file.len());
    Ok(Figures { start, cost, kept })
}

/// Where topside keeps history in the fleet's home.
fn folder(fleet: &Fleet) -> PathBuf {
    fleet.home.join(".local/share/topside")
}

fn forget(fleet: &Fleet) -> anyhow::Result<()> {
    let folder = folder(fleet);
    if folder.exists() {
        std::fs::remove_dir_all(&folder).with_context(|| format!("clear {}", folder.display()))?;
    }
    Ok(())
}

type Row = (&'static str, fn(&Figures) -> Option<f64>);

const ROWS: &[Row] = &[
    ("First session on the screen after, s", |f| f.start.first),
    ("Every live session on the screen after, s", |f| f.start.all),
    ("CPU of the first 20 s, s", |f| Some(f.cost.cpu_warmup)),
    ("CPU from then on, s per minute", |f| Some(f.cost.cpu())),
    ("Peak memory, MB", |f| Some(f.cost.peak_rss_mb)),
    ("Database at the end, MB", |f| f.kept.map(|bytes| bytes as f64 / 1e6)),
];

fn table(starts: &[Figures; 3]) -> String {
    let mut table = "\
| | no history | history, first start | second start |
|---|---:|---:|---:|
"
    .to_owned();
    for (title, figure) in ROWS {
        let cells = starts.each_ref().map(|start| number(figure(start)));
        let _ = writeln!(table, "| {title} | {} |", cells.join(" | "));
    }
    table
}

fn claims(without: &Figures, first: &Figures, second: &Figures) -> Vec<Claim> {
    let row = |with: &Figures| with.start.first.zip(without.start.first).map(|(with, without)| with / without);
    let cpu = |with: &Figures| with.cost.cpu() / without.cost.cpu();
    vec![
        Claim::at_most(1.5, "First session on the screen, first start / without history", row(first)),
        Claim::at_most(1.5, "… second start / without history", row(second)),
        Claim::at_most(1.2, "CPU after 20 s, first start / without history", cpu(first)),
        Claim::at_most(1.2, "… second start / without history", cpu(second)),
        Claim::at_most(64.0, "Peak memory, MB", first.cost.peak_rss_mb.max(second.cost.peak_rss_mb)),
        // Where nothing is kept, nothing was read, and the rest says nothing.
        Claim::at_least(1.0, "Database after the first start, MB", first.kept.map(|bytes| bytes as f64 / 1e6)),
    ]
}
