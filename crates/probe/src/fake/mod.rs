//! The machine made of maps.

mod disk;
mod host;
mod machine;
mod seam;
mod server;
mod title;
mod watch;

pub use host::FakeHost;
pub use machine::Read;
