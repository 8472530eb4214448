//! Joins what runs with what was read.

pub(crate) mod family;
pub(crate) mod ports;
pub(crate) mod vitals;
