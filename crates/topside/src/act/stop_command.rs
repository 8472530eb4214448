//! `topside stop`.

use std::io::{self, Write};

use anyhow::{Context, bail, ensure};
use clap::Args;
use topside_catalog::ending;
use topside_export::{FindError, find};
use topside_model::{Ending, ProcessRef, Snapshot, Timestamp};

use super::hands::{Hands, OsHands};
use super::stop::{self, Leave, Outcome};
use crate::ask::agrees;
use crate::command::{complain, print_error, senseless, unclear};
use crate::exit::Exit;

/// `topside stop`.
#[derive(Debug, Args)]
pub(crate) struct Stop {
    /// Which session: its id, the start of its id, or its name
    #[arg(value_name = "SESSION", required_unless_present = "pid")]
    pub(crate) session: Option<String>,
    /// A process of a session instead, with what descends from it
    #[arg(long, value_name = "PID", conflicts_with = "session")]
    pub(crate) pid: Option<u32>,
    #[command(flatten)]
    pub(crate) manner: Manner,
}

/// How things are ended.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Manner {
    /// Only show what would end
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Do not ask first
    #[arg(long)]
    pub(crate) yes: bool,
    /// End by force (SIGKILL) what does not end when asked to, and a process although it has other sessions loaded
    #[arg(long)]
    pub(crate) force: bool,
    /// End processes of other users too
    #[arg(long)]
    pub(crate) any_user: bool,
}

/// Ends a session or a process of this snapshot.
pub(crate) fn stop(asked: &Stop, snapshot: &Snapshot) -> anyhow::Result<Exit> {
    let ending = match (&asked.session, asked.pid) {
        (_, Some(pid)) => snapshot.ending_at(pid).with_context(|| {
            format!("stop pid {pid}: it is no process of an agent; `topside show SESSION` lists those of a session")
        })?,
        (Some(wanted), None) => match of_session(snapshot, wanted) {
            Ok(found) => found.with_context(|| format!("stop {wanted}: nothing of it runs"))?,
            Err(error) => return Ok(unclear(&error)),
        },
        (None, None) => bail!("stop nothing: name a session or give --pid"),
    };
    end(&[ending], asked.manner, snapshot.taken_at, &OsHands::new().context("stop processes")?)
}

fn of_session(snapshot: &Snapshot, wanted: &str) -> Result<Option<Ending>, FindError> {
    find(snapshot, wanted).map(|session| snapshot.ending_of(session))
}

/// Ends things in the manner that was asked for: shows them, asks, ends them, and asks again before force.
pub(super) fn end(endings: &[Ending], manner: Manner, now: Timestamp, hands: &dyn Hands) -> anyhow::Result<Exit> {
    let leave = Leave { any_user: manner.any_user, others: manner.force };
    for ending in endings {
        stop::check(ending, leave, hands).with_context(|| format!("stop {}", ending::title(ending)))?;
    }
    say(&described(endings, now))?;
    if manner.dry_run {
        return Ok(Exit::Ok);
    }
    if !manner.yes {
        match agrees("End it?").context("ask whether to end it")? {
            Some(true) => {}
            Some(false) => return say("Nothing was ended.\n").map(|()| Exit::Ok),
            None => return Ok(senseless("nobody is there to ask; say --yes, or --dry-run to only look")),
        }
    }
    let mut all_ended = true;
    for ending in endings {
        match end_one(ending, manner, hands) {
            Ok(ended) => all_ended &= ended,
            // What goes on does not keep the rest from ending.
            Err(error) => {
                complain(&error);
                all_ended = false;
            }
        }
    }
    Ok(if all_ended { Exit::Ok } else { Exit::Failure })
}

/// True when it is gone.
fn end_one(ending: &Ending, manner: Manner, hands: &dyn Hands) -> anyhow::Result<bool> {
    let mut outcome = stop::ask(&ending.refs(), hands);
    fail(&outcome)?;
    if !outcome.is_done() {
        let still = format!("pid {} did not end when asked to.", numbers(&outcome.left));
        let forced = manner.force || agrees(&format!("{still} End it by force?"))?.unwrap_or(false);
        if !forced {
            print_error(&format!("{still} --force ends it"));
            return Ok(false);
        }
        outcome = stop::force(&outcome.left, hands);
        fail(&outcome)?;
    }
    ensure!(outcome.left.is_empty(), "stop {}: pid {} runs on", ending::title(ending), numbers(&outcome.left));
    say(&format!("Ended: {}.\n", ending::title(ending)))?;
    Ok(true)
}

fn fail(outcome: &Outcome) -> anyhow::Result<()> {
    match outcome.faults.first() {
        Some((pid, error)) => bail!("stop pid {pid}: {error}"),
        None => Ok(()),
    }
}

/// What ends, one line for each process.
fn described(endings: &[Ending], now: Timestamp) -> String {
    let each = endings.iter().map(|ending| {
        let lines: Vec<String> =
            ending.processes.iter().map(|process| format!("  {}\n", ending::line(process, now))).collect();
        format!("{}:\n{}", ending::title(ending), lines.concat())
    });
    each.collect()
}

fn numbers(processes: &[ProcessRef]) -> String {
    processes.iter().map(|process| process.pid.to_string()).collect::<Vec<_>>().join(", ")
}

fn say(text: &str) -> anyhow::Result<()> {
    write!(io::stdout(), "{text}").context("write to standard output")
}
