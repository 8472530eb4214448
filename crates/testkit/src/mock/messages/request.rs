//! A request of the Messages API, as far as a scenario depends on it.

use axum::http::HeaderMap;
use serde::Deserialize;
use serde_json::Value;

use crate::mock::api::Caller;
use crate::mock::cue::Cue;
use crate::mock::log::Purpose;

/// The session, and the sub-agent where it is one that asks. Claude Code 2.1.328 sends both.
const SESSION: &str = "x-claude-code-session-id";
const AGENT: &str = "x-claude-code-agent-id";

/// What only the request for a summary says; nothing else in it tells that it is one.
const SUMMARY_WANTED: [&str; 2] = ["Respond with TEXT ONLY", "create a detailed summary of the conversation"];

/// The body of `POST /messages`.
#[derive(Debug, Deserialize)]
pub(super) struct Request {
    /// The model that is asked for.
    pub(super) model: String,
    messages: Vec<Message>,
    /// Tools on offer.
    #[serde(default)]
    pub(super) tools: Vec<Tool>,
    /// True when the answer is wanted piece by piece.
    #[serde(default)]
    pub(super) stream: bool,
    #[serde(default)]
    metadata: Metadata,
    #[serde(default)]
    output_config: OutputConfig,
}

/// A tool on offer.
#[derive(Debug, Deserialize)]
pub(super) struct Tool {
    pub(super) name: String,
}

#[derive(Debug, Deserialize)]
struct Message {
    role: String,
    content: Content,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Content {
    Text(String),
    Blocks(Vec<Block>),
}

#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Block {
    Text {
        text: String,
    },
    ToolResult {
        #[serde(default)]
        content: Value,
    },
    #[serde(other)]
    Other,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Metadata {
    /// JSON in a string, with `session_id`.
    user_id: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct OutputConfig {
    /// The shape of the answer, where one is wanted: only helpers want one.
    format: Option<Value>,
}

impl Request {
    /// The scenario this conversation is in.
    pub(super) fn cue(&self) -> Cue {
        let mut cue = Cue::default();
        for message in self.messages.iter().filter(|message| message.role == "user") {
            match &message.content {
                Content::Text(text) => cue.hear(text),
                Content::Blocks(blocks) => blocks.iter().for_each(|block| match block {
                    Block::Text { text } => cue.hear(text),
                    Block::ToolResult { content } => cue.results.push(content.to_string()),
                    Block::Other => {}
                }),
            }
        }
        cue
    }

    /// Who asks. An attempt is told from the next request by the length of the conversation, which it leaves alone.
    pub(super) fn caller(&self, headers: &HeaderMap) -> Caller {
        let header = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let session = header(SESSION).or_else(|| self.metadata.session());
        // As its transcript is called.
        let agent = header(AGENT).map(|agent| format!("agent-{agent}"));
        let parent = agent.as_ref().and(session.clone());
        let thread = agent.or(session);
        let turn = thread.as_ref().map(|thread| format!("{thread} {}", self.messages.len()));
        let purpose = self.purpose();
        Caller { thread, parent, turn, purpose, recorded: purpose == Purpose::Turn }
    }

    fn purpose(&self) -> Purpose {
        if self.tools.is_empty() || self.output_config.format.is_some() {
            Purpose::Helper
        } else if self.last_words().is_some_and(|words| SUMMARY_WANTED.iter().any(|wanted| words.contains(wanted))) {
            Purpose::Compaction
        } else {
            Purpose::Turn
        }
    }

    /// The last text of the conversation.
    fn last_words(&self) -> Option<&str> {
        match &self.messages.last()?.content {
            Content::Text(text) => Some(text),
            Content::Blocks(blocks) => blocks.iter().rev().find_map(|block| match block {
                Block::Text { text } => Some(text.as_str()),
                Block::ToolResult { .. } | Block::Other => None,
            }),
        }
    }
}

impl Metadata {
    fn session(&self) -> Option<String> {
        let user: Value = serde_json::from_str(&self.user_id).ok()?;
        user["session_id"].as_str().map(str::to_owned)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn request(messages: &Value) -> Request {
        let user = json!({ "session_id": "s" }).to_string();
        let body = json!({ "model": "m", "messages": messages, "tools": [{ "name": "Bash" }], "metadata": { "user_id": user } });
        serde_json::from_value(body).expect("a request")
    }

    #[test]
    fn results_are_counted_from_the_last_scenario_a_person_named() {
        let result = json!({ "role": "user", "content": [{ "type": "tool_result", "content": "ok" }] });
        let said = json!({ "role": "assistant", "content": [{ "type": "text", "text": "%%e500" }] });
        let prompt = |text: &str| json!({ "role": "user", "content": [{ "type": "text", "text": text }] });
        let cue = request(&json!([prompt("a %%sleep:3"), result, said, prompt("b %%two"), result, result])).cue();
        assert_eq!((cue.name.as_str(), cue.step()), ("two", 2));
        assert_eq!(request(&json!([{ "role": "user", "content": "%%quick" }])).cue().name, "quick");
    }

    #[test]
    fn a_sub_agent_is_a_thread_of_its_own_and_its_session_is_the_parent() {
        let asked = request(&json!([{ "role": "user", "content": "hello" }]));
        let caller = asked.caller(&HeaderMap::new());
        assert_eq!((caller.thread.as_deref(), caller.parent), (Some("s"), None));
        let headers = [(SESSION, "h"), (AGENT, "a1")]
            .map(|(name, value)| (name.parse().expect("a name"), axum::http::HeaderValue::from_static(value)));
        let caller = asked.caller(&HeaderMap::from_iter(headers));
        assert_eq!((caller.thread.as_deref(), caller.parent.as_deref()), (Some("agent-a1"), Some("h")));
    }

    #[test]
    fn a_summary_and_a_helper_are_told_from_a_turn() {
        let mut asked = request(&json!([{ "role": "user", "content": "CRITICAL: Respond with TEXT ONLY. …" }]));
        assert_eq!(asked.purpose(), Purpose::Compaction);
        assert!(!asked.caller(&HeaderMap::new()).recorded);
        asked.output_config.format = Some(json!({ "type": "json_schema" }));
        assert_eq!(asked.purpose(), Purpose::Helper);
        assert_eq!(request(&json!([{ "role": "user", "content": "go" }])).purpose(), Purpose::Turn);
    }
}
