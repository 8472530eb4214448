//! Notifications: the rules of a user, looked after while topside runs, and told in the ways the user chose.
//!
//! **Invariant.** Nothing is told, sent or started unless a rule of the configuration asks for it.
//! **Invariant.** Telling never keeps the screen waiting.

mod command;
mod desktop;
mod kept;
mod message;
mod post;
mod program;
mod target;
mod terminal;
mod watch;
mod webhook;

use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;

use crossbeam_channel::{Receiver, bounded};
use topside_model::{AlertPolicy, Delivery};

pub(crate) use command::{Asked, What, deliveries, run};
pub(crate) use target::Target;
pub(crate) use webhook::Address;

use crate::cli::Options;
use crate::live::Live;
use kept::{Kept, folder};

/// Bells and the like that may wait for the screen.
const WAITING: usize = 16;

/// What the configuration says of notifications.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Plan {
    /// Rules and manners.
    pub(crate) policy: AlertPolicy,
    /// For each rule, where its alerts go.
    pub(crate) to: Vec<BTreeSet<Target>>,
    /// Where a webhook is.
    pub(crate) webhook: Option<Address>,
    /// The program to start, and its arguments.
    pub(crate) command: Vec<String>,
}

impl Plan {
    /// Every way that some rule uses.
    pub(crate) fn targets(&self) -> BTreeSet<Target> {
        self.to.iter().flatten().copied().collect()
    }
}

/// Looks after the rules of these options while the screen shows `live`. What is to be written to its terminal comes out
/// here: the screen alone writes to it.
pub(crate) fn beside(live: &Live, options: &Options) -> Receiver<Vec<u8>> {
    let (put, aside) = bounded(WAITING);
    if let Some(plan) = options.set.notify.clone() {
        let ringing = live.clone();
        let say: post::Say = Arc::new(move |bytes: &[u8]| {
            put.try_send(bytes.to_vec()).map_err(|_| io::Error::other("the screen does not come to it"))?;
            ringing.ring();
            Ok(())
        });
        watch::start(live, plan, Kept::at(folder(options)), say, options.now);
    }
    aside
}

/// How `targets` fare, as far as `known` tells.
fn complete(targets: &BTreeSet<Target>, known: &[Delivery]) -> Vec<Delivery> {
    let fares = |target: &Target| {
        let known = known.iter().find(|delivery| delivery.target == target.id());
        known.cloned().unwrap_or(Delivery { target: target.id(), sent_at: None, failed: None })
    };
    targets.iter().map(fares).collect()
}
