//! Real agents in homes of their own, driven by a model server that knows the truth, and topside looking on.

mod agent;
mod hooks;
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
mod wish;

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::anyhow;

use self::report::Row;
use self::scenario::Scenario;
use self::stage::{Outcome, Setting, Stage};
use self::wish::Wish;
use crate::{Verdict, needs, repo};

/// Scenarios played at once. Most of a scenario is waiting.
const PARALLEL: usize = 8;

/// Plays the scenarios `args` names: `--codex`, `--claude`, `--headless`, `--tui`, names, or nothing for all. `--hooks` puts
/// topside into their hooks first, `--write` keeps the table in docs/status.md, `--record` keeps what the agents wrote as fixtures.
pub(crate) fn run(args: &[String]) -> anyhow::Result<Verdict> {
    let wish = Wish::read(args)?;
    needs::meet()?;
    let target = repo::metadata()?.target_directory;
    let programs = agent::install(&target, &wish.agents(), &wish.versions)?;
    let setting = Setting {
        dir: target.join("e2e"),
        programs,
        versions: wish.versions.clone(),
        topside: repo::topside(true)?,
        hooks: wish.hooks,
    };
    let mut rows = play(&wish, &setting);
    play_again(&mut rows, &wish, &setting);
    let table = report::table(&rows);
    let problems: Vec<String> = rows.iter().flat_map(report::problems).collect();
    println!("\n{table}\n{}\n", problems.join("\n"));
    if wish.write {
        report::write(&repo::root().join("docs/status.md"), &table, wish.hooks)?;
    }
    let failed = rows.iter().filter(|row| !row.passed()).count();
    println!("{} passed; {failed} failed", rows.len() - failed);
    Ok(if failed == 0 { Verdict::Passed } else { Verdict::Failed })
}

/// Plays all scenarios, several at once; the rows are in the order of the scenarios.
fn play(wish: &Wish, setting: &Setting) -> Vec<Row> {
    let next = AtomicUsize::new(0);
    let rows = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..PARALLEL {
            scope.spawn(|| {
                while let Some((n, scenario)) = take(&next, &wish.scenarios) {
                    let row = row(scenario, setting, wish.record, 1);
                    rows.lock().expect("no row panics").push((n, row));
                }
            });
        }
    });
    let mut rows = rows.into_inner().expect("no row panics");
    rows.sort_by_key(|(n, _)| *n);
    rows.into_iter().map(|(_, row)| row).collect()
}

/// Plays what failed once more, alone: beside seven others on a small machine, an agent or a sample may come late. The
/// table says which those were.
fn play_again(rows: &mut [Row], wish: &Wish, setting: &Setting) {
    for (row, scenario) in rows.iter_mut().zip(&wish.scenarios).filter(|(row, _)| !row.passed()) {
        println!("{}", report::problems(row).join("\n"));
        *row = self::row(scenario, setting, wish.record, 2);
    }
}

fn row(scenario: &Scenario, setting: &Setting, keep: bool, tries: u32) -> Row {
    let outcome = play_one(scenario, setting, keep);
    let row = Row { agent: scenario.agent.name(), scenario: scenario.name, outcome, tries };
    println!("{}", report::story(&row));
    row
}

fn take<'a>(next: &AtomicUsize, scenarios: &'a [Scenario]) -> Option<(usize, &'a Scenario)> {
    let n = next.fetch_add(1, Ordering::Relaxed);
    scenarios.get(n).map(|scenario| (n, scenario))
}

fn play_one(scenario: &Scenario, setting: &Setting, keep: bool) -> anyhow::Result<Outcome> {
    let stage = Stage::new(*scenario, setting)?;
    (scenario.play)(&stage).map_err(|error| anyhow!("{error:#}\n{}", stage.scratch().logs()))?;
    if keep {
        record::record(scenario, stage.scratch(), &setting.versions, &repo::root().join("crates/collect/testdata"))?;
    }
    stage.judge()
}
