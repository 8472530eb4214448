//! The OpenAI Responses API, as Codex speaks it.

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
pub(super) struct Responses;

impl Api for Responses {
    fn read(&self, _headers: &HeaderMap, body: &[u8]) -> serde_json::Result<Asked> {
        let request: Request = serde_json::from_slice(body)?;
        let (caller, cue, tools) = (request.caller(), request.cue(), Box::new(Toolbox::new(&request)));
        Ok(Asked { model: request.model, caller, cue, tools, streamed: true })
    }

    fn usage(&self, step: usize) -> Usage {
        wire::usage(step)
    }

    fn opening(&self, naming: &Naming) -> Frame {
        wire::opening(naming)
    }

    fn speak(&self, naming: &Naming, speech: &Speech, usage: Usage) -> Vec<Frame> {
        wire::speak(naming, speech, usage)
    }

    fn call(&self, naming: &Naming, calls: &[Call], usage: Usage) -> Vec<Frame> {
        wire::call(naming, calls, usage)
    }

    fn whole(&self, naming: &Naming, words: &str, usage: Usage) -> Value {
        let speech = Speech { text: words.to_owned(), ..Speech::default() };
        let (_, mut last) = self.speak(naming, &speech, usage).pop().expect("an answer ends with an event");
        last["response"].take()
    }

    fn headers(&self, now: Timestamp) -> Headers {
        wire::headers(now)
    }

    fn failure(&self, failure: Failure, _now: Timestamp) -> (Headers, Value) {
        wire::failure(failure)
    }
}
