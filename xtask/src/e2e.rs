//! Real agents in homes of their own, driven by a model server that knows the truth, and topside looking on.

mod agent;
mod judge;
mod process;
mod record;
mod report;
mod scenario;
mod scratch;
mod stage;
mod terminal;
mod truth;
mod watch;

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context as _, anyhow};

use self::report::Row;
use self::scenario::{ALL, Place, Scenario};
use self::stage::{Outcome, Setting, Stage};
use crate::{Verdict, needs, repo};

/// Scenarios played at once. Most of a scenario is waiting.
const PARALLEL: usize = 4;

/// What is asked for on the command line.
#[derive(Debug, Default)]
struct Wish {
    scenarios: Vec<Scenario>,
    /// Keep the table in docs/status.md.
    write: bool,
    /// Keep what the agents wrote as fixtures.
    record: bool,
}

/// Plays the scenarios `args` names: `--headless`, `--tui`, names, or nothing for all. `--write` keeps the table in
/// docs/status.md, `--record` keeps what the agents wrote as fixtures.
pub(crate) fn run(args: &[String]) -> anyhow::Result<Verdict> {
    let wish = Wish::read(args)?;
    needs::meet()?;
    let target = repo::metadata()?.target_directory;
    let agents = agent::install(&target)?;
    let setting = Setting { dir: target.join("e2e"), agents, topside: repo::topside(false)? };
    let rows = play(&wish, &setting);
    let table = report::table(&rows);
    let problems: Vec<String> = rows.iter().flat_map(report::problems).collect();
    println!("\n{table}\n{}\n", problems.join("\n"));
    if wish.write {
        report::write(&repo::root().join("docs/status.md"), &table)?;
    }
    let failed = rows.iter().filter(|row| !row.passed()).count();
    println!("{} passed; {failed} failed", rows.len() - failed);
    Ok(if failed == 0 { Verdict::Passed } else { Verdict::Failed })
}

impl Wish {
    fn read(args: &[String]) -> anyhow::Result<Self> {
        let mut wish = Self::default();
        let of = |place| ALL.iter().filter(move |scenario| scenario.place == place);
        for arg in args {
            match arg.as_str() {
                "--write" => wish.write = true,
                "--record" => wish.record = true,
                "--headless" => wish.scenarios.extend(of(Place::Headless)),
                "--tui" => wish.scenarios.extend(of(Place::Terminal)),
                name => wish.scenarios.push(*ALL.iter().find(|scenario| scenario.name == name).with_context(|| {
                    let names: Vec<_> = ALL.iter().map(|scenario| scenario.name).collect();
                    format!("no scenario is called {name}; there are --headless, --tui, {}", names.join(", "))
                })?),
            }
        }
        if wish.scenarios.is_empty() {
            wish.scenarios = ALL.to_vec();
        }
        Ok(wish)
    }
}

/// Plays all scenarios, several at once; the rows are in the order of the scenarios.
fn play(wish: &Wish, setting: &Setting) -> Vec<Row> {
    let next = AtomicUsize::new(0);
    let rows = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..PARALLEL {
            scope.spawn(|| {
                while let Some((n, scenario)) = take(&next, &wish.scenarios) {
                    let row = Row { scenario: scenario.name, outcome: play_one(scenario, setting, wish.record) };
                    println!("{} {}", if row.passed() { "ok   " } else { "WRONG" }, row.scenario);
                    rows.lock().expect("no row panics").push((n, row));
                }
            });
        }
    });
    let mut rows = rows.into_inner().expect("no row panics");
    rows.sort_by_key(|(n, _)| *n);
    rows.into_iter().map(|(_, row)| row).collect()
}

fn take<'a>(next: &AtomicUsize, scenarios: &'a [Scenario]) -> Option<(usize, &'a Scenario)> {
    let n = next.fetch_add(1, Ordering::Relaxed);
    scenarios.get(n).map(|scenario| (n, scenario))
}

fn play_one(scenario: &Scenario, setting: &Setting, keep: bool) -> anyhow::Result<Outcome> {
    let stage = Stage::new(*scenario, setting)?;
    (scenario.play)(&stage).map_err(|error| anyhow!("{error:#}\n{}", stage.scratch().logs()))?;
    if keep {
        record::record(scenario, stage.scratch(), &repo::root().join("crates/collect/testdata/codex"))?;
    }
    stage.judge()
}
