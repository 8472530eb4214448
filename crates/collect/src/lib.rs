//! Turns bytes into events.
//!
//! An agent folder under `agents/` holds *where*, *what shape* and *what it means*; everything else (tailing, rotation,
//! bounds, isolation, joining processes with sessions) is here once.
//!
//! **Invariant.** Decoders take bytes and cannot fail. How the bytes were cut does not matter.
//! **Invariant.** Nothing here opens a file, starts a program or asks the time by itself: a [`Host`](topside_probe::Host)
//! does, and time is an argument.

mod agent;
mod agents;
mod archive;
mod files;
mod follow;
mod host;
mod poll;
mod registry;
mod round;
mod runner;
mod scene;
mod signals;
mod source;
mod tail;
mod titles;
mod transcript;
mod witness;

pub use agent::{
    Agent, Anchor, Decoder, Decoding, Layout, Level, Listener, Live, Look, Manifest, News, Output, RECENT, ReadTitle,
    Role, Scope, Source, homes_of,
};
pub use archive::{Archive, Reading, transcripts};
pub use files::{Files, Found};
pub use registry::{REGISTRY, interest};
pub use round::{Pace, Round};
pub use runner::Runner;
pub use scene::Scene;
pub use signals::{SPOOL, SPOOLED_BEFORE, STATUS_LINES, Said, state_folder};
pub use source::{HEAD, LineReader, Lines, Verdict};
pub use transcript::{Transcript, Transcripts};
pub use witness::Witness;
