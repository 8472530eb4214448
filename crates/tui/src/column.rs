//! Which columns the list has at a width.

use topside_catalog::{Field, session};

use crate::listing::Placed;
use crate::screen::NARROW;

/// A column of the list, in the order they stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Column {
    Project,
    Branch,
    Agent,
    Doing,
    For,
    Model,
    Effort,
    Context,
    Tokens,
    Rate,
    Turns,
    Age,
    Cpu,
    Memory,
}

impl Column {
    /// Columns that are always there.
    const FIXED: [Self; 3] = [Self::Project, Self::Doing, Self::For];
    /// The others, those that are dropped last first.
    const SMALL: [Self; 11] = [
        Self::Context,
        Self::Agent,
        Self::Tokens,
        Self::Branch,
        Self::Age,
        Self::Model,
        Self::Rate,
        Self::Turns,
        Self::Memory,
        Self::Cpu,
        Self::Effort,
    ];
    /// The same where there is room for most of them.
    const BIG: [Self; 11] = [
        Self::Context,
        Self::Agent,
        Self::Branch,
        Self::Model,
        Self::Rate,
        Self::Tokens,
        Self::Age,
        Self::Turns,
        Self::Memory,
        Self::Cpu,
        Self::Effort,
    ];
    /// Those of a row that asks for something.
    const ASKING: [Self; 3] = [Self::Context, Self::Agent, Self::Branch];

    fn by_rank(width: u16, asks: bool) -> &'static [Self] {
        match (asks, width) {
            (true, _) => &Self::ASKING,
            (false, 0..MEDIUM) => &Self::SMALL,
            (false, _) => &Self::BIG,
        }
    }

    /// The field it shows, whose title stands over it; `None` where the column needs no title.
    pub(crate) fn field(self) -> Option<&'static str> {
        match self {
            Self::Project | Self::Branch | Self::Agent | Self::Doing => None,
            Self::For => Some("status_age_seconds"),
            Self::Model => Some("model"),
            Self::Effort => Some("effort"),
            Self::Context => Some("context_used_percent"),
            Self::Tokens => Some("tokens_total"),
            Self::Rate => Some("tokens_per_minute"),
            Self::Turns => Some("turns_total"),
            Self::Age => Some("age_seconds"),
            Self::Cpu => Some("cpu_percent"),
            Self::Memory => Some("memory_bytes"),
        }
    }

    /// True for what stands at the right end of its column.
    pub(crate) fn is_figure(self) -> bool {
        matches!(self, Self::For | Self::Tokens | Self::Turns | Self::Age | Self::Cpu | Self::Memory)
    }
}

/// A column in its place: offset from the left end of the row, and width.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Slot {
    pub(crate) column: Column,
    /// The field of the catalog it shows, where it shows one as it is.
    pub(crate) field: Option<&'static Field>,
    pub(crate) x: u16,
    pub(crate) width: u16,
}

/// The widest project, branch, agent and model of a fleet.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Needs([u16; 4]);

impl Needs {
    pub(crate) fn of(rows: &[Placed]) -> Self {
        let widest = |most: [u16; 4], widths: [u16; 4]| std::array::from_fn(|n| most[n].max(widths[n]));
        Self(rows.iter().map(|row| row.face.widths).fold([0; 4], widest))
    }
}

/// Minutes of a spark line in the list.
pub(crate) const SPARK: u16 = 7;

/// Columns for a share behind its gauge.
pub(crate) const SHARE: u16 = 5;

/// Columns before the first: the cursor's mark, the sign, a blank.
pub(crate) const MARGIN: u16 = 3;

/// From this width on a row has its branch, its model and its rate.
const MEDIUM: u16 = 110;
/// From this width on texts may be long.
const LARGE: u16 = 140;

/// Chooses the columns for a row of this width: by rank, each whole or not at all, until the first that does not fit.
/// What is left goes to what the session does. A row that `asks` a person for something has few columns, so that all of
/// what is asked can be read.
pub(crate) fn slots(width: u16, needs: Needs, asks: bool) -> Vec<Slot> {
    let narrow = width < NARROW;
    let size = |column| size(column, width, needs);
    // Figures stand at the right end of their column, so they need less air before them.
    let gap = |column: Column| if narrow || column.is_figure() { 1 } else { 2 };
    let least = match width {
        0..NARROW => 16,
        NARROW..MEDIUM => 30,
        MEDIUM..LARGE => 32,
        _ => 40,
    };
    let mut chosen: Vec<Column> = Column::FIXED.to_vec();
    let fixed: u16 = Column::FIXED.into_iter().map(|column| size(column) + gap(column)).sum();
    let mut free = (width + gap(Column::Project)).saturating_sub(MARGIN + 1 + fixed);
    for column in Column::by_rank(width, asks) {
        let wanted = size(*column) + gap(*column);
        if free < least + wanted {
            break;
        }
        free -= wanted;
        chosen.push(*column);
    }
    chosen.sort_unstable();
    let mut x = MARGIN;
    let mut slots: Vec<Slot> = Vec::with_capacity(chosen.len());
    for column in chosen {
        let width = if column == Column::Doing { free } else { size(column) };
        x += if slots.is_empty() { 0 } else { gap(column) };
        slots.push(Slot { column, field: column.field().and_then(session::field), x, width });
        x += width;
    }
    slots
}

/// Columns that a column takes in a row of this width; what the session does takes what is left.
fn size(column: Column, width: u16, Needs([project, branch, agent, model]): Needs) -> u16 {
    let large = width >= LARGE;
    match column {
        Column::Project => project.clamp(6, if width < NARROW { 10 } else { 16 }),
        Column::Branch => branch.clamp(6, if large { 24 } else { 14 }),
        Column::Agent => agent.clamp(5, 8),
        Column::Model => model.clamp(5, if large { 18 } else { 13 }),
        Column::Doing => 0,
        Column::For | Column::Memory => 7,
        Column::Tokens | Column::Effort => 6,
        Column::Context => SHARE + if width < MEDIUM { 5 } else { 6 },
        Column::Rate if large => SPARK + 6,
        Column::Rate => SPARK,
        Column::Turns | Column::Cpu => 5,
        Column::Age => 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_it_does_has_room_at_every_width_and_columns_never_overlap() {
        let long = Needs([40, 60, 12, 30]);
        for needs in [Needs::default(), long] {
            for width in 30..300 {
                for asks in [false, true] {
                    let slots = slots(width, needs, asks);
                    let doing = slots.iter().find(|slot| slot.column == Column::Doing).expect("it is always there");
                    let least = if width < 40 { 7 } else { 16 };
                    assert!(doing.width >= least, "{} of {width}", doing.width);
                    assert!(slots.windows(2).all(|pair| pair[0].x + pair[0].width < pair[1].x), "{slots:?}");
                    assert!(slots.last().is_some_and(|last| last.x + last.width < width), "{width}: {slots:?}");
                }
            }
        }
    }

    #[test]
    fn a_row_gains_columns_with_its_width_and_one_that_asks_keeps_to_few() {
        let columns = |width, asks| slots(width, Needs([9, 12, 6, 13]), asks).len();
        assert_eq!([40, 80, 120, 200].map(|width| columns(width, false)), [3, 6, 8, 14]);
        assert_eq!([40, 80, 120, 200].map(|width| columns(width, true)), [3, 5, 6, 6]);
    }
}
