//! Where the rows of the list stand, and when they may move.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use topside_catalog::{Field, Group, Row, RowFilter, rows, session};
use topside_model::{SessionKey, Snapshot, Status, StatusGroup, Timestamp, Tokens, elapsed};

use crate::face::Face;

/// Rows move at most this often by themselves, so that an eye can follow; but who comes to need a person is never kept
/// waiting.
const REST: Duration = Duration::from_secs(2);

/// The rows as they were last placed.
#[derive(Debug, Default, Clone)]
pub(crate) struct Listing {
    pub(crate) rows: Vec<Placed>,
    placed_at: Option<Timestamp>,
    /// Counts over every row, whatever the filter.
    pub(crate) totals: Totals,
}

/// How a person wants the rows.
#[derive(Debug, Clone)]
pub(crate) struct Wish {
    pub(crate) filter: RowFilter,
    /// What the rows of each group are sorted by, when it is not their own order.
    pub(crate) sort: Option<&'static Field>,
    pub(crate) by_project: bool,
}

/// A row in its place.
#[derive(Debug, Clone)]
pub(crate) struct Placed {
    /// The session as last seen.
    pub(crate) face: Face,
    pub(crate) group: Group,
    /// The heading it stands under.
    pub(crate) section: Section,
    /// Distance from the top of its family.
    pub(crate) depth: usize,
    /// Working subagents folded into it.
    pub(crate) folded: usize,
    /// True for one that is in another one's way.
    pub(crate) contested: bool,
}

impl Placed {
    pub(crate) fn key(&self) -> &SessionKey {
        &self.face.session.key
    }

    /// The row of the same session in a list, which nearly always has it at the same `place`.
    fn among<'a>(&self, list: &'a [Row], place: usize) -> Option<&'a Row> {
        let same = |row: &&Row| row.session.key == *self.key();
        list.get(place).filter(same).or_else(|| list.iter().find(same))
    }
}

/// What a heading stands for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Section {
    Group(Group),
    Project(String),
}

impl Section {
    pub(crate) fn title(&self) -> &str {
        match self {
            Self::Group(group) => group.title(),
            Self::Project(name) => name,
        }
    }
}

/// Counts for the header.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Totals {
    /// Rows by group.
    pub(crate) groups: [usize; Group::ALL.len()],
    /// Rows stopped by a limit; also among those that need a person.
    pub(crate) limited: usize,
    /// Since when a person keeps a session waiting: the longest of those waits.
    pub(crate) waits_since: Option<Timestamp>,
    /// Tokens of every session in its last full minute.
    pub(crate) rate: Option<Tokens>,
}

impl Totals {
    pub(crate) fn of(&self, group: Group) -> usize {
        self.groups[group as usize]
    }
}

impl Listing {
    /// Takes the rows from the snapshot. Unless `forced` by a person, rows keep their places until one of them changes
    /// its group, comes or goes (with a chosen sort field: always), and move at most once in [`REST`] unless somebody
    /// else needs a person.
    pub(crate) fn refresh(&mut self, snapshot: &Snapshot, wish: &Wish, now: Timestamp, forced: bool) {
        let everything = RowFilter { over: true, children: wish.filter.children, ..RowFilter::default() };
        let all = rows(snapshot, &everything, now);
        self.totals = totals(&all, snapshot);
        let wanted = if wish.filter == everything { all } else { rows(snapshot, &wish.filter, now) };
        let rested = self.placed_at.is_none_or(|at| now < at || elapsed(at, now) >= REST);
        let is_due = rested && (wish.sort.is_some() || !self.is_settled(&wanted));
        if forced || is_due || self.misses_a_need(&wanted) {
            self.place(&wanted, wish, now);
            self.placed_at = Some(now);
        } else {
            self.renew(&wanted);
        }
        let contested: BTreeSet<&SessionKey> = snapshot.conflicts.iter().flat_map(|one| &one.sessions).collect();
        for row in &mut self.rows {
            row.contested = contested.contains(row.key());
        }
    }

    /// True when the same sessions are in the same groups as when they were placed.
    fn is_settled(&self, wanted: &[Row]) -> bool {
        let stays = |(place, row): (usize, &Placed)| row.among(wanted, place).is_some_and(|now| now.group == row.group);
        self.rows.len() == wanted.len() && self.rows.iter().enumerate().all(stays)
    }

    /// True when one that needs a person does not stand with those who do.
    fn misses_a_need(&self, wanted: &[Row]) -> bool {
        let stands =
            |row: &Row| self.rows.iter().any(|placed| placed.group == Group::Need && *placed.key() == row.session.key);
        wanted.iter().any(|row| row.group == Group::Need && !stands(row))
    }

    /// Gives the rows their places: families stay together, who needs a person stays first.
    fn place(&mut self, wanted: &[Row], wish: &Wish, now: Timestamp) {
        let mut families: Vec<&[Row]> = wanted.chunk_by(|_, row| row.depth > 0).collect();
        if let Some(field) = wish.sort {
            families.sort_by(|a, b| {
                a[0].group.cmp(&b[0].group).then_with(|| field.compare(&a[0].session, &b[0].session, now))
            });
        }
        let mut before: BTreeMap<SessionKey, Face> =
            self.rows.drain(..).map(|row| (row.key().clone(), row.face)).collect();
        for family in families {
            let mut section = None;
            for row in family {
                let face = Face::of(&row.session, before.remove(&row.session.key));
                let section = section.get_or_insert_with(|| section_of(&face, row.group, wish.by_project)).clone();
                self.rows.push(Placed {
                    face,
                    group: row.group,
                    section,
                    depth: row.depth,
                    folded: row.folded,
                    contested: false,
                });
            }
        }
        if wish.by_project {
            self.rows.sort_by(|a, b| a.section.cmp(&b.section));
        }
    }

    /// Renews what the rows say and leaves them where they are. A session that went stays as it was last seen.
    fn renew(&mut self, wanted: &[Row]) {
        for (place, row) in self.rows.iter_mut().enumerate() {
            if let Some(fresh) = row.among(wanted, place) {
                row.folded = fresh.folded;
                if !Arc::ptr_eq(&row.face.session, &fresh.session) {
                    row.face = Face::of(&fresh.session, Some(row.face.clone()));
                }
            }
        }
    }
}

fn section_of(face: &Face, group: Group, by_project: bool) -> Section {
    if !by_project || group == Group::Need {
        return Section::Group(group);
    }
    Section::Project(face.project.clone().unwrap_or_else(|| "no project".to_owned()))
}

fn totals(all: &[Row], snapshot: &Snapshot) -> Totals {
    let mut totals = Totals::default();
    for row in all.iter().filter(|row| row.depth == 0) {
        totals.groups[row.group as usize] += 1;
        let limited = matches!(row.session.status, Status::RateLimited { .. });
        totals.limited += usize::from(limited);
        // A limit ends by itself, and a turn that is over is no wait.
        if row.session.group() == StatusGroup::Blocked && !limited {
            let since = row.session.status.since();
            totals.waits_since = totals.waits_since.into_iter().chain(since).min();
        }
    }
    for rate in snapshot.sessions.iter().filter_map(|session| session::last_full_minute(session)) {
        totals.rate = Some(totals.rate.unwrap_or_default() + rate);
    }
    totals
}
