//! What collectors say happened. Events are facts with identity: applying one twice changes nothing.

use std::cmp::Ordering;
use std::time::Duration;

use crate::charge::{Money, Terms};
use crate::id::{CallId, ModelId, PromptId, ResponseId, SessionId, TurnId};
use crate::identity::Identity;
use crate::limit::LimitSample;
use crate::session::ReportedTotal;
use crate::settings::Settings;
use crate::text::Untrusted;
use crate::unit::{Bytes, Percent, Timestamp, Tokens};
use crate::usage::Usage;

/// Names a source within one run; the engine and `topside why` turn it back into a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(pub u32);

/// Where a fact was read. Orders facts of one session: by `rank`, then by `offset`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    /// Place of the file among the files of its session; a later one is a continuation.
    pub rank: u64,
    /// Byte at which the record starts.
    pub offset: u64,
    /// Which file.
    pub source: SourceId,
}

/// One fact about one session.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Whose fact.
    pub session: SessionId,
    /// When it happened, by the writer's clock. That clock may run backwards.
    pub at: Option<Timestamp>,
    /// Where it was read.
    pub origin: Origin,
    /// What happened.
    pub kind: EventKind,
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum EventKind {
    /// The session introduced itself.
    SessionOpened(Box<Identity>),
    /// Somebody, or the agent, gave it a name.
    SessionNamed(Untrusted),
    /// Model, policy or directory from here on. Fields that are `None` say nothing.
    SettingsChanged(Box<Settings>),
    /// A turn began.
    TurnStarted {
        /// Its id; sources without one use the offset.
        turn: TurnId,
        /// True for a turn nobody asked for, such as a compaction.
        automatic: bool,
    },
    /// A turn may have begun: the agent's version does not record how turns end, so it is not told when they begin.
    TurnUnmarked,
    /// A turn came to rest.
    TurnEnded {
        /// Its id where the source gives one.
        turn: Option<TurnId>,
        /// How.
        how: TurnEnd,
    },
    /// A person's prompt.
    PromptSent {
        /// Its id, where the source gives one.
        prompt: Option<PromptId>,
        /// What was asked.
        text: Option<Untrusted>,
        /// How large its text is; `None` where it is not all text.
        size: Option<Bytes>,
    },
    /// The agent itself put something into the context.
    ContextAdded {
        /// The file it is of.
        file: Option<Untrusted>,
        /// How large its text is; `None` where it is not all text.
        size: Option<Bytes>,
    },
    /// A model reply was paid for.
    ResponseUsage {
        /// Which reply.
        response: ResponseId,
        /// By which model.
        model: Option<ModelId>,
        /// Its cost in tokens.
        usage: Usage,
        /// What it was asked for besides the model.
        terms: Terms,
        /// How the session came by it.
        share: Share,
        /// False for a count taken while the reply was being written: a lower bound. Some versions keep no other.
        settled: bool,
    },
    /// The agent's own running total. Never added up.
    TotalReported(ReportedTotal),
    /// The agent's own figure of what something cost. Never added up with list prices.
    CostReported {
        /// How much.
        money: Money,
        /// What for.
        covers: Covers,
    },
    /// How full the context is. A part that is `None` keeps its last value.
    ContextMeasured {
        /// Tokens in the context now.
        used: Option<Tokens>,
        /// Tokens it can hold.
        window: Option<Tokens>,
        /// How that is known.
        window_from: Option<WindowSource>,
        /// Share left as the agent itself would show it.
        left: Option<Percent>,
        /// Used share at which the agent shortens the context by itself.
        compacts_at: Option<Percent>,
    },
    /// A tool call was asked for by the model.
    ToolStarted(Box<ToolStart>),
    /// A tool call has its result.
    ToolFinished {
        /// Which call.
        call: CallId,
        /// How it went.
        outcome: Outcome,
        /// The program's exit code.
        exit_code: Option<i32>,
        /// How long the tool itself ran, where the agent says so.
        took: Option<Duration>,
        /// True for the result the model sees; false for the agent's own note that the work is done,
        /// which may come earlier.
        delivered: bool,
        /// How large the text is that the model sees; `None` where it is not all text, or not told.
        size: Option<Bytes>,
    },
    /// A web search was made by the vendor on the model's behalf; it has no result record.
    WebSearched,
    /// The agent waits for a person's leave.
    ApprovalAsked(CallId),
    /// The agent asks a person something.
    QuestionAsked {
        /// Which call asks.
        call: CallId,
        /// The question.
        text: Option<Untrusted>,
    },
    /// The context was summarised.
    Compacted(CompactionRecord),
    /// Turns were taken back.
    RolledBack,
    /// Records with the event's time repeat earlier ones of their file.
    Replayed,
    /// A request to the model failed and is made again.
    Retried {
        /// What kind of failure, where known.
        class: ErrorClass,
        /// When it is made again.
        until: Option<Timestamp>,
    },
    /// Work that outlives its call was started, or came to its end.
    BackgroundTask {
        /// Its id.
        task: CallId,
        /// What kind of work it is.
        work: Work,
        /// True when it is over.
        done: bool,
    },
    /// A child was started, seen or finished.
    SubagentLinked {
        /// The child.
        child: SessionId,
        /// True when it is done.
        done: bool,
    },
    /// A rate limit was reported.
    LimitObserved(LimitSample),
    /// Something failed.
    ErrorReported {
        /// What kind of failure.
        class: ErrorClass,
        /// The agent's words.
        message: Option<Untrusted>,
    },
    /// A file was changed.
    FileTouched {
        /// Its path.
        path: Untrusted,
        /// How.
        how: FileChange,
    },
    /// The source holds records up to here. Sent after each batch.
    Progress {
        /// Time of the first record of the session's own.
        first_at: Option<Timestamp>,
        /// Time of the last one, in file order.
        last_at: Option<Timestamp>,
    },
}

/// What an agent's own figure of a cost is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Covers {
    /// One reply. Told again, it replaces what was told.
    Reply(ResponseId),
    /// The session and those it started, up to here.
    Session,
}

/// How a session came by a reply; whoever asked for it comes first, and a quotation last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Share {
    /// It asked for it.
    Own,
    /// Another session did, and the record is a copy.
    Copied,
    /// A helper did, and the record quotes its transcript; it counts only where that transcript is not there.
    Quoted,
}

impl Share {
    /// Which of two records of one reply counts alone, the greater one: a quotation says nothing beside a record of the
    /// reply itself. Equal where both count.
    pub fn outweighs(self, other: Self) -> Ordering {
        (self != Self::Quoted).cmp(&(other != Self::Quoted))
    }

    /// What two records of one reply say together: a copy stays one, and a transcript says more than a quotation.
    #[must_use]
    pub fn stronger(self, other: Self) -> Self {
        let strength = |share: Self| match share {
            Self::Quoted => 0,
            Self::Own => 1,
            Self::Copied => 2,
        };
        if strength(self) >= strength(other) { self } else { other }
    }
}

/// How the size of a context window is known, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WindowSource {
    /// The agent wrote it.
    Stated,
    /// Options, variables or settings of the agent's process say so.
    Configured,
    /// A request was larger than the model's usual window.
    Observed,
    /// The model's usual window.
    Model,
    /// A guess: the model is not known.
    Assumed,
}

impl WindowSource {
    /// Its name in JSON.
    pub fn id(self) -> &'static str {
        match self {
            Self::Stated => "stated",
            Self::Configured => "configured",
            Self::Observed => "observed",
            Self::Model => "model",
            Self::Assumed => "assumed",
        }
    }

    /// The same for people.
    pub fn words(self) -> &'static str {
        match self {
            Self::Stated => "the agent states its size",
            Self::Configured => "the process was started with a window of this size",
            Self::Observed => "a request was larger than the model's usual window",
            Self::Model => "the model's usual window",
            Self::Assumed => "the model is not known: a guess",
        }
    }
}

/// A tool call as the model asked for it.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolStart {
    /// Its id.
    pub call: CallId,
    /// The tool's name.
    pub name: Untrusted,
    /// What kind of work it is.
    pub work: Work,
    /// One line on what it does: the command, the file, the query.
    pub summary: Option<Untrusted>,
    /// True when it asks for, or needs, more than the sandbox grants.
    pub escalated: bool,
    /// True when the model's reply must hold a result for it; false for work seen only when it is done.
    pub counted: bool,
    /// The file that its result is the text of.
    pub reads: Option<Untrusted>,
}

/// What kind of work a tool call is; decides what its silence means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Work {
    /// Runs a program on this machine.
    Command,
    /// Runs a script that may start programs and other tools.
    Script,
    /// Waits for or talks to a program started before.
    Terminal,
    /// Changes files.
    Edit,
    /// Reads or searches.
    Read,
    /// Asks a person.
    Question,
    /// Asks a person for rights.
    Permission,
    /// Starts or talks to another agent.
    Agent,
    /// Waits for another agent.
    AgentWait,
    /// Everything else, other people's servers included.
    Other,
}

/// How a tool call went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It did what it was asked to.
    Completed,
    /// It failed.
    Failed,
    /// A person or a policy said no.
    Declined,
    /// It goes on in the background.
    Background,
    /// The source does not say.
    Unknown,
}

/// How a turn came to rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TurnEnd {
    /// The agent finished.
    Completed,
    /// Somebody stopped it.
    Interrupted,
    /// An error stopped it.
    Failed,
}

/// How a compaction was recorded. Some versions write one record for it, some the other, some both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CompactionRecord {
    /// The shortened history itself.
    History,
    /// The note that it happened.
    Notice,
}

/// What kind of failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorClass {
    /// The account's limit is used up.
    UsageLimit,
    /// Too many requests.
    RateLimit,
    /// The conversation no longer fits.
    ContextFull,
    /// The vendor is overloaded or failing.
    Server,
    /// Not signed in.
    Unauthorized,
    /// The network failed.
    Network,
    /// A policy refused.
    Policy,
    /// Anything else.
    Other,
}

/// How a file was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FileChange {
    /// Made.
    Added,
    /// Changed.
    Updated,
    /// Deleted.
    Deleted,
}
