//! Every test of the project, in sections.

mod tally;

use std::process::Command;
use std::time::Instant;

use anyhow::Context as _;

use crate::test::tally::Tally;
use crate::{Verdict, corpus, needs, shell};

/// Scenarios in which hooks have something to say, and those that end what they said.
const ASKING: &[&str] = &[
    "approval-granted",
    "approval-denied",
    "approval-in-script",
    "approval-of-edit",
    "question",
    "interrupt",
    "sdk-approval",
];

/// A part of the tests: a program that runs them and says how many did what.
struct Section {
    title: &'static str,
    plan: Plan,
}

enum Plan {
    Run(Command),
    Skip(String),
}

/// Runs all sections, the quick ones first and the rest even when one fails.
pub(crate) fn run() -> anyhow::Result<Verdict> {
    needs::meet_for_tests();
    let mut total = Tally::default();
    let mut lines = Vec::new();
    for section in sections()? {
        println!("\n== {} ==", section.title);
        let began = Instant::now();
        let tally = outcome(section.plan)?;
        lines.push(format!("{:<10} {tally} in {} s", section.title, began.elapsed().as_secs()));
        total += tally;
    }
    println!("\n== summary ==\n{}\n{total}", lines.join("\n"));
    Ok(if total.failed == 0 { Verdict::Passed } else { Verdict::Failed })
}

fn sections() -> anyhow::Result<Vec<Section>> {
    let task = |words: &[&str]| {
        let mut command = Command::new(std::env::current_exe().context("find this program")?);
        command.args(words);
        anyhow::Ok(Plan::Run(command))
    };
    let mut tests = shell::cargo();
    if shell::find("cargo-nextest").is_some() {
        tests.args(["nextest", "run", "--workspace", "--no-fail-fast"]);
    } else {
        tests.args(["test", "--workspace", "--all-targets", "--no-fail-fast"]);
    }
    let mut doc = shell::cargo();
    doc.args(["test", "--workspace", "--doc", "--no-fail-fast"]);
    let homes = corpus::default_homes();
    let of_corpus = |task: anyhow::Result<Plan>| {
        if homes.is_dir() { task } else { Ok(Plan::Skip(format!("there is no {}", homes.display()))) }
    };
    let (corpus, crash) = (of_corpus(task(&["corpus"]))?, of_corpus(task(&["crash", "100"]))?);
    let decode = if counts_instructions() {
        task(&["bench", "decode"])?
    } else {
        Plan::Skip("the budget of instructions is that of Linux on x86-64 with AVX2".to_owned())
    };
    let on_unix = |task: anyhow::Result<Plan>| {
        if cfg!(unix) { task } else { Ok(Plan::Skip("the agents are driven through tmux".to_owned())) }
    };
    let end_to_end = on_unix(task(&["e2e"]))?;
    let with_hooks = on_unix(task(&[&["e2e", "--hooks"], ASKING].concat()))?;
    Ok(vec![
        Section { title: "tests", plan: Plan::Run(tests) },
        Section { title: "doc tests", plan: Plan::Run(doc) },
        Section { title: "corpus", plan: corpus },
        Section { title: "crashes", plan: crash },
        Section { title: "decode", plan: decode },
        Section { title: "end to end", plan: end_to_end },
        Section { title: "with hooks", plan: with_hooks },
    ])
}

/// True where instructions can be compared with the budget: libraries choose theirs by what the processor has.
fn counts_instructions() -> bool {
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    return std::arch::is_x86_feature_detected!("avx2");
    #[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
    return false;
}

/// Runs a section. One that fails without naming a failed test, and one that counts none, counts as one.
fn outcome(plan: Plan) -> anyhow::Result<Tally> {
    let mut command = match plan {
        Plan::Run(command) => command,
        Plan::Skip(why) => {
            println!("skipped: {why}");
            return Ok(Tally { skipped: 1, ..Tally::default() });
        }
    };
    let mut tally = Tally::default();
    let succeeded = shell::watch(&mut command, |line| tally += Tally::of(line).unwrap_or_default())?;
    if !succeeded && tally.failed == 0 {
        tally.failed = 1;
    } else if tally == Tally::default() {
        tally.passed = 1;
    }
    Ok(tally)
}
