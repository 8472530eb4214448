//! The screen.
//!
//! [`update`] changes the [`Screen`] by what happened and gives back intentions; [`draw`] turns it and a snapshot into a
//! frame; [`run`] ties both to a terminal. Views read model and catalog only: no file, no clock, no collector.
//!
//! **Invariant.** [`Areas`] is worked out once from the size, and drawing and clicking share it.

mod column;
mod draw;
mod keys;
mod layout;
mod listing;
mod msg;
mod paint;
mod panel;
mod screen;
mod terminal;
mod theme;
mod update;

pub use draw::draw;
pub use layout::{Areas, Hit};
pub use msg::{Effect, Msg};
pub use screen::{Overlay, Screen, Tab};
pub use terminal::{Options, Snapshots, TuiError, run};
pub use theme::{Role, Theme};
pub use update::update;
