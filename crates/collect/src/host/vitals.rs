//! CPU shares from CPU times.

use std::collections::BTreeMap;
use std::time::Duration;

use topside_model::{Percent, ProcessRef, Timestamp, Vitals, elapsed};
use topside_probe::{Process, Processes};

/// CPU use between two looks.
#[derive(Default)]
pub(crate) struct Meters {
    taken_at: Option<Timestamp>,
    times: BTreeMap<ProcessRef, Duration>,
    shares: BTreeMap<ProcessRef, Percent>,
}

impl Meters {
    /// Takes the next look. Looks that follow at once, or a clock that stood still, give no new share.
    pub(crate) fn look(&mut self, processes: &Processes, now: Timestamp) {
        const SHORTEST: Duration = Duration::from_millis(200);
        let between = self.taken_at.map(|before| elapsed(before, now));
        if between.is_some_and(|between| between < SHORTEST) {
            return;
        }
        let times: BTreeMap<ProcessRef, Duration> =
            processes.by_pid.values().filter_map(|process| Some((process.id, process.cpu_time?))).collect();
        self.shares = times
            .iter()
            .filter_map(|(id, time)| {
                let used = time.saturating_sub(*self.times.get(id)?);
                Some((*id, Percent(100.0 * used.as_secs_f64() / between?.as_secs_f64())))
            })
            .collect();
        self.times = times;
        self.taken_at = Some(now);
    }

    /// What a process uses. Its CPU share is known from the second look on.
    pub(crate) fn vitals(&self, process: &Process) -> Vitals {
        Vitals { cpu: self.shares.get(&process.id).copied(), memory: process.memory }
    }
}
