//! What history holds, fact by fact: lines of a stream.

use serde::Serialize;
use topside_catalog::text::shown;
use topside_model::{
    Billing, Bucket, CallFact, Fact, LimitSeen, ModelId, PastSession, SessionId, SessionKey, SizeClass, StateSpan,
    TurnFact,
};

use super::detail::{outcome, turn_end, work};
use super::document::VERSION;
use super::leaf::{TimeV1, exact, id, prose, time};
use super::usage::UsageV1;

/// One line of `topside db export`.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct FactLineV1<'a> {
    /// Version of the shape.
    version: u32,
    /// What it tells.
    #[serde(flatten)]
    fact: &'a FactV1,
}

/// One fact of history.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FactV1 {
    /// A session.
    Session(SessionFactV1),
    /// What a session used within a quarter of an hour, by what the price depends on.
    Usage(UsageFactV1),
    /// A turn that came to rest.
    Turn(TurnFactV1),
    /// A tool call that came back.
    Call(CallFactV1),
    /// A session was in a state.
    State(StateFactV1),
    /// An account had used so much of a limit.
    Limit(LimitFactV1),
}

/// A session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SessionFactV1 {
    /// Whose session.
    pub agent: String,
    /// Its id.
    pub session: String,
    /// The session that started it.
    pub parent: Option<String>,
    /// True for one that began as a copy of another.
    pub fork: bool,
    /// True for machinery of the agent, whose cost is its parent's.
    pub internal: bool,
    /// Where it worked first.
    pub cwd: Option<String>,
    /// Name of its repository, or of its directory.
    pub project: Option<String>,
    /// Version of the agent.
    pub agent_version: Option<String>,
    /// Time of its first record.
    pub first_at: Option<TimeV1>,
    /// Time of its last record.
    pub last_at: Option<TimeV1>,
}

/// Replies of one session that cost the same for the same tokens, within a quarter of an hour.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct UsageFactV1 {
    /// Whose session.
    pub agent: String,
    /// Which session.
    pub session: String,
    /// Start of the quarter of an hour; `null` for replies whose time is not known.
    pub starts_at: Option<TimeV1>,
    /// First reply.
    pub first_at: Option<TimeV1>,
    /// Last reply.
    pub last_at: Option<TimeV1>,
    /// The model.
    pub model: Option<String>,
    /// The service: standard, fast, priority, flex or batch.
    pub tier: &'static str,
    /// True for replies that had to be made in one country.
    pub regional: bool,
    /// Requests with more input than so many tokens, and not more than the next size; `null` for the smallest.
    pub above_input_tokens: Option<u64>,
    /// Model replies.
    pub responses: u64,
    /// How many of them may have been larger than is known.
    pub unsettled_responses: u64,
    /// Their tokens.
    pub usage: UsageV1,
}

/// A turn that came to rest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TurnFactV1 {
    /// Whose session.
    pub agent: String,
    /// Which session.
    pub session: String,
    /// The turn's id.
    pub id: String,
    /// When it began.
    pub started_at: Option<TimeV1>,
    /// When it came to rest.
    pub ended_at: Option<TimeV1>,
    /// How: `completed`, `interrupted`, `failed`.
    pub how: &'static str,
}

/// A tool call that came back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct CallFactV1 {
    /// Whose session.
    pub agent: String,
    /// Which session.
    pub session: String,
    /// The call's id.
    pub id: String,
    /// The tool.
    pub tool: String,
    /// What kind of work.
    pub work: &'static str,
    /// When it was asked for.
    pub started_at: Option<TimeV1>,
    /// When its result came.
    pub finished_at: Option<TimeV1>,
    /// How it went: `completed`, `failed`, `declined`, `background`, `unknown`.
    pub outcome: &'static str,
}

/// How long a session was in a state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct StateFactV1 {
    /// Whose session.
    pub agent: String,
    /// Which session.
    pub session: String,
    /// The state's name. More may come.
    pub state: &'static str,
    /// The tool that waited for leave.
    pub tool: Option<String>,
    /// When it began; where no record tells that, when it was first seen.
    pub started_at: TimeV1,
    /// When it ended, or until when it is known to have lasted; `null` while it lasts. What is over takes no time.
    pub ended_at: Option<TimeV1>,
}

/// What an account had used of one window of a limit.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct LimitFactV1 {
    /// Whose account.
    pub agent: String,
    /// The agent's home the figure comes from.
    pub home: String,
    /// Which limit.
    pub id: String,
    /// Length of the window.
    pub minutes: Option<u64>,
    /// Used share of it, as reported.
    pub used_percent: f64,
    /// When it starts afresh.
    pub resets_at: Option<TimeV1>,
    /// When it was reported.
    pub seen_at: TimeV1,
}

impl FactV1 {
    /// A session.
    pub fn session(session: &PastSession) -> Self {
        Self::Session(SessionFactV1 {
            agent: id(session.key.agent.as_str()),
            session: id(session.key.id.as_str()),
            parent: session.parent.as_ref().map(SessionId::as_str).map(id),
            fork: session.fork,
            internal: session.internal,
            cwd: exact(session.cwd.as_ref()),
            project: exact(session.project.as_ref()),
            agent_version: exact(session.version.as_ref()),
            first_at: time(session.first_at),
            last_at: time(session.last_at),
        })
    }

    /// What `session` used, at the terms of `billing`.
    pub fn usage(session: &SessionKey, billing: &Billing, bucket: &Bucket) -> Self {
        let step = SizeClass::STEPS.into_iter().rev().find(|step| billing.size.exceeds(*step));
        Self::Usage(UsageFactV1 {
            agent: id(session.agent.as_str()),
            session: id(session.id.as_str()),
            starts_at: time(bucket.start),
            first_at: time(bucket.span.map(|(first, _)| first)),
            last_at: time(bucket.span.map(|(_, last)| last)),
            model: billing.model.as_ref().map(ModelId::as_str).map(id),
            tier: billing.terms.tier.id(),
            regional: billing.terms.regional,
            above_input_tokens: step.map(|step| step.0),
            responses: bucket.replies,
            unsettled_responses: bucket.unsettled,
            usage: UsageV1::from(&bucket.usage),
        })
    }

    /// The fact as one line of JSON, without a line end.
    pub fn to_json_line(&self) -> String {
        let line = FactLineV1 { version: VERSION, fact: self };
        serde_json::to_string(&line).expect("string keys and derived serialisers cannot fail")
    }
}

impl From<&Fact> for FactV1 {
    fn from(fact: &Fact) -> Self {
        match fact {
            Fact::State(span) => Self::State(span.into()),
            Fact::Turn(turn) => Self::Turn(turn.into()),
            Fact::Call(call) => Self::Call(call.into()),
            Fact::Limit(seen) => Self::Limit(seen.into()),
        }
    }
}

impl From<&StateSpan> for StateFactV1 {
    fn from(span: &StateSpan) -> Self {
        Self {
            agent: id(span.session.agent.as_str()),
            session: id(span.session.id.as_str()),
            state: span.state.id(),
            tool: prose(span.tool.as_ref()),
            started_at: span.from.into(),
            ended_at: time(span.to),
        }
    }
}

impl From<&TurnFact> for TurnFactV1 {
    fn from(turn: &TurnFact) -> Self {
        Self {
            agent: id(turn.session.agent.as_str()),
            session: id(turn.session.id.as_str()),
            id: id(turn.turn.as_str()),
            started_at: time(turn.started_at),
            ended_at: time(turn.ended_at),
            how: turn_end(turn.how),
        }
    }
}

impl From<&CallFact> for CallFactV1 {
    fn from(call: &CallFact) -> Self {
        Self {
            agent: id(call.session.agent.as_str()),
            session: id(call.session.id.as_str()),
            id: id(call.call.as_str()),
            tool: shown(&call.tool),
            work: work(call.work),
            started_at: time(call.started_at),
            finished_at: time(call.finished_at),
            outcome: outcome(call.outcome),
        }
    }
}

impl From<&LimitSeen> for LimitFactV1 {
    fn from(seen: &LimitSeen) -> Self {
        Self {
            agent: id(seen.agent.as_str()),
            home: id(seen.home.raw()),
            id: id(seen.limit.as_str()),
            minutes: seen.window.map(|length| length.as_secs() / 60),
            used_percent: seen.used.0,
            resets_at: time(seen.resets_at),
            seen_at: seen.at.into(),
        }
    }
}
