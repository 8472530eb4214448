//! The lines of the list: headings, rows, counts of what does not fit.

use topside_catalog::Group;

use crate::listing::{Listing, Placed};

/// One line of the list. Rows are meant by their places in the listing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Entry {
    /// The heading of the section that this row begins.
    Heading(usize),
    /// A row.
    Row(usize),
    /// The first line of a row that has two.
    Head(usize),
    /// The second one: what the session asks.
    Ask(usize),
    /// A group, and how many sessions it has.
    Count(Group, usize),
}

impl Entry {
    /// The row that the line belongs to.
    pub(crate) fn row(self) -> Option<usize> {
        match self {
            Self::Row(place) | Self::Head(place) | Self::Ask(place) => Some(place),
            Self::Heading(_) | Self::Count(..) => None,
        }
    }

    /// The row that begins here.
    pub(crate) fn first_of(self) -> Option<usize> {
        self.row().filter(|_| !matches!(self, Self::Ask(_)))
    }
}

/// Every row under the heading of its section.
pub(crate) fn full(rows: &[Placed]) -> Vec<Entry> {
    let mut entries = Vec::with_capacity(rows.len() + Group::ALL.len());
    for (place, row) in rows.iter().enumerate() {
        if place == 0 || rows[place - 1].section != row.section {
            entries.push(Entry::Heading(place));
        }
        entries.push(Entry::Row(place));
    }
    entries
}

/// The lines for a narrow pane of `height` lines: who needs a person in full, with what is asked on a second line as far
/// as there is room, longest wait first; a count of every other group; and of these groups as many rows as still fit.
pub(crate) fn compact(listing: &Listing, height: usize) -> Vec<Entry> {
    let in_group = |group| (0..listing.rows.len()).filter(move |place| listing.rows[*place].group == group);
    let others = Group::ALL.into_iter().filter(|group| *group != Group::Need && listing.totals.of(*group) > 0);
    let needs = in_group(Group::Need).count();
    let mut room = height.saturating_sub(needs + others.clone().count());
    let mut entries: Vec<Entry> = in_group(Group::Need).take(1).map(Entry::Heading).collect();
    for place in in_group(Group::Need) {
        if let Some(left) = room.checked_sub(1) {
            room = left;
            entries.extend([Entry::Head(place), Entry::Ask(place)]);
        } else {
            entries.push(Entry::Row(place));
        }
    }
    for group in others {
        entries.push(Entry::Count(group, listing.totals.of(group)));
        let before = entries.len();
        entries.extend(in_group(group).take(room).map(Entry::Row));
        room -= entries.len() - before;
    }
    entries
}
