//! History at a glance: what the screen shows of days gone by.

use std::sync::Arc;
use std::time::Duration;

use crate::charge::Money;
use crate::id::AgentId;
use crate::spending::{ModelTally, Tally};
use crate::text::Untrusted;
use crate::unit::{Bytes, Date, Percent, TimeZone, Tokens};

/// What history says, and how far it is.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct History {
    /// How far reading is, while there are transcripts that were not read yet: what is shown may then be too little.
    pub progress: Option<Backfill>,
    /// What a person should know of it, in a sentence without an end: why it is not kept, for instance.
    pub note: Option<String>,
    /// What it adds up to; `None` before anything was added up.
    pub board: Option<Arc<UsageBoard>>,
}

/// How far reading is.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Backfill {
    /// Bytes that were read.
    pub read: Bytes,
    /// Bytes there are to read in all.
    pub all: Bytes,
    /// Bytes read in a second, once that can be told.
    pub rate: Option<Bytes>,
    /// How long it will take, once that can be told.
    pub left: Option<Duration>,
}

impl Backfill {
    /// How much of it is read; `None` where there is nothing to read.
    pub fn share(&self) -> Option<Percent> {
        (self.all.0 > 0).then(|| Percent(self.read.0.min(self.all.0) as f64 / self.all.0 as f64 * 100.0))
    }
}

/// What was used, by day, by hour of the week, by project, model and agent.
#[derive(Debug, Clone, PartialEq)]
pub struct UsageBoard {
    /// Where days begin and end.
    pub zone: TimeZone,
    /// The day it was made on.
    pub today: Date,
    /// Every day of the last [`UsageBoard::DAYS`], oldest first, today last.
    pub days: Vec<DayUse>,
    /// Hours of the week, over the last [`UsageBoard::HOUR_DAYS`] days.
    pub hours: WeekHours,
    /// Projects of the last [`UsageBoard::MONTH_DAYS`] days by tokens, most first; at most [`UsageBoard::PROJECTS`].
    pub projects: Vec<ProjectUse>,
    /// Projects of those days that are not listed.
    pub more_projects: u64,
    /// Models of those days by tokens, most first.
    pub models: Vec<ModelTally>,
    /// Agents of those days by tokens, most first.
    pub agents: Vec<AgentUse>,
    /// Today.
    pub day: Tally,
    /// Today and the six days before.
    pub week: Tally,
    /// Today and the 29 days before.
    pub month: Tally,
    /// All of history, replies included whose time no record tells.
    pub all: Tally,
}

impl UsageBoard {
    /// Days that are told one by one.
    pub const DAYS: usize = 90;
    /// Days by whose hours a week is drawn: each weekday four times.
    pub const HOUR_DAYS: usize = 28;
    /// Days that projects, models and agents are told of.
    pub const MONTH_DAYS: usize = 30;
    /// Days of a week.
    pub const WEEK_DAYS: usize = 7;
    /// Projects that are listed.
    pub const PROJECTS: usize = 50;
}

/// What was used on one day.
#[derive(Debug, Clone, PartialEq)]
pub struct DayUse {
    /// The day.
    pub date: Date,
    /// All of it.
    pub tally: Tally,
    /// The same by model, most tokens first.
    pub models: Vec<ModelTally>,
    /// Turns that began, of sessions that had replies; `None` unless all of these are known.
    pub turns: Option<u64>,
}

/// What one project used.
#[derive(Debug, Clone, PartialEq)]
pub struct ProjectUse {
    /// The project; `None` where no record tells one.
    pub project: Option<Untrusted>,
    /// What it used.
    pub tally: Tally,
}

/// What one agent used.
#[derive(Debug, Clone, PartialEq)]
pub struct AgentUse {
    /// The agent.
    pub agent: AgentId,
    /// What it used.
    pub tally: Tally,
    /// Its turns; `None` where they are known of no day.
    pub turns: Option<TurnUse>,
}

/// Turns of those days of which they are known.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct TurnUse {
    /// How many began.
    pub count: u64,
    /// What was used on those days.
    pub tally: Tally,
}

/// Tokens by hour of the week: days from Monday on, and within them hours from midnight on, as clocks in the zone show
/// them. An hour that clocks showed twice counts both times.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct WeekHours(pub [[Tokens; 24]; 7]);

impl Tally {
    /// What share of its input came from the vendor's cache; `None` where there was no input.
    pub fn cached_share(&self) -> Option<Percent> {
        self.usage.cached_share()
    }

    /// What each of so many turns cost; `None` where their number or the cost is not known.
    pub fn cost_per_turn(&self, turns: Option<u64>) -> Option<Money> {
        let turns = turns.filter(|turns| *turns > 0)?;
        self.cost.known().map(|money| Money(money.0 / u128::from(turns)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spending::Cost;
    use crate::usage::Usage;

    #[test]
    fn shares_of_nothing_are_not_known() {
        assert_eq!(Backfill::default().share(), None);
        assert_eq!(Tally::default().cached_share(), None);
        let written = Tally { usage: Usage { output: Tokens(9), ..Usage::default() }, ..Tally::default() };
        assert_eq!(written.cached_share(), None);
    }

    #[test]
    fn writing_to_the_cache_is_input_that_did_not_come_from_it() {
        let usage = Usage {
            input_uncached: Tokens(10),
            cache_read: Tokens(60),
            cache_write_5m: Tokens(20),
            cache_write_1h: Tokens(10),
            output: Tokens(1_000),
            ..Usage::default()
        };
        assert_eq!(Tally { usage, ..Tally::default() }.cached_share(), Some(Percent(60.0)));
    }

    #[test]
    fn a_file_that_grew_while_it_was_read_is_not_more_than_all() {
        let grown = Backfill { read: Bytes(12), all: Bytes(10), ..Backfill::default() };
        assert_eq!(grown.share(), Some(Percent(100.0)));
    }

    #[test]
    fn a_turn_costs_its_part_where_both_are_known() {
        let priced = Tally { cost: Cost { money: Money(90), ..Cost::default() }, ..Tally::default() };
        let unpriced = Tally { cost: Cost { unpriced: [None].into(), ..Cost::default() }, ..Tally::default() };
        for (tally, turns, expected) in [
            (&priced, Some(3), Some(Money(30))),
            (&priced, Some(0), None),
            (&priced, None, None),
            (&unpriced, Some(3), None),
        ] {
            assert_eq!(tally.cost_per_turn(turns), expected, "{turns:?}");
        }
    }
}
