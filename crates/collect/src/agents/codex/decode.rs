//! Codex records → events.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use topside_model::{
    CompactionRecord, Event, EventKind, FileChange, ModelId, Origin, Outcome, ReportedTotal, ResponseId, SessionId,
    Share, Timestamp, Tokens, Untrusted,
};

use super::meter::Meter;
use super::prefix::History;
use super::record::{self, Envelope, RawUsage};
use super::sandbox::Writable;
use super::{event, item, old, tool};
use crate::agent::{Decoder, Layout, Output, Source};
use crate::source::Verdict;
use crate::source::json::Json;

/// Records of these kinds say nothing topside shows; most of a transcript's bytes are in them.
const SKIPPED: &[&str] = &[
    "dynamic_tools_updated",
    "inter_agent_communication",
    "inter_agent_communication_metadata",
    "realtime_item",
    "retained_context",
    "security_risk_score",
    "world_state",
];
/// The same among `response_item`s.
const SKIPPED_ITEMS: &[&str] = &[
    "additional_tools",
    "agent_message",
    "compaction",
    "compaction_summary",
    "configuration_update",
    "context_compaction",
    "ghost_snapshot",
    "image_generation_call",
    "message",
    "reasoning",
];

/// With these bytes, and nowhere else, a record begins.
const OPENING: &[u8] = br#"{"timestamp":"#;

/// What stands in a transcript's place when it was committed with git-lfs and not fetched.
const LFS_POINTER: &[u8] = b"version https://git-lfs";

/// What a decoder must remember between two records.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
pub(super) struct State {
    /// The thread the file belongs to: its first `session_meta`, until then its name.
    pub(super) thread: String,
    /// True once the file introduced itself.
    pub(super) opened: bool,
    /// Version that made the file; a later one may have gone on with it.
    pub(super) version: Option<String>,
    pub(super) model: Option<String>,
    /// Model of the settings, which counts only while no turn has named one.
    pub(super) settings_model: Option<String>,
    pub(super) history: History,
    pub(super) meter: Meter,
    /// Calls without a result.
    pub(super) open_calls: BTreeSet<String>,
    /// Where it may change files without leave.
    pub(super) writable: Writable,
    /// Headers of patches whose calls have no result.
    pub(super) patches: BTreeMap<String, String>,
    /// The thread that reviews now.
    pub(super) reviewer: Option<String>,
    /// True once prompts came as events; then the same prompts as items are repeats.
    pub(super) prompts_as_events: bool,
    /// True once a turn said who asked for it; from then on one that does not is a compaction.
    pub(super) attributes_turns: bool,
    /// True once the session did something of its own; a copy of other history can only come before that.
    acted: bool,
    created: Option<Timestamp>,
    first_at: Option<Timestamp>,
    last_at: Option<Timestamp>,
    /// Where the latest record starts.
    reached: u64,
}

/// Decoder of one rollout.
pub(super) struct CodexDecoder {
    state: State,
    origin: Origin,
    layout: Layout,
}

/// Where the events of one record go.
pub(super) struct Scribe<'a> {
    pub(super) state: &'a mut State,
    pub(super) at: Option<Timestamp>,
    pub(super) origin: Origin,
    pub(super) out: &'a mut Output,
}

impl Scribe<'_> {
    /// Adds an event of the record's session, time and place.
    pub(super) fn say(&mut self, kind: EventKind) {
        self.say_at(self.at, kind);
    }

    /// The same with a time of its own.
    pub(super) fn say_at(&mut self, at: Option<Timestamp>, kind: EventKind) {
        self.state.acted |= matches!(kind, EventKind::TurnStarted { .. } | EventKind::PromptSent { .. });
        let session = SessionId::new(&self.state.thread);
        self.out.events.push(Event { session, at, origin: self.origin, kind });
    }

    /// Adds a prompt; Codex gives them no ids.
    pub(super) fn prompt(&mut self, text: Option<Untrusted>) {
        self.say(EventKind::PromptSent { prompt: None, text });
    }

    /// Work is done: only now is it known that files were changed. The agent's own list outranks the patch.
    pub(super) fn changed(&mut self, call: &str, outcome: Outcome, listed: Vec<(Untrusted, FileChange)>) {
        let planned = self.state.patches.remove(call).unwrap_or_default();
        if matches!(outcome, Outcome::Failed | Outcome::Declined) {
            return;
        }
        let files = if listed.is_empty() { tool::patched_files(&planned) } else { listed };
        for (path, how) in files {
            self.say(EventKind::FileTouched { path, how });
        }
    }

    /// Counts a kind nobody taught us.
    pub(super) fn unknown(&mut self, kind: &str) {
        self.out.unknown(kind, self.state.version.as_deref());
    }

    /// The thread that a record is about, when that is another one.
    pub(super) fn other_thread(&self, payload: Json<'_>) -> Option<String> {
        payload.field("thread_id").and_then(record::string).filter(|thread| *thread != self.state.thread)
    }
}

impl CodexDecoder {
    pub(super) fn new(source: &Source, saved: Option<&[u8]>) -> Self {
        let fresh = || State { thread: source.session.as_str().to_owned(), ..State::default() };
        let state = saved.and_then(|saved| serde_json::from_slice(saved).ok()).unwrap_or_else(fresh);
        let origin = Origin { rank: source.rank, offset: 0, source: source.id };
        Self { state, origin, layout: source.layout }
    }

    fn scribe<'a>(&'a mut self, offset: u64, at: Option<Timestamp>, out: &'a mut Output) -> Scribe<'a> {
        let origin = Origin { offset, ..self.origin };
        Scribe { state: &mut self.state, at, origin, out }
    }

    /// Notes that a record is there; true when it is the session's own.
    fn pass(&mut self, envelope: &Envelope<'_>) -> bool {
        self.state.meter.see(envelope.ordinal, self.state.opened || envelope.kind == "session_meta");
        let own = self.state.history.owns(envelope);
        if own {
            self.touch(envelope.at);
        }
        own
    }

    fn touch(&mut self, at: Option<Timestamp>) {
        self.state.first_at = self.state.first_at.or(at);
        self.state.last_at = at.or(self.state.last_at);
    }

    fn wrapped(&mut self, offset: u64, envelope: &Envelope<'_>, out: &mut Output) {
        let own = self.pass(envelope);
        let mut scribe = self.scribe(offset, envelope.at, out);
        match (envelope.kind.as_ref(), envelope.tag.as_deref()) {
            ("session_meta", _) => scribe.introduced(envelope),
            ("event_msg", Some("token_count")) if !own => scribe.inherited_total(envelope.payload),
            _ if !own => {}
            ("event_msg", Some(tag)) if event::SKIPPED.contains(&tag) => {}
            ("response_item", Some(tag)) if SKIPPED_ITEMS.contains(&tag) => {}
            ("event_msg", Some(tag)) => event::read(&mut scribe, tag, envelope.payload),
            ("response_item", Some(tag)) => item::response(&mut scribe, tag, envelope.payload),
            ("turn_context", _) => scribe.turn_context(envelope.payload),
            ("token_usage_record", _) => scribe.named_reply(envelope.payload),
            ("compacted", _) => scribe.say(EventKind::Compacted(CompactionRecord::History)),
            (kind, _) if SKIPPED.contains(&kind) => {}
            (kind, _) => scribe.unknown(kind),
        }
    }
}

impl Decoder for CodexDecoder {
    fn head(&mut self, offset: u64, head: &[u8], out: &mut Output) -> Verdict {
        self.state.reached = offset;
        let Some(envelope) = Json::value(head).and_then(Envelope::of) else { return Verdict::Read };
        match (envelope.kind.as_ref(), envelope.tag.as_deref()) {
            ("response_item", Some(tag)) if SKIPPED_ITEMS.contains(&tag) => {}
            ("event_msg", Some(tag)) if event::SKIPPED.contains(&tag) => {}
            ("compacted", _) => {
                self.wrapped(offset, &envelope, out);
                return Verdict::Skip;
            }
            (kind, _) if SKIPPED.contains(&kind) => {}
            _ => return Verdict::Read,
        }
        self.pass(&envelope);
        Verdict::Skip
    }

    fn record(&mut self, offset: u64, record: &[u8], out: &mut Output) {
        self.state.reached = offset;
        let mut read = false;
        for object in Json::objects(record, OPENING) {
            read = true;
            if let Some(envelope) = Envelope::of(object) {
                self.wrapped(offset, &envelope, out);
            } else if self.layout == Layout::Document {
                let at = old::document_time(object);
                old::document(&mut self.scribe(offset, at, out), object);
            } else {
                let at = old::line_time(object);
                self.touch(at);
                old::line(&mut self.scribe(offset, at, out), object);
            }
        }
        if record.starts_with(LFS_POINTER) {
            out.unknown("git-lfs pointer instead of a transcript", None);
        } else if !read {
            out.unreadable += 1;
        }
    }

    fn opening(&self) -> &'static [u8] {
        OPENING
    }

    fn pause(&mut self, out: &mut Output) {
        let (first_at, last_at) = (self.state.first_at, self.state.last_at);
        self.scribe(self.state.reached, last_at, out).say(EventKind::Progress { first_at, last_at });
    }

    fn save(&self) -> Vec<u8> {
        serde_json::to_vec(&self.state).expect("strings, numbers and times have a JSON form")
    }
}

impl Scribe<'_> {
    /// The file's first `session_meta` is its own. A later one with the same id repeats it; one with another id opens a
    /// copy of an ancestor's history.
    fn introduced(&mut self, envelope: &Envelope<'_>) {
        let meta = record::meta(envelope.payload);
        if self.state.opened {
            let stranger = meta.id.is_some_and(|id| *id.as_str() != *self.state.thread);
            if stranger && self.state.history == History::Own && !self.state.acted {
                self.state.history = History::UntilOwnTurn { created: self.state.created, copied: envelope.at };
            }
            return;
        }
        self.state.opened = true;
        if let Some(id) = &meta.id {
            id.as_str().clone_into(&mut self.state.thread);
        }
        self.state.version = meta.identity.version.as_ref().map(|version| version.raw().to_owned());
        self.state.created = meta.identity.created;
        if let Some(first) = meta.own_from {
            self.state.history = History::UntilOrdinal(first);
        }
        self.say(EventKind::SessionOpened(Box::new(meta.identity)));
    }

    fn inherited_total(&mut self, payload: Json<'_>) {
        if let Some(total) = payload.field("info").and_then(|info| info.field("total_token_usage")) {
            self.state.meter.inherit(RawUsage::of(total));
        }
    }

    fn turn_context(&mut self, payload: Json<'_>) {
        let settings = record::turn_context(payload);
        self.state.writable = Writable::of(payload);
        if let Some(model) = &settings.model {
            self.state.model = Some(model.as_str().to_owned());
        }
        self.say(EventKind::SettingsChanged(Box::new(settings)));
    }

    fn named_reply(&mut self, payload: Json<'_>) {
        if self.other_thread(payload).is_some() {
            return;
        }
        let Some(usage) = payload.field("usage") else { return };
        self.state.meter.named();
        let id = payload.field("response_id").and_then(record::string);
        let id = id.unwrap_or_else(|| format!("at {}", self.origin.offset));
        self.reply(&id, RawUsage::of(usage));
    }

    /// A reply of this thread. Providers reuse ids, so the thread is part of its name.
    pub(super) fn reply(&mut self, id: &str, usage: RawUsage) {
        let response = ResponseId::new(format!("{}/{id}", self.state.thread));
        let model = self.state.model.as_ref().or(self.state.settings_model.as_ref()).map(ModelId::new);
        let usage = usage.parts();
        self.say(EventKind::ResponseUsage { response, model, usage, share: Share::Own, settled: true });
    }

    /// `token_count`: a running total, the context as it is now, and a rate limit.
    pub(super) fn token_count(&mut self, payload: Json<'_>) {
        let (mut info, mut limits) = (None, None);
        for (key, value) in payload.entries() {
            match key.as_ref() {
                "info" => info = Some(value).filter(|info| info.is_object()),
                "rate_limits" => limits = Some(value),
                _ => {}
            }
        }
        if let Some(info) = info {
            let (mut total, mut last, mut window) = (None, None, None);
            for (key, value) in info.entries() {
                match key.as_ref() {
                    "total_token_usage" => total = Some(RawUsage::of(value)),
                    "last_token_usage" => last = Some(RawUsage::of(value)),
                    "model_context_window" => window = value.count(),
                    _ => {}
                }
            }
            if let Some(total) = total {
                if let Some(added) = self.state.meter.total(total, last.unwrap_or_default()) {
                    self.reply(&format!("at {}", self.origin.offset), added);
                }
                let reported = ReportedTotal { parts: total.parts(), total: Tokens(total.total) };
                self.say(EventKind::TotalReported(reported));
            }
            self.say(record::context(last.map(|last| last.total), window));
        }
        if let (Some(limits), Some(at)) = (limits, self.at)
            && let Some(sample) = record::limits(limits, at)
        {
            self.say(EventKind::LimitObserved(sample));
        }
    }
}
