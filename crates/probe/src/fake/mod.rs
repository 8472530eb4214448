//! The machine made of maps.

mod disk;
mod host;
mod machine;
mod watch;

pub use host::FakeHost;
pub use machine::Read;
