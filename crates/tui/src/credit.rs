//! Paces what happens often.

use std::time::{Duration, Instant};

/// Lets a few things happen at once, and many only at a rate: what comes after a pause never waits, and a storm costs no
/// more than a steady wind.
#[derive(Debug, Clone, Copy)]
pub struct Credit {
    every: Duration,
    burst: u32,
    /// When all that was spent is earned again.
    even: Instant,
}

impl Credit {
    /// One thing every so often, and up to `burst` at once after a pause.
    pub fn new(every: Duration, burst: u32, now: Instant) -> Self {
        Self { every, burst, even: now }
    }

    /// How long the next thing must wait.
    pub fn wait(&self, now: Instant) -> Duration {
        let owed = self.even.saturating_duration_since(now);
        owed.saturating_sub(self.every * self.burst.saturating_sub(1))
    }

    /// A thing happened.
    pub fn spend(&mut self, now: Instant) {
        self.even = self.even.max(now) + self.every;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVERY: Duration = Duration::from_millis(350);

    /// When each of `count` things may happen that are all wanted at once, in milliseconds.
    fn times(mut credit: Credit, start: Instant, count: usize) -> Vec<u128> {
        let mut now = start;
        let next = |_| {
            now += credit.wait(now);
            credit.spend(now);
            now.duration_since(start).as_millis()
        };
        (0..count).map(next).collect()
    }

    #[test]
    fn a_few_happen_at_once_and_many_at_a_rate() {
        #[expect(clippy::disallowed_methods, reason = "only differences count")]
        let start = Instant::now();
        assert_eq!(times(Credit::new(EVERY, 3, start), start, 6), [0, 0, 0, 350, 700, 1050]);
    }

    #[test]
    fn a_pause_earns_no_more_than_a_burst() {
        #[expect(clippy::disallowed_methods, reason = "only differences count")]
        let start = Instant::now();
        let mut credit = Credit::new(EVERY, 2, start);
        credit.spend(start);
        credit.spend(start);
        assert_eq!(credit.wait(start + Duration::from_millis(100)), Duration::from_millis(250));
        let later = start + Duration::from_mins(1);
        assert_eq!(times(credit, later, 3), [0, 0, 350]);
    }
}
