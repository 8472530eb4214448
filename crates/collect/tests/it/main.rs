//! Everything that can be said of collecting without a machine.

mod chunking;
mod common;
mod contract;
mod following;
mod golden;
mod hostile;
