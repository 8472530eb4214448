//! One folder an agent.

pub(crate) mod codex;
