//! The screen over small fleets: its pictures, its colours, what keys do to it.

mod accounts;
mod acting;
mod common;
mod consumers;
mod fleets;
mod frames;
mod keys;
mod looks;
mod past;
/// The costs that documents are tested with.
#[path = "../../../export/tests/it/spent.rs"]
mod spent;
mod usage;
