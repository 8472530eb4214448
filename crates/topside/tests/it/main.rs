//! The whole program, started as a person or a script starts it, each time on a home of its own.
//!
//! Every run of [`home::Home::run`] also proves that nothing in the home was changed by it.

mod bad_bytes;
mod endings;
mod fixture;
mod history;
mod home;
mod inventory;
mod mcp;
mod prices;
mod privacy;
mod scale;
mod schema;
mod speaking;
mod status;
mod untouched;
mod watching;

#[cfg(unix)]
mod bad_files;
// Pages show paths, which are written differently elsewhere.
#[cfg(unix)]
mod faces;
#[cfg(unix)]
mod hooks;
#[cfg(unix)]
mod huge;
#[cfg(unix)]
mod notify;
#[cfg(unix)]
mod terminal;
// Folders of the user lie elsewhere on other systems.
#[cfg(unix)]
mod config;
#[cfg(unix)]
mod price_update;

#[cfg(target_os = "linux")]
mod alone;
#[cfg(target_os = "linux")]
mod desktop;
#[cfg(target_os = "linux")]
mod events;
#[cfg(target_os = "linux")]
mod jumping;
#[cfg(target_os = "linux")]
mod running;
#[cfg(target_os = "linux")]
mod stopping;
#[cfg(target_os = "linux")]
mod titles;
#[cfg(target_os = "linux")]
mod waiting;
