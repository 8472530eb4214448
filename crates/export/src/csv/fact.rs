//! Facts of history as records of one table.

use serde_json::{Map, Value};

use super::cell;
use crate::wire::v1::FactV1;

/// Columns of the table. A record fills those of its kind; keys that the JSON lines have too mean the same there.
const COLUMNS: &str = "kind,agent,session,id,parent,fork,internal,cwd,project,agent_version,state,tool,work,how,outcome,\
    starts_at,started_at,ended_at,finished_at,first_at,last_at,home,minutes,used_percent,resets_at,seen_at,model,tier,\
    regional,above_input_tokens,responses,unsettled_responses,input,input_uncached,cache_read,cache_write_5m,\
    cache_write_1h,output,reasoning,web_searches,total";

/// The first record of the table, with its line end.
pub fn facts() -> String {
    format!("{COLUMNS}\r\n")
}

/// A fact as a record, with its line end. What is not known, or not of its kind, is empty.
pub fn fact(fact: &FactV1) -> String {
    let values = values(fact);
    let cells: Vec<String> =
        COLUMNS.split(',').map(|column| values.get(column).map(plain).unwrap_or_default()).collect();
    cells.join(",") + "\r\n"
}

/// The keys of a fact. Those of the tokens stand beside the others.
fn values(fact: &FactV1) -> Map<String, Value> {
    let fact = serde_json::to_value(fact).expect("string keys and derived serialisers cannot fail");
    let Value::Object(mut values) = fact else { return Map::new() };
    if let Some(Value::Object(tokens)) = values.remove("usage") {
        values.extend(tokens);
    }
    values
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => cell(text),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use topside_model::{
        AgentId, CallFact, CallId, LimitId, LimitSeen, Outcome, Percent, SessionId, StateKind, StateSpan,
    };
    use topside_model::{Billing, Bucket, Fact, PastSession, SessionKey, Usage};
    use topside_model::{Timestamp, TurnEnd, TurnFact, TurnId, Untrusted, Work};

    use super::*;

    /// One fact of each kind.
    fn each() -> Vec<FactV1> {
        let session = SessionKey { agent: AgentId::new("codex"), id: SessionId::new("s") };
        let past = PastSession::new(session.clone());
        let at = Timestamp::UNIX_EPOCH;
        let bucket = Bucket {
            session: 0,
            billing: 0,
            start: None,
            span: None,
            usage: Usage::default(),
            replies: 1,
            unsettled: 0,
        };
        let span = StateSpan { session: session.clone(), state: StateKind::New, tool: None, from: at, to: None };
        let (turn, how) = (TurnId::new("t"), TurnEnd::Completed);
        let turn = TurnFact { session: session.clone(), turn, started_at: None, ended_at: None, how };
        let call = CallFact {
            session,
            call: CallId::new("c"),
            tool: Untrusted::new("shell"),
            work: Work::Command,
            started_at: None,
            finished_at: None,
            outcome: Outcome::Unknown,
        };
        let seen = LimitSeen {
            agent: AgentId::new("codex"),
            home: Untrusted::new("/home/ada/.codex"),
            limit: LimitId::new("l"),
            window: None,
            used: Percent(1.0),
            resets_at: None,
            at,
        };
        let facts = [Fact::State(span), Fact::Turn(turn), Fact::Call(call), Fact::Limit(seen)];
        let whole = [FactV1::session(&past), FactV1::usage(&past.key, &Billing::default(), &bucket)];
        whole.into_iter().chain(facts.iter().map(FactV1::from)).collect()
    }

    #[test]
    fn every_key_of_every_kind_has_its_column_and_none_is_without() {
        let keys: Vec<String> = each().iter().flat_map(|fact| values(fact).into_iter().map(|(key, _)| key)).collect();
        for key in &keys {
            assert!(COLUMNS.split(',').any(|column| column == key), "{key} has no column");
        }
        for column in COLUMNS.split(',') {
            assert!(keys.iter().any(|key| key == column), "{column} is never filled");
        }
    }
}
