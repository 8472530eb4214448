//! Where the rows of the list stand, and when they may move.

use std::collections::BTreeSet;
use std::time::Duration;

use topside_catalog::text::shown_path;
use topside_catalog::{Field, Group, Row, RowFilter, rows, session};
use topside_model::{SessionKey, Snapshot, Status, Timestamp, Tokens, elapsed};

/// Rows move at most this often by themselves, so that an eye can follow.
const REST: Duration = Duration::from_secs(2);

/// The rows as they were last placed.
#[derive(Debug, Default, Clone)]
pub(crate) struct Listing {
    rows: Vec<Placed>,
    placed_at: Option<Timestamp>,
    /// Counts over every row, whatever the filter.
    pub(crate) totals: Totals,
}

/// A row in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Placed {
    pub(crate) key: SessionKey,
    pub(crate) group: Group,
    /// The heading it stands under.
    section: Section,
    /// Distance from the top of its family.
    pub(crate) depth: usize,
    /// Working subagents folded into it.
    pub(crate) folded: usize,
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

/// One line of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Entry {
    Heading(Section),
    /// The row at this place.
    Row(usize),
    /// So many rows of a group that are not shown.
    Rest(Group, usize),
}

/// Counts for the header.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Totals {
    /// Rows by group.
    pub(crate) groups: [usize; Group::ALL.len()],
    /// Rows stopped by a limit; also among those that need a person.
    pub(crate) limited: usize,
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
    /// its group, comes or goes (with a chosen sort field: always), and move at most once in [`REST`].
    pub(crate) fn refresh(
        &mut self,
        snapshot: &Snapshot,
        filter: &RowFilter,
        sort: Option<&Field>,
        by_project: bool,
        now: Timestamp,
        forced: bool,
    ) {
        self.totals = totals(snapshot, now);
        let fresh = placed(snapshot, filter, sort, by_project, now);
        let rested = self.placed_at.is_none_or(|at| now < at || elapsed(at, now) >= REST);
        let settled = sort.is_none() && members(&fresh) == members(&self.rows);
        if forced || rested && !settled {
            self.rows = fresh;
            self.placed_at = Some(now);
        } else {
            for row in &mut self.rows {
                let folded = fresh.iter().find(|fresh| fresh.key == row.key).map(|fresh| fresh.folded);
                row.folded = folded.unwrap_or(row.folded);
            }
        }
    }

    /// The lines of the list; `only_need` counts every other group instead of listing it.
    pub(crate) fn entries(&self, only_need: bool) -> Vec<Entry> {
        let mut entries = Vec::with_capacity(self.rows.len() + Group::ALL.len());
        let mut section = None;
        for (place, row) in self.rows.iter().enumerate() {
            if only_need && row.group != Group::Need {
                continue;
            }
            if section != Some(&row.section) {
                entries.push(Entry::Heading(row.section.clone()));
                section = Some(&row.section);
            }
            entries.push(Entry::Row(place));
        }
        if only_need {
            let rest = Group::ALL.into_iter().filter(|group| *group != Group::Need);
            let counted = rest.map(|group| Entry::Rest(group, self.totals.of(group)));
            entries.extend(counted.filter(|entry| !matches!(entry, Entry::Rest(_, 0))));
        }
        entries
    }

    /// The row an entry stands for.
    pub(crate) fn row(&self, entry: &Entry) -> Option<&Placed> {
        match entry {
            Entry::Row(place) => self.rows.get(*place),
            Entry::Heading(_) | Entry::Rest(..) => None,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

fn members(rows: &[Placed]) -> BTreeSet<(&SessionKey, Group)> {
    rows.iter().map(|row| (&row.key, row.group)).collect()
}

/// The rows in their order: families stay together, who needs a person stays first.
fn placed(
    snapshot: &Snapshot,
    filter: &RowFilter,
    sort: Option<&Field>,
    by_project: bool,
    now: Timestamp,
) -> Vec<Placed> {
    let rows = rows(snapshot, filter, now);
    let mut families: Vec<&[Row]> = rows.chunk_by(|_, row| row.depth > 0).collect();
    if let Some(field) = sort {
        families
            .sort_by(|a, b| a[0].group.cmp(&b[0].group).then_with(|| field.compare(&a[0].session, &b[0].session, now)));
    }
    if by_project {
        families.sort_by_cached_key(|family| section(&family[0], true));
    }
    let place = |section: &Section, row: &Row| Placed {
        key: row.session.key.clone(),
        group: row.group,
        section: section.clone(),
        depth: row.depth,
        folded: row.folded,
    };
    let places = families.iter().map(|family| (section(&family[0], by_project), family));
    places
        .flat_map(|(section, family)| family.iter().map(move |row| place(&section, row)).collect::<Vec<_>>())
        .collect()
}

fn section(row: &Row, by_project: bool) -> Section {
    if !by_project || row.group == Group::Need {
        return Section::Group(row.group);
    }
    let name = row.session.project.name.as_ref();
    Section::Project(name.map_or_else(|| "no project".to_owned(), shown_path))
}

fn totals(snapshot: &Snapshot, now: Timestamp) -> Totals {
    let everything = RowFilter { over: true, ..RowFilter::default() };
    let mut totals = Totals::default();
    for row in rows(snapshot, &everything, now) {
        totals.groups[row.group as usize] += 1;
        totals.limited += usize::from(matches!(row.session.status, Status::RateLimited { .. }));
    }
    for rate in snapshot.sessions.iter().filter_map(|session| session::last_full_minute(session)) {
        totals.rate = Some(totals.rate.unwrap_or_default() + rate);
    }
    totals
}
