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
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request as HttpRequest, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};
use tokio_stream::wrappers::ReceiverStream;
use topside_model::Usage;

use super::api::{Api, Asked, Caller, Frame, Headers, Naming};
use super::log::{Answer, Exchange, Log};
use super::messages::Messages;
use super::responses::Responses;
use super::scenario::{Failure, Plan, plan};

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

    /// What each thread was really delivered, as far as agents keep a record of it.
    pub fn usage(&self) -> HashMap<String, Usage> {
        let mut by_thread: HashMap<String, Usage> = HashMap::new();
        for exchange in self.log().into_iter().filter(|exchange| exchange.recorded) {
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
        (&Method::POST, "count_tokens") => Json(json!({ "input_tokens": 1_000 })).into_response(),
        (&Method::POST, "responses") => read(log, &Responses, &parts.headers, body).await,
        (&Method::POST, "messages") => read(log, &Messages, &parts.headers, body).await,
        _ => (StatusCode::NOT_FOUND, "the mock model has no such path").into_response(),
    }
}

fn last_segment(uri: &Uri) -> &str {
    uri.path().rsplit('/').next().unwrap_or_default()
}

async fn read(log: Arc<Log>, api: &dyn Api, headers: &HeaderMap, body: Body) -> Response {
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    match api.read(headers, &body) {
        Ok(asked) => answer(log, api, asked),
        Err(error) => (StatusCode::BAD_REQUEST, format!("the mock model cannot read it: {error}")).into_response(),
    }
}

fn answer(log: Arc<Log>, api: &dyn Api, asked: Asked) -> Response {
    let Asked { model, caller, cue, tools, streamed } = asked;
    let at = Timestamp::now();
    let earlier = |exchange: &&Exchange| exchange.turn == caller.turn && exchange.purpose == caller.purpose;
    let attempt = log.read().iter().filter(earlier).count();
    let plan = plan(&cue, caller.purpose, attempt as u64 + 1, &*tools);
    let Caller { thread, parent, turn, purpose, recorded } = caller;
    let scenario = cue.name.clone();
    let number = log.ask(Exchange { thread, parent, turn, purpose, recorded, scenario, asked_at: at, reply: None });
    let naming = Naming { number, model, at };
    let usage = api.usage(cue.step());
    let (frames, answer) = match plan {
        Plan::Fail(failure) => {
            log.answer(number, Answer::Failed(failure.status()));
            return fail(api, failure, at);
        }
        Plan::Break => (vec![api.opening(&naming)], Answer::Cut),
        Plan::Say(speech) if !streamed => {
            log.answer(number, Answer::Text { usage });
            return (headers(api, at), Json(api.whole(&naming, &speech.text, usage))).into_response();
        }
        Plan::Say(speech) => (api.speak(&naming, &speech, usage), Answer::Text { usage }),
        Plan::Call(calls) => {
            let names = calls.iter().map(|call| call.name.clone()).collect();
            (api.call(&naming, &calls, usage), Answer::Calls { usage, tools: names })
        }
    };
    let (sender, receiver) = mpsc::channel(1);
    tokio::spawn(async move {
        let delivered = send(frames, answer == Answer::Cut, sender).await;
        log.answer(number, if delivered { answer } else { Answer::Cut });
    });
    let stream = [(header::CONTENT_TYPE, "text/event-stream")];
    (headers(api, at), stream, Body::from_stream(ReceiverStream::new(receiver))).into_response()
}

fn headers(api: &dyn Api, now: Timestamp) -> HeaderMap {
    header_map(api.headers(now))
}

fn header_map(headers: Headers) -> HeaderMap {
    let parsed = headers.into_iter().map(|(name, value)| {
        let value = HeaderValue::try_from(value).expect("values of the headers are plain ASCII");
        (HeaderName::from_static(name), value)
    });
    parsed.collect()
}

fn fail(api: &dyn Api, failure: Failure, now: Timestamp) -> Response {
    let status = StatusCode::from_u16(failure.status()).expect("failures have statuses that exist");
    let (headers, body) = api.failure(failure, now);
    (status, header_map(headers), Json(body)).into_response()
}

/// Sends `frames` at their pace, and an error after them to break the connection where wanted. False when the client
/// went away first.
async fn send(frames: Vec<Frame>, break_off: bool, sender: mpsc::Sender<io::Result<Bytes>>) -> bool {
    for (pause, event) in frames {
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = sender.closed() => return false,
        }
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
