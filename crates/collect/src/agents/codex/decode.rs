//! Codex records → events.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use topside_model::{
    Bytes, CompactionRecord, Event, EventKind, FileChange, ModelId, Origin, Outcome, ResponseId, SessionId, Timestamp,
    Untrusted,
};

use super::context::LastContext;
use super::count::{Info, LastCount};
use super::meter::Meter;
use super::prefix::History;
use super::record::{Clock, Envelope, string};
use super::sandbox::Writable;
use super::{event, item, old, tool};
use crate::agent::{Decoder, Layout, Level, Output, Source};
use crate::source::Verdict;
use crate::source::json::{Json, plain};
use crate::source::needle::Needle;
use crate::source::walk::Walk;

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

/// Looks for another record on the same line.
static ANOTHER: LazyLock<Needle> = LazyLock::new(|| Needle::new(OPENING, [0, 6]));

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
    /// The service the settings ask for, in Codex' words.
    pub(super) service: Option<String>,
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
    pub(super) acted: bool,
    pub(super) created: Option<Timestamp>,
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
    level: Level,
    /// The record that is being passed over.
    passing: Option<Passing>,
    names: Names,
    clock: Clock,
    last_count: LastCount,
    last_context: LastContext,
}

/// Names as events bear them, made once for many.
pub(super) struct Names {
    session: SessionId,
    model: Option<ModelId>,
    /// Replies without an id on this line so far.
    unnamed: u64,
    /// Room to write another one.
    room: String,
}

impl Names {
    fn session(&mut self, thread: &str) -> SessionId {
        if self.session.as_str() != thread {
            self.session = SessionId::new(thread);
        }
        self.session.clone()
    }

    pub(super) fn model(&mut self, name: &str) -> ModelId {
        let known = self.model.take().filter(|model| model.as_str() == name);
        self.model.insert(known.unwrap_or_else(|| ModelId::new(name))).clone()
    }

    /// The name of a reply of `thread`. Providers reuse ids, so the thread is part of it; one without an id is named by the
    /// `offset` of its line, and by its place where records were written onto the same line.
    pub(super) fn response(&mut self, thread: &str, id: Option<&str>, offset: u64) -> ResponseId {
        self.room.clear();
        let written = match (id, self.unnamed) {
            (Some(id), _) => write!(self.room, "{thread}/{id}"),
            (None, 0) => write!(self.room, "{thread}/at {offset}"),
            (None, before) => write!(self.room, "{thread}/at {offset} after {before}"),
        };
        written.expect("text grows");
        self.unnamed += u64::from(id.is_none());
        ResponseId::new(&self.room)
    }
}

/// What matters of a record that says nothing else.
struct Passing {
    at: Option<Timestamp>,
    ordinal: Option<u64>,
    /// True for a shortened history.
    compacted: bool,
}

/// Where the events of one record go.
pub(super) struct Scribe<'a> {
    pub(super) state: &'a mut State,
    pub(super) at: Option<Timestamp>,
    pub(super) origin: Origin,
    pub(super) level: Level,
    pub(super) names: &'a mut Names,
    pub(super) last_count: &'a mut LastCount,
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
        if self.level.tells(&kind) {
            let session = self.names.session(&self.state.thread);
            self.out.events.push(Event { session, at, origin: self.origin, kind });
        }
    }

    /// Adds a prompt; Codex gives them no ids.
    pub(super) fn prompt(&mut self, text: Option<Untrusted>, size: Option<Bytes>) {
        self.say(EventKind::PromptSent { prompt: None, text, size });
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
        payload.field("thread_id").and_then(string).filter(|thread| *thread != self.state.thread)
    }
}

impl CodexDecoder {
    pub(super) fn new(source: &Source, level: Level, saved: Option<&[u8]>) -> Self {
        let fresh = || State { thread: source.session.as_str().to_owned(), ..State::default() };
        let state = saved.and_then(|saved| serde_json::from_slice(saved).ok()).unwrap_or_else(fresh);
        let origin = Origin { rank: source.rank, offset: 0, source: source.id };
        let names = Names { session: source.session.clone(), model: None, unnamed: 0, room: String::new() };
        let (clock, last_count, last_context) = (Clock::default(), LastCount::default(), LastContext::default());
        Self { state, origin, layout: source.layout, level, passing: None, names, clock, last_count, last_context }
    }

    fn scribe<'a>(&'a mut self, offset: u64, at: Option<Timestamp>, out: &'a mut Output) -> Scribe<'a> {
        let origin = Origin { offset, ..self.origin };
        let Self { state, level, names, last_count, .. } = self;
        Scribe { state, at, origin, level: *level, names, last_count, out }
    }

    /// Notes that a record is there, which may begin a `turn`; true when it is the session's own.
    fn see(&mut self, at: Option<Timestamp>, ordinal: Option<u64>, turn: Option<Json<'_>>) -> bool {
        let own = self.state.history.owns(at, ordinal, turn);
        if own {
            self.touch(at);
        }
        own
    }

    fn passing(&mut self, envelope: &Envelope<'_>) -> Passing {
        let (at, ordinal) = (envelope.at(&mut self.clock), envelope.ordinal);
        Passing { at, ordinal, compacted: envelope.kind == b"compacted" }
    }

    fn pass(&mut self, offset: u64, passing: &Passing, out: &mut Output) {
        let Passing { at, ordinal, compacted } = *passing;
        self.state.reached = offset;
        self.state.meter.see(ordinal, self.state.opened);
        if self.see(at, ordinal, None) && compacted {
            self.scribe(offset, at, out).say(EventKind::Compacted(CompactionRecord::History));
        }
    }

    /// Takes a record that is all there is on its line; false when it is not sure that it is.
    fn lone(&mut self, offset: u64, record: &[u8], out: &mut Output) -> bool {
        let Some(mut walk) = Walk::begin(record) else { return false };
        let Some(envelope) = Envelope::of(&mut walk) else { return false };
        if !self.wants(&envelope) {
            let lone = record.ends_with(b"}") && ANOTHER.find(&record[1..]).is_none();
            if lone {
                let passing = self.passing(&envelope);
                self.pass(offset, &passing, out);
            }
            return lone;
        }
        if self.level == Level::Usage && envelope.tag == Some(b"token_count") && envelope.is_at_rest() {
            let info = self.last_count.next(&mut walk);
            let lone = walk.leave() == Some(record.len());
            if lone {
                self.counted(offset, &envelope, info, out);
            }
            return lone;
        }
        if self.level == Level::Usage && envelope.kind == b"turn_context" {
            let lone = self.last_context.next(&mut walk, record.len());
            if lone && self.begin(offset, &envelope).1 && self.last_context.model.is_some() {
                self.state.model.clone_from(&self.last_context.model);
            }
            return lone;
        }
        let lone = walk.leave() == Some(record.len());
        if lone {
            self.wrapped(offset, &envelope, out);
        }
        lone
    }

    /// Takes a `token_count` whose payload was read.
    fn counted(&mut self, offset: u64, envelope: &Envelope<'_>, info: Option<Info>, out: &mut Output) {
        let (at, own) = self.begin(offset, envelope);
        let Some(info) = info else { return };
        if own {
            self.scribe(offset, at, out).counted(info);
        } else if let Some(total) = info.total {
            self.state.meter.inherit(total);
        }
    }

    /// Notes that a record is there: its time, and whether it is the session's own.
    fn begin(&mut self, offset: u64, envelope: &Envelope<'_>) -> (Option<Timestamp>, bool) {
        self.state.reached = offset;
        self.state.meter.see(envelope.ordinal, self.state.opened || envelope.kind == b"session_meta");
        let begins = matches!(envelope.tag, Some(b"task_started" | b"turn_started"));
        let at = envelope.at(&mut self.clock);
        (at, self.see(at, envelope.ordinal, begins.then_some(envelope.payload)))
    }

    /// True for a record of which more than its beginning matters.
    fn wants(&self, envelope: &Envelope<'_>) -> bool {
        let full = self.level == Level::Full;
        match (envelope.kind, envelope.tag) {
            (b"response_item", Some(tag)) => full && !holds(SKIPPED_ITEMS, tag),
            (b"event_msg", Some(tag)) if full => !holds(event::SKIPPED, tag),
            (b"event_msg", Some(b"token_count" | b"thread_settings_applied")) => true,
            // Whose file it is, where its own history begins, and whether it did something yet.
            (b"event_msg", Some(b"task_started" | b"turn_started" | b"user_message" | b"item_completed"))
            | (b"session_meta", _) => {
                full || !self.state.opened || !self.state.acted || self.state.history != History::Own
            }
            (b"event_msg", Some(_)) | (b"compacted", _) => false,
            (b"event_msg" | b"response_item" | b"turn_context" | b"token_usage_record", _) => true,
            (kind, _) => full && !holds(SKIPPED, kind),
        }
    }

    fn touch(&mut self, at: Option<Timestamp>) {
        self.state.first_at = self.state.first_at.or(at);
        self.state.last_at = at.or(self.state.last_at);
    }

    fn wrapped(&mut self, offset: u64, envelope: &Envelope<'_>, out: &mut Output) {
        let wanted = self.wants(envelope);
        let (at, own) = self.begin(offset, envelope);
        let mut scribe = self.scribe(offset, at, out);
        match (envelope.kind, envelope.tag) {
            (b"session_meta", _) if wanted => scribe.introduced(envelope.payload),
            (b"event_msg", Some(b"token_count")) if !own => scribe.inherited_total(envelope.payload),
            (b"compacted", _) if own => scribe.say(EventKind::Compacted(CompactionRecord::History)),
            _ if !own || !wanted => {}
            (b"event_msg", Some(tag)) => event::read(&mut scribe, &plain(tag), envelope.payload),
            (b"response_item", Some(tag)) => {
                item::response(&mut scribe, &plain(tag), envelope.payload);
            }
            (b"turn_context", _) => scribe.turn_context(envelope.payload),
            (b"token_usage_record", _) => scribe.named_reply(envelope.payload),
            (kind, _) => scribe.unknown(&plain(kind)),
        }
    }
}

fn holds(kinds: &[&str], kind: &[u8]) -> bool {
    kinds.iter().any(|one| one.as_bytes() == kind)
}

impl Decoder for CodexDecoder {
    fn head(&mut self, _offset: u64, head: &[u8]) -> Verdict {
        let envelope = Walk::begin(head).and_then(|mut record| Envelope::of(&mut record));
        let Some(envelope) = envelope.filter(|envelope| !self.wants(envelope)) else { return Verdict::Read };
        self.passing = Some(self.passing(&envelope));
        Verdict::Skip
    }

    fn passed(&mut self, offset: u64, out: &mut Output) {
        if let Some(passing) = self.passing.take() {
            self.pass(offset, &passing, out);
        }
    }

    fn record(&mut self, offset: u64, record: &[u8], out: &mut Output) {
        self.names.unnamed = 0;
        if self.layout != Layout::Document && self.lone(offset, record, out) {
            return;
        }
        let mut read = false;
        for (object, envelope) in Json::objects(record, OPENING, |walk| (walk.object(), Envelope::of(walk))) {
            read = true;
            if let Some(envelope) = envelope {
                self.wrapped(offset, &envelope, out);
            } else if self.layout == Layout::Document {
                self.state.reached = offset;
                let at = old::document_time(object);
                old::document(&mut self.scribe(offset, at, out), object);
            } else if self.state.opened && object.starts_with(OPENING) {
                // Part of what a tool answered, which looked like another record on the same line.
                self.scribe(offset, None, out).unknown("untyped");
            } else {
                let at = old::line_time(object);
                self.state.reached = offset;
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
