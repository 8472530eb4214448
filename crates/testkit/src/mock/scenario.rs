//! What the model does next in each scenario.

use std::time::Duration;

use super::cue::Cue;
use super::log::Purpose;
use super::tools::{Call, Command, Tools};

/// What the model does next.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Plan {
    /// It answers in words.
    Say(Speech),
    /// It calls tools.
    Call(Vec<Call>),
    /// The server fails.
    Fail(Failure),
    /// The connection breaks in the middle of the answer.
    Break,
}

/// An answer in words.
#[derive(Debug, Default, Clone, PartialEq)]
pub(super) struct Speech {
    /// The words.
    pub(super) text: String,
    /// Time before the first word.
    pub(super) silence: Duration,
    /// Time from the first word to the last.
    pub(super) spread: Duration,
}

/// How a server fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failure {
    /// The key is refused.
    Key,
    /// Too many requests; a later attempt may do.
    Rate,
    /// The limit of a subscription is reached; no attempt will do before it is reset.
    Limit,
    /// Too much to do for everybody.
    Overload,
    /// Something is broken.
    Server,
}

impl Failure {
    /// The HTTP status.
    pub(super) fn status(self) -> u16 {
        match self {
            Self::Key => 401,
            Self::Rate | Self::Limit => 429,
            Self::Overload => 529,
            Self::Server => 500,
        }
    }
}

/// What an agent accepts as the summary of a conversation: Claude Code looks for the tag.
const SUMMARY: &str = "<summary>The work so far, in a few words of the mock model.</summary>";

/// What the model does next in scenario `cue`, asked for `purpose` the `attempt`-th time (from 1) in this turn at this
/// step.
pub(super) fn plan(cue: &Cue, purpose: Purpose, attempt: u64, tools: &dyn Tools) -> Plan {
    let seconds = |default| Duration::from_secs(cue.number().unwrap_or(default));
    let still = attempt <= cue.number().unwrap_or(1);
    match purpose {
        Purpose::Turn => {}
        Purpose::Helper => return words(r#"{"name":"mock-title","title":"Mock title"}"#),
        Purpose::Compaction => {
            let silence = if cue.name == "compact" { seconds(2) } else { Duration::ZERO };
            return Plan::Say(Speech { text: SUMMARY.into(), silence, ..Speech::default() });
        }
    }
    match cue.name.as_str() {
        "think" => Plan::Say(Speech { text: "Thought about it.".into(), silence: seconds(5), ..Speech::default() }),
        "stream" => Plan::Say(Speech { text: "word ".repeat(200), spread: seconds(5), ..Speech::default() }),
        "e401" => Plan::Fail(Failure::Key),
        "e429" => Plan::Fail(Failure::Rate),
        "e500" => Plan::Fail(Failure::Server),
        "e529" => Plan::Fail(Failure::Overload),
        "limit" => Plan::Fail(Failure::Limit),
        "e429x" if still => Plan::Fail(Failure::Rate),
        "e500x" if still => Plan::Fail(Failure::Server),
        "e529x" if still => Plan::Fail(Failure::Overload),
        "drop" => Plan::Break,
        _ if tools.is_empty() => words("There is no tool to use."),
        _ => calls(cue, tools).map_or_else(|| words(&format!("The {} scenario is finished.", cue.name)), Plan::Call),
    }
}

/// The tools called at this step; `None` when the scenario is through.
fn calls(cue: &Cue, tools: &dyn Tools) -> Option<Vec<Call>> {
    let run = |line: String| tools.run(&[Command::new(line)]);
    let background = |line: String| tools.run(&[Command { background: true, ..Command::new(line) }]);
    let number = |default| cue.number().unwrap_or(default);
    let task = || format!("%%sleep:{}", number(5));
    match (cue.name.as_str(), cue.step()) {
        ("multi", step) if (step as u64) < number(3) => Some(run(format!("echo step {step} && sleep 1"))),
        (name @ ("subagent" | "bgagent"), 0) => Some(vec![tools.spawn_agent(&task(), name == "bgagent")?]),
        ("subagent", 1) => Some(vec![tools.wait_agent(&cue.results[0])?]),
        (_, 1..) => None,
        ("sleep", _) => Some(run(format!("sleep {}", number(5)))),
        ("cmd", _) => Some(run(cue.argument.clone())),
        ("two", _) => {
            let long = number(5);
            Some(tools.run(&[Command::new("sleep 2; echo one"), Command::new(format!("sleep {long}; echo two"))]))
        }
        ("approve", _) => {
            let line = if cue.argument.is_empty() { "touch approved && id" } else { &cue.argument };
            Some(tools.run(&[Command { escalated: true, ..Command::new(line) }]))
        }
        ("listen", _) => {
            let server = serve(number(18_999));
            Some(run(format!("setsid nohup {server} > /dev/null 2>&1 < /dev/null & echo $! > server.pid")))
        }
        ("bg", _) => Some(background(serve(number(18_999)))),
        ("bgsleep", _) => Some(background(format!("sleep {}", number(5)))),
        ("write", _) => Some(tools.write(&cue.argument)),
        ("ask", _) => Some(vec![tools.ask()?]),
        ("plan", _) => Some(vec![tools.propose_plan()?]),
        ("worktree", _) => Some(vec![tools.enter_worktree(&cue.argument)?]),
        ("workflow", _) => Some(vec![tools.start_workflow(&task())?]),
        _ => None,
    }
}

fn serve(port: u64) -> String {
    format!("node -e \"require('http').createServer().listen({port}, '127.0.0.1')\"")
}

fn words(text: &str) -> Plan {
    Plan::Say(Speech { text: text.into(), ..Speech::default() })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use axum::http::HeaderMap;

    use super::*;
    use crate::mock::api::Api as _;
    use crate::mock::responses::Responses;

    /// What the model does after `results` tool results, asked for the `attempt`-th time.
    fn next(prompt: &str, results: usize, purpose: Purpose, attempt: u64) -> Plan {
        let prompt = json!({ "type": "message", "role": "user", "content": [{ "text": prompt }] });
        let result = json!({ "type": "function_call_output", "output": "{\"agent_id\":\"child\"}" });
        let input: Vec<Value> = std::iter::once(prompt).chain(vec![result; results]).collect();
        let tools = json!([
            { "name": "exec_command" },
            { "name": "agents", "tools": [
                { "name": "spawn_agent", "parameters": { "properties": { "message": {} } } },
                { "name": "wait_agent", "parameters": { "properties": { "targets": {} } } } ] } ]);
        let body = json!({ "model": "m", "input": input, "tools": tools }).to_string();
        let asked = Responses.read(&HeaderMap::new(), body.as_bytes()).expect("a request");
        plan(&asked.cue, purpose, attempt, &*asked.tools)
    }

    fn called(plan: &Plan) -> Vec<&str> {
        match plan {
            Plan::Call(calls) => calls.iter().map(|call| call.name.as_str()).collect(),
            _ => Vec::new(),
        }
    }

    #[test]
    fn a_tool_is_called_once_and_then_the_model_answers() {
        assert_eq!(called(&next("%%sleep:9", 0, Purpose::Turn, 1)), ["exec_command"]);
        assert!(matches!(next("%%sleep:9", 1, Purpose::Turn, 1), Plan::Say(_)));
    }

    #[test]
    fn a_sub_agent_is_started_then_waited_for() {
        assert_eq!(called(&next("%%subagent:9", 0, Purpose::Turn, 1)), ["spawn_agent"]);
        let wait = next("%%subagent:9", 1, Purpose::Turn, 1);
        assert_eq!(called(&wait), ["wait_agent"]);
        assert!(format!("{wait:?}").contains("child"), "it waits for the child that was started: {wait:?}");
        assert!(matches!(next("%%subagent:9", 2, Purpose::Turn, 1), Plan::Say(_)));
    }

    #[test]
    fn a_failure_ends_after_as_many_attempts_as_the_prompt_says() {
        assert_eq!(next("%%e500x:2", 0, Purpose::Turn, 2), Plan::Fail(Failure::Server));
        assert!(matches!(next("%%e500x:2", 0, Purpose::Turn, 3), Plan::Say(_)));
        assert_eq!(next("%%e429", 0, Purpose::Turn, 99), Plan::Fail(Failure::Rate));
    }

    #[test]
    fn a_compaction_or_title_is_never_part_of_the_scenario() {
        assert!(matches!(next("%%e500", 0, Purpose::Compaction, 1), Plan::Say(_)));
        assert!(matches!(next("%%sleep:9", 0, Purpose::Helper, 1), Plan::Say(_)));
        let Plan::Say(slow) = next("%%compact:4", 0, Purpose::Compaction, 1) else { panic!("it answers") };
        assert_eq!(slow.silence, Duration::from_secs(4));
    }
}
