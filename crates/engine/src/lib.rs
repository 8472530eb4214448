//! Folds events into state.
//!
//! **Invariant.** The same facts, however often repeated, give the same state; totals are derived from maps keyed by
//! identity, never summed over lines.
//! **Invariant.** Nothing here asks what time it is or touches the machine: time comes with events or as an argument.

mod calls;
mod claims;
mod cost;
mod engine;
mod hold;
mod latest;
mod mark;
mod report;
mod session;
mod settings;
mod status;
mod touches;
mod turns;
mod view;

pub use engine::Engine;
