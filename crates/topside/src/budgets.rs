//! What history says of budgets and of limits.

use topside_engine::{BudgetFold, LimitUseFold, Prices};
use topside_model::{Budget, BudgetState, Limit, LimitUse, TimeZone, Timestamp};
use topside_store::{Past, StoreError};

/// How budgets stand, and who used what limits are of.
#[derive(Debug, Default, Clone)]
pub(crate) struct Standing {
    /// One for each budget, in their order.
    pub(crate) budgets: Vec<BudgetState>,
    /// By agent and beginning of a window.
    pub(crate) limit_use: Vec<LimitUse>,
}

/// What `past` says at the moment `now`, in one reading of it; days begin and end as in `zone`, which is asked for only
/// where there are budgets.
pub(crate) fn standing(
    budgets: &[Budget],
    limits: &[Limit],
    past: &Past<'_>,
    prices: &Prices,
    (zone, now): (impl FnOnce() -> TimeZone, Timestamp),
) -> Result<Standing, StoreError> {
    if budgets.is_empty() && limits.is_empty() {
        return Ok(Standing::default());
    }
    let zone = if budgets.is_empty() { TimeZone::UTC } else { zone() };
    let price = |billing: &_, at| prices.price(billing, at);
    let mut spent = BudgetFold::new(budgets, &zone, now, (&past.sessions, &past.billings), &price);
    let mut used = LimitUseFold::new(limits, now, &past.sessions);
    past.buckets(|bucket| {
        spent.add(&bucket);
        used.add(&bucket);
    })?;
    Ok(Standing { budgets: spent.states(), limit_use: used.finish() })
}
