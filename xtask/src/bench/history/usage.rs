//! Reports over many transcripts, beside a count of their lines and ccusage.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};

use crate::bench::claims::{self, Claim};
use crate::bench::history::homes::{self, Home, transcripts};
use crate::bench::history::{Section, quick, rival};
use crate::bench::report::number;
use crate::bench::spent::{Spent, best, spend};
use crate::bench::{machine, today};
use crate::{repo, shell};

/// Each program runs so often, in turn.
const ROUNDS: usize = 5;
/// So often over the many small ones.
const FEW_ROUNDS: usize = 2;

/// The same report is asked for so often after the first one.
const AGAIN: usize = 4;

/// Programs that are measured side by side.
struct Programs {
    topside: PathBuf,
    ccusage: Option<PathBuf>,
    /// A folder for what they write.
    scratch: tempfile::TempDir,
}

/// The best of each program's runs over one home.
struct Figures {
    /// Every line's end looked for.
    newlines: Spent,
    wc: Spent,
    ours: Reports,
    ccusage: Option<Spent>,
}

/// Reports of one history.
#[derive(Clone, Copy)]
struct Reports {
    /// The first one, which reads everything.
    first: Spent,
    /// The same, for which nothing is new, right after that: what the processor remembers is of the first one.
    next: Spent,
    /// The same, asked for repeatedly.
    again: Spent,
    /// Another one, which is worked out of what is kept.
    other: Spent,
}

/// Measures over 4 GB and over many small transcripts.
pub(super) fn measure(kept: Option<&Path>) -> anyhow::Result<Section> {
    let programs = Programs {
        topside: repo::topside(true)?,
        ccusage: rival::ccusage()?,
        scratch: tempfile::tempdir().context("make a folder")?,
    };
    if programs.ccusage.is_none() {
        println!("bench: skipped: ccusage, for which npm is not here");
    }
    let large = homes::large(kept)?;
    println!("bench: {} transcripts, {} bytes in {}", large.files, large.bytes, large.path.display());
    let over_large = programs.over(&large)?;
    let many = homes::many()?;
    println!("bench: {} transcripts, {} bytes in {}", many.files, many.bytes, many.path.display());
    let over_many = (0..FEW_ROUNDS).map(|_| programs.reports(&many.path)).collect::<anyhow::Result<Vec<_>>>()?;
    let over_many = Reports::best(&over_many).context("nothing was measured")?;
    let mut text = head(&programs, &large)?;
    text += &table(&over_large, &many, over_many);
    let (claims, all_hold) = claims::table(&claims(&over_large, over_many));
    let _ = write!(text, "\n{claims}");
    Ok(Section { text, all_hold })
}

impl Reports {
    fn best(all: &[Self]) -> Option<Self> {
        let of = |report: fn(&Self) -> Spent| best(&all.iter().map(report).collect::<Vec<_>>());
        let (first, next) = (of(|all| all.first)?, of(|all| all.next)?);
        Some(Self { first, next, again: of(|all| all.again)?, other: of(|all| all.other)? })
    }
}

impl Programs {
    fn over(&self, home: &Home) -> anyhow::Result<Figures> {
        let list = self.scratch.path().join("transcripts");
        let files = transcripts(&home.path)?;
        let files: Vec<&[u8]> = files.iter().map(|file| file.as_os_str().as_encoded_bytes()).collect();
        std::fs::write(&list, files.join(&0)).context("write the list of transcripts")?;
        let mut newlines = quick()?;
        newlines.arg("newlines").arg(&home.path);
        let mut wc = Command::new("wc");
        wc.arg("-l").arg(format!("--files0-from={}", list.display()));
        // What is not in memory yet comes there.
        spend(&mut newlines)?;
        let mut runs: [Vec<Spent>; 3] = Default::default();
        let mut reports = Vec::new();
        for round in 1..=ROUNDS {
            println!("bench: round {round} of {ROUNDS}");
            runs[0].push(spend(&mut newlines)?.0);
            runs[1].push(spend(&mut wc)?.0);
            reports.push(self.reports(&home.path)?);
            if let Some(program) = &self.ccusage {
                runs[2].push(spend(&mut self.rival(program, &home.path)?)?.0);
            }
        }
        let [newlines, wc, ccusage] = runs.map(|runs| best(&runs));
        let figures = || Some(Figures { newlines: newlines?, wc: wc?, ours: Reports::best(&reports)?, ccusage });
        figures().context("nothing was measured")
    }

    /// Reports of a history that nobody has read yet.
    fn reports(&self, home: &Path) -> anyhow::Result<Reports> {
        let kept = tempfile::tempdir_in(self.scratch.path()).context("make a folder")?;
        let report = |period| {
            let mut report = Command::new(&self.topside);
            report.args(["usage", period, "--timezone", "UTC", "--root"]).arg(home);
            report.arg("--history").arg(kept.path().join("history.db"));
            spend(&mut report)
        };
        let (first, said) = report("daily")?;
        let mut runs = Vec::new();
        for _ in 0..AGAIN {
            let (again, same) = report("daily")?;
            if said != same || said.is_empty() {
                bail!("topside says something else the second time:\n{said}\n{same}");
            }
            runs.push(again);
        }
        let (next, again) = runs.first().copied().zip(best(&runs)).context("nothing was measured")?;
        Ok(Reports { first, next, again, other: report("weekly")?.0 })
    }

    /// Its report of every day, without a network and with a home of its own.
    fn rival(&self, program: &Path, home: &Path) -> anyhow::Result<Command> {
        let own = self.scratch.path().join("home");
        std::fs::create_dir_all(&own).context("make a folder")?;
        let mut command = Command::new(program);
        command.args(["daily", "--json", "--offline"]).current_dir(&own).env_clear();
        command.env("HOME", &own).env("PATH", "/usr/bin:/bin").env("TZ", "UTC");
        command.env("CLAUDE_CONFIG_DIR", home.join(".claude")).env("CODEX_HOME", home.join(".codex"));
        Ok(command)
    }

    /// Names and versions, as the programs say them.
    fn versions(&self) -> anyhow::Result<String> {
        let mut versions = shell::output(Command::new(&self.topside).arg("--version"))?.trim().to_owned();
        if let Some(program) = &self.ccusage {
            let _ = write!(versions, ", {}", shell::output(Command::new(program).arg("--version"))?.trim());
        }
        Ok(versions)
    }
}

fn head(programs: &Programs, large: &Home) -> anyhow::Result<String> {
    Ok(format!(
        "## History: reports\n\n{} transcripts of {:.2} GB, in memory; the best of {ROUNDS} runs in turn. {}. Measured on \
         {}, {}.\n\n",
        large.files,
        large.bytes as f64 / 1e9,
        programs.versions()?,
        today(),
        machine()?,
    ))
}

fn table(large: &Figures, many: &Home, of_many: Reports) -> String {
    let mut table = "\
| | CPU, s | … / lines counted | wall, s | peak memory, MB |
|---|---:|---:|---:|---:|
"
    .to_owned();
    let mut row = |title: &str, spent: Option<Spent>, of_large: bool| {
        let figure = |of: fn(Spent) -> f64| number(spent.map(of));
        let ratio = number(spent.filter(|_| of_large).map(|spent| spent.cpu / large.newlines.cpu));
        let (cpu, wall, peak) = (figure(|of| of.cpu), figure(|of| of.wall), figure(|of| of.peak));
        let _ = writeln!(table, "| {title} | {cpu} | {ratio} | {wall} | {peak} |");
    };
    row("Lines counted: `read` and `memchr`, one core", Some(large.newlines), true);
    row("`wc -l`, which counts many at once", Some(large.wc), true);
    row("`topside usage daily`, the first time", Some(large.ours.first), true);
    row("… again, right after that", Some(large.ours.next), true);
    row("… again and again", Some(large.ours.again), true);
    row("`topside usage weekly` after that", Some(large.ours.other), true);
    row("`ccusage daily --json --offline`", large.ccusage, true);
    let megabytes = many.bytes / 1_000_000;
    row(
        &format!("`topside usage daily` over {} transcripts of {megabytes} MB, the first time", many.files),
        Some(of_many.first),
        false,
    );
    row("… again, right after that", Some(of_many.next), false);
    row("… again and again", Some(of_many.again), false);
    row("`topside usage weekly` after that", Some(of_many.other), false);
    table
}

fn claims(large: &Figures, of_many: Reports) -> Vec<Claim> {
    let Figures { newlines, wc, ours: Reports { first, again, other, .. }, ccusage } = large;
    let beside = |of: fn(Spent) -> f64| ccusage.map(|ccusage| of(ccusage) / of(*first));
    vec![
        Claim::at_most(1.7, "First report: CPU / that of counting lines", first.cpu / newlines.cpu),
        Claim::at_most(1.7, "First report: CPU / that of `wc -l`", first.cpu / wc.cpu),
        Claim::at_most(1.7, "First report: wall time / that of counting lines", first.wall / newlines.wall),
        Claim::at_least(5.0, "ccusage: CPU / that of the first report", beside(|of| of.cpu)),
        Claim::at_least(1.0, "ccusage: peak memory / that of the first report", beside(|of| of.peak)),
        Claim::at_least(100.0, "First report: wall time / that of the same again and again", first.wall / again.wall),
        Claim::at_most(64.0, "Peak memory, MB", first.peak.max(again.peak).max(other.peak)),
        Claim::at_most(64.0, "Peak memory over many small transcripts, MB, the first time", of_many.first.peak),
        Claim::at_most(64.0, "… afterwards", of_many.again.peak.max(of_many.other.peak)),
    ]
}
