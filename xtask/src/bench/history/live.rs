//! The screen of the same live sessions without history and beside ten gigabytes of it: on a first start, which reads
//! all of it behind the screen, and on the next one.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::thread::scope;

use anyhow::{Context as _, anyhow};

use crate::bench::claims::{self, Claim};
use crate::bench::cost::{self, Cost};
use crate::bench::fleet::Fleet;
use crate::bench::history::Section;
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

/// What the same start costs without history and beside it.
struct Both {
    bare: Figures,
    full: Figures,
}

/// Measures two fleets side by side, one of them on an empty disk.
pub(super) fn measure() -> anyhow::Result<Section> {
    let topside = monitor::topside()?;
    let bare = Fleet::up(&HISTORY.bare())?;
    let full = Fleet::up(&HISTORY)?;
    println!("bench: first start");
    let first = figures(&bare, &full, &topside, true)?;
    println!("bench: second start");
    let second = figures(&bare, &full, &topside, false)?;
    drop((bare, full));
    let (claims, all_hold) = claims::table(&claims(&first, &second));
    let history = HISTORY.history.context("a fleet with history")?;
    let text = format!(
        "## History: the screen\n\n{} Claude Code and {} Codex sessions, and the same beside {} transcripts of {} GB. {}. \
         Measured on {}, {}; windows of {SECONDS} s.\n\n{}\n{claims}",
        HISTORY.claude,
        HISTORY.codex,
        history.files,
        history.gigabytes,
        topside.version()?,
        today(),
        machine()?,
        table(&[&first.bare, &first.full, &second.bare, &second.full]),
    );
    Ok(Section { text, all_hold })
}

/// Starts a few times and then stays for a window, beside both fleets; each time `anew`, with nothing kept of the last one,
/// where asked.
fn figures(bare: &Fleet, full: &Fleet, topside: &Monitor, anew: bool) -> anyhow::Result<Both> {
    let prepare = |fleet: &Fleet| if anew { forget(fleet) } else { Ok(()) };
    let mut starts = start::in_turn(&[bare, full], topside, prepare)?;
    prepare(bare)?;
    prepare(full)?;
    let (of_bare, of_full) = scope(|scope| {
        let of_bare = scope.spawn(|| stay(bare, topside));
        let of_full = stay(full, topside);
        (of_bare.join(), of_full)
    });
    let figures = |fleet: &Fleet, start: Option<Start>, cost: Cost| {
        let kept = folder(fleet).join("history.db").metadata().ok().map(|file| file.len());
        anyhow::Ok(Figures { start: start.context("nothing was started")?, cost, kept })
    };
    let of_bare = of_bare.map_err(|_| anyhow!("a measurement panicked"))??;
    let full = figures(full, starts.pop(), of_full?)?;
    Ok(Both { bare: figures(bare, starts.pop(), of_bare)?, full })
}

fn stay(fleet: &Fleet, topside: &Monitor) -> anyhow::Result<Cost> {
    cost::measure(fleet, std::slice::from_ref(topside), SECONDS)?.pop().context("nothing was measured")
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

fn table(starts: &[&Figures; 4]) -> String {
    let mut table = "\
| | first start: no history | 10 GB | second start: no history | 10 GB |
|---|---:|---:|---:|---:|
"
    .to_owned();
    for (title, figure) in ROWS {
        let cells = starts.map(|start| number(figure(start)));
        let _ = writeln!(table, "| {title} | {} |", cells.join(" | "));
    }
    table
}

fn claims(first: &Both, second: &Both) -> Vec<Claim> {
    let row = |both: &Both| both.full.start.first.zip(both.bare.start.first).map(|(full, bare)| full / bare);
    let cpu = |both: &Both| both.full.cost.cpu() / both.bare.cost.cpu();
    vec![
        Claim::at_most(1.5, "First session on the screen, first start: beside history / without", row(first)),
        Claim::at_most(1.5, "… second start", row(second)),
        Claim::at_most(1.2, "CPU after 20 s, first start: beside history / without", cpu(first)),
        Claim::at_most(1.2, "… second start", cpu(second)),
        Claim::at_most(64.0, "Peak memory, MB", first.full.cost.peak_rss_mb.max(second.full.cost.peak_rss_mb)),
        // Where nothing is kept, nothing was read, and the rest says nothing.
        Claim::at_least(1.0, "Database after the first start, MB", first.full.kept.map(|bytes| bytes as f64 / 1e6)),
    ]
}
