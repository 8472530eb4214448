//! Wire formats, by version.

pub mod v1;
