//! Each field once: its id, title, unit, help, how to read, show, sort and filter it.
//!
//! The table on the screen, `topside ls`, JSON, metrics and the docs follow from what is here. Pure: no file, no clock;
//! the time and the time zone are arguments.
//!
//! **Invariant.** Text that came from outside reaches a screen only through [`text`].

pub mod alert;
pub mod budget;
pub mod conflict;
pub mod cost;
pub mod ending;
pub mod format;
pub mod leftover;
pub mod limit;
pub mod limit_use;
pub mod session;
pub mod shell;
pub mod status;
pub mod summary;
pub mod text;

mod field;
mod id;
mod order;
mod rows;

pub use field::{Field, Kind, Sort, Unit, Value};
pub use id::short_ids;
pub use jiff::tz::TimeZone;
pub use order::{FRESH, Group, group, order};
pub use rows::{Row, RowFilter, rows};
pub use session::SESSION;
