//! Which columns the list has at a width.

use unicode_width::UnicodeWidthStr;

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
    const BY_RANK: [Self; 11] = [
        Self::Context,
        Self::Agent,
        Self::Tokens,
        Self::Age,
        Self::Branch,
        Self::Model,
        Self::Rate,
        Self::Turns,
        Self::Memory,
        Self::Cpu,
        Self::Effort,
    ];

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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Slot {
    pub(crate) column: Column,
    pub(crate) x: u16,
    pub(crate) width: u16,
}

/// Widths of text that differ between fleets.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Needs {
    /// The widest project, branch, agent and model shown.
    pub(crate) project: u16,
    pub(crate) branch: u16,
    pub(crate) agent: u16,
    pub(crate) model: u16,
}

/// Minutes of a spark line in the list.
pub(crate) const SPARK: u16 = 7;

/// Columns before the first: the cursor's mark, the sign, a blank.
pub(crate) const MARGIN: u16 = 3;

/// Chooses the columns for a row of this width: by rank, each whole or not at all, until the first that does not fit.
/// What is left goes to what the session does.
pub(crate) fn slots(width: u16, needs: Needs) -> Vec<Slot> {
    let narrow = width < NARROW;
    let size = |column| match column {
        Column::Project => needs.project.clamp(6, if narrow { 10 } else { 16 }),
        Column::Branch => needs.branch.clamp(6, if width < 140 { 16 } else { 22 }),
        Column::Agent => needs.agent.clamp(5, 11),
        Column::Model => needs.model.clamp(5, 16),
        Column::Doing => 0,
        Column::For | Column::Memory => 7,
        Column::Tokens | Column::Effort => 6,
        Column::Context => 11,
        Column::Rate => {
            if width < 140 {
                SPARK
            } else {
                SPARK + 6
            }
        }
        Column::Turns | Column::Cpu => 5,
        Column::Age => 4,
    };
    // Figures stand at the right end of their column, so they need less air before them.
    let gap = |column: Column| if narrow || column.is_figure() { 1 } else { 2 };
    let least = match width {
        0..60 => 18,
        60..110 => 24,
        110..140 => 22,
        _ => 30,
    };
    let mut chosen: Vec<Column> = Column::FIXED.to_vec();
    let fixed: u16 = Column::FIXED.into_iter().map(|column| size(column) + gap(column)).sum();
    let mut free = (width + gap(Column::Project)).saturating_sub(MARGIN + 1 + fixed);
    for column in Column::BY_RANK {
        let wanted = size(column) + gap(column);
        if free < least + wanted {
            break;
        }
        free -= wanted;
        chosen.push(column);
    }
    chosen.sort_unstable();
    let mut x = MARGIN;
    let mut slots: Vec<Slot> = Vec::with_capacity(chosen.len());
    for column in chosen {
        let width = if column == Column::Doing { free } else { size(column) };
        x += if slots.is_empty() { 0 } else { gap(column) };
        slots.push(Slot { column, x, width });
        x += width;
    }
    slots
}

/// The widest of some texts.
pub(crate) fn widest<'a>(texts: impl Iterator<Item = &'a str>) -> u16 {
    texts.map(UnicodeWidthStr::width).max().unwrap_or_default() as u16
}
