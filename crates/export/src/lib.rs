//! What leaves topside: versioned JSON, tables for spreadsheets, and the pages of the command line.
//!
//! Every function takes a snapshot or a report and gives text or a document. Nothing here opens a file, asks a clock or prints.
//!
//! **Invariant.** Text that came from outside passes `topside_catalog::text` on its way out.

pub mod csv;
pub mod text;
pub mod wire;

mod find;

pub use find::{FindError, find};
