//! The screen.
//!
//! [`update`] changes the [`Screen`] by what happened and gives back intentions; [`draw`] turns it and a snapshot into a
//! frame; [`run`] ties both to a terminal. Views read model and catalog only: no file, no clock, no collector.
//!
//! **Invariant.** [`Areas`] and the lines of the list are worked out once per message, and drawing and clicking share
//! them. Drawing costs what is in sight, however many sessions there are.

mod acting;
mod column;
mod credit;
mod draw;
mod face;
mod gauge;
mod keys;
mod layout;
mod lines;
mod listing;
mod msg;
mod paint;
mod panel;
mod screen;
mod terminal;
mod text;
mod theme;
mod update;

pub use credit::Credit;
pub use draw::draw;
pub use layout::{Areas, Hit};
pub use msg::{Effect, Msg, StopOrder, Told};
pub use screen::{Overlay, Screen, Tab, UsagePage};
pub use terminal::{Acts, Options, Snapshots, TuiError, run};
pub use theme::{Role, Theme};
pub use update::update;
