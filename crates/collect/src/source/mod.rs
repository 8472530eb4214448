//! How to read what agents write.

mod condense;
pub(crate) mod json;
mod lines;
pub(crate) mod mould;
pub(crate) mod needle;
mod scan;
pub(crate) mod value;
pub(crate) mod version;
pub(crate) mod walk;

pub(crate) use condense::Condenser;
pub use lines::{HEAD, LineReader, Lines, Verdict};
