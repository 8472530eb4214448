//! Linux: `/proc` and socket diagnostics.

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

pub(crate) use system::Linux;
