//! A daemon of Codex that tells what its threads do.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use topside_probe::FakeHost;

use super::recording::HOME;
use super::script::Tell;

/// The daemon of the home, if one was started.
#[derive(Default)]
pub(crate) struct Daemon {
    pid: Option<u32>,
    /// What it answers of its threads.
    threads: Arc<Mutex<BTreeMap<String, Value>>>,
}

impl Daemon {
    /// Listens as process `pid`, with no thread loaded.
    pub(crate) fn start(&mut self, host: &FakeHost, pid: u32) {
        *self = Self { pid: Some(pid), threads: Arc::default() };
        let threads = Arc::clone(&self.threads);
        host.serve(socket(), move |message| {
            let request: Value = serde_json::from_str(message).expect("what is said is JSON");
            let threads = threads.lock().expect("nobody panics");
            let result = match request["method"].as_str() {
                Some("initialize") => json!({}),
                Some("thread/loaded/list") => json!({ "data": threads.keys().collect::<Vec<_>>() }),
                Some("thread/read") => {
                    let id = request["params"]["threadId"].as_str().unwrap_or_default();
                    json!({ "thread": { "id": id, "status": threads.get(id), "ephemeral": false } })
                }
                _ => return Vec::new(),
            };
            vec![json!({ "id": request["id"], "result": result }).to_string()]
        });
    }

    /// Ends with process `pid`.
    pub(crate) fn end(&mut self, host: &FakeHost, pid: u32) {
        if self.pid.take_if(|daemon| *daemon == pid).is_some() {
            host.hang_up(socket());
        }
    }

    /// Tells everybody what the thread `id` does.
    pub(crate) fn tell(&self, host: &FakeHost, id: &str, tell: &Tell) {
        let status = match tell.status.as_str() {
            "active" => json!({ "type": "active", "activeFlags": tell.flags }),
            other => json!({ "type": other }),
        };
        self.threads.lock().expect("nobody panics").insert(id.to_owned(), status.clone());
        let params = json!({ "threadId": id, "status": status });
        host.tell(socket(), &json!({ "method": "thread/status/changed", "params": params }).to_string());
    }
}

fn socket() -> PathBuf {
    PathBuf::from(HOME).join(".codex/app-server-control/app-server-control.sock")
}
