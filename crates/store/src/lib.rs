//! History: what sessions cost, kept in one small database that outlives the agents' own files.
//!
//! Kept are numbers, names and places, never what anybody wrote. Replies are the facts; sums by quarter of an hour are
//! derived from them in the same transaction. How far a file was read is committed with what it told, so that a crash at
//! any moment neither loses nor repeats anything.
//!
//! What the screen sees of sessions (states, turns, tool calls, limits) lies beside them, as facts with identities of their
//! own; they may be let go of after a time, replies and sums never are.
//!
//! **Invariant.** One program writes at a time, and readers never wait for it.
//! **Invariant.** The state depends on what was told, not on the order or the portions it was told in.

mod answer;
mod book;
mod commit;
mod convert;
mod error;
mod kept;
mod kind;
mod pack;
mod read;
mod record;
mod reply;
mod retention;
mod schema;
mod seen;
mod settle;
mod shown;
mod store;
mod sums;
mod whole;

pub use error::{DAMAGE_REMEDY, StoreError};
pub use kept::Kept;
pub use read::Past;
pub use retention::{Days, Held, Plan, Retention};
pub use store::{Claim, Store};
