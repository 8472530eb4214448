//! Processes and ports as views show them.

use crate::id::{AgentId, ProcessRef, SessionKey};
use crate::text::Untrusted;
use crate::unit::{Bytes, Percent, Timestamp};

/// What processes use.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
pub struct Vitals {
    /// Of one core, over the last sample; more than 100 on several.
    pub cpu: Option<Percent>,
    /// Resident memory.
    pub memory: Option<Bytes>,
}

/// A process of a session.
#[derive(Debug, Clone, PartialEq)]
pub struct ProcessView {
    /// Which.
    pub process: ProcessRef,
    /// Its parent's number.
    pub parent: u32,
    /// Distance from the owner in the tree.
    pub depth: u32,
    /// Its command line, bounded.
    pub command: Untrusted,
    /// CPU and memory.
    pub vitals: Vitals,
    /// When it started, by the clock.
    pub started_at: Option<Timestamp>,
    /// How it was tied to the session.
    pub tie: Tie,
}

/// How a process was tied to a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tie {
    /// It owns the session.
    Owner,
    /// Its environment names the session.
    Environment,
    /// It descends from the owner, which owns nothing else.
    Tree,
}

/// A port a process listens on.
#[derive(Debug, Clone, PartialEq)]
pub struct PortUse {
    /// The port.
    pub port: u16,
    /// True when other machines can reach it.
    pub exposed: bool,
    /// Who listens; `None` where the system does not tell.
    pub process: Option<ProcessRef>,
    /// Its command line.
    pub command: Option<Untrusted>,
}

/// A listening port that some session opened.
#[derive(Debug, Clone, PartialEq)]
pub struct Port {
    /// The port and its process.
    pub port: PortUse,
    /// The session it belongs to.
    pub session: SessionKey,
    /// Set when that session is over: since when the port is an orphan.
    pub orphan_since: Option<Timestamp>,
    /// True when the session is over.
    pub orphan: bool,
}

/// A running agent program that owns no session, such as a daemon's front end or a sign-in.
#[derive(Debug, Clone, PartialEq)]
pub struct AgentProcess {
    /// Whose program.
    pub agent: AgentId,
    /// Which process.
    pub process: ProcessRef,
    /// What it is, in the collector's words: `terminal`, `daemon`, …
    pub role: &'static str,
    /// Its directory.
    pub cwd: Option<Untrusted>,
}
