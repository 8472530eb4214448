//! `topside reclaim`.

use std::io::{self, IsTerminal, Write};

use clap::Args;
use topside_catalog::ending;
use topside_model::{Ending, Leftover, Snapshot};

use super::hands::OsHands;
use super::stop::{self, Leave};
use super::stop_command::{Manner, end};
use crate::command::print_error;
use crate::exit::Exit;

/// `topside reclaim`.
#[derive(Debug, Args)]
pub(crate) struct Reclaim {
    /// Print JSON and end nothing
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) manner: Manner,
}

impl Reclaim {
    /// True when something shall be ended: that was said, or there is somebody to ask.
    pub(crate) fn ends(&self) -> bool {
        let somebody = || io::stdin().is_terminal() && io::stdout().is_terminal() && io::stderr().is_terminal();
        !self.json && !self.manner.dry_run && (self.manner.yes || somebody())
    }
}

/// Ends everything that is left over and runs. What must not be ended is named and left out.
pub(crate) fn reclaim(asked: &Reclaim, snapshot: &Snapshot) -> anyhow::Result<Exit> {
    let endings: Vec<Ending> = snapshot.leftovers.iter().filter_map(Leftover::ending).collect();
    if endings.is_empty() {
        return Ok(Exit::Ok);
    }
    let hands = OsHands::new()?;
    let leave = Leave { any_user: asked.manner.any_user, others: asked.manner.force };
    let may_end = |ending: &Ending| match stop::check(ending, leave, &hands) {
        Ok(()) => true,
        Err(refusal) => {
            print_error(&format!("not ended: {}: {refusal}", ending::title(ending)));
            false
        }
    };
    let endings: Vec<Ending> = endings.into_iter().filter(may_end).collect();
    if endings.is_empty() {
        return Ok(Exit::Failure);
    }
    writeln!(io::stdout()).ok();
    end(&endings, asked.manner, snapshot.taken_at, &hands)
}
