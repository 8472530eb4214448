//! List prices: what tokens cost, by model and day.
//!
//! **Invariant.** A price is never guessed. A model, day, service or part that no entry names has none, and no model gets
//! the price of another.
//! **Invariant.** Money is counted in whole units ([`Money`](topside_model::Money)); a price that does not fit is refused
//! when it is read.

mod change;
mod decimal;
mod fault;
#[cfg(test)]
mod faults;
mod fields;
mod gaps;
mod litellm;
mod name;
#[cfg(test)]
mod properties;
mod rate;
mod read;
mod table;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod vendored;

pub use decimal::dollars;
pub use fault::{PriceError, PriceFault};
pub use gaps::{PriceGapFold, PriceGaps};
pub use litellm::{Converted, LiteLlm};
pub use name::canonical;
pub use table::Prices;
