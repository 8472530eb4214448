//! What the model does next in each scenario.

use std::time::Duration;

use super::conversation::Cue;
use super::log::Purpose;
use super::tools::{Call, Command, Toolbox};

/// What the model does next.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Plan {
    /// It answers in words.
    Say(Speech),
    /// It calls tools.
    Call(Vec<Call>),
    /// The server fails with this HTTP status.
    Fail(u16),
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

/// What the model does next in scenario `cue`, asked for `purpose` the `attempt`-th time (from 1) in this turn at this
/// step.
pub(super) fn plan(cue: &Cue, purpose: Purpose, attempt: u64, tools: &Toolbox) -> Plan {
    let seconds = |default| Duration::from_secs(cue.number().unwrap_or(default));
    match purpose {
        Purpose::Turn => {}
        Purpose::Title => return words("Mock title"),
        Purpose::Compaction => {
            let silence = if cue.name == "compact" { seconds(2) } else { Duration::ZERO };
            return Plan::Say(Speech { text: "Summary of the work so far.".into(), silence, ..Speech::default() });
        }
    }
    match cue.name.as_str() {
        "think" => Plan::Say(Speech { text: "Thought about it.".into(), silence: seconds(5), ..Speech::default() }),
        "stream" => Plan::Say(Speech { text: "word ".repeat(200), spread: seconds(5), ..Speech::default() }),
        "e401" => Plan::Fail(401),
        "e429" => Plan::Fail(429),
        "e500" => Plan::Fail(500),
        "e429x" if attempt <= cue.number().unwrap_or(1) => Plan::Fail(429),
        "e500x" if attempt <= cue.number().unwrap_or(1) => Plan::Fail(500),
        "drop" => Plan::Break,
        _ if tools.is_empty() => words("There is no tool to use."),
        _ => calls(cue, tools).map_or_else(|| words(&format!("The {} scenario is finished.", cue.name)), Plan::Call),
    }
}

/// The tools called at this step; `None` when the scenario is through.
fn calls(cue: &Cue, tools: &Toolbox) -> Option<Vec<Call>> {
    let run = |line: String| tools.run(&[Command::new(line)]);
    let number = |default| cue.number().unwrap_or(default);
    match (cue.name.as_str(), cue.step()) {
        ("multi", step) if (step as u64) < number(3) => Some(run(format!("echo step {step} && sleep 1"))),
        ("subagent", 0) => Some(vec![tools.spawn_agent(&format!("%%sleep:{}", number(5)))?]),
        ("subagent", 1) => Some(vec![tools.wait_agent(&cue.results[0])?]),
        (_, 1..) => None,
        ("sleep", _) => Some(run(format!("sleep {}", number(5)))),
        ("cmd", _) => Some(run(cue.argument.clone())),
        ("two", _) => Some(tools.run(&[Command::new("sleep 2; echo one"), Command::new("sleep 5; echo two")])),
        ("approve", _) => {
            let line = if cue.argument.is_empty() { "touch approved && id" } else { &cue.argument };
            Some(tools.run(&[Command { escalated: true, ..Command::new(line) }]))
        }
        ("listen", _) => {
            let server = serve(number(18_999));
            Some(run(format!("setsid nohup {server} > /dev/null 2>&1 < /dev/null & echo $! > server.pid")))
        }
        ("bg", _) => Some(tools.run(&[Command { background: true, ..Command::new(serve(number(18_999))) }])),
        ("write", _) => Some(tools.write(&cue.argument)),
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

    use super::super::conversation::Request;
    use super::*;

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
        let request: Request =
            serde_json::from_value(json!({ "model": "m", "input": input, "tools": tools })).expect("a request");
        plan(&request.cue(), purpose, attempt, &Toolbox::new(&request))
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
        assert_eq!(next("%%e500x:2", 0, Purpose::Turn, 2), Plan::Fail(500));
        assert!(matches!(next("%%e500x:2", 0, Purpose::Turn, 3), Plan::Say(_)));
        assert_eq!(next("%%e429", 0, Purpose::Turn, 99), Plan::Fail(429));
    }

    #[test]
    fn a_compaction_or_title_is_never_part_of_the_scenario() {
        assert!(matches!(next("%%e500", 0, Purpose::Compaction, 1), Plan::Say(_)));
        assert!(matches!(next("%%sleep:9", 0, Purpose::Title, 1), Plan::Say(_)));
        let Plan::Say(slow) = next("%%compact:4", 0, Purpose::Compaction, 1) else { panic!("it answers") };
        assert_eq!(slow.silence, Duration::from_secs(4));
    }
}
