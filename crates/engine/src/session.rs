//! Folds the facts of one session.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use topside_model::{
    CompactionRecord, Context, Detail, ErrorView, Event, EventKind, FileTouch, Identity, LimitId, LimitSample, ModelId,
    Origin, Percent, Presence, ReportedTotal, SessionId, Setting, Settings, SubagentLink, Timestamp, Tokens,
    TurnCounts, TurnEnd, TurnId, TurnView, Untrusted,
};

use crate::calls::Calls;
use crate::cost::Cost;
use crate::latest::{Latest, Tally};

/// Turns kept for the timeline. Older ones are still counted.
const TURNS_KEPT: usize = 100;
/// Files kept; the ones changed longest ago go first.
const FILES_KEPT: usize = 500;

/// Everything known of one session from its records.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    pub(crate) identity: Option<(Origin, Arc<Identity>)>,
    pub(crate) name: Latest<Untrusted>,
    pub(crate) settings: LiveSettings,
    pub(crate) lifecycle: Latest<Lifecycle>,
    turns: VecDeque<(Origin, TurnView)>,
    started: Tally,
    completed: Tally,
    aborted: Tally,
    rolled_back: Tally,
    prompts: Tally,
    first_prompt: Option<(Origin, Option<Untrusted>)>,
    pub(crate) last_prompt: Latest<Option<Timestamp>>,
    pub(crate) cost: Cost,
    pub(crate) reported: Latest<ReportedTotal>,
    pub(crate) used: Latest<Tokens>,
    window: Latest<Tokens>,
    left: Latest<Percent>,
    compacts_at: Latest<Percent>,
    pub(crate) calls: Calls,
    questions: BTreeMap<topside_model::CallId, Option<Untrusted>>,
    approvals: BTreeSet<topside_model::CallId>,
    web_searches: Tally,
    histories: Tally,
    notices: Tally,
    pub(crate) subagents: BTreeMap<SessionId, bool>,
    pub(crate) limits: BTreeMap<LimitId, Latest<LimitSample>>,
    pub(crate) error: Latest<ErrorView>,
    files: BTreeMap<Untrusted, (Latest<FileTouch>, Tally)>,
    /// First and last record of each file, by its place among the session's files.
    progress: BTreeMap<u64, (Option<Timestamp>, Option<Timestamp>)>,
    /// Grows with every fact, so that what was made of them is known to be old.
    pub(crate) revision: u64,
}

/// The latest step in the life of a turn.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Lifecycle {
    Started { at: Option<Timestamp>, automatic: bool },
    Ended { at: Option<Timestamp>, how: TurnEnd },
}

/// What a session runs with, each setting by itself.
#[derive(Debug, Default)]
pub(crate) struct LiveSettings {
    pub(crate) model: Latest<ModelId>,
    effort: Latest<Setting<Untrusted>>,
    approval: Latest<Untrusted>,
    reviewer: Latest<Setting<Untrusted>>,
    sandbox: Latest<Untrusted>,
    cwd: Latest<Untrusted>,
    mode: Latest<Untrusted>,
}

impl LiveSettings {
    fn change(&mut self, origin: Origin, settings: Settings) {
        fn set<T>(latest: &mut Latest<T>, origin: Origin, value: Option<T>) {
            if let Some(value) = value {
                latest.set(origin, value);
            }
        }
        let said = |setting: Setting<Untrusted>| (setting != Setting::Kept).then_some(setting);
        set(&mut self.model, origin, settings.model);
        set(&mut self.effort, origin, said(settings.effort));
        set(&mut self.approval, origin, settings.approval);
        set(&mut self.reviewer, origin, said(settings.reviewer));
        set(&mut self.sandbox, origin, settings.sandbox);
        set(&mut self.cwd, origin, settings.cwd);
        set(&mut self.mode, origin, settings.mode);
    }

    pub(crate) fn now(&self) -> Settings {
        Settings {
            model: self.model.value().cloned(),
            effort: self.effort.value().cloned().unwrap_or_default(),
            approval: self.approval.value().cloned(),
            reviewer: self.reviewer.value().cloned().unwrap_or_default(),
            sandbox: self.sandbox.value().cloned(),
            cwd: self.cwd.value().cloned(),
            mode: self.mode.value().cloned(),
        }
    }
}

impl Facts {
    /// Takes a fact. Taking it again changes nothing.
    pub(crate) fn apply(&mut self, event: Event) {
        self.revision += 1;
        let Event { at, origin, kind, .. } = event;
        match kind {
            EventKind::SessionOpened(identity) => self.opened(origin, *identity),
            EventKind::SessionNamed(name) => self.name.set(origin, name),
            EventKind::SettingsChanged(settings) => self.settings.change(origin, *settings),
            EventKind::TurnStarted { turn, automatic } => self.turn_started(origin, at, turn, automatic),
            EventKind::TurnEnded { turn, how } => self.turn_ended(origin, at, turn.as_ref(), how),
            EventKind::PromptSent(text) => self.prompted(origin, at, text),
            EventKind::ResponseUsage { response, usage, .. } => self.cost.reply(origin, at, response, usage),
            EventKind::TotalReported(total) => self.reported.set(origin, total),
            EventKind::ContextMeasured { used, window, left, compacts_at } => {
                fill(&mut self.used, origin, used);
                fill(&mut self.window, origin, window);
                fill(&mut self.left, origin, left);
                fill(&mut self.compacts_at, origin, compacts_at);
            }
            EventKind::ToolStarted(start) => self.calls.started(origin, at, *start),
            EventKind::ToolFinished { call, outcome, exit_code, took, delivered } => {
                self.calls.finished(&call, at, outcome, exit_code, took, delivered);
            }
            EventKind::ApprovalAsked(call) => {
                self.approvals.insert(call);
            }
            EventKind::QuestionAsked { call, text } => {
                self.questions.insert(call, text);
            }
            EventKind::WebSearched => self.web_searches.add(origin),
            EventKind::Compacted(CompactionRecord::History) => self.histories.add(origin),
            EventKind::Compacted(CompactionRecord::Notice) => self.notices.add(origin),
            EventKind::RolledBack => self.rolled_back.add(origin),
            EventKind::SubagentLinked { child, done } => *self.subagents.entry(child).or_default() |= done,
            EventKind::LimitObserved(sample) => {
                self.limits.entry(sample.limit.clone()).or_default().set(origin, sample);
            }
            EventKind::ErrorReported { class, message } => self.error.set(origin, ErrorView { class, message, at }),
            EventKind::FileTouched { path, how } => self.touched(origin, at, path, how),
            EventKind::Progress { first_at, last_at } => {
                self.progress.insert(origin.rank, (first_at, last_at));
            }
        }
    }

    /// The earliest introduction is the session's own; a later file of it introduces itself again.
    fn opened(&mut self, origin: Origin, identity: Identity) {
        if self.identity.as_ref().is_none_or(|(known, _)| origin < *known) {
            self.identity = Some((origin, Arc::new(identity)));
        }
    }

    fn turn_started(&mut self, origin: Origin, at: Option<Timestamp>, id: TurnId, automatic: bool) {
        self.started.add(origin);
        self.lifecycle.set(origin, Lifecycle::Started { at, automatic });
        if self.turns.iter().all(|(_, turn)| turn.id != id) {
            self.turns.push_back((origin, TurnView { id, started_at: at, ended: None }));
            if self.turns.len() > TURNS_KEPT {
                self.turns.pop_front();
            }
        }
    }

    /// Any end closes the turn: in a review the end carries another id than the start.
    fn turn_ended(&mut self, origin: Origin, at: Option<Timestamp>, id: Option<&TurnId>, how: TurnEnd) {
        match how {
            TurnEnd::Completed | TurnEnd::Failed => self.completed.add(origin),
            TurnEnd::Interrupted => self.aborted.add(origin),
        }
        self.lifecycle.set(origin, Lifecycle::Ended { at, how });
        let same = self.turns.iter().rposition(|(_, turn)| Some(&turn.id) == id);
        let open = || self.turns.iter().rposition(|(began, turn)| turn.ended.is_none() && *began <= origin);
        if let Some(place) = same.or_else(open) {
            self.turns[place].1.ended.get_or_insert((at, how));
        }
    }

    fn prompted(&mut self, origin: Origin, at: Option<Timestamp>, text: Option<Untrusted>) {
        self.prompts.add(origin);
        self.last_prompt.set(origin, at);
        if self.first_prompt.as_ref().is_none_or(|(known, _)| origin < *known) {
            self.first_prompt = Some((origin, text));
        }
    }

    fn touched(&mut self, origin: Origin, at: Option<Timestamp>, path: Untrusted, how: topside_model::FileChange) {
        let (latest, times) = self.files.entry(path.clone()).or_default();
        times.add(origin);
        let times = times.count();
        latest.set(origin, FileTouch { path, how, at, times });
        if self.files.len() > FILES_KEPT {
            let oldest = self.files.iter().min_by_key(|(_, (latest, _))| latest.origin()).map(|(path, _)| path.clone());
            oldest.and_then(|oldest| self.files.remove(&oldest));
        }
    }

    /// Notes which calls have a process now.
    pub(crate) fn present(&mut self, presence: &Presence) {
        self.calls.running(&presence.calls);
    }

    pub(crate) fn question(&self, call: &topside_model::CallId) -> Option<Untrusted> {
        self.questions.get(call).cloned().flatten()
    }

    /// True when the agent itself said that it waits for leave.
    pub(crate) fn asked_for(&self, call: &topside_model::CallId) -> bool {
        self.approvals.contains(call)
    }

    /// True when nothing but the file's name is known.
    pub(crate) fn is_empty(&self) -> bool {
        self.identity.is_none() && self.last_at().is_none()
    }

    pub(crate) fn first_at(&self) -> Option<Timestamp> {
        self.progress.values().find_map(|(first, _)| *first)
    }

    /// Time of the last record of the last file. Clocks run backwards, so this is not always the newest time.
    pub(crate) fn last_at(&self) -> Option<Timestamp> {
        self.progress.values().rev().find_map(|(_, last)| *last)
    }

    pub(crate) fn context(&self) -> Context {
        Context {
            used: self.used.value().copied(),
            window: self.window.value().copied(),
            left: self.left.value().copied(),
            compacts_at: self.compacts_at.value().copied(),
        }
    }

    pub(crate) fn turn_counts(&self) -> TurnCounts {
        TurnCounts {
            started: self.started.count(),
            completed: self.completed.count(),
            aborted: self.aborted.count(),
            rolled_back: self.rolled_back.count(),
        }
    }

    pub(crate) fn prompts(&self) -> u64 {
        self.prompts.count()
    }

    pub(crate) fn tools(&self) -> topside_model::ToolCounts {
        self.calls.counts(self.web_searches.count())
    }

    /// Some versions write the shortened history, some a notice, some both.
    pub(crate) fn compactions(&self) -> u64 {
        self.histories.count().max(self.notices.count())
    }

    pub(crate) fn detail(&self) -> Detail {
        let mut files: Vec<(Option<Origin>, FileTouch)> = self
            .files
            .values()
            .filter_map(|(latest, times)| {
                let touch = latest.value()?.clone();
                Some((latest.origin(), FileTouch { times: times.count(), ..touch }))
            })
            .collect();
        files.sort_by_key(|(origin, _)| *origin);
        Detail {
            first_prompt: self.first_prompt.as_ref().and_then(|(_, text)| text.clone()),
            turns: self.turns.iter().map(|(_, turn)| turn.clone()).collect(),
            tools: self.calls.timeline(),
            subagents: self.subagents.iter().map(|(id, done)| SubagentLink { id: id.clone(), done: *done }).collect(),
            files: files.into_iter().map(|(_, touch)| touch).collect(),
            processes: Vec::new(),
            error: self.error.value().cloned(),
            limits: self.limits.values().filter_map(|latest| latest.value().cloned()).collect(),
            sources: Vec::new(),
        }
    }
}

fn fill<T>(latest: &mut Latest<T>, origin: Origin, value: Option<T>) {
    if let Some(value) = value {
        latest.set(origin, value);
    }
}
