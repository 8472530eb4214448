//! A silence that is longer than usual.

use std::time::Duration;

use crate::unit::Timestamp;

/// A session is at work, and for longer than its model or its tool usually takes nothing has come: no record, no word of
/// the agent, no work of its processes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stall {
    /// When the last sign of life came.
    pub since: Timestamp,
    /// How long what it does usually takes at most.
    pub usual: Duration,
}
