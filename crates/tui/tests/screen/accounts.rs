//! Limits and budgets to draw.

use std::time::Duration;

use crate::common::{NOW, ago, text};
use topside_model::{
    AgentId, Amount, Budget, BudgetLevel, BudgetPer, BudgetState, Limit, LimitId, LimitSample, LimitWindow, Money,
    Percent, Timestamp, Tokens, Untrusted,
};

/// Budgets at every level, one of them with more spent than is known.
pub(crate) fn budgets() -> Vec<BudgetState> {
    let money = |cents: u64| Amount::Money(Money::micros(cents * 10_000));
    let tokens = |millions: u64| Amount::Tokens(Tokens(millions * 1_000_000));
    let state = |name: &str, per, project: Option<&str>, used: Amount, amount: Amount, floor, lasts: (i64, i64)| {
        let share = used.share_of(amount).expect("both are of one kind");
        let warn = Percent(80.0);
        let budget = Budget {
            name: name.to_owned(),
            per,
            project: project.map(str::to_owned),
            agent: project.map(|_| AgentId::new("codex")),
            amount,
            warn,
        };
        let (from, until) = (ago(lasts.0), ago(-lasts.1));
        BudgetState {
            budget,
            used,
            share,
            level: BudgetLevel::of(share, warn),
            from: from.expect("a moment"),
            until: until.expect("a moment"),
            floor,
        }
    };
    vec![
        state("everything", BudgetPer::Day, None, money(412), money(2_000), false, (50_527, 35_873)),
        state("webshop", BudgetPer::Week, Some("webshop"), tokens(43), tokens(50), false, (396_127, 208_673)),
        state("the month, all of it", BudgetPer::Month, None, money(21_050), money(20_000), true, (1_692_127, 899_873)),
    ]
}

pub(crate) fn limits() -> Vec<Limit> {
    let window = |minutes: u64, used, resets_in: i64| LimitWindow {
        window: Some(Duration::from_mins(minutes)),
        used: Percent(used),
        resets_at: Timestamp::from_second(NOW + resets_in).ok(),
    };
    let limit = |agent, seen, windows| Limit {
        agent: AgentId::new(agent),
        home: Untrusted::new("/home/ada/.codex"),
        sample: LimitSample {
            limit: LimitId::new(agent),
            name: None,
            plan: Some(text("pro")),
            windows,
            reached: None,
            seen_at: ago(seen).expect("it is in this century"),
        },
        marks: Vec::new(),
    };
    vec![
        limit("codex", 30, vec![window(300, 61.0, 4320), window(10_079, 84.0, 259_200)]),
        limit("claude_code", 7200, vec![window(300, 34.0, -60)]),
    ]
}
