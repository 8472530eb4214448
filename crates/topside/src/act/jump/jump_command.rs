//! `topside jump`, and the same by a key.

use std::io::{self, Write};

use anyhow::Context;
use clap::Args;
use topside_catalog::text::neutralise;
use topside_export::find;
use topside_model::{ProcessRef, Session, Snapshot};

use super::{Lost, Scene, Step, Way, way};
use crate::act::hands::{Hands, OsHands, User};
use crate::act::run::OsRuns;
use crate::command::unclear;
use crate::exit::Exit;

/// `topside jump`.
#[derive(Debug, Args)]
pub(crate) struct Jump {
    /// Which session: its id, the start of its id, or its name
    #[arg(value_name = "SESSION")]
    pub(crate) session: String,
    /// Only show what would be run
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// Brings the terminal of a session to the front.
pub(crate) fn jump(asked: &Jump, snapshot: &Snapshot) -> anyhow::Result<Exit> {
    let session = match find(snapshot, &asked.session) {
        Ok(session) => session,
        Err(error) => return Ok(unclear(&error)),
    };
    let failed = || format!("jump to {}", neutralise(&asked.session));
    let way = way_to(session, snapshot, &OsHands::new().with_context(failed)?).with_context(failed)?;
    let lines: Vec<String> = if asked.dry_run {
        let calls = way.steps.iter().flat_map(Step::all_calls).map(ToString::to_string);
        calls.chain(way.notes).collect()
    } else {
        way.go(&OsRuns).with_context(failed)?.notes
    };
    let mut lines = lines.iter().map(|line| neutralise(line));
    lines.try_for_each(|line| writeln!(io::stdout(), "{line}")).context("write to standard output")?;
    Ok(Exit::Ok)
}

/// Brings the terminal of a session to the front, and says in a line how that went.
pub(crate) fn by_key(session: &Session, snapshot: &Snapshot, hands: &dyn Hands) -> Result<String, Lost> {
    let way = way_to(session, snapshot, hands)?;
    let arrival = way.go(&OsRuns)?;
    let mut told = vec![format!("Brought to the front in {}", arrival.through.join(" in "))];
    told.extend(arrival.notes);
    Ok(neutralise(&format!("{}.", told.join("; "))))
}

fn way_to(session: &Session, snapshot: &Snapshot, hands: &dyn Hands) -> Result<Way, Lost> {
    let scene = Scene::look(&OsRuns).map_err(|error| Lost(error.to_string()))?;
    let pid = scene.presenter(session, snapshot)?;
    // What the environment of another user's program says is not to be acted upon.
    let process = scene.process(pid).ok_or_else(|| Lost(format!("pid {pid} is gone; look again")))?;
    own(process, hands)?;
    way(&scene, pid, &OsRuns)
}

fn own(process: ProcessRef, hands: &dyn Hands) -> Result<(), Lost> {
    let pid = process.pid;
    match hands.user(process) {
        Ok(Some(User::Same)) => Ok(()),
        Ok(Some(User::Other(_))) => Err(Lost(format!("pid {pid} belongs to another user"))),
        Ok(None) => Err(Lost(format!("pid {pid} is gone; look again"))),
        Err(error) => Err(Lost(format!("pid {pid}: {error}"))),
    }
}
