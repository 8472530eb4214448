//! Everything that can be said of collecting without a machine.
#![expect(clippy::disallowed_methods, reason = "tests read their fixtures")]

mod by_hand;
mod chunking;
mod claude_helpers;
mod claude_lines;
mod claude_live;
mod claude_machine;
mod claude_registry;
mod codex_daemon;
mod common;
mod contract;
mod dialects;
mod following;
mod golden;
mod hostile;
mod inherited;
mod listing;
mod loaded;
mod notes;
mod signals;
mod titles;
mod usage_level;
mod witness;
