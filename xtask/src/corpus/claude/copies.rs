//! What a side question copied from its own session. Its file begins with the session's history, as that of a
//! sub-agent; the oracle asks whether the *session* owns a reply and so counts the copies for the sub-agents as well.
//! Its table by day counts them once, as topside does.

use std::collections::BTreeSet;

use anyhow::Context as _;

use crate::corpus::cell::Cell;
use crate::corpus::claude::Home;
use crate::corpus::claude::columns::PARTS;
use crate::corpus::report::Difference;
use crate::corpus::rules::ASIDE_COPIES;

/// Explains those of the home's `differences` that are such copies: in a column of tokens, topside's sessions together
/// spent exactly as much less as the oracle's sessions exceed its days.
pub(super) fn explain(home: &Home<'_>, differences: &mut [Difference]) -> anyhow::Result<()> {
    let mut asides = BTreeSet::new();
    for (by_day, [main, agents], _) in PARTS {
        let quoted = format!("progress_only_{}", by_day.replace("cache_write", "cache"));
        let by_session = home.sessions.total(main)? + home.sessions.total(agents)? + home.sessions.total(&quoted)?;
        let surplus = by_session.checked_sub(home.by_day.total(by_day)?);
        let surplus = surplus.context("the oracle's sessions spent less than its days")?;
        let of_column = || differences.iter().filter(|difference| difference.column == *agents);
        if surplus > 0 && of_column().map(missing).sum::<Option<u64>>() == Some(surplus) {
            asides.extend(of_column().map(|difference| difference.row.clone()));
            let explained = differences.iter_mut().filter(|difference| difference.column == *agents);
            explained.for_each(|difference| difference.rule = Some(ASIDE_COPIES));
        }
    }
    for row in home.sessions.rows() {
        let id = row.get("session_id")?.unwrap_or_default();
        let view = row.get("user_prompts")?;
        for difference in differences.iter_mut().filter(|difference| difference.row == id && asides.contains(id)) {
            let copied = match difference.column.as_str() {
                "agent_api_messages" => missing(difference).is_some(),
                // The copied prompts are the person's own; the oracle takes them for the side question's.
                "user_prompts_own" => Some(difference.ours.to_string().as_str()) == view,
                _ => false,
            };
            if copied {
                difference.rule = Some(ASIDE_COPIES);
            }
        }
    }
    Ok(())
}

/// How much topside counts less than the oracle; `None` where it does not.
fn missing(difference: &Difference) -> Option<u64> {
    match (&difference.ours, &difference.oracle) {
        (Cell::Count(ours), Cell::Count(oracle)) => oracle.checked_sub(*ours),
        _ => None,
    }
}
