//! What history adds up to: buckets in, rows of a usage report or the board of the screen out.
//!
//! Buckets are summed into cells as they come, one for each row, billing, day of prices and choice of token parts, so
//! that a million of them make a few thousand sums, and only those are priced and laid out.
//!
//! **Invariant.** Nothing is dropped: whatever a report's rows stand for, they add up to the same.
//! **Invariant.** The order of buckets does not matter.

mod blocks;
mod board;
mod budget;
mod calendar;
mod consumers;
mod family;
mod fold;
mod layout;
mod lot;
mod places;
mod rates;
mod recent;
mod rows;
mod sums;
mod turned;
mod waits;

pub use board::BoardFold;
pub use budget::BudgetFold;
pub(crate) use calendar::{day_of, start_of_day};
pub use consumers::LimitUseFold;
pub use fold::UsageFold;
pub use rates::PriceOf;
pub(crate) use sums::parts;
pub use waits::WaitFold;
