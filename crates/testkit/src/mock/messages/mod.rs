//! The Anthropic Messages API, as Claude Code speaks it.

mod request;
mod tools;
mod wire;

use axum::http::HeaderMap;
use jiff::Timestamp;
use serde_json::Value;
use topside_model::Usage;

use self::request::Request;
use self::tools::Toolbox;
use super::api::{Api, Asked, Frame, Headers, Naming};
use super::scenario::{Failure, Speech};
use super::tools::Call;

/// The API.
pub(super) struct Messages;

impl Api for Messages {
    fn read(&self, headers: &HeaderMap, body: &[u8]) -> serde_json::Result<Asked> {
        let request: Request = serde_json::from_slice(body)?;
        let (caller, cue) = (request.caller(headers), request.cue());
        let tools = Box::new(Toolbox::new(request.tools.iter().map(|tool| tool.name.clone())));
        Ok(Asked { model: request.model, caller, cue, tools, streamed: request.stream })
    }

    fn usage(&self, step: usize) -> Usage {
        wire::usage(step)
    }

    fn opening(&self, naming: &Naming) -> Frame {
        wire::opening(naming, wire::usage(0))
    }

    fn speak(&self, naming: &Naming, speech: &Speech, usage: Usage) -> Vec<Frame> {
        wire::speak(naming, speech, usage)
    }

    fn call(&self, naming: &Naming, calls: &[Call], usage: Usage) -> Vec<Frame> {
        wire::call(naming, calls, usage)
    }

    fn whole(&self, naming: &Naming, words: &str, usage: Usage) -> Value {
        wire::whole(naming, words, usage)
    }

    fn headers(&self, now: Timestamp) -> Headers {
        wire::headers(now)
    }

    fn failure(&self, failure: Failure, now: Timestamp) -> (Headers, Value) {
        wire::failure(failure, now)
    }
}
