//! Tools a request offers, and calls that fit them.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::request::Request;
use crate::mock::tools::{Call, Command, Input, Tools};

/// Tools on offer, by name.
#[derive(Debug, Default)]
pub(super) struct Toolbox(BTreeMap<String, Tool>);

#[derive(Debug)]
struct Tool {
    namespace: Option<String>,
    properties: Map<String, Value>,
}

impl Toolbox {
    /// The tools `request` offers.
    pub(super) fn new(request: &Request) -> Self {
        let mut tools = BTreeMap::new();
        for tool in request.tools() {
            let Some(name) = tool["name"].as_str() else { continue };
            match tool["tools"].as_array() {
                // Codex names its own tools without the group it offers them in.
                Some(members) => {
                    let namespace = (name != "functions").then_some(name);
                    tools.extend(members.iter().filter_map(|member| Tool::read(member, namespace)));
                }
                None => tools.extend(Tool::read(tool, None)),
            }
        }
        Self(tools)
    }

    /// A call of `name` with those of the `wanted` arguments it knows.
    fn agent_call(&self, name: &str, wanted: &Value) -> Option<Call> {
        let tool = self.0.get(name)?;
        let known = wanted.as_object()?.iter().filter(|(key, _)| tool.properties.contains_key(*key));
        let known: Map<_, _> = known.map(|(key, value)| (key.clone(), value.clone())).collect();
        Some(Call { namespace: tool.namespace.clone(), ..Call::new(name, known.into()) })
    }
}

impl Tools for Toolbox {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// One call each, or one script for all in code mode.
    fn run(&self, commands: &[Command]) -> Vec<Call> {
        if self.0.contains_key("exec_command") {
            return commands.iter().map(|command| Call::new("exec_command", arguments(command))).collect();
        }
        let arguments: Vec<Value> = commands.iter().map(arguments).collect();
        vec![script(format!(
            "const all = await Promise.all({}.map(c => tools.exec_command(c)));\nfor (const r of all) text(r.output);",
            Value::from(arguments)
        ))]
    }

    fn write(&self, path: &str) -> Vec<Call> {
        let change = format!("*** Begin Patch\n*** Add File: {path}\n+written by the mock model\n*** End Patch\n");
        if self.0.contains_key("apply_patch") {
            vec![Call { name: "apply_patch".into(), namespace: None, input: Input::Text(change) }]
        } else if self.0.contains_key("exec") {
            vec![script(format!("text(await tools.apply_patch({}));", Value::from(change)))]
        } else {
            self.run(&[Command::new(format!("echo 'written by the mock model' > '{path}'"))])
        }
    }

    fn spawn_agent(&self, task: &str, _background: bool) -> Option<Call> {
        self.agent_call("spawn_agent", &json!({ "message": task, "task_name": "helper" }))
    }

    /// Codex offers this in plan mode only.
    fn ask(&self) -> Option<Call> {
        let option = |label: &str| json!({ "label": label, "description": format!("Take {label}.") });
        let question = json!({
            "id": "color", "header": "Color", "question": "Which color?", "options": [option("red"), option("blue")],
        });
        self.agent_call("request_user_input", &json!({ "questions": [question] }))
    }

    fn wait_agent(&self, started: &str) -> Option<Call> {
        let started: Value = serde_json::from_str(started).unwrap_or_default();
        self.agent_call("wait_agent", &json!({ "targets": [started["agent_id"]], "timeout_ms": 60_000 }))
    }
}

impl Tool {
    fn read(tool: &Value, namespace: Option<&str>) -> Option<(String, Self)> {
        let properties = tool["parameters"]["properties"].as_object().cloned().unwrap_or_default();
        Some((tool["name"].as_str()?.to_owned(), Self { namespace: namespace.map(str::to_owned), properties }))
    }
}

fn arguments(command: &Command) -> Value {
    let mut arguments =
        json!({ "cmd": command.line, "yield_time_ms": if command.background { 1_000 } else { 30_000 } });
    if command.escalated {
        arguments["sandbox_permissions"] = "require_escalated".into();
        arguments["justification"] = "the scenario asks for it".into();
    }
    arguments
}

/// A script for code mode, where `tools` holds the agent's functions and `text` gives a result to the model.
fn script(source: String) -> Call {
    Call { name: "exec".into(), namespace: None, input: Input::Text(source) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn toolbox(tools: &Value) -> Toolbox {
        Toolbox::new(&serde_json::from_value(json!({ "model": "m", "input": [], "tools": tools })).expect("a request"))
    }

    #[test]
    fn classic_tools_get_a_call_per_command_and_code_mode_one_script() {
        let commands = [Command::new("a"), Command { escalated: true, ..Command::new("b") }];
        let classic = toolbox(&json!([{ "type": "function", "name": "exec_command" }])).run(&commands);
        assert_eq!(classic.len(), 2);
        let Input::Arguments(escalated) = &classic[1].input else { panic!("a function has arguments") };
        assert_eq!(escalated["sandbox_permissions"], "require_escalated");

        let tools =
            json!([{ "type": "namespace", "name": "functions", "tools": [{ "type": "custom", "name": "exec" }] }]);
        let code_mode = toolbox(&tools).run(&commands);
        assert_eq!(code_mode.len(), 1);
        assert!(matches!(&code_mode[0].input, Input::Text(source) if source.contains("tools.exec_command")));
    }

    #[test]
    fn a_sub_agent_call_has_the_arguments_its_tool_knows_and_the_name_of_its_group() {
        let spawn = json!({ "name": "spawn_agent", "parameters": { "properties": { "message": {} } } });
        let call = toolbox(&json!([{ "type": "namespace", "name": "multi_agent_v1", "tools": [spawn] }]))
            .spawn_agent("x", false);
        let call = call.unwrap();
        assert_eq!(call.namespace.as_deref(), Some("multi_agent_v1"));
        assert_eq!(call.input, Input::Arguments(json!({ "message": "x" })));
        assert_eq!(toolbox(&json!([])).spawn_agent("x", false), None);
    }
}
