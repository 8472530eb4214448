//! Folds events into state.
//!
//! **Invariant.** The same facts, however often repeated, give the same state; totals are derived from maps keyed by
//! identity, never summed over lines.
//! **Invariant.** Nothing here asks what time it is or touches the machine: time comes with events or as an argument.

mod alerts;
mod bill;
mod calls;
mod changes;
mod chronicle;
mod claims;
mod conflicts;
mod context;
mod cost;
mod engine;
mod family;
mod given;
mod goal;
mod hold;
mod latest;
mod ledger;
mod leftover;
mod life;
mod limits;
mod mark;
mod pace;
mod price;
mod report;
mod session;
mod settings;
mod shown;
mod signal;
mod stall;
mod status;
mod title;
mod touches;
mod trail;
mod turns;
mod usage;
mod view;
mod waits;

pub use alerts::Alerts;
pub use bill::list_price;
pub use changes::changes;
pub use chronicle::Chronicle;
pub use engine::Engine;
pub use goal::{Goal, Wait, Waiting};
pub use ledger::leaves;
pub use price::{Converted, LiteLlm, PriceError, PriceFault, PriceGapFold, PriceGaps, Prices, canonical, dollars};
pub use usage::{BoardFold, BudgetFold, LimitUseFold, PriceOf, UsageFold, WaitFold};
