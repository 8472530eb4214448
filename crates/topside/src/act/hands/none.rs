//! Systems on which topside ends nothing.

use std::io;
use std::time::Duration;

use topside_model::ProcessRef;

use super::{Hands, Signal, User};

/// The machine topside runs on.
pub(crate) struct OsHands;

impl OsHands {
    /// An error: nothing can be done here.
    pub(crate) fn new() -> io::Result<Self> {
        Err(unsupported())
    }
}

impl Hands for OsHands {
    fn user(&self, _: ProcessRef) -> io::Result<Option<User>> {
        Err(unsupported())
    }

    fn signal(&self, _: ProcessRef, _: Signal) -> io::Result<bool> {
        Err(unsupported())
    }

    fn wait(&self, _: &[ProcessRef], _: Duration) -> io::Result<Vec<ProcessRef>> {
        Err(unsupported())
    }

    fn ancestry(&self) -> Vec<u32> {
        vec![std::process::id()]
    }
}

fn unsupported() -> io::Error {
    io::Error::new(io::ErrorKind::Unsupported, "topside ends no processes on this system; end them by their numbers")
}
