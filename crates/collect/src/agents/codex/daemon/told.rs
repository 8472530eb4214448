//! What a daemon has told so far.

use std::collections::{BTreeMap, BTreeSet};

use topside_model::{Activity, EventKind, LimitId, LimitSample, SessionId, Timestamp, Untrusted};

use crate::agent::Output;
use crate::agents::codex::count::Limits;
use crate::agents::codex::notes;
use crate::agents::codex::record::{session, string, untrusted};
use crate::source::json::Json;

/// Threads kept; nobody has so many loaded.
const THREADS: usize = 1000;

/// What a daemon has told so far: of each thread and each limit the latest, however often it spoke.
#[derive(Default)]
pub(super) struct Told {
    threads: BTreeMap<SessionId, Word>,
    /// Threads of the daemon's own, such as those that find names.
    hidden: BTreeSet<SessionId>,
    limits: BTreeMap<LimitId, LimitSample>,
    /// Limits told since they were last taken.
    fresh: BTreeSet<LimitId>,
    pub(super) out: Output,
    /// True when threads came or went.
    look: bool,
    /// True once everything was answered that is asked at first.
    pub(super) answered: bool,
}

/// What a thread does, and since when that is told.
struct Word {
    activity: Activity,
    since: Timestamp,
}

impl Told {
    /// What a thread does, as far as that was told.
    pub(super) fn of(&self, thread: &SessionId) -> Option<(Activity, Timestamp)> {
        self.threads.get(thread).map(|word| (word.activity.clone(), word.since))
    }

    /// Everything new besides what threads do: notes, limits, and whether threads came or went.
    pub(super) fn take(&mut self) -> (Output, Vec<LimitSample>, bool) {
        let limits = std::mem::take(&mut self.fresh);
        let limits = limits.iter().filter_map(|limit| self.limits.get(limit).cloned()).collect();
        (std::mem::take(&mut self.out), limits, std::mem::take(&mut self.look))
    }

    /// `thread/read` was answered with `{thread}`. What was broadcast of it meanwhile is newer. True when it is news.
    pub(super) fn read(&mut self, at: Timestamp, thread: Json<'_>) -> bool {
        let Some(id) = thread.field("id").and_then(session) else { return false };
        if self.hides(&id, thread) || self.threads.contains_key(&id) {
            return false;
        }
        thread.field("status").is_some_and(|status| self.says(at, id, status))
    }

    /// `thread/started {thread}`.
    pub(super) fn started(&mut self, at: Timestamp, thread: Json<'_>) -> bool {
        let Some(id) = thread.field("id").and_then(session) else { return false };
        if self.hides(&id, thread) {
            return false;
        }
        self.look = true;
        if let Some(status) = thread.field("status") {
            self.says(at, id, status);
        }
        true
    }

    /// `thread/status/changed {threadId, status}`.
    pub(super) fn changed(&mut self, at: Timestamp, params: Json<'_>) -> bool {
        let id = params.field("threadId").and_then(session);
        id.zip(params.field("status")).is_some_and(|(id, status)| self.says(at, id, status))
    }

    /// `thread/closed {threadId}`.
    pub(super) fn closed(&mut self, params: Json<'_>) -> bool {
        let Some(id) = params.field("threadId").and_then(session) else { return false };
        if self.hidden.remove(&id) {
            return false;
        }
        self.threads.remove(&id);
        self.look = true;
        true
    }

    /// `thread/name/updated {threadId, threadName}`.
    pub(super) fn named(&mut self, params: Json<'_>) -> bool {
        let id = params.field("threadId").and_then(string);
        let name = params.field("threadName").and_then(untrusted).filter(|name| !name.raw().is_empty());
        let Some((id, name)) = id.zip(name).filter(|(id, _)| !self.hidden.contains(&SessionId::new(id))) else {
            return false;
        };
        self.out.events.push(notes::note(&id, notes::INDEXED, EventKind::SessionNamed(name)));
        true
    }

    /// `account/rateLimits/updated {rateLimits}`: only what changed; what is left out is as it was.
    pub(super) fn limited(&mut self, at: Timestamp, params: Json<'_>) -> bool {
        let limits = params.field("rateLimits").and_then(Limits::of);
        let Some(mut sample) = limits.and_then(|limits| limits.sample(at)) else { return false };
        if let Some(known) = self.limits.remove(&sample.limit) {
            let told: BTreeSet<_> = sample.windows.iter().map(|window| window.window).collect();
            sample.windows.extend(known.windows.into_iter().filter(|window| !told.contains(&window.window)));
            (sample.name, sample.plan) = (sample.name.or(known.name), sample.plan.or(known.plan));
        }
        self.fresh.insert(sample.limit.clone());
        self.limits.insert(sample.limit.clone(), sample);
        true
    }

    /// True for a thread that nobody is to see.
    fn hides(&mut self, id: &SessionId, thread: Json<'_>) -> bool {
        let is_hidden = thread.field("ephemeral").is_some_and(|value| value.starts_with(b"true"));
        if is_hidden && self.hidden.len() < THREADS {
            self.threads.remove(id);
            self.hidden.insert(id.clone());
        }
        is_hidden
    }

    fn says(&mut self, at: Timestamp, id: SessionId, status: Json<'_>) -> bool {
        if self.hidden.contains(&id) {
            return false;
        }
        let Some(activity) = self.activity(status) else { return self.threads.remove(&id).is_some() };
        match self.threads.get_mut(&id) {
            Some(word) if word.activity == activity => false,
            Some(word) => {
                *word = Word { activity, since: at };
                true
            }
            None => {
                let has_room = self.threads.len() < THREADS;
                if has_room {
                    self.threads.insert(id, Word { activity, since: at });
                }
                has_room
            }
        }
    }

    /// `{type}`, of an active one with `activeFlags`; `None` for a thread that is not loaded.
    fn activity(&mut self, status: Json<'_>) -> Option<Activity> {
        let kind = status.field("type").and_then(string).unwrap_or_default();
        match kind.as_str() {
            // How an error ended the turn stands in the transcript.
            "idle" | "systemError" => Some(Activity::Idle),
            "active" => Some(self.flagged(status)),
            "notLoaded" => None,
            other => {
                self.out.unknown(&format!("status {other}"), None);
                Some(Activity::Other(Untrusted::new(other)))
            }
        }
    }

    fn flagged(&mut self, status: Json<'_>) -> Activity {
        let flags: BTreeSet<String> =
            status.field("activeFlags").into_iter().flat_map(Json::items).filter_map(string).collect();
        for flag in flags.iter().filter(|flag| !matches!(flag.as_str(), APPROVAL | INPUT)) {
            self.out.unknown(&format!("flag {flag}"), None);
        }
        // Where both are asked for, leave comes first: it stops a command.
        if flags.contains(APPROVAL) {
            Activity::Approval(None)
        } else if flags.contains(INPUT) {
            Activity::Question(None)
        } else {
            Activity::Busy
        }
    }
}

const APPROVAL: &str = "waitingOnApproval";
const INPUT: &str = "waitingOnUserInput";
