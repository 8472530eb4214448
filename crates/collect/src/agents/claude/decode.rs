//! Claude Code records → events.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use topside_model::{
    Bytes, Event, EventKind, Identity, ModelId, Origin, SessionId, SessionKind, Setting, Settings, Timestamp, TurnEnd,
    TurnId, Untrusted, Work,
};

use super::brief::{self, Brief, BriefReader};
use super::record::{self, Line, untrusted};
use super::{beside, paths, reply, system, user};
use crate::agent::{Decoder, Layout, Level, Output, Source};
use crate::source::Verdict;
use crate::source::json::{Json, plain};
use crate::source::version::numbers;
use crate::source::walk::Walk;

/// Most lines that somebody said something in begin so. It only tells where the next one starts behind a torn one.
pub(super) const OPENING: &[u8] = br#"{"parentUuid":"#;

/// What a decoder must remember between two lines.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
pub(super) struct State {
    /// The session the file belongs to: its name.
    pub(super) session: String,
    /// The session it is a helper of: by its folder, else by its lines.
    pub(super) parent: Option<String>,
    pub(super) opened: bool,
    pub(super) version: Option<String>,
    /// True while the version that writes records how turns end.
    pub(super) marks_turns: bool,
    pub(super) turn_open: bool,
    /// The reply whose last line ended the turn; its other lines do not open it again.
    pub(super) ended_by: Option<String>,
    pub(super) model: Option<String>,
    pub(super) settings: Known,
    /// The last reply.
    pub(super) told: Option<reply::Told>,
    /// When each reply was first recorded, by versions that write histories again.
    pub(super) first_told: BTreeMap<String, Timestamp>,
    /// True once a helper spoke in the midst of the session's own lines.
    aside: bool,
    /// The largest request so far.
    pub(super) observed: u64,
    /// Files that calls without a result are about to change.
    pub(super) edits: BTreeMap<String, String>,
    /// Work in the background.
    pub(super) tasks: BTreeMap<String, Task>,
    /// Requests since the model last answered.
    pub(super) requests: u32,
    /// How good the name is that was told last.
    pub(super) named: u8,
    first_at: Option<Timestamp>,
    last_at: Option<Timestamp>,
    /// Where the latest line starts.
    reached: u64,
}

/// Settings as they were last told.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Known {
    cwd: Option<String>,
    permission_mode: Option<String>,
    effort: Option<String>,
}

/// Work in the background.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Task {
    /// A command.
    Command,
    /// A run of several helpers.
    Run,
}

impl Task {
    pub(super) fn work(self) -> Work {
        match self {
            Self::Command => Work::Command,
            Self::Run => Work::Agent,
        }
    }
}

/// Decoder of one transcript, or of the file that describes a helper.
pub(super) struct ClaudeDecoder {
    state: State,
    origin: Origin,
    layout: Layout,
    level: Level,
    /// Time of the line that is being passed over.
    passing: Option<Timestamp>,
    brief: BriefReader,
    names: Names,
}

/// Names as events bear them, made once for many.
pub(super) struct Names {
    session: SessionId,
    model: Option<ModelId>,
}

impl Names {
    /// The model of that name.
    pub(super) fn model(&mut self, name: Json<'_>) -> Option<ModelId> {
        if !self.model.as_ref().is_some_and(|model| name.says(model.as_str())) {
            self.model = name.text().map(ModelId::new);
        }
        self.model.clone()
    }
}

/// Where the events of one line go.
pub(super) struct Scribe<'a> {
    pub(super) state: &'a mut State,
    pub(super) at: Option<Timestamp>,
    pub(super) origin: Origin,
    /// True for a line of a helper in the midst of the session's own (before 2.0).
    pub(super) aside: bool,
    pub(super) level: Level,
    pub(super) names: &'a mut Names,
    pub(super) out: &'a mut Output,
}

impl Scribe<'_> {
    /// Adds an event of the line's session, time and place.
    pub(super) fn say(&mut self, kind: EventKind) {
        if !self.level.tells(&kind) {
            return;
        }
        let session = if self.aside { paths::inline_helper(&self.state.session) } else { self.names.session.clone() };
        self.out.events.push(Event { session, at: self.at, origin: self.origin, kind });
    }

    /// The agent put something into the context, of this many bytes of text; nothing is told of nothing.
    pub(super) fn added(&mut self, file: Option<Untrusted>, size: Option<u64>) {
        if size != Some(0) {
            self.say(EventKind::ContextAdded { file, size: size.map(Bytes) });
        }
    }

    /// True for the transcript of a helper.
    pub(super) fn is_helper(&self) -> bool {
        paths::is_helper(&self.state.session)
    }

    /// A turn begins, or goes on after it seemed to be over. Versions that do not record how turns end are not told of
    /// beginnings either: an open turn would never close, and how many there were is not known.
    pub(super) fn begin(&mut self, line: &Line<'_>) {
        self.state.turn_open = true;
        self.state.ended_by = None;
        self.state.requests = 0;
        if self.state.marks_turns {
            let id = line.prompt.or(line.uuid).and_then(record::string);
            let turn = TurnId::new(id.unwrap_or_else(|| format!("at {}", self.origin.offset)));
            self.say(EventKind::TurnStarted { turn, automatic: false });
        } else {
            self.say(EventKind::TurnUnmarked);
        }
    }

    /// A turn comes to rest.
    pub(super) fn end(&mut self, how: TurnEnd) {
        if self.state.turn_open || how != TurnEnd::Completed {
            self.say(EventKind::TurnEnded { turn: None, how });
        }
        self.state.turn_open = false;
        self.state.requests = 0;
    }

    /// Adds what a line says of the session's settings, where that is new.
    pub(super) fn settings(&mut self, line: &Line<'_>) {
        let known = &mut self.state.settings;
        let mut settings = Settings::default();
        let news = |known: &mut Option<String>, value: Option<Json<'_>>| {
            let value = value.and_then(record::string).filter(|value| known.as_ref() != Some(value))?;
            Some(Untrusted::new(known.insert(value)))
        };
        settings.cwd = news(&mut known.cwd, line.cwd);
        settings.effort = news(&mut known.effort, line.effort).map_or(Setting::Kept, Setting::Set);
        if let Some(mode) = news(&mut known.permission_mode, line.permission_mode) {
            settings.mode = Some(Untrusted::new(if mode.raw() == "plan" { "plan" } else { "default" }));
            settings.reviewer = match mode.raw() {
                "auto" => Setting::Set(Untrusted::new("a classifier")),
                "bypassPermissions" | "dontAsk" => Setting::Set(Untrusted::new("nobody")),
                _ => Setting::Cleared,
            };
            settings.approval = Some(mode);
        }
        if settings != Settings::default() {
            // A helper in the midst works where its parent does.
            let aside = std::mem::take(&mut self.aside);
            self.say(EventKind::SettingsChanged(Box::new(settings)));
            self.aside = aside;
        }
    }

    fn introduce(&mut self, line: &Line<'_>) {
        if self.level == Level::Usage && self.state.opened {
            return;
        }
        let same = |version: Json<'_>| self.state.version.as_ref().is_some_and(|known| version.says(known));
        if let Some(version) = line.version.filter(|version| !same(*version)).and_then(record::string) {
            self.state.marks_turns = marks_turns(&version);
            self.state.version = Some(version);
        }
        if self.state.opened || (line.version.is_none() && line.cwd.is_none()) {
            return;
        }
        self.state.opened = true;
        let helper = self.is_helper();
        if helper && self.state.parent.is_none() {
            self.state.parent = line.session.and_then(record::string);
        }
        let role = line.agent_type.and_then(untrusted);
        self.say(EventKind::SessionOpened(Box::new(Identity {
            kind: if helper { SessionKind::Subagent { nickname: None, role } } else { SessionKind::User },
            parent: self.state.parent.as_ref().map(SessionId::new),
            forked_from: line.forked_from.and_then(|from| from.field("sessionId")).and_then(record::session),
            cwd: line.cwd.and_then(untrusted),
            originator: line.entrypoint.and_then(untrusted),
            version: line.version.and_then(untrusted),
            branch: line.branch.and_then(untrusted).filter(|branch| branch.raw() != "HEAD"),
            ..Identity::default()
        })));
    }

    fn line(&mut self, line: &Line<'_>) {
        self.introduce(line);
        self.aside = line.sidechain && !self.is_helper();
        if self.aside && !std::mem::replace(&mut self.state.aside, true) {
            let parent = Some(SessionId::new(&self.state.session));
            let kind = SessionKind::Subagent { nickname: None, role: None };
            let (version, cwd) = (line.version.and_then(untrusted), line.cwd.and_then(untrusted));
            let identity = Identity { kind, parent, version, cwd, ..Identity::default() };
            self.say(EventKind::SessionOpened(Box::new(identity)));
        }
        match line.kind {
            Some(b"assistant") => {
                if let Some(message) = &line.message {
                    reply::read(self, line, message);
                }
            }
            Some(b"progress") => beside::progress(self, line),
            _ if self.level == Level::Usage => {}
            Some(b"user") => user::read(self, line),
            Some(b"system") => system::read(self, line),
            Some(kind) => beside::read(self, &plain(kind), line),
            None => self.out.unknown("a line without a type", self.state.version.as_deref()),
        }
    }
}

/// True for versions that write `turn_duration` or the final `stop_reason` of replies. From 1.0 to 2.1.49 most replies
/// end without a word.
fn marks_turns(version: &str) -> bool {
    numbers(version) >= [2, 1, 50]
}

impl ClaudeDecoder {
    pub(super) fn new(source: &Source, level: Level, saved: Option<&[u8]>) -> Self {
        let fresh = || State {
            session: source.session.as_str().to_owned(),
            parent: source.parent.as_ref().map(|parent| parent.as_str().to_owned()),
            ..State::default()
        };
        let state = saved.and_then(|saved| serde_json::from_slice(saved).ok()).unwrap_or_else(fresh);
        let origin = Origin { rank: source.rank, offset: 0, source: source.id };
        let names = Names { session: SessionId::new(&state.session), model: None };
        Self { state, origin, layout: source.layout, level, passing: None, brief: BriefReader::learned(), names }
    }

    fn scribe<'a>(&'a mut self, offset: u64, at: Option<Timestamp>, out: &'a mut Output) -> Scribe<'a> {
        let origin = Origin { offset, ..self.origin };
        let Self { state, level, names, .. } = self;
        Scribe { state, at, origin, aside: false, level: *level, names, out }
    }

    /// True for what is read in brief: every line once the session is known, and before that those beside the conversation,
    /// which do not make it known.
    fn in_brief(&self, line: &[u8]) -> bool {
        self.level == Level::Usage && self.layout != Layout::Document && (self.state.opened || brief::is_beside(line))
    }

    /// Lines are not in the order of their times: the first time is the earliest, the last one the last line's.
    fn touch(&mut self, at: Option<Timestamp>) {
        if let Some(at) = at {
            self.state.first_at = Some(self.state.first_at.map_or(at, |first_at| first_at.min(at)));
            self.state.last_at = Some(at);
        }
    }
}

impl Drop for ClaudeDecoder {
    fn drop(&mut self) {
        self.brief.leave();
    }
}

/// True for a line that says nothing topside shows, by its beginning.
fn is_bulk(head: &[u8]) -> bool {
    let Some(mut line) = Walk::begin(head) else { return false };
    while let Some((key, value)) = line.member() {
        match key {
            b"type" if !value.says("attachment") => {
                return value.word().is_some_and(|kind| record::holds(record::BULK, kind));
            }
            b"attachment" => return record::is_bulk_attachment(value),
            b"message" | b"data" | b"toolUseResult" => return false,
            _ => {}
        }
    }
    false
}

impl Decoder for ClaudeDecoder {
    fn head(&mut self, _offset: u64, head: &[u8]) -> Verdict {
        if (self.in_brief(head) && !head.starts_with(br#"{"type""#)) || !is_bulk(head) {
            return Verdict::Read;
        }
        self.passing = record::head_time(head);
        Verdict::Skip
    }

    fn passed(&mut self, offset: u64, _out: &mut Output) {
        self.state.reached = offset;
        let at = self.passing.take();
        self.touch(at);
    }

    fn record(&mut self, offset: u64, record: &[u8], out: &mut Output) {
        self.state.reached = offset;
        if self.in_brief(record) {
            let aside = self.state.aside || paths::is_helper(&self.state.session);
            let known = brief::Standing { session: self.state.opened, aside };
            let mut line = Line::default();
            match self.brief.read(record.trim_ascii_end(), known, &mut line) {
                Brief::Time(at) => return self.touch(at),
                Brief::Line => {
                    self.touch(line.at);
                    return self.scribe(offset, line.at, out).line(&line);
                }
                Brief::Unsure => {}
            }
        }
        let mut read = false;
        if self.layout == Layout::Document {
            for object in Json::objects(record, OPENING, |walk| walk.object()) {
                read = true;
                beside::helper(&mut self.scribe(offset, None, out), object);
            }
        } else {
            let mut usages = std::mem::take(&mut self.brief.usages);
            for line in Json::objects(record, OPENING, |walk| Line::of(walk, &mut usages)) {
                read = true;
                self.touch(line.at);
                self.scribe(offset, line.at, out).line(&line);
            }
            self.brief.usages = usages;
        }
        if !read {
            out.unreadable += 1;
        }
    }

    fn opening(&self) -> &'static [u8] {
        OPENING
    }

    fn pause(&mut self, out: &mut Output) {
        let (first_at, last_at) = (self.state.first_at, self.state.last_at);
        let aside = self.state.aside;
        let mut scribe = self.scribe(self.state.reached, last_at, out);
        scribe.say(EventKind::Progress { first_at, last_at });
        if aside {
            scribe.aside = true;
            scribe.say(EventKind::Progress { first_at, last_at });
        }
    }

    fn save(&self) -> Vec<u8> {
        serde_json::to_vec(&self.state).expect("strings, numbers and times have a JSON form")
    }
}

#[cfg(test)]
mod tests {
    use super::marks_turns;

    #[test]
    fn versions_that_do_not_record_the_end_of_turns_are_known() {
        assert!(marks_turns("2.1.50") && marks_turns("2.1.328") && marks_turns("3.0.0-beta"));
        assert!(!marks_turns("2.1.49") && !marks_turns("2.0.77") && !marks_turns("0.2.97") && !marks_turns("?"));
    }
}
