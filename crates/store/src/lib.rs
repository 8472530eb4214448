//! History: what sessions cost, kept in one small database that outlives the agents' own files.
//!
//! Kept are numbers, names and places, never what anybody wrote. Replies are the facts; sums by quarter of an hour are
//! derived from them in the same transaction. How far a file was read is committed with what it told, so that a crash at
//! any moment neither loses nor repeats anything.
//!
//! **Invariant.** One program writes at a time, and readers never wait for it.
//! **Invariant.** The state depends on what was told, not on the order or the portions it was told in.

mod book;
mod commit;
mod convert;
mod error;
mod pack;
mod read;
mod reply;
mod schema;
mod settle;
mod shown;
mod store;
mod sums;

pub use error::StoreError;
pub use read::Past;
pub use store::Store;
