//! Claude Code's tools. Some are called though they are not on the list: Claude Code holds back their descriptions.

use serde_json::json;

use crate::mock::tools::{Call, Command, Tools};

/// Names of the tools on offer.
#[derive(Debug)]
pub(super) struct Toolbox(Vec<String>);

impl Toolbox {
    /// The tools called `names`.
    pub(super) fn new(names: impl Iterator<Item = String>) -> Self {
        Self(names.collect())
    }

    /// The tool for sub-agents was called `Task` before 2.1.
    fn agent_tool(&self) -> Option<&str> {
        ["Agent", "Task"].into_iter().find(|name| self.0.iter().any(|offered| offered == name))
    }
}

impl Tools for Toolbox {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn run(&self, commands: &[Command]) -> Vec<Call> {
        let calls = commands.iter().map(|command| {
            let mut arguments = json!({ "command": command.line, "description": "what the scenario asks for" });
            if command.background {
                arguments["run_in_background"] = true.into();
            }
            Call::new("Bash", arguments)
        });
        calls.collect()
    }

    fn write(&self, path: &str) -> Vec<Call> {
        vec![Call::new("Write", json!({ "file_path": path, "content": "written by the mock model\n" }))]
    }

    fn spawn_agent(&self, task: &str, background: bool) -> Option<Call> {
        let arguments = json!({
            "description": "helper", "prompt": task, "subagent_type": "general-purpose", "run_in_background": background,
        });
        Some(Call::new(self.agent_tool()?, arguments))
    }

    fn ask(&self) -> Option<Call> {
        let option = |label: &str| json!({ "label": label, "description": format!("Take {label}.") });
        let question = json!({
            "question": "Which color?", "header": "Color", "multiSelect": false,
            "options": [option("red"), option("blue")],
        });
        Some(Call::new("AskUserQuestion", json!({ "questions": [question] })))
    }

    fn propose_plan(&self) -> Option<Call> {
        Some(Call::new("ExitPlanMode", json!({ "plan": "# Plan\n1. Do what the scenario asks for." })))
    }

    fn enter_worktree(&self, name: &str) -> Option<Call> {
        Some(Call::new("EnterWorktree", json!({ "name": name })))
    }

    fn start_workflow(&self, task: &str) -> Option<Call> {
        let meta = json!({ "name": "demo", "description": "one agent", "phases": [{ "title": "One" }] });
        let script = format!("export const meta = {meta}\nphase('One')\nreturn await agent({})\n", json!(task));
        Some(Call::new("Workflow", json!({ "script": script })))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mock::tools::Input;

    fn toolbox(names: &[&str]) -> Toolbox {
        Toolbox::new(names.iter().map(|name| (*name).to_owned()))
    }

    #[test]
    fn every_command_is_a_call_and_says_when_it_is_left_running() {
        let commands = [Command::new("a"), Command { background: true, ..Command::new("b") }];
        let calls = toolbox(&["Bash"]).run(&commands);
        let background = |call: &Call| match &call.input {
            Input::Arguments(arguments) => arguments["run_in_background"].as_bool(),
            Input::Text(_) => None,
        };
        assert_eq!(calls.iter().map(background).collect::<Vec<_>>(), [None, Some(true)]);
    }

    #[test]
    fn a_sub_agent_is_started_with_the_tool_of_the_release() {
        let name = |offered: &[&str]| toolbox(offered).spawn_agent("x", false).map(|call| call.name);
        assert_eq!(name(&["Bash", "Agent"]).as_deref(), Some("Agent"));
        assert_eq!(name(&["Task"]).as_deref(), Some("Task"));
        assert_eq!(name(&["Bash"]), None);
    }
}
