//! What a model can do with an agent's tools, whatever they are called.

use serde_json::Value;

/// Tools on offer. Each method gives calls in the words of the agent; `None` where nothing on offer does it.
pub(super) trait Tools: Send {
    /// True without any tool: the agent wants words.
    fn is_empty(&self) -> bool;

    /// Calls that run `commands` at once.
    fn run(&self, commands: &[Command]) -> Vec<Call>;

    /// Calls that make a file holding one line at `path`.
    fn write(&self, path: &str) -> Vec<Call>;

    /// A call that gives a sub-agent `task`, to be done in the background where the agent lets the model choose.
    fn spawn_agent(&self, task: &str, background: bool) -> Option<Call>;

    /// A call that waits for the sub-agent whose start gave `started`.
    fn wait_agent(&self, _started: &str) -> Option<Call> {
        None
    }

    /// A call that asks the person something.
    fn ask(&self) -> Option<Call> {
        None
    }

    /// A call that shows the person a plan.
    fn propose_plan(&self) -> Option<Call> {
        None
    }

    /// A call that goes on in a worktree called `name`.
    fn enter_worktree(&self, _name: &str) -> Option<Call> {
        None
    }

    /// A call that starts a workflow of one agent with `task`.
    fn start_workflow(&self, _task: &str) -> Option<Call> {
        None
    }
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

impl Call {
    /// A call of the function `name`.
    pub(super) fn new(name: &str, arguments: Value) -> Self {
        Self { name: name.to_owned(), namespace: None, input: Input::Arguments(arguments) }
    }
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
}
