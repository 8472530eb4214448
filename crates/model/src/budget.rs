//! Budgets that a user sets, and who used what a limit is of.

use crate::charge::Money;
use crate::id::{AgentId, SessionKey};
use crate::text::Untrusted;
use crate::unit::{Percent, Timestamp, Tokens};

/// What a user wants to spend at most in each day, week or month.
#[derive(Debug, Clone, PartialEq)]
pub struct Budget {
    /// What the user calls it.
    pub name: String,
    /// The part of time it is for.
    pub per: BudgetPer,
    /// Only the project of exactly this name.
    pub project: Option<String>,
    /// Only this agent.
    pub agent: Option<AgentId>,
    /// How much.
    pub amount: Amount,
    /// Share of it from which on the user wants to know.
    pub warn: Percent,
}

/// The part of time a budget is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BudgetPer {
    /// A day.
    Day,
    /// A week, from Monday.
    Week,
    /// A month.
    Month,
}

impl BudgetPer {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Day, Self::Week, Self::Month];

    /// Its name in JSON and in files.
    pub fn id(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }
}

/// Something that is spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Amount {
    /// Money, by list prices.
    Money(Money),
    /// Tokens of every kind.
    Tokens(Tokens),
}

impl Amount {
    /// How much of `whole` this is; `None` where they are not of one kind, or `whole` is nothing.
    pub fn share_of(self, whole: Self) -> Option<Percent> {
        let (part, whole) = match (self, whole) {
            (Self::Money(part), Self::Money(whole)) => (part.0, whole.0),
            (Self::Tokens(part), Self::Tokens(whole)) => (part.0.into(), whole.0.into()),
            _ => return None,
        };
        (whole > 0).then(|| Percent(part as f64 * 100.0 / whole as f64))
    }
}

/// How a budget stands in the part of time that a moment lies in.
#[derive(Debug, Clone, PartialEq)]
pub struct BudgetState {
    /// Which budget.
    pub budget: Budget,
    /// What was spent since `from`; of the same kind as the budget.
    pub used: Amount,
    /// The same as a share of the budget.
    pub share: Percent,
    /// How that is to be taken.
    pub level: BudgetLevel,
    /// When the day, the week or the month began.
    pub from: Timestamp,
    /// When the next one begins.
    pub until: Timestamp,
    /// True when more may have been spent: some replies have no known price or were counted only while being written.
    pub floor: bool,
}

/// How a budget stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BudgetLevel {
    /// There is room.
    Fine,
    /// The share was reached from which on the user wants to know.
    Warn,
    /// All of it was spent.
    Over,
}

impl BudgetLevel {
    /// Its name in JSON.
    pub fn id(self) -> &'static str {
        match self {
            Self::Fine => "fine",
            Self::Warn => "warn",
            Self::Over => "over",
        }
    }

    /// The level of a budget of which `share` was spent, and which warns from `warn` on.
    pub fn of(share: Percent, warn: Percent) -> Self {
        match share {
            share if share.0 >= 100.0 => Self::Over,
            share if share >= warn => Self::Warn,
            _ => Self::Fine,
        }
    }
}

/// Who used tokens of an agent since a window of its limits began. Shares are of tokens, not of the limit's own measure,
/// which no agent tells.
#[derive(Debug, Clone, PartialEq)]
pub struct LimitUse {
    /// Whose tokens, over all its homes.
    pub agent: AgentId,
    /// When the window began. What was used in the quarter of an hour around it counts if the last of it came later.
    pub since: Timestamp,
    /// Tokens of every kind.
    pub tokens: Tokens,
    /// True when some replies were counted only while being written.
    pub floor: bool,
    /// The sessions that used most, each with those it started.
    pub sessions: Vec<Consumer<PastName>>,
    /// How many sessions are not listed.
    pub more_sessions: u64,
    /// The projects that used most; `None` where no record tells one.
    pub projects: Vec<Consumer<Option<Untrusted>>>,
    /// How many projects are not listed.
    pub more_projects: u64,
}

/// A session as history knows it.
#[derive(Debug, Clone, PartialEq)]
pub struct PastName {
    /// Which session.
    pub key: SessionKey,
    /// Its project.
    pub project: Option<Untrusted>,
}

/// Somebody who used tokens.
#[derive(Debug, Clone, PartialEq)]
pub struct Consumer<T> {
    /// Who.
    pub who: T,
    /// How many since the window began.
    pub tokens: Tokens,
    /// The same as a share of everybody's.
    pub share: Percent,
    /// Tokens per hour in about the last hour, or since the window began; `None` in its first minutes.
    pub hourly: Option<Tokens>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_warns_from_its_share_on_and_is_over_at_all_of_it() {
        let level = |share| BudgetLevel::of(Percent(share), Percent(80.0));
        assert_eq!([0.0, 79.99, 80.0, 99.99].map(level).map(BudgetLevel::id), ["fine", "fine", "warn", "warn"]);
        assert_eq!([100.0, 250.0].map(level).map(BudgetLevel::id), ["over", "over"]);
        assert_eq!(BudgetLevel::of(Percent(99.0), Percent(100.0)), BudgetLevel::Fine);
    }

    #[test]
    fn only_like_is_a_share_of_like() {
        let tokens = |count| Amount::Tokens(Tokens(count));
        assert_eq!(tokens(1).share_of(tokens(4)), Some(Percent(25.0)));
        assert_eq!(tokens(7).share_of(tokens(100)), Some(Percent(7.0)));
        assert_eq!(tokens(1).share_of(tokens(0)), None);
        assert_eq!(tokens(1).share_of(Amount::Money(Money(4))), None);
    }
}
