//! Which rows there are, and what goes into which.

use topside_model::{Period, RowKey, Timestamp};

use super::blocks::{Block, blocks};
use super::calendar::{Part, start_of_hour};
use super::fold::UsageFold;
use super::places::Places;

/// Rows, and the way to them from a part of time and a group. A block is made of several hours.
#[derive(Debug)]
pub(super) struct Layout {
    /// What the rows stand for, in order; nothing for replies of unknown time, where only some days were asked for.
    pub(super) rows: Vec<Option<RowKey>>,
    lots: Places<(u32, u32)>,
    row_of: Vec<u32>,
}

impl Layout {
    /// The rows of everything `fold` was given, at a moment.
    pub(super) fn new(fold: &UsageFold<'_>, now: Timestamp) -> Self {
        let mut lots = Places::default();
        for cell in fold.cells.keys() {
            lots.place((cell.part, cell.group));
        }
        let named = keys(fold, lots.keys(), now);
        let mut rows = named.clone();
        rows.sort();
        rows.dedup();
        let place = |key| rows.binary_search(key).expect("every key is among the rows") as u32;
        let row_of = named.iter().map(place).collect();
        Self { rows, lots, row_of }
    }

    /// Place of the row of that part of time and that group.
    pub(super) fn row(&self, part: u32, group: u32) -> u32 {
        self.row_of[self.lots.find((part, group)) as usize]
    }
}

/// What the row of each part of time and group stands for.
fn keys(fold: &UsageFold<'_>, lots: &[(u32, u32)], now: Timestamp) -> Vec<Option<RowKey>> {
    let parts = fold.calendar.parts();
    let hour = |(part, agent): &(u32, u32)| match parts[*part as usize] {
        Part::Hour(hour) => Some((*agent, hour)),
        _ => None,
    };
    let blocks = blocks(&lots.iter().filter_map(hour).collect());
    let key = |(part, group): &(u32, u32)| match parts[*part as usize] {
        Part::Day(day) => Some(RowKey::Day(day)),
        Part::Week(monday) => Some(RowKey::Week(monday)),
        Part::Month(first) => Some(RowKey::Month(first)),
        Part::Hour(hour) => Some(block_key(fold, *group, blocks[&(*group, hour)], now)),
        Part::Unknown => Some(RowKey::UnknownTime),
        Part::Undated => None,
        Part::Always => Some(group_key(fold, *group)),
    };
    lots.iter().map(key).collect()
}

fn block_key(fold: &UsageFold<'_>, agent: u32, block: Block, now: Timestamp) -> RowKey {
    let (start, end) = (start_of_hour(block.first), start_of_hour(block.end));
    RowKey::Block { start, agent: fold.families.agent(agent).clone(), end, running: start <= now && now < end }
}

/// What a row stands for that is no part of time.
fn group_key(fold: &UsageFold<'_>, group: u32) -> RowKey {
    match fold.calendar.query().period {
        Period::Session => {
            let session = &fold.sessions[group as usize];
            RowKey::Session { key: session.key.clone(), project: session.project.clone() }
        }
        Period::Project => RowKey::Project(fold.families.project(group).cloned()),
        Period::Model => RowKey::Model(fold.models.model(group).cloned()),
        Period::Agent | Period::Daily | Period::Weekly | Period::Monthly | Period::Blocks => {
            RowKey::Agent(fold.families.agent(group).clone())
        }
    }
}
