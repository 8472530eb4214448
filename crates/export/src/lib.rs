//! What leaves topside: versioned JSON, and the pages of the command line.
//!
//! Every function takes a snapshot and gives text or a document. Nothing here opens a file, asks a clock or prints.
//!
//! **Invariant.** Text that came from outside passes `topside_catalog::text` on its way out.

pub mod text;
pub mod wire;

mod find;

pub use find::{FindError, find};
