//! The pages of the command line: a snapshot in, text out.

mod budgets;
mod consumers;
mod cost;
mod doctor;
mod empty;
mod event;
mod glance;
mod limits;
mod lists;
mod ls;
mod page;
mod peers;
mod ports;
mod price_update;
mod prices;
mod reached;
mod show;
mod table;
mod usage;
mod why;

pub use budgets::budgets_above;
pub use doctor::doctor;
pub use event::event;
pub use glance::{Glance, glance};
pub use limits::limits;
pub use ls::{Listing, ls};
pub use page::Page;
pub use peers::{conflicts, peers};
pub use ports::ports;
pub use price_update::price_update;
pub use prices::{price_check, prices};
pub use reached::reached;
pub use show::show;
pub use usage::usage;
pub use why::why;
