//! What topside says, line by line and every tenth of a second.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::Context as _;
use jiff::Timestamp;
use serde::Deserialize;

use super::process::{PATIENCE, poll};

/// Time between two samples.
pub(crate) const PERIOD: Duration = Duration::from_millis(100);

/// One line of `topside ls --json --watch`, as far as the scenarios look.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Snapshot {
    /// `None` before topside said anything.
    pub(crate) taken_at: Option<String>,
    pub(crate) sessions: Vec<Session>,
    pub(crate) ports: Vec<Port>,
    pub(crate) limits: Vec<Limit>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Session {
    pub(crate) id: String,
    pub(crate) forked_from: Option<String>,
    pub(crate) parent: Option<String>,
    pub(crate) status: Status,
    pub(crate) usage: Usage,
    pub(crate) compactions: u64,
    pub(crate) owner: Option<Owner>,
    pub(crate) context: Context,
    pub(crate) cost: Cost,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Status {
    pub(crate) id: String,
}

/// Tokens, each part as the model server counts it.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(crate) struct Usage {
    pub(crate) input_uncached: u64,
    pub(crate) cache_read: u64,
    pub(crate) output: u64,
    pub(crate) reasoning: u64,
    pub(crate) total: u64,
}

impl From<topside_model::Usage> for Usage {
    fn from(usage: topside_model::Usage) -> Self {
        Self {
            input_uncached: usage.input_uncached.0,
            cache_read: usage.cache_read.0,
            output: usage.output.0,
            reasoning: usage.reasoning.0,
            total: usage.total().0,
        }
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct Owner {
    pub(crate) pid: u32,
    pub(crate) sessions: u32,
}

/// The context's size, and how it is known.
#[derive(Debug, Deserialize)]
pub(crate) struct Context {
    pub(crate) window: Option<u64>,
    pub(crate) window_from: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Cost {
    /// The agent's own figure.
    pub(crate) reported: Option<Reported>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Reported {
    pub(crate) micro_usd: u64,
}

/// A limit of an account.
#[derive(Debug, Deserialize)]
pub(crate) struct Limit {
    pub(crate) id: String,
    pub(crate) windows: Vec<Window>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Window {
    pub(crate) used_percent: f64,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Port {
    #[serde(rename = "port")]
    pub(crate) number: u16,
    pub(crate) session: String,
    pub(crate) orphan: bool,
}

impl Snapshot {
    /// The session with this id.
    pub(crate) fn session(&self, id: &str) -> Option<&Session> {
        self.sessions.iter().find(|session| session.id == id)
    }

    /// Used share of the limit with this id, in percent.
    pub(crate) fn used(&self, limit: &str) -> Option<f64> {
        self.limits.iter().find(|known| known.id == limit)?.windows.first().map(|window| window.used_percent)
    }
}

/// What topside said at one moment.
#[derive(Debug, Clone)]
pub(crate) struct Sample {
    pub(crate) at: Timestamp,
    pub(crate) said: Arc<Snapshot>,
}

/// A running `topside ls --watch`. Ended when dropped.
#[derive(Debug)]
pub(crate) struct Watch {
    topside: Child,
    latest: Arc<Mutex<Arc<Snapshot>>>,
    samples: Arc<Mutex<Vec<Sample>>>,
    stop: Option<Sender<()>>,
    threads: Vec<JoinHandle<()>>,
}

impl Watch {
    /// Starts `command`, the program itself, for agents of `home`; waits for the first thing it says.
    pub(crate) fn start(command: &mut std::process::Command, home: &Path) -> anyhow::Result<Self> {
        let mut topside = command
            .args(["ls", "--json", "--all", "--watch", "--root"])
            .arg(home)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("start {command:?}"))?;
        let lines = BufReader::new(topside.stdout.take().context("read what topside prints")?).lines();
        let latest = Arc::new(Mutex::new(Arc::new(Snapshot::default())));
        let samples = Arc::new(Mutex::new(Vec::new()));
        let (stop, stopped) = mpsc::channel();
        let (newest, taken) = (Arc::clone(&latest), Arc::clone(&samples));
        let reader = std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                match serde_json::from_str(&line) {
                    Ok(snapshot) => *lock(&newest) = Arc::new(snapshot),
                    Err(error) => eprintln!("topside printed a line that cannot be read: {error}\n{line:.200}"),
                }
            }
        });
        let newest = Arc::clone(&latest);
        let clock = std::thread::spawn(move || {
            while matches!(stopped.recv_timeout(PERIOD), Err(RecvTimeoutError::Timeout)) {
                lock(&taken).push(Sample { at: Timestamp::now(), said: Arc::clone(&lock(&newest)) });
            }
        });
        let watch = Self { topside, latest, samples, stop: Some(stop), threads: vec![reader, clock] };
        let ready = watch.wait(PATIENCE, |said| said.taken_at.is_some().then_some(()));
        ready.map(|()| watch).context("topside says nothing")
    }

    /// Waits until `look` finds something in what topside says; `None` when `patience` is over.
    pub(crate) fn wait<T>(&self, patience: Duration, look: impl Fn(&Snapshot) -> Option<T>) -> Option<T> {
        poll(patience, || look(&self.latest()))
    }

    /// What topside said last.
    pub(crate) fn latest(&self) -> Arc<Snapshot> {
        Arc::clone(&lock(&self.latest))
    }

    /// All samples so far, oldest first.
    pub(crate) fn samples(&self) -> Vec<Sample> {
        lock(&self.samples).clone()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        drop(self.stop.take());
        // It reads and never writes, so killing it leaves nothing behind.
        let _ = self.topside.kill();
        let _ = self.topside.wait();
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
