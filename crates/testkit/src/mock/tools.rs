//! Tools a request offers, and calls that fit them.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::conversation::Request;

/// Tools on offer, by name.
#[derive(Debug, Default)]
pub(super) struct Toolbox(BTreeMap<String, Tool>);

#[derive(Debug)]
struct Tool {
    namespace: Option<String>,
    properties: Map<String, Value>,
}

/// A call the model makes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Call {
    /// The tool.
    pub(super) name: String,
    /// The group it is offered in, where it must be named.
    pub(super) namespace: Option<String>,
    /// What it is called with.
    pub(super) input: Input,
}

/// What a tool is called with.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Input {
    /// Arguments of a function.
    Arguments(Value),
    /// Free text of a custom tool.
    Text(String),
}

/// A shell command and the circumstances it is to run in.
#[derive(Debug, Default, Clone)]
pub(super) struct Command {
    /// The line for the shell.
    pub(super) line: String,
    /// Ask for more than the sandbox grants.
    pub(super) escalated: bool,
    /// Leave it running in the background.
    pub(super) background: bool,
}

impl Command {
    /// `line`, inside the sandbox, waited for.
    pub(super) fn new(line: impl Into<String>) -> Self {
        Self { line: line.into(), ..Self::default() }
    }

    fn arguments(&self) -> Value {
        let mut arguments = json!({ "cmd": self.line, "yield_time_ms": if self.background { 1_000 } else { 30_000 } });
        if self.escalated {
            arguments["sandbox_permissions"] = "require_escalated".into();
            arguments["justification"] = "the scenario asks for it".into();
        }
        arguments
    }
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

    /// True without any tool: the agent wants words.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Calls that run `commands` at once: one call each, or one script for all in code mode.
    pub(super) fn run(&self, commands: &[Command]) -> Vec<Call> {
        if self.0.contains_key("exec_command") {
            return commands.iter().map(|command| call("exec_command", command.arguments())).collect();
        }
        let arguments: Vec<Value> = commands.iter().map(Command::arguments).collect();
        vec![script(format!(
            "const all = await Promise.all({}.map(c => tools.exec_command(c)));\nfor (const r of all) text(r.output);",
            Value::from(arguments)
        ))]
    }

    /// A call that adds a file holding one line at `path`.
    pub(super) fn write(&self, path: &str) -> Vec<Call> {
        let change = format!("*** Begin Patch\n*** Add File: {path}\n+written by the mock model\n*** End Patch\n");
        if self.0.contains_key("apply_patch") {
            vec![Call { name: "apply_patch".into(), namespace: None, input: Input::Text(change) }]
        } else if self.0.contains_key("exec") {
            vec![script(format!("text(await tools.apply_patch({}));", Value::from(change)))]
        } else {
            self.run(&[Command::new(format!("echo 'written by the mock model' > '{path}'"))])
        }
    }

    /// A call that gives a sub-agent `task`; `None` where none is on offer.
    pub(super) fn spawn_agent(&self, task: &str) -> Option<Call> {
        self.agent_call("spawn_agent", &json!({ "message": task, "task_name": "helper" }))
    }

    /// A call that waits for the sub-agent whose start gave `started`; `None` where none is on offer.
    pub(super) fn wait_agent(&self, started: &str) -> Option<Call> {
        let started: Value = serde_json::from_str(started).unwrap_or_default();
        self.agent_call("wait_agent", &json!({ "targets": [started["agent_id"]], "timeout_ms": 60_000 }))
    }

    /// A call of `name` with those of the `wanted` arguments it knows.
    fn agent_call(&self, name: &str, wanted: &Value) -> Option<Call> {
        let tool = self.0.get(name)?;
        let known = wanted.as_object()?.iter().filter(|(key, _)| tool.properties.contains_key(*key));
        let arguments = known.map(|(key, value)| (key.clone(), value.clone())).collect::<Map<_, _>>();
        Some(Call {
            name: name.to_owned(),
            namespace: tool.namespace.clone(),
            input: Input::Arguments(arguments.into()),
        })
    }
}

impl Tool {
    fn read(tool: &Value, namespace: Option<&str>) -> Option<(String, Self)> {
        let properties = tool["parameters"]["properties"].as_object().cloned().unwrap_or_default();
        Some((tool["name"].as_str()?.to_owned(), Self { namespace: namespace.map(str::to_owned), properties }))
    }
}

fn call(name: &str, arguments: Value) -> Call {
    Call { name: name.into(), namespace: None, input: Input::Arguments(arguments) }
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
        let call =
            toolbox(&json!([{ "type": "namespace", "name": "multi_agent_v1", "tools": [spawn] }])).spawn_agent("x");
        let call = call.unwrap();
        assert_eq!(call.namespace.as_deref(), Some("multi_agent_v1"));
        assert_eq!(call.input, Input::Arguments(json!({ "message": "x" })));
        assert_eq!(toolbox(&json!([])).spawn_agent("x"), None);
    }
}
