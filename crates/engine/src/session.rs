//! Folds the facts of one session.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use topside_model::{
    Activity, Addition, CallId, CompactionRecord, Context, Covers, Detail, ErrorClass, ErrorView, Event, EventKind,
    Growth, Identity, LimitId, LimitSample, Money, Origin, Percent, Presence, PromptId, Report, ReportedCost,
    ReportedFor, ReportedTotal, SessionCost, SessionId, Share, SubagentLink, Timestamp, Tokens, ToolCounts, Untrusted,
    WindowSource, Work,
};

use crate::calls::{Call, Calls, Finish};
use crate::context::{Inventory, Step};
use crate::cost::Cost;
use crate::latest::{Latest, Tally};
use crate::life::Life;
use crate::mark::mark;
use crate::pace::{self, Pace};
use crate::price::Prices;
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
    /// Prompts by id, where they have none by place.
    prompts: BTreeMap<u64, Prompt>,
    /// Times that stand on records which repeat earlier ones: a resumed session of 2025 writes its history again.
    replays: BTreeSet<Timestamp>,
    first_prompt: Option<(Origin, Option<Untrusted>)>,
    pub(crate) last_prompt: Latest<Option<Timestamp>>,
    /// When a reply came, or a call was made or answered.
    pub(crate) worked: Latest<Option<Timestamp>>,
    /// When the latest reply came.
    pub(crate) replied: Option<Timestamp>,
    pub(crate) cost: Cost,
    /// List price of the replies, as it was last worked out.
    pub(crate) list: Arc<SessionCost>,
    pub(crate) reported: Latest<ReportedTotal>,
    /// What the agent says that the session cost so far.
    figure: Latest<Money>,
    /// What the agent says that single replies cost.
    figures: Option<ReportedCost>,
    inventory: Inventory,
    growth: Arc<Growth>,
    pub(crate) used: Latest<Tokens>,
    /// The latest reply by a transcript of its own, and how much it read as its last record says.
    read: Latest<(u64, Tokens)>,
    /// The largest context there was.
    largest: Option<Tokens>,
    window: Latest<Tokens>,
    window_from: Latest<WindowSource>,
    left: Latest<Percent>,
    compacts_at: Latest<Percent>,
    pub(crate) calls: Calls,
    pub(crate) pace: Pace,
    pub(crate) life: Life,
    questions: BTreeMap<CallId, Option<Untrusted>>,
    approvals: BTreeSet<CallId>,
    web_searches: Tally,
    histories: Tally,
    notices: Tally,
    subagents: BTreeMap<SessionId, bool>,
    pub(crate) limits: BTreeMap<LimitId, Latest<LimitSample>>,
    pub(crate) error: Latest<ErrorView>,
    /// The latest request that failed and is made again.
    pub(crate) retried: Latest<(ErrorClass, Option<Timestamp>)>,
    /// Work that outlives its call, by id, and whether it is over.
    background: BTreeMap<CallId, (Work, bool)>,
    /// When the agent last said that the session rests.
    pub(crate) rested: Option<Timestamp>,
    touches: Touches,
    /// First and last record of each file, by its place among the session's files.
    progress: BTreeMap<u64, Latest<Span>>,
    /// Grows with every fact, so that what was made of them is known to be old.
    pub(crate) revision: u64,
    /// Grows when what runs for the session changed.
    pub(crate) seen: u64,
}

#[derive(Debug)]
struct Prompt {
    at: Option<Timestamp>,
    /// True when it was sent to another session, and the record is a copy.
    elsewhere: bool,
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
        if let Some(step) = step(&kind) {
            self.inventory.note(origin, step);
        }
        if let Some(step) = pace_of(&kind) {
            self.pace.note(origin, at, step);
        }
        if let EventKind::ResponseUsage { .. } | EventKind::ToolStarted(_) | EventKind::ToolFinished { .. } = kind {
            self.worked.set(origin, at);
        }
        match kind {
            EventKind::SessionOpened(identity) => self.opened(origin, *identity),
            EventKind::SessionNamed(name) => self.name.set(origin, name),
            EventKind::SettingsChanged(settings) => self.settings.change(origin, *settings),
            EventKind::TurnStarted { turn, automatic } => self.turns.started(origin, at, turn, automatic),
            EventKind::TurnUnmarked => self.turns.unmarked(),
            EventKind::TurnEnded { turn, how } => self.turns.ended(origin, at, turn, how),
            EventKind::PromptSent { prompt, text, .. } => self.prompted(origin, at, prompt.as_ref(), text),
            EventKind::ResponseUsage { response, model, usage, terms, share, settled } => {
                self.replied = self.replied.max(at);
                let mark = mark(&response);
                if share != Share::Quoted {
                    self.read.set(origin, (mark, usage.input()));
                }
                self.cost.reply(origin, at, mark, usage, (share, settled), (model, terms));
            }
            EventKind::CostReported { money, covers: Covers::Reply(reply) } => self.cost.figure(mark(&reply), money),
            EventKind::CostReported { money, covers: Covers::Session } => self.figure.set(origin, money),
            EventKind::ContextAdded { .. } => {}
            EventKind::TotalReported(total) => self.reported.set(origin, total),
            EventKind::ContextMeasured { used, window, window_from, left, compacts_at } => {
                self.used.fill(origin, used);
                self.largest = self.largest.max(used);
                self.window.fill(origin, window);
                self.window_from.fill(origin, window_from);
                self.left.fill(origin, left);
                self.compacts_at.fill(origin, compacts_at);
            }
            EventKind::ToolStarted(start) => self.calls.started(origin, at, *start),
            EventKind::ToolFinished { call, outcome, exit_code, took, delivered, .. } => {
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
            EventKind::Replayed => self.replays.extend(at),
            EventKind::Retried { class, until } => self.retried.set(origin, (class, until)),
            EventKind::BackgroundTask { task, work, done } => {
                self.background.entry(task).or_insert((work, false)).1 |= done;
            }
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

    /// The earliest introduction is the session's own; a later file of it introduces itself again, and only fills what
    /// the first left open.
    fn opened(&mut self, origin: Origin, identity: Identity) {
        self.identity = Some(match self.identity.take() {
            None => (origin, Arc::new(identity)),
            Some((known, first)) if known <= origin => (known, Arc::new(Identity::clone(&first).or(identity))),
            Some((_, later)) => (origin, Arc::new(identity.or(Identity::clone(&later)))),
        });
    }

    fn prompted(&mut self, origin: Origin, at: Option<Timestamp>, id: Option<&PromptId>, text: Option<Untrusted>) {
        let mark = id.map_or_else(|| mark(&origin), mark);
        self.prompts.entry(mark).or_insert(Prompt { at, elsewhere: false });
        self.last_prompt.set(origin, at);
        if self.first_prompt.as_ref().is_none_or(|(known, _)| origin < *known) {
            self.first_prompt = Some((origin, text));
        }
    }

    /// Notes which calls have a process at `at`.
    pub(crate) fn look(&mut self, presence: &Presence, at: Timestamp) {
        self.calls.look(presence, at);
        self.life.look(presence, at);
        if let Some(report) = presence.owner.as_ref().and_then(|owner| owner.report.as_ref()) {
            self.hear(report);
        }
    }

    /// Remembers when the agent said that it rests: transcripts do not tell of every turn how it ended.
    pub(crate) fn hear(&mut self, report: &Report) {
        if report.activity == Activity::Idle {
            self.rested = self.rested.max(report.since);
        }
    }

    /// The latest step in the life of a turn. Versions before 0.100 record how some turns end and never how one begins:
    /// once a prompt came after such an end, it says nothing any more.
    pub(crate) fn lifecycle(&self) -> Option<(Origin, Lifecycle)> {
        let (origin, step) = self.turns.latest()?;
        let outdated = !self.turns.have_begun() && self.last_prompt.origin() > Some(origin);
        (!outdated).then_some((origin, step))
    }

    /// Calls of the present turn without a result, oldest first.
    pub(crate) fn open_calls(&self) -> Vec<&Call> {
        self.turn_origin().map(|turn| self.calls.open(turn)).unwrap_or_default()
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

    /// Commands that go on in the background.
    pub(crate) fn background_tasks(&self) -> u32 {
        self.background.values().filter(|(work, done)| *work == Work::Command && !done).count() as u32
    }

    /// Runs of several helpers that go on in the background.
    pub(crate) fn background_runs(&self) -> u32 {
        self.background.values().filter(|(work, done)| *work == Work::Agent && !done).count() as u32
    }

    /// True for a child whose end this session was told.
    pub(crate) fn dismissed(&self, child: &SessionId) -> bool {
        self.subagents.get(child).copied().unwrap_or_default()
    }

    /// True when the agent itself said that it waits for leave.
    pub(crate) fn asked_for(&self, call: &CallId) -> bool {
        self.approvals.contains(call)
    }

    /// True for a session that says of itself, or of replies in it, that it goes on from another one.
    pub(crate) fn is_fork(&self) -> bool {
        let forked = self.identity.as_ref().is_some_and(|(_, identity)| identity.forked_from.is_some());
        forked || self.cost.has_copies()
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

    /// The context. `configured` is the window that the session's process was started with; a request that was larger
    /// proves it wrong.
    pub(crate) fn context(&self, configured: Option<Tokens>) -> Context {
        let used = self.used.value().map(|used| (*used).max(self.read_by_reply(*used)));
        let (window, window_from) = match configured.filter(|window| self.largest <= Some(*window)) {
            Some(window) => (Some(window), Some(WindowSource::Configured)),
            None => (self.window.value().copied(), self.window_from.value().copied()),
        };
        Context {
            used,
            window,
            window_from,
            left: self.left.value().copied(),
            compacts_at: self.compacts_at.value().copied(),
        }
    }

    /// What is known of the input of the latest reply, where a record of it told that the context is `used` so far: another
    /// record of it may tell more, such as the one of which this is an emptied copy.
    fn read_by_reply(&self, used: Tokens) -> Tokens {
        let reply = self.read.value().filter(|(_, told)| *told == used);
        let known = reply.and_then(|(mark, _)| self.cost.known(*mark));
        known.map_or(Tokens(0), |(usage, ..)| usage.input())
    }

    /// Says whose a reply or a prompt is that several sessions show; `first_at` is when it was first recorded. True when
    /// that is news.
    pub(crate) fn settle(&mut self, mark: u64, elsewhere: bool, first_at: Option<Timestamp>) -> bool {
        if let Some(prompt) = self.prompts.get_mut(&mark) {
            return std::mem::replace(&mut prompt.elsewhere, elsewhere) != elsewhere;
        }
        let copied = if elsewhere { self.cost.copied(mark, first_at) } else { None };
        let news = copied.is_some_and(|at| self.replays.insert(at));
        self.cost.settle(mark, elsewhere) || news
    }

    /// True when what was told is better taken in than kept, before the record at `origin` is.
    pub(crate) fn is_laden(&self, origin: Origin) -> bool {
        self.inventory.is_laden(origin)
    }

    /// Takes in what was told since the last time: what replies cost, and what they read.
    pub(crate) fn take_in(&mut self, prices: &Prices) {
        if self.inventory.take_in(&mut self.cost, prices) {
            self.growth = Arc::new(self.inventory.growth());
        }
        if self.cost.has_news() {
            self.list = Arc::new(self.cost.list(prices));
            self.figures = self.cost.reported(prices);
        }
    }

    /// The agent's own figure of what the session cost. `list` is the list price of the session and those it started.
    pub(crate) fn reported_cost(&self, list: Option<Money>) -> Option<ReportedCost> {
        let Some((origin, money)) = self.figure.origin().zip(self.figure.value().copied()) else { return self.figures };
        let outdated = self.cost.latest() > Some(origin);
        Some(ReportedCost { money, covers: ReportedFor::Session { outdated }, list: list.filter(|_| !outdated) })
    }

    /// True when the agent said what the session cost.
    pub(crate) fn has_figure(&self) -> bool {
        self.figure.value().is_some()
    }

    /// Replies and prompts that another session may show too.
    pub(crate) fn marks(&self) -> impl Iterator<Item = u64> {
        self.cost.marks().chain(self.prompts.keys().copied())
    }

    pub(crate) fn prompts(&self) -> u64 {
        let replayed = |prompt: &Prompt| prompt.at.is_some_and(|at| self.replays.contains(&at));
        self.prompts.values().filter(|prompt| !prompt.elsewhere && !replayed(prompt)).count() as u64
    }

    /// Tool calls; `billed` are the searches that replies were billed for.
    pub(crate) fn tools(&self, billed: u64) -> ToolCounts {
        self.calls.counts(self.web_searches.count() + billed)
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
            growth: Arc::clone(&self.growth),
            error: self.error.value().cloned(),
            limits: self.limits.values().filter_map(|latest| latest.value().cloned()).collect(),
            sources: Vec::new(),
        }
    }
}

/// Whose turn it is after a fact: the model's, or that of what it asked for.
fn pace_of(kind: &EventKind) -> Option<pace::Step> {
    match kind {
        EventKind::PromptSent { .. }
        | EventKind::TurnStarted { .. }
        | EventKind::ToolFinished { delivered: true, .. } => Some(pace::Step::Asked),
        EventKind::ToolStarted(_) | EventKind::ResponseUsage { .. } => Some(pace::Step::Answered),
        _ => None,
    }
}

/// What a fact means to the context.
fn step(kind: &EventKind) -> Option<Step> {
    Some(match kind {
        EventKind::PromptSent { size, .. } => Step::Prompted(*size),
        EventKind::ContextAdded { file, size } => Step::Noted(file.clone(), *size),
        EventKind::ResponseUsage { response, .. } => Step::Read(mark(response)),
        EventKind::ToolStarted(start) if start.counted => {
            let tool = || Addition::Tool(start.name.clone());
            Step::Called(start.call.clone(), start.reads.clone().map_or_else(tool, Addition::File))
        }
        EventKind::ToolFinished { call, delivered: true, size, .. } => Step::Answered(call.clone(), *size),
        EventKind::Compacted(_) => Step::Compacted,
        _ => return None,
    })
}
