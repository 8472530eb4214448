//! What tests need and no user does: a model server that follows a script, and what agents' homes hold.
//!
//! A dev-dependency of the other crates and a tool of `xtask`; nothing that ships may use it.

pub mod home;
pub mod mock;
pub mod redact;
