//! Everything that can be said of collecting without a machine.
#![expect(clippy::disallowed_methods, reason = "tests read their fixtures")]

mod chunking;
mod common;
mod contract;
mod following;
mod golden;
mod hostile;
