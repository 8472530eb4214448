//! Sessions told in a few words, and states shown in one line.

use std::collections::{BTreeMap, BTreeSet};

use topside_engine::Engine;
use topside_model::{
    AgentId, CallId, ErrorClass, Event, EventKind, Figures, Identity, LimitSample, ModelId, Origin, Outcome, Owner,
    Place, Presence, ProcessRef, ProcessView, ResponseId, Session, SessionId, SessionKey, SessionKind, Setting,
    Settings, Share, Signal, SignalWord, Snapshot, SourceFact, SourceId, Status, Terms, Tie, Timestamp, Title,
    TitleWord, Tokens, ToolStart, TurnEnd, TurnId, Untrusted, Usage, Vitals, Work, World, elapsed,
};

/// A session: what its file says, and what the machine shows of it.
#[derive(Clone)]
pub(crate) struct Scene {
    pub(crate) id: &'static str,
    pub(crate) home: &'static str,
    pub(crate) events: Vec<Event>,
    /// Looks at the machine that came after so many events.
    looks: Vec<(usize, i64, Presence)>,
    pub(crate) presence: Presence,
    owners_known: bool,
    /// What hooks said, and what was given to a status line.
    pub(crate) signals: Vec<Signal>,
    figures: Option<Figures>,
    /// What was heard of the title of its terminal, one after the other.
    titles: Vec<Option<Title>>,
    /// What it said last, to who has listened since.
    title: Option<Title>,
}

/// A time in seconds after an arbitrary minute.
pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).expect("a time")
}

/// A thread that process 100 has loaded and that did not write anything yet.
pub(crate) fn unwritten(id: &'static str) -> Scene {
    let mut presence = Presence::default();
    let process = ProcessRef { pid: 100, started: 1 };
    presence.owner = Some(Owner {
        process,
        sessions: 1,
        proof: Place::Process { pid: 100 },
        headless: false,
        guest: false,
        report: None,
        cwd: None,
        window: None,
    });
    Scene {
        id,
        home: "/home/u/.codex",
        events: Vec::new(),
        looks: Vec::new(),
        presence,
        owners_known: true,
        signals: Vec::new(),
        figures: None,
        titles: Vec::new(),
        title: None,
    }
}

/// A thread that introduced itself and may ask a person.
pub(crate) fn thread(id: &'static str) -> Scene {
    unwritten(id).says(0, EventKind::SessionOpened(Box::default())).policy("on-request")
}

/// A thread in a turn since second 10.
pub(crate) fn turn() -> Scene {
    thread("a").turn(10)
}

impl Scene {
    /// Adds a record.
    pub(crate) fn says(mut self, second: i64, kind: EventKind) -> Self {
        let offset = 100 * (self.events.len() as u64 + 1);
        let origin = Origin { rank: 1, offset, source: SourceId(0) };
        self.events.push(Event { session: SessionId::new(self.id), at: Some(at(second)), origin, kind });
        self
    }

    pub(crate) fn child_of(self, parent: &str, kind: SessionKind) -> Self {
        let identity = Identity { kind, parent: Some(SessionId::new(parent)), ..Identity::default() };
        let mut scene = self;
        scene.events.retain(|event| !matches!(event.kind, EventKind::SessionOpened(_)));
        scene.says(0, EventKind::SessionOpened(Box::new(identity)))
    }

    pub(crate) fn policy(self, approval: &str) -> Self {
        let approval = Some(Untrusted::new(approval));
        self.says(0, EventKind::SettingsChanged(Box::new(Settings { approval, ..Settings::default() })))
    }

    pub(crate) fn reviewer(self, who: &str) -> Self {
        let reviewer = Setting::Set(Untrusted::new(who));
        self.says(0, EventKind::SettingsChanged(Box::new(Settings { reviewer, ..Settings::default() })))
    }

    pub(crate) fn prompt(self, second: i64) -> Self {
        self.says(second, EventKind::PromptSent { prompt: None, text: None, size: None })
    }

    pub(crate) fn turn(self, second: i64) -> Self {
        let turn = TurnId::new(format!("turn-{second}"));
        self.says(second, EventKind::TurnStarted { turn, automatic: false })
    }

    pub(crate) fn compaction(self, second: i64) -> Self {
        let turn = TurnId::new(format!("turn-{second}"));
        self.says(second, EventKind::TurnStarted { turn, automatic: true })
    }

    pub(crate) fn rests(self, second: i64, how: TurnEnd) -> Self {
        self.says(second, EventKind::TurnEnded { turn: None, how })
    }

    pub(crate) fn fails(self, second: i64, class: ErrorClass) -> Self {
        let message = Some(Untrusted::new("words"));
        self.says(second, EventKind::ErrorReported { class, message }).rests(second, TurnEnd::Failed)
    }

    pub(crate) fn limited(self, second: i64, sample: LimitSample) -> Self {
        self.says(second, EventKind::LimitObserved(sample))
    }

    pub(crate) fn calls(self, second: i64, call: &str, work: Work) -> Self {
        self.says(second, EventKind::ToolStarted(Box::new(start(call, work, false))))
    }

    /// A call by which the model asks for more than the sandbox grants.
    pub(crate) fn escalates(self, second: i64, call: &str, work: Work) -> Self {
        self.says(second, EventKind::ToolStarted(Box::new(start(call, work, true))))
    }

    /// The model has the result of a call.
    pub(crate) fn delivers(self, second: i64, call: &str) -> Self {
        self.finishes(second, call, true)
    }

    /// The agent notes that a call is done.
    pub(crate) fn notes(self, second: i64, call: &str) -> Self {
        self.finishes(second, call, false)
    }

    fn finishes(self, second: i64, call: &str, delivered: bool) -> Self {
        let (call, outcome) = (CallId::new(call), Outcome::Completed);
        self.says(second, EventKind::ToolFinished { call, outcome, exit_code: None, took: None, delivered, size: None })
    }

    pub(crate) fn spends(self, second: i64, response: &str, model: &str, tokens: u64) -> Self {
        let usage = Usage { input_uncached: Tokens(tokens), ..Usage::default() };
        let (response, model) = (ResponseId::new(response), Some(ModelId::new(model)));
        self.says(
            second,
            EventKind::ResponseUsage {
                response,
                model,
                usage,
                terms: Terms::default(),
                share: Share::Own,
                settled: true,
            },
        )
    }

    pub(crate) fn starts_child(self, second: i64, child: &str) -> Self {
        self.says(second, EventKind::SubagentLinked { child: SessionId::new(child), done: false })
    }

    /// A process that names `call` is there from now on.
    pub(crate) fn runs(mut self, call: &str) -> Self {
        self.presence.calls.insert(CallId::new(call));
        self
    }

    /// A process without a name started; the system lets nobody read environments.
    pub(crate) fn spawns(mut self, second: i64) -> Self {
        self.presence.youngest_child = Some(at(second));
        self
    }

    /// All processes of calls are gone.
    pub(crate) fn falls_still(mut self) -> Self {
        self.presence.calls.clear();
        self.presence.youngest_child = None;
        self
    }

    /// A hook says that a person is asked; about a call where it names one.
    pub(crate) fn signals(mut self, second: i64, word: SignalWord, tool: &str, call: Option<&str>) -> Self {
        let place = Place::File { path: Untrusted::new("/state/signals.jsonl"), offset: 0 };
        let (tool, call) = (Some(Untrusted::new(tool)), call.map(CallId::new));
        self.signals.push(Signal { word, tool, call, at: at(second), place });
        self
    }

    /// The title of its terminal has said this since then.
    pub(crate) fn titled(mut self, second: i64, word: TitleWord) -> Self {
        let process = self.presence.owner.as_ref().expect("it is loaded").process;
        let place = Place::Socket { path: Untrusted::new("/tmp/tmux") };
        let mut title = Title { process, word, asked: None, worked: None, place };
        if let Some(before) = &self.title {
            (title.asked, title.worked) = (before.asked, before.worked);
        }
        let since = match word {
            TitleWord::Asks => &mut title.asked,
            TitleWord::Works => &mut title.worked,
        };
        *since = Some(at(second));
        self.titles.push(Some(title.clone()));
        self.title = Some(title);
        self
    }

    /// The title says nothing for a moment.
    pub(crate) fn hushed(mut self) -> Self {
        self.titles.push(None);
        self
    }

    /// The title is let be; who listens again knows nothing of what it said.
    pub(crate) fn let_be(mut self) -> Self {
        self.title = None;
        self.hushed()
    }

    /// Its status line is given figures.
    pub(crate) fn shows(mut self, figures: Figures) -> Self {
        self.figures = Some(figures);
        self
    }

    /// Somebody looked at the machine.
    pub(crate) fn looked(mut self, second: i64) -> Self {
        self.looks.push((self.events.len(), second, self.presence.clone()));
        self
    }

    pub(crate) fn headless(mut self) -> Self {
        self.presence.owner.as_mut().expect("it is loaded").headless = true;
        self
    }

    /// Process 100, as started at `second`, has it loaded; `started` tells it from others of that number.
    pub(crate) fn owned_since(mut self, second: i64, started: u64) -> Self {
        let process = ProcessRef { pid: 100, started };
        let owner = self.presence.owner.as_mut().expect("it is loaded");
        owner.process = process;
        let (command, vitals) = (Untrusted::new("codex"), Vitals::default());
        let view = ProcessView {
            process,
            parent: 1,
            depth: 0,
            command,
            vitals,
            started_at: Some(at(second)),
            tie: Tie::Owner,
        };
        self.presence.processes = vec![view];
        self
    }

    /// No process has it loaded any more.
    pub(crate) fn unloaded(mut self) -> Self {
        self.presence.owner = None;
        self.falls_still()
    }

    /// The system does not tell who has it loaded.
    pub(crate) fn unwatched(mut self) -> Self {
        self.owners_known = false;
        self.unloaded()
    }

    pub(crate) fn key(&self) -> SessionKey {
        SessionKey { agent: agent(), id: SessionId::new(self.id) }
    }

    fn world(&self, second: i64, presence: &Presence) -> World {
        let sessions = BTreeMap::from([(self.key(), presence.clone())]);
        World {
            at: at(second),
            sessions,
            elsewhere: BTreeSet::new(),
            programs: Vec::new(),
            owners_known: self.owners_known,
        }
    }

    /// Tells `engine` everything but what the machine shows now.
    pub(crate) fn tell(&self, engine: &mut Engine, source: SourceId) {
        self.signals.iter().for_each(|signal| engine.signal(&self.key(), signal.clone()));
        self.tell_records(engine, source);
        self.titles.iter().for_each(|title| engine.title(&self.key(), title.clone()));
        self.figures.iter().for_each(|figures| engine.figures(&self.key(), figures.clone()));
    }

    fn tell_records(&self, engine: &mut Engine, source: SourceId) {
        let Some(last) = self.events.last() else {
            self.looks.iter().for_each(|(_, second, presence)| engine.world(self.world(*second, presence)));
            return;
        };
        let path = Untrusted::new(format!("{}/sessions/{}.jsonl", self.home, self.id));
        let (session, home) = (self.key(), Untrusted::new(self.home));
        engine.source(SourceFact { session, id: source, path, home, archived: false });
        let mut looks = self.looks.iter().peekable();
        for (place, event) in self.events.iter().enumerate() {
            while let Some((_, second, presence)) = looks.next_if(|(after, ..)| *after <= place) {
                engine.world(self.world(*second, presence));
            }
            let origin = Origin { source, ..event.origin };
            engine.apply(&agent(), Event { origin, ..event.clone() });
        }
        looks.for_each(|(_, second, presence)| engine.world(self.world(*second, presence)));
        let kind = EventKind::Progress { first_at: self.events[0].at, last_at: last.at };
        let origin = Origin { rank: 1, offset: 0, source };
        engine.apply(&agent(), Event { session: SessionId::new(self.id), at: None, origin, kind });
    }
}

pub(crate) fn agent() -> AgentId {
    AgentId::new("codex")
}

/// A call whose tool is called like its work and whose summary is its id.
pub(crate) fn start(call: &str, work: Work, escalated: bool) -> ToolStart {
    let name = Untrusted::new(format!("{work:?}").to_lowercase());
    let summary = Some(Untrusted::new(call));
    ToolStart { call: CallId::new(call), name, work, summary, escalated, counted: true, reads: None }
}

/// Everything there is to show of `scenes` at `now`.
pub(crate) fn snapshot(scenes: &[&Scene], now: i64) -> Snapshot {
    let mut engine = Engine::new();
    for (source, scene) in (0..).zip(scenes) {
        scene.tell(&mut engine, SourceId(source));
    }
    let sessions = scenes.iter().map(|scene| (scene.key(), scene.presence.clone())).collect();
    let owners_known = scenes.iter().all(|scene| scene.owners_known);
    engine.world(World { at: at(now), sessions, elsewhere: BTreeSet::new(), programs: Vec::new(), owners_known });
    engine.snapshot(at(now))
}

/// The first of `scenes` as it is at `now`.
pub(crate) fn session(scenes: &[&Scene], now: i64) -> Session {
    let snapshot = snapshot(scenes, now);
    let session = snapshot.session(&SessionId::new(scenes[0].id)).expect("the session is there");
    (**session).clone()
}

/// What the first of `scenes` does at `now`, in a line: the state, what it is about, since how long.
#[track_caller]
pub(crate) fn check(scenes: &[&Scene], now: i64, expected: &str) {
    assert_eq!(words(&session(scenes, now).status, at(now)), expected);
}

fn words(status: &Status, now: Timestamp) -> String {
    let summary = |summary: &Option<Untrusted>| summary.as_ref().map_or("", Untrusted::raw).to_owned();
    let about = match status {
        Status::RunningTool { call, parallel, .. } => format!(" {call} x{parallel}"),
        Status::Approval { summary: about, .. } => format!(" {}", summary(about)),
        Status::Question { text, .. } => format!(" {}", summary(text)),
        Status::WaitingOnSubagents { n, .. } => format!(" {n}"),
        Status::RateLimited { until, .. } => {
            until.map_or(String::new(), |until| format!(" {}s left", elapsed(now, until).as_secs()))
        }
        Status::Failed { error, message, .. } => format!(" {error:?} {}", summary(message)),
        Status::Unknown { why, .. } => format!(": {why}"),
        _ => String::new(),
    };
    let age = status.since().map_or(String::new(), |since| format!(" {}s", elapsed(since, now).as_secs()));
    format!("{}{about}{age}", status.id())
}
