//! How budgets read.

use topside_model::{AgentId, Amount, Budget, BudgetState, Percent, Timestamp, elapsed};

use crate::format;
use crate::text::neutralise;

/// `$16.80`, `4.2M`; `≥$16.80` where there may have been more.
pub fn amount(amount: Amount, floor: bool) -> String {
    match amount {
        Amount::Money(money) if floor => format::money_floor(money),
        Amount::Money(money) => format::money(money),
        Amount::Tokens(tokens) => bound(floor) + &format::tokens(tokens),
    }
}

/// The spent share, cut: `84%`; `≥84%` where there may have been more. 100% of a budget is all of it.
pub fn share(state: &BudgetState) -> String {
    bound(state.floor) + &format::percent(cut(state.share))
}

/// The whole percents of `share` that were reached.
fn cut(Percent(share): Percent) -> Percent {
    /// What a division may leave short of a whole percent.
    const SLACK: f64 = 1e-9;
    let whole = (share + SLACK).floor();
    Percent(if share < 100.0 { whole.min(99.0) } else { whole })
}

fn bound(floor: bool) -> String {
    if floor { "≥".to_owned() } else { String::new() }
}

/// What a budget keeps to: `webshop, codex`; empty where it is for everything.
pub fn only(budget: &Budget) -> String {
    let only = [budget.project.as_deref(), budget.agent.as_ref().map(AgentId::as_str)];
    only.into_iter().flatten().map(neutralise).collect::<Vec<_>>().join(", ")
}

/// Share of the day, week or month that has passed: the tick on its gauge.
pub fn time_passed(state: &BudgetState, now: Timestamp) -> Percent {
    let (passed, whole) = (elapsed(state.from, now), elapsed(state.from, state.until));
    Percent((passed.as_secs_f64() / whole.as_secs_f64() * 100.0).clamp(0.0, 100.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_cut_so_that_all_of_it_is_shown_when_it_is_reached() {
        let shares = [0.0, 28.999_999_999_999_996, 79.9, 80.0, 99.5, 99.999_999_999_999, 100.0, 100.9];
        let shown = shares.map(|share| format::percent(cut(Percent(share))));
        assert_eq!(shown, ["0%", "29%", "79%", "80%", "99%", "99%", "100%", "100%"]);
    }
}
