//! What a glance tells: how many need somebody, work and rest, and which limit is nearest to its end.

use std::cmp::Ordering;
use std::sync::Arc;

use topside_model::{Limit, LimitWindow, Session, Snapshot, Timestamp};

use crate::limit::{Forecast, forecast};
use crate::order::Group;
use crate::rows::{RowFilter, rows};

/// How the fleet stands, counted as the list counts.
#[derive(Debug, Clone)]
pub struct Summary<'a> {
    /// Who needs a person, longest wait first.
    pub need: Vec<Arc<Session>>,
    /// How many work.
    pub working: usize,
    /// How many have nothing to do.
    pub idle: usize,
    /// Of how many it cannot be told.
    pub unknown: usize,
    /// The window of a limit that is nearest to its end, of those that have not started afresh since they were reported.
    pub nearest: Option<Nearest<'a>>,
}

/// A window and its limit.
#[derive(Debug, Clone, Copy)]
pub struct Nearest<'a> {
    /// The limit.
    pub limit: &'a Limit,
    /// The window.
    pub window: &'a LimitWindow,
}

impl<'a> Summary<'a> {
    /// How `snapshot` stands at its moment.
    pub fn of(snapshot: &'a Snapshot) -> Self {
        let mut summary =
            Self { need: Vec::new(), working: 0, idle: 0, unknown: 0, nearest: nearest(snapshot, snapshot.taken_at) };
        for row in rows(snapshot, &RowFilter::default(), snapshot.taken_at) {
            match row.group {
                Group::Need => summary.need.push(row.session),
                Group::Working => summary.working += 1,
                Group::Idle => summary.idle += 1,
                Group::Unknown => summary.unknown += 1,
                Group::Over => {}
            }
        }
        summary
    }

    /// How many sessions run.
    pub fn sessions(&self) -> usize {
        self.need.len() + self.working + self.idle + self.unknown
    }
}

/// First a window that is used up, then one that will be before it starts afresh, then the fullest.
fn nearest(snapshot: &Snapshot, now: Timestamp) -> Option<Nearest<'_>> {
    let windows =
        snapshot.limits.iter().flat_map(|limit| limit.sample.windows.iter().map(move |window| (limit, window)));
    let ranked = windows.filter_map(|(limit, window)| {
        let rank = match forecast(limit, window, now) {
            Some(Forecast::Stale) => return None,
            Some(Forecast::Reached) => 0,
            Some(Forecast::Out { .. }) => 1,
            Some(Forecast::Lasts) | None => 2,
        };
        Some((rank, Nearest { limit, window }))
    });
    let fuller = |a: &Nearest<'_>, b: &Nearest<'_>| b.window.used.0.total_cmp(&a.window.used.0);
    let order = |a: &(u8, Nearest<'_>), b: &(u8, Nearest<'_>)| -> Ordering { a.0.cmp(&b.0).then(fuller(&a.1, &b.1)) };
    ranked.min_by(order).map(|(_, nearest)| nearest)
}
