//! Read-only queries on `SQLite` databases that other programs have open.
//!
//! `SQLite` itself is not let near such a database unless it promises to touch nothing: opening one that is in WAL mode
//! makes `-wal` and `-shm` files beside it, and reading one takes locks its owner has to wait for. So
//!
//! * a database whose `-wal` is absent or empty is opened with `immutable=1`, under which `SQLite` makes, locks and looks
//!   for no other file;
//! * otherwise database and `-wal` are copied to a private folder and the copy is read.

mod copy;
mod folder;
mod query;
mod rows;

pub(crate) use query::Databases;
