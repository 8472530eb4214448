//! A request of the Responses API, as far as a scenario depends on it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::mock::api::Caller;
use crate::mock::cue::Cue;
use crate::mock::log::Purpose;

/// The body of `POST /responses`.
#[derive(Debug, Deserialize)]
pub(super) struct Request {
    /// The model that is asked for.
    pub(super) model: String,
    /// The conversation so far.
    input: Vec<Item>,
    #[serde(default)]
    tools: Vec<Value>,
    #[serde(default)]
    client_metadata: BTreeMap<String, String>,
}

/// An entry of the conversation.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Item {
    Message {
        role: String,
        content: Vec<Part>,
    },
    /// What one agent tells another.
    AgentMessage {
        content: Vec<Part>,
    },
    #[serde(alias = "custom_tool_call_output")]
    FunctionCallOutput {
        output: Value,
    },
    /// Where models that run in code mode find their tools.
    AdditionalTools {
        tools: Vec<Value>,
    },
    #[serde(other)]
    Other,
}

/// A piece of a message. The payload of an agent's message is called encrypted; with this server it is plain text,
/// because this server made it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Part {
    text: String,
    encrypted_content: String,
}

/// Who asks, in Codex's own words.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Metadata {
    thread_id: Option<String>,
    turn_id: Option<String>,
    /// `turn`, `compaction`, …
    request_kind: Option<String>,
    /// `user`, `subagent`, `thread_title`, …
    thread_source: Option<String>,
}

impl Request {
    /// The scenario this conversation is in.
    pub(super) fn cue(&self) -> Cue {
        let mut cue = Cue::default();
        for item in &self.input {
            match item {
                Item::Message { role, content } if role == "user" => cue.hear(&text(content)),
                Item::AgentMessage { content } => cue.hear(&text(content)),
                Item::FunctionCallOutput { output } => {
                    cue.results.push(output.as_str().map_or_else(|| output.to_string(), str::to_owned));
                }
                Item::Message { .. } | Item::AdditionalTools { .. } | Item::Other => {}
            }
        }
        cue
    }

    /// Tools on offer, as the request describes them: functions, custom tools and namespaces of both.
    pub(super) fn tools(&self) -> impl Iterator<Item = &Value> {
        let additional = self.input.iter().filter_map(|item| match item {
            Item::AdditionalTools { tools } => Some(tools),
            _ => None,
        });
        additional.flatten().chain(&self.tools)
    }

    /// Who asks; empty for a client that does not say.
    pub(super) fn caller(&self) -> Caller {
        let metadata = self.client_metadata.get("x-codex-turn-metadata");
        let metadata: Metadata = metadata.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        let purpose = metadata.purpose();
        Caller {
            thread: metadata.thread_id,
            parent: None,
            turn: metadata.turn_id,
            purpose,
            recorded: purpose != Purpose::Helper,
        }
    }
}

impl Metadata {
    fn purpose(&self) -> Purpose {
        match (self.request_kind.as_deref(), self.thread_source.as_deref()) {
            (_, Some("thread_title")) => Purpose::Helper,
            (Some("compaction"), _) => Purpose::Compaction,
            _ => Purpose::Turn,
        }
    }
}

fn text(content: &[Part]) -> String {
    content.iter().flat_map(|part| [part.text.as_str(), part.encrypted_content.as_str()]).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn cue(input: &Value) -> Cue {
        serde_json::from_value::<Request>(json!({ "model": "m", "input": input })).expect("a request").cue()
    }

    fn user(text: &str) -> Value {
        json!({ "type": "message", "role": "user", "content": [{ "type": "input_text", "text": text }] })
    }

    #[test]
    fn the_last_scenario_named_by_a_user_wins_and_counts_its_own_results() {
        let result = json!({ "type": "function_call_output", "call_id": "c", "output": "done" });
        let found =
            cue(&json!([user("a %%sleep:3"), result, user("b %%cmd:echo 'x: 1' \nmore"), result, user("no scenario")]));
        assert_eq!((found.name.as_str(), found.argument.as_str(), found.step()), ("cmd", "echo 'x: 1'", 1));
    }

    #[test]
    fn a_sub_agent_finds_its_scenario_in_the_message_of_its_parent() {
        let message = json!({ "type": "agent_message", "author": "/lead", "recipient": "/lead/a", "content": [
            { "type": "input_text", "text": "Payload:\n" }, { "type": "encrypted_content", "encrypted_content": "%%sleep:6" } ] });
        assert_eq!(cue(&json!([user("%%subagent:6"), message])).number(), Some(6));
        assert_eq!(cue(&json!([user("%%subagent:6"), message])).name, "sleep");
    }

    #[test]
    fn what_the_model_wrote_names_no_scenario() {
        let said =
            json!({ "type": "message", "role": "assistant", "content": [{ "type": "output_text", "text": "%%e500" }] });
        assert_eq!(cue(&json!([user("100%% sure"), said])), Cue::default());
    }
}
