//! Folds the facts of one session.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use topside_model::{
    CallId, CompactionRecord, Context, Detail, ErrorView, Event, EventKind, Identity, LimitId, LimitSample, Origin,
    Percent, Presence, ReportedTotal, SessionId, SubagentLink, Timestamp, Tokens, ToolCounts, Untrusted,
};

use crate::calls::{Calls, Finish};
use crate::cost::Cost;
use crate::latest::{Latest, Tally};
use crate::settings::LiveSettings;
use crate::touches::Touches;
use crate::turns::{Lifecycle, Turns};

/// Everything known of one session from its records.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    pub(crate) identity: Option<(Origin, Arc<Identity>)>,
    pub(crate) name: Latest<Untrusted>,
    pub(crate) settings: LiveSettings,
    pub(crate) turns: Turns,
    prompts: Tally,
    first_prompt: Option<(Origin, Option<Untrusted>)>,
    pub(crate) last_prompt: Latest<Option<Timestamp>>,
    /// When a reply came, or a call was made or answered.
    pub(crate) worked: Latest<Option<Timestamp>>,
    pub(crate) cost: Cost,
    pub(crate) reported: Latest<ReportedTotal>,
    pub(crate) used: Latest<Tokens>,
    window: Latest<Tokens>,
    left: Latest<Percent>,
    compacts_at: Latest<Percent>,
    pub(crate) calls: Calls,
    questions: BTreeMap<CallId, Option<Untrusted>>,
    approvals: BTreeSet<CallId>,
    web_searches: Tally,
    histories: Tally,
    notices: Tally,
    subagents: BTreeMap<SessionId, bool>,
    pub(crate) limits: BTreeMap<LimitId, Latest<LimitSample>>,
    pub(crate) error: Latest<ErrorView>,
    touches: Touches,
    /// First and last record of each file, by its place among the session's files.
    progress: BTreeMap<u64, Latest<Span>>,
    /// Grows with every fact, so that what was made of them is known to be old.
    pub(crate) revision: u64,
    /// Grows when what runs for the session changed.
    pub(crate) seen: u64,
}

/// Times of the first and the last record of a file.
#[derive(Debug)]
struct Span {
    first_at: Option<Timestamp>,
    last_at: Option<Timestamp>,
}

impl Facts {
    /// Takes a fact. Taking it again changes nothing.
    pub(crate) fn apply(&mut self, event: Event) {
        self.revision += 1;
        let Event { at, origin, kind, .. } = event;
        if let EventKind::ResponseUsage { .. } | EventKind::ToolStarted(_) | EventKind::ToolFinished { .. } = kind {
            self.worked.set(origin, at);
        }
        match kind {
            EventKind::SessionOpened(identity) => self.opened(origin, *identity),
            EventKind::SessionNamed(name) => self.name.set(origin, name),
            EventKind::SettingsChanged(settings) => self.settings.change(origin, *settings),
            EventKind::TurnStarted { turn, automatic } => self.turns.started(origin, at, turn, automatic),
            EventKind::TurnEnded { turn, how } => self.turns.ended(origin, at, turn, how),
            EventKind::PromptSent(text) => self.prompted(origin, at, text),
            EventKind::ResponseUsage { response, usage, .. } => self.cost.reply(origin, at, response, usage),
            EventKind::TotalReported(total) => self.reported.set(origin, total),
            EventKind::ContextMeasured { used, window, left, compacts_at } => {
                self.used.fill(origin, used);
                self.window.fill(origin, window);
                self.left.fill(origin, left);
                self.compacts_at.fill(origin, compacts_at);
            }
            EventKind::ToolStarted(start) => self.calls.started(origin, at, *start),
            EventKind::ToolFinished { call, outcome, exit_code, took, delivered } => {
                self.calls.finished(&call, Finish { origin, at, outcome, exit_code, took }, delivered);
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
            EventKind::RolledBack => self.turns.rolled_back(origin),
            EventKind::SubagentLinked { child, done } => *self.subagents.entry(child).or_default() |= done,
            EventKind::LimitObserved(sample) => {
                self.limits.entry(sample.limit.clone()).or_default().set(origin, sample);
            }
            EventKind::ErrorReported { class, message } => self.error.set(origin, ErrorView { class, message, at }),
            EventKind::FileTouched { path, how } => self.touches.touched(origin, at, path, how),
            EventKind::Progress { first_at, last_at } => {
                self.progress.entry(origin.rank).or_default().set(origin, Span { first_at, last_at });
            }
        }
    }

    /// The earliest introduction is the session's own; a later file of it introduces itself again.
    fn opened(&mut self, origin: Origin, identity: Identity) {
        if self.identity.as_ref().is_none_or(|(known, _)| origin < *known) {
            self.identity = Some((origin, Arc::new(identity)));
        }
    }

    fn prompted(&mut self, origin: Origin, at: Option<Timestamp>, text: Option<Untrusted>) {
        self.prompts.add(origin);
        self.last_prompt.set(origin, at);
        if self.first_prompt.as_ref().is_none_or(|(known, _)| origin < *known) {
            self.first_prompt = Some((origin, text));
        }
    }

    /// Notes which calls have a process at `at`.
    pub(crate) fn look(&mut self, presence: &Presence, at: Timestamp) {
        self.calls.look(presence, at);
    }

    /// The latest step in the life of a turn. Versions before 0.100 record how some turns end and never how one begins:
    /// once a prompt came after such an end, it says nothing any more.
    pub(crate) fn lifecycle(&self) -> Option<(Origin, Lifecycle)> {
        let (origin, step) = self.turns.latest()?;
        let outdated = self.turns.counts().started == 0 && self.last_prompt.origin() > Some(origin);
        (!outdated).then_some((origin, step))
    }

    /// True while its state depends on what runs.
    pub(crate) fn is_working(&self) -> bool {
        !matches!(self.lifecycle(), Some((_, Lifecycle::Ended { .. })))
    }

    /// Where the present turn begins; where turns are not recorded, its prompt.
    pub(crate) fn turn_origin(&self) -> Option<Origin> {
        self.lifecycle().map(|(origin, _)| origin).or(self.last_prompt.origin())
    }

    pub(crate) fn question(&self, call: &CallId) -> Option<Untrusted> {
        self.questions.get(call).cloned().flatten()
    }

    /// Children that were not reported done.
    pub(crate) fn children_at_work(&self) -> u32 {
        self.subagents.values().filter(|done| !**done).count() as u32
    }

    /// True when the agent itself said that it waits for leave.
    pub(crate) fn asked_for(&self, call: &CallId) -> bool {
        self.approvals.contains(call)
    }

    /// True when nothing but the file's name is known.
    pub(crate) fn is_empty(&self) -> bool {
        self.identity.is_none() && self.last_at().is_none()
    }

    pub(crate) fn first_at(&self) -> Option<Timestamp> {
        self.progress.values().find_map(|span| span.value()?.first_at)
    }

    /// Time of the last record of the last file. Clocks run backwards, so this is not always the newest time.
    pub(crate) fn last_at(&self) -> Option<Timestamp> {
        self.progress.values().rev().find_map(|span| span.value()?.last_at)
    }

    pub(crate) fn context(&self) -> Context {
        Context {
            used: self.used.value().copied(),
            window: self.window.value().copied(),
            left: self.left.value().copied(),
            compacts_at: self.compacts_at.value().copied(),
        }
    }

    pub(crate) fn prompts(&self) -> u64 {
        self.prompts.count()
    }

    pub(crate) fn tools(&self) -> ToolCounts {
        self.calls.counts(self.web_searches.count())
    }

    /// Some versions write the shortened history, some a notice, some both.
    pub(crate) fn compactions(&self) -> u64 {
        self.histories.count().max(self.notices.count())
    }

    pub(crate) fn detail(&self) -> Detail {
        Detail {
            first_prompt: self.first_prompt.as_ref().and_then(|(_, text)| text.clone()),
            turns: self.turns.timeline(),
            tools: self.calls.timeline(),
            subagents: self.subagents.iter().map(|(id, done)| SubagentLink { id: id.clone(), done: *done }).collect(),
            files: self.touches.list(),

            error: self.error.value().cloned(),
            limits: self.limits.values().filter_map(|latest| latest.value().cloned()).collect(),
            sources: Vec::new(),
        }
    }
}
