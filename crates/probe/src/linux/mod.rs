//! Linux: `/proc`, socket diagnostics and inotify.

mod handles;
mod listeners;
mod locks;
mod proc_dir;
mod sock_diag;
mod stat;
mod system;
mod table;
#[cfg(test)]
mod tests;
mod watch;

pub(crate) use system::{Linux, is_shown};
pub(crate) use watch::OsWatcher;
