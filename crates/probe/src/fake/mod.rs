//! The machine made of maps.

mod disk;
mod host;
mod machine;
mod seam;
mod server;
mod watch;

pub use host::FakeHost;
pub use machine::Read;
