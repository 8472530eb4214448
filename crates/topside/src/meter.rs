//! Tells a waiting person how far reading is.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use topside_catalog::format;
use topside_model::Backfill;

use crate::history::Progress;

/// What is done sooner needs no word.
const PATIENCE: Duration = Duration::from_millis(400);
/// Time between two words.
const REST: Duration = Duration::from_millis(200);

/// A line on the terminal that is written over and over, and is gone in the end.
pub(crate) struct Meter {
    shows: bool,
    started: Instant,
    told: Option<Instant>,
}

impl Meter {
    /// A meter that starts now. Where nobody looks, it says nothing.
    pub(crate) fn new() -> Self {
        Self { shows: io::stderr().is_terminal(), started: Instant::now(), told: None }
    }

    /// Says how far it is.
    pub(crate) fn tell(&mut self, progress: Progress) {
        let elapsed = self.started.elapsed();
        let is_due = self.told.is_none_or(|told| told.elapsed() >= REST);
        if self.shows && elapsed >= PATIENCE && is_due {
            self.told = Some(Instant::now());
            // A person who cannot see it misses nothing.
            write!(io::stderr(), "\r\x1b[K{}", words(progress.after(elapsed))).ok();
        }
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        if self.told.is_some() {
            write!(io::stderr(), "\r\x1b[K").ok();
        }
    }
}

/// How far it is, how fast it goes, and how long it will take.
fn words(progress: Backfill) -> String {
    let (rate, left) = (progress.rate.map(format::bytes), progress.left.map(format::short_duration));
    let pace = rate.zip(left).map(|(rate, left)| format!(", {rate}/s, {left} left")).unwrap_or_default();
    format!("reading history: {} of {}{pace}", format::bytes(progress.read), format::bytes(progress.all))
}

#[cfg(test)]
mod tests {
    use topside_model::Bytes;

    use super::*;

    #[test]
    fn the_time_left_follows_from_the_rate() {
        let progress = Progress { read: Bytes(1_000_000_000), all: Bytes(4_000_000_000) };
        let words = words(progress.after(Duration::from_secs(2)));
        assert!(words.ends_with("/s, 6.0s left"), "{words}");
    }

    #[test]
    fn before_anything_is_read_no_rate_is_known() {
        let words = words(Progress { read: Bytes(0), all: Bytes(4_000) }.after(Duration::ZERO));
        assert!(words.starts_with("reading history: 0") && !words.contains("left"), "{words}");
    }
}
