//! The machine made of maps.

mod disk;
mod host;
mod machine;
mod seam;
mod watch;

pub use host::FakeHost;
pub use machine::Read;
