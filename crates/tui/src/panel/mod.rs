//! One file per panel: it is given its area and plain data, and draws.

pub(crate) mod backfill;
pub(crate) mod budget;
pub(crate) mod delivery;
pub(crate) mod detail;
pub(crate) mod empty;
pub(crate) mod filter;
pub(crate) mod footer;
pub(crate) mod header;
pub(crate) mod help;
pub(crate) mod limit_use;
pub(crate) mod limits;
pub(crate) mod ports;
pub(crate) mod reclaim;
pub(crate) mod sort;
pub(crate) mod stop;
pub(crate) mod table;
pub(crate) mod usage;
