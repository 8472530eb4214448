//! One folder an agent.

pub(crate) mod claude;
pub(crate) mod codex;
mod program;
