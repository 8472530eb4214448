//! The conversation: JSON-RPC without its version, a message a frame.
//!
//! Whoever introduces himself is named in the `User-Agent` of every request that the daemon sends to its vendor from then
//! on. What a monitor is called is nobody's business there, and some requests are treated by who sends them: topside says
//! again what the daemon's own terminals say, so that its requests stay as they are.
//!
//! First the daemon is asked which threads it has and what each does, one question at a time; from then on it is only
//! listened to. Source: `codex app-server generate-json-schema --experimental` of 0.169.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use topside_model::Timestamp;
use topside_probe::{Heard, Talk};

use super::told::Told;
use crate::agents::codex::record::string;
use crate::source::json::Json;

/// Threads asked for, at most.
const THREADS: usize = 500;
/// What terminals of Codex call themselves.
const TERMINAL: &str = "codex-tui";
/// Longest part of an error's words that is kept.
const WORDS: usize = 60;

/// topside's part in a conversation with a daemon.
pub(super) struct Dialogue {
    told: Arc<Mutex<Told>>,
    /// What the answer that is waited for is about, by its number.
    asked: Option<(u64, Question)>,
    /// Threads to ask about.
    threads: VecDeque<String>,
    questions: u64,
    /// The daemon's release.
    release: String,
}

/// All that is ever asked.
enum Question {
    Initialize,
    Loaded,
    Thread,
}

impl Question {
    fn method(&self) -> &'static str {
        match self {
            Self::Initialize => "initialize",
            Self::Loaded => "thread/loaded/list",
            Self::Thread => "thread/read",
        }
    }
}

impl Talk for Dialogue {
    fn greet(&mut self) -> Vec<String> {
        let who = format!(r#"{{"clientInfo":{{"name":"{TERMINAL}","version":"{}"}}}}"#, self.release);
        vec![self.ask(Question::Initialize, &who)]
    }

    fn hear(&mut self, at: Timestamp, message: &str) -> Heard {
        let told = Arc::clone(&self.told);
        let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes = message.as_bytes();
        let Some(message) = Json::value(bytes).filter(|message| message.is_object() && Json::is_whole(bytes)) else {
            told.out.unreadable += 1;
            return Heard { say: Vec::new(), news: true };
        };
        let heard = match (message.field("method").and_then(string), message.field("id")) {
            (Some(method), None) => {
                let news = message.field("params").is_some_and(|params| broadcast(&mut told, at, &method, params));
                Heard { say: Vec::new(), news }
            }
            (None, Some(id)) => self.answered(&mut told, at, id, message),
            // A request is meant for somebody who can decide.
            (Some(_), Some(_)) | (None, None) => Heard::default(),
        };
        told.answered = self.asked.is_none();
        heard
    }
}

/// Takes what the daemon tells everybody. True when it is news; most of it is of no concern here.
fn broadcast(told: &mut Told, at: Timestamp, method: &str, params: Json<'_>) -> bool {
    match method {
        "thread/status/changed" => told.changed(at, params),
        "thread/started" => params.field("thread").is_some_and(|thread| told.started(at, thread)),
        "thread/closed" => told.closed(params),
        "thread/name/updated" => told.named(params),
        "account/rateLimits/updated" => told.limited(at, params),
        _ => false,
    }
}

impl Dialogue {
    /// A conversation with a daemon of `release`, which needs no escapes.
    pub(super) fn new(told: Arc<Mutex<Told>>, release: String) -> Self {
        Self { told, asked: None, threads: VecDeque::new(), questions: 0, release }
    }

    fn ask(&mut self, question: Question, params: &str) -> String {
        self.questions += 1;
        let method = question.method();
        self.asked = Some((self.questions, question));
        format!(r#"{{"id":{},"method":"{method}","params":{params}}}"#, self.questions)
    }

    /// Takes an answer, and asks the next question.
    fn answered(&mut self, told: &mut Told, at: Timestamp, id: Json<'_>, message: Json<'_>) -> Heard {
        let number = id.count();
        let Some((_, question)) = self.asked.take_if(|(asked, _)| Some(*asked) == number) else {
            return Heard::default();
        };
        let mut heard = Heard::default();
        let Some(result) = message.field("result") else {
            let words = message.field("error").and_then(|error| error.field("message")).and_then(string);
            let words: String = words.unwrap_or_default().chars().take(WORDS).collect();
            told.out.unknown(&format!("answer to {}: {words}", question.method()), None);
            heard.say.extend(self.next());
            return Heard { news: true, ..heard };
        };
        match question {
            Question::Initialize => {
                heard.say.push(r#"{"method":"initialized"}"#.to_owned());
                heard.say.push(self.ask(Question::Loaded, "{}"));
            }
            Question::Loaded => {
                let ids = result.field("data").into_iter().flat_map(Json::items).filter_map(string);
                self.threads = ids.filter(|id| is_plain(id)).take(THREADS).collect();
                heard.say.extend(self.next());
            }
            Question::Thread => {
                heard.news = result.field("thread").is_some_and(|thread| told.read(at, thread));
                heard.say.extend(self.next());
            }
        }
        heard
    }

    fn next(&mut self) -> Option<String> {
        let thread = self.threads.pop_front()?;
        Some(self.ask(Question::Thread, &format!(r#"{{"threadId":"{thread}","includeTurns":false}}"#)))
    }
}

/// True for an id that needs no escapes.
fn is_plain(id: &str) -> bool {
    !id.is_empty() && id.len() <= 64 && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}
