//! What hooks and status lines of Claude Code mean.

use std::time::Duration;

use topside_model::{
    CallId, Figures, LimitId, LimitSample, LimitWindow, Money, Percent, SessionId, Signal, SignalWord, Timestamp,
    Tokens,
};

use super::paths;
use crate::signals::Said;
use crate::source::json::Json;

/// The tool by which the model asks a person; it needs leave like any other.
const ASKS: &str = "AskUserQuestion";
/// Windows of a subscription's limit, in hours.
const WINDOWS: [(&str, u64); 2] = [("five_hour", 5), ("seven_day", 7 * 24)];

/// A hook that ran in a session, or in a helper of it.
pub(super) fn signal(said: &Said<'_>) -> Option<(SessionId, Signal)> {
    let tool = said.word("tool");
    if said.word("event")?.raw() != "PermissionRequest" {
        return None;
    }
    let asks = tool.as_ref().is_some_and(|tool| tool.raw() == ASKS);
    let word = if asks { SignalWord::Question } else { SignalWord::Approval };
    let session = match said.word("helper") {
        Some(helper) => paths::helper(helper.raw()),
        None => said.session()?,
    };
    let call = said.word("call").map(|call| CallId::new(call.raw()));
    Some((session, Signal { word, tool, call, at: said.at, place: said.place.clone() }))
}

/// The figures given to a status line.
pub(super) fn figures(said: &Said<'_>) -> Option<(SessionId, Figures)> {
    let window = said.part("context_window").and_then(|context| context.field("context_window_size")?.count());
    let cost = said.part("cost").and_then(|cost| cost.field("total_cost_usd")?.number());
    let cost = cost.filter(|usd| (0.0..1e9).contains(usd)).map(|usd| Money::micros((usd * 1e6).round() as u64));
    let limits = said.part("rate_limits");
    let limits = WINDOWS.iter().filter_map(|(name, hours)| limit(name, *hours, limits?.field(name)?, said.at));
    let figures = Figures {
        window: window.filter(|window| *window > 0).map(Tokens),
        cost,
        limits: limits.collect(),
        at: said.at,
        place: said.place.clone(),
    };
    Some((said.session()?, figures))
}

fn limit(name: &str, hours: u64, limit: Json<'_>, seen_at: Timestamp) -> Option<LimitSample> {
    let used = limit.field("used_percentage").and_then(Json::number)?;
    let resets_at = limit.field("resets_at").and_then(Json::number);
    let window = LimitWindow {
        window: Some(Duration::from_hours(hours)),
        used: Percent(used),
        resets_at: resets_at.and_then(|at| Timestamp::from_second(at as i64).ok()),
    };
    Some(LimitSample {
        limit: LimitId::new(name),
        name: None,
        plan: None,
        windows: vec![window],
        reached: None,
        seen_at,
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn said(json: &str) -> Said<'_> {
        Said::read(json.as_bytes(), Path::new("/state"), 0).expect("a time")
    }

    #[track_caller]
    fn check(json: &str, expected: Option<(&str, SignalWord)>) {
        let found = signal(&said(json));
        let found = found.as_ref().map(|(session, signal)| (session.as_str(), signal.word));
        assert_eq!(found, expected, "{json}");
    }

    #[test]
    fn a_hook_speaks_of_the_session_or_the_helper_it_ran_in() {
        let asked = |more: &str| format!(r#"{{"at":1,"event":"PermissionRequest","session":"s"{more}}}"#);
        check(&asked(r#","tool":"Bash""#), Some(("s", SignalWord::Approval)));
        check(&asked(r#","tool":"AskUserQuestion""#), Some(("s", SignalWord::Question)));
        check(&asked(r#","tool":"Bash","helper":"a1""#), Some(("agent-a1", SignalWord::Approval)));
        check(&asked(""), Some(("s", SignalWord::Approval)));
        check(r#"{"at":1,"event":"Stop","session":"s"}"#, None);
        check(r#"{"at":1,"event":"PermissionRequest"}"#, None);
    }

    #[test]
    fn a_call_that_a_hook_names_is_meant() {
        let found = signal(&said(r#"{"at":1,"event":"PermissionRequest","session":"s","call":"toolu_1"}"#));
        assert_eq!(found.and_then(|(_, signal)| signal.call), Some(CallId::new("toolu_1")));
    }

    #[test]
    fn figures_are_converted_once() {
        let (session, figures) = figures(&said(
            r#"{"at":1000,"session":"s","context_window":{"context_window_size":1000000},
                "cost":{"total_cost_usd":1.25},"rate_limits":{"five_hour":{"used_percentage":23.5,"resets_at":60}}}"#,
        ))
        .expect("figures");
        assert_eq!((session.as_str(), figures.window), ("s", Some(Tokens(1_000_000))));
        assert_eq!(figures.cost, Some(Money::micros(1_250_000)));
        let [limit] = figures.limits.as_slice() else { panic!("one limit: {:?}", figures.limits) };
        assert_eq!((limit.limit.as_str(), limit.windows[0].used), ("five_hour", Percent(23.5)));
        assert_eq!(limit.windows[0].resets_at.map(Timestamp::as_second), Some(60));
    }
}
