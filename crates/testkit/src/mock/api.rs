//! What the wire APIs have in common: what a request says, and the parts of an answer.

use std::time::Duration;

use axum::http::HeaderMap;
use jiff::Timestamp;
use serde_json::Value;
use topside_model::Usage;

use super::cue::Cue;
use super::log::Purpose;
use super::scenario::{Failure, Speech};
use super::tools::{Call, Tools};

/// A way to talk to a model.
pub(super) trait Api: Send + Sync {
    /// Reads a request.
    fn read(&self, headers: &HeaderMap, body: &[u8]) -> serde_json::Result<Asked>;

    /// What the reply at `step` of a prompt costs. It grows with the step, so that a wrong sum shows.
    fn usage(&self, step: usize) -> Usage;

    /// The first frame of every answer that is streamed.
    fn opening(&self, naming: &Naming) -> Frame;

    /// All frames of an answer in words.
    fn speak(&self, naming: &Naming, speech: &Speech, usage: Usage) -> Vec<Frame>;

    /// All frames of an answer that calls tools.
    fn call(&self, naming: &Naming, calls: &[Call], usage: Usage) -> Vec<Frame>;

    /// `words` as one body, for a client that does not want a stream.
    fn whole(&self, naming: &Naming, words: &str, usage: Usage) -> Value;

    /// Headers every answer carries.
    fn headers(&self, now: Timestamp) -> Headers;

    /// Headers and body of an HTTP error.
    fn failure(&self, failure: Failure, now: Timestamp) -> (Headers, Value);
}

/// Headers of an answer, names in lower case.
pub(super) type Headers = Vec<(&'static str, String)>;

/// An event, and how long the model takes before it.
pub(super) type Frame = (Duration, Value);

/// `event` without a pause before it.
pub(super) fn now(event: Value) -> Frame {
    (Duration::ZERO, event)
}

/// What a request says.
pub(super) struct Asked {
    /// The model that is asked for.
    pub(super) model: String,
    /// Who asks and what for.
    pub(super) caller: Caller,
    /// The scenario the conversation is in.
    pub(super) cue: Cue,
    /// Tools on offer.
    pub(super) tools: Box<dyn Tools>,
    /// True when the answer is wanted piece by piece.
    pub(super) streamed: bool,
}

/// Who asks, and what for.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Caller {
    /// The thread: a conversation with a transcript of its own.
    pub(super) thread: Option<String>,
    /// The thread that started it.
    pub(super) parent: Option<String>,
    /// What all attempts to get the same answer have in common.
    pub(super) turn: Option<String>,
    /// What the answer is for.
    pub(super) purpose: Purpose,
    /// True when the agent's transcripts tell what the answer cost.
    pub(super) recorded: bool,
}

/// Names of one response and of everything in it.
#[derive(Debug, Clone)]
pub(super) struct Naming {
    /// Counts requests of this server.
    pub(super) number: usize,
    /// The model that was asked for.
    pub(super) model: String,
    /// When it was asked.
    pub(super) at: Timestamp,
}

impl Naming {
    /// The name of the `index`-th thing of a `kind`. Unlike any other server's, because usage is counted once per id.
    pub(super) fn id(&self, kind: &str, index: usize) -> String {
        format!("{kind}_mock{:04}{:x}_{index}", self.number, self.at.as_nanosecond())
    }
}
