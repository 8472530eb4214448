//! How budgets stand.

use topside_model::{
    Amount, Billing, Bucket, Budget, BudgetLevel, BudgetState, Lineage, Percent, Period, Tally, TimeZone, Timestamp,
    UsageQuery,
};

use super::calendar::{beginning, days};
use super::fold::UsageFold;
use super::rates::PriceOf;

/// Budgets being held against history: each is a usage report on the days that it is for.
#[derive(Debug)]
pub struct BudgetFold<'a> {
    reports: Vec<(&'a Budget, UsageFold<'a>)>,
    now: Timestamp,
}

impl<'a> BudgetFold<'a> {
    /// Budgets that nothing of `past`, which is sessions and billings, was held against yet, in the day, the week and the month of `zone` that `now` lies in.
    pub fn new(
        budgets: &'a [Budget],
        zone: &TimeZone,
        now: Timestamp,
        past: (&'a [Lineage], &'a [Billing]),
        price: &'a PriceOf<'a>,
    ) -> Self {
        let report = |budget: &'a Budget| {
            let (first, next) = days(budget.per, now, zone);
            let query = UsageQuery {
                since: Some(first),
                until: next.yesterday().ok(),
                agent: budget.agent.clone(),
                project: budget.project.clone(),
                ..UsageQuery::all(Period::Daily, zone.clone())
            };
            (budget, UsageFold::new(query, past.0, past.1, price))
        };
        Self { reports: budgets.iter().map(report).collect(), now }
    }

    /// Adds a bucket, whose places are those of the sessions and billings given at first. Replies whose time no record
    /// tells belong to no day and so to no budget.
    pub fn add(&mut self, bucket: &Bucket) {
        self.reports.iter_mut().for_each(|(_, report)| report.add(bucket));
    }

    /// How each budget stands, in their order, after everything that was added.
    pub fn states(self) -> Vec<BudgetState> {
        let now = self.now;
        self.reports
            .into_iter()
            .map(|(budget, fold)| {
                let zone = fold.calendar.query().zone.clone();
                state(budget, &fold.report(now).total.tally, now, &zone)
            })
            .collect()
    }
}

/// How `budget` stands when so much was spent.
fn state(budget: &Budget, spent: &Tally, now: Timestamp, zone: &TimeZone) -> BudgetState {
    let (used, floor) = match budget.amount {
        Amount::Money(_) => (Amount::Money(spent.cost.money), spent.cost_is_floor()),
        Amount::Tokens(_) => (Amount::Tokens(spent.usage.total()), spent.usage_is_floor()),
    };
    // Whatever is spent of nothing is all of it.
    let share = used.share_of(budget.amount).unwrap_or(Percent(100.0));
    let level = BudgetLevel::of(share, budget.warn);
    let (first, next) = days(budget.per, now, zone);
    let (from, until) = (beginning(first, zone), beginning(next, zone));
    BudgetState { budget: budget.clone(), used, share, level, from, until, floor }
}
