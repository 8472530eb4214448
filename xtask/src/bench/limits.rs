//! What must hold.

use crate::bench::report::Figures;

/// One limit.
#[derive(Debug)]
pub(super) struct Limit {
    /// Title of the row it stands beside.
    pub(super) row: &'static str,
    /// The limit in words.
    pub(super) words: &'static str,
    /// Whether it holds for the first of the monitors; `None` where that was not measured.
    pub(super) holds: fn(&[Figures]) -> Option<bool>,
}

/// Every limit. The first monitor is topside, the second the lightest rival.
pub(super) const LIMITS: &[Limit] = &[
    Limit {
        row: "CPU, s per minute",
        words: "no more than the lightest rival",
        holds: |all| Some(all.first()?.cost.cpu() <= all.get(1)?.cost.cpu()),
    },
    Limit {
        row: "CPU with history / without",
        words: "at most 1.2",
        holds: |all| all.first()?.cpu_of_history().map(|ratio| ratio <= 1.2),
    },
    Limit { row: "Peak memory, MB", words: "at most 40", holds: |all| Some(all.first()?.cost.peak_rss_mb <= 40.0) },
    Limit { row: "Programs started in the window", words: "none", holds: |all| Some(all.first()?.reads.programs == 0) },
    Limit {
        row: "Every live session on the screen after, s",
        words: "at most 0.30",
        holds: |all| Some(all.first()?.start.all.is_some_and(|seconds| seconds <= 0.3)),
    },
    Limit {
        row: "Append to screen, median s",
        words: "at most 0.10",
        holds: |all| Some(all.first()?.latency(0.5).is_some_and(|seconds| seconds <= 0.1)),
    },
    Limit {
        row: "Append to screen, 99th of 100, s",
        words: "at most 0.25",
        holds: |all| Some(all.first()?.latency(0.99).is_some_and(|seconds| seconds <= 0.25)),
    },
    Limit {
        row: "Sessions with every token right",
        words: "all",
        holds: |all| Some(all.first()?.frozen.exact == all.first()?.frozen.sessions),
    },
    Limit {
        row: "Samples with the right state",
        words: "at least 98 %",
        holds: |all| Some(all.first()?.agreement.right.value() >= 0.98),
    },
    Limit {
        row: "… of sessions at work",
        words: "at least 98 %",
        holds: |all| Some(all.first()?.agreement.working.value() >= 0.98),
    },
    Limit {
        row: "… of sessions at rest",
        words: "at least 98 %",
        holds: |all| Some(all.first()?.agreement.idle.value() >= 0.98),
    },
    Limit {
        row: "… of sessions that wait for leave",
        words: "at least 98 %",
        holds: |all| Some(all.first()?.agreement.waiting.value() >= 0.98),
    },
    Limit {
        row: "Waits for leave shown as such from 1.5 s to their end",
        words: "all",
        holds: |all| Some(all.first()?.agreement.waits.is_all()),
    },
    Limit {
        row: "Samples shown as a wait without one",
        words: "none",
        holds: |all| Some(all.first()?.agreement.false_alarms == 0),
    },
    Limit {
        row: "Waiting sessions on a screen of 120x40",
        words: "all",
        holds: |all| Some(all.first()?.agreement.on_screen.is_all()),
    },
];
