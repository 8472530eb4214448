//! What topside does to the machine, each thing only when a person asked for it.
//!
//! Nothing here is part of the data path: what is shown never depends on it. Views give back intentions
//! ([`Effect`](topside_tui::Effect)), the command line has commands of its own, and both end here. The machine is touched
//! through [`Hands`](hands::Hands) alone, which tests replace.

mod actor;
mod hands;
mod jump;
mod reclaim_command;
mod run;
mod stop;
mod stop_command;

pub(crate) use actor::Actor;
pub(crate) use hands::OsHands;
pub(crate) use jump::{Jump, jump};
pub(crate) use reclaim_command::{Reclaim, reclaim};
pub(crate) use stop_command::{Stop, stop};
