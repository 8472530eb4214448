//! The server: one thread, one small runtime, gone when dropped.

use std::collections::HashMap;
use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::Context as _;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{Method, Request as HttpRequest, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};
use tokio_stream::wrappers::ReceiverStream;
use topside_model::Usage;

use super::conversation::{Caller, Request};
use super::log::{Answer, Exchange, Log, Purpose};
use super::scenario::{Plan, plan};
use super::tools::Toolbox;
use super::wire::{self, Frame, Naming};

/// A model server on a free port of the loopback. Stops when dropped.
#[derive(Debug)]
pub struct MockModel {
    port: u16,
    log: Arc<Log>,
    stop: Option<oneshot::Sender<Infallible>>,
    thread: Option<JoinHandle<io::Result<()>>>,
}

impl MockModel {
    /// Starts a server.
    pub fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("bind a port for the mock model")?;
        listener.set_nonblocking(true).context("prepare the mock model's port")?;
        let port = listener.local_addr().context("read the mock model's port")?.port();
        let log = Arc::new(Log::default());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("start a runtime")?;
        let router = Router::new().fallback(respond).with_state(Arc::clone(&log));
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::spawn(move || {
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener)?;
                tokio::select! {
                    served = async { axum::serve(listener, router).await } => served,
                    _ = stopped => Ok(()),
                }
            })
        });
        Ok(Self { port, log, stop: Some(stop), thread: Some(thread) })
    }

    /// Its port on 127.0.0.1; the API is below any path.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Everything asked so far, oldest first.
    pub fn log(&self) -> Vec<Exchange> {
        self.log.read()
    }

    /// Waits until `look` finds something among the exchanges; `None` when `patience` is over.
    pub fn wait<T>(&self, patience: Duration, look: impl Fn(&[Exchange]) -> Option<T>) -> Option<T> {
        self.log.wait(patience, look)
    }

    /// What each thread was really delivered. Without the requests of which agents keep no record.
    pub fn usage(&self) -> HashMap<String, Usage> {
        let mut by_thread: HashMap<String, Usage> = HashMap::new();
        for exchange in self.log().into_iter().filter(|exchange| exchange.purpose != Purpose::Title) {
            let usage = exchange.reply.and_then(|reply| reply.answer.usage());
            if let (Some(thread), Some(usage)) = (exchange.thread, usage) {
                *by_thread.entry(thread).or_default() += usage;
            }
        }
        by_thread
    }
}

impl Drop for MockModel {
    fn drop(&mut self) {
        drop(self.stop.take());
        // The thread returns as soon as `stop` is gone; how it fared no longer matters.
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

async fn respond(State(log): State<Arc<Log>>, request: HttpRequest<Body>) -> Response {
    let (parts, body) = request.into_parts();
    match (&parts.method, last_segment(&parts.uri)) {
        (&Method::GET, "models") => Json(json!({ "object": "list", "data": [], "models": [] })).into_response(),
        (&Method::POST, "responses") => {
            let body = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
            match serde_json::from_slice::<Request>(&body) {
                Ok(request) => answer(log, &request),
                Err(error) => {
                    (StatusCode::BAD_REQUEST, format!("the mock model cannot read it: {error}")).into_response()
                }
            }
        }
        _ => (StatusCode::NOT_FOUND, "the mock model has no such path").into_response(),
    }
}

fn last_segment(uri: &Uri) -> &str {
    uri.path().rsplit('/').next().unwrap_or_default()
}

fn answer(log: Arc<Log>, request: &Request) -> Response {
    let (cue, caller, at) = (request.cue(), request.caller(), Timestamp::now());
    let purpose = purpose(&caller);
    let attempt =
        log.read().iter().filter(|earlier| earlier.turn == caller.turn_id && earlier.purpose == purpose).count();
    let plan = plan(&cue, purpose, attempt as u64 + 1, &Toolbox::new(request));
    let exchange = Exchange {
        thread: caller.thread_id,
        turn: caller.turn_id,
        purpose,
        scenario: cue.name.clone(),
        asked_at: at,
        reply: None,
    };
    let number = log.ask(exchange);
    let naming = Naming { number, model: request.model.clone(), at };
    let (usage, response) = (wire::usage(cue.step()), naming.response());
    let (frames, answer) = match plan {
        Plan::Fail(status) => {
            log.answer(number, Answer::Failed(status));
            return failure(status);
        }
        Plan::Break => (vec![wire::opening(&naming)], Answer::Cut),
        Plan::Say(speech) => (wire::speak(&naming, &speech, usage), Answer::Text { response, usage }),
        Plan::Call(calls) => {
            let tools = calls.iter().map(|call| call.name.clone()).collect();
            (wire::call(&naming, &calls, usage), Answer::Calls { response, usage, tools })
        }
    };
    let (sender, receiver) = mpsc::channel(1);
    tokio::spawn(async move {
        let delivered = send(frames, answer == Answer::Cut, sender).await;
        log.answer(number, if delivered { answer } else { Answer::Cut });
    });
    let headers =
        wire::limit_headers(at).into_iter().fold(Response::builder(), |head, (name, value)| head.header(name, value));
    headers
        .header(header::CONTENT_TYPE, "text/event-stream")
        .body(Body::from_stream(ReceiverStream::new(receiver)))
        .expect("names and values of the headers are plain ASCII")
}

fn purpose(caller: &Caller) -> Purpose {
    match (caller.request_kind.as_deref(), caller.thread_source.as_deref()) {
        (_, Some("thread_title")) => Purpose::Title,
        (Some("compaction"), _) => Purpose::Compaction,
        _ => Purpose::Turn,
    }
}

fn failure(status: u16) -> Response {
    let status_code = StatusCode::from_u16(status).expect("the scenarios name statuses that exist");
    let mut response = (status_code, Json(wire::error(status))).into_response();
    if status == 429 {
        response.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from_static("1"));
    }
    response
}

/// Sends `frames` at their pace, and an error after them to break the connection where wanted. False when the client
/// went away first.
async fn send(frames: Vec<Frame>, break_off: bool, sender: mpsc::Sender<io::Result<Bytes>>) -> bool {
    for (number, (pause, mut event)) in frames.into_iter().enumerate() {
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = sender.closed() => return false,
        }
        event["sequence_number"] = number.into();
        if sender.send(Ok(sse(&event))).await.is_err() {
            return false;
        }
    }
    // A failed send means that the client is gone, which is what breaking off is for.
    if break_off {
        let _ = sender.send(Err(io::ErrorKind::ConnectionReset.into())).await;
    }
    true
}

fn sse(event: &Value) -> Bytes {
    format!("event: {}\ndata: {event}\n\n", event["type"].as_str().unwrap_or_default()).into()
}
