//! One session as a row of a snapshot.

use serde::Serialize;
use topside_model::{Bytes, Project, Session, SessionId, SessionKind, SubagentLink, Untrusted};

use super::cost::CostV1;
use super::git::GitV1;
use super::leaf::{TimeV1, exact, id, prose, tenths, time};
use super::limit::LimitV1;
use super::process::{OwnerV1, PortUseV1};
use super::status::StatusV1;
use super::usage::{ContextV1, ToolsV1, TurnsV1, UsageV1, token_rate};
use super::wait::WaitedV1;

/// One session. Every key is always present; what is not known is `null`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SessionV1 {
    /// Whose session: an agent's id. More may come.
    pub agent: String,
    /// Its own id.
    pub id: String,
    /// A name a person or the agent gave it.
    pub name: Option<String>,
    /// What it is for.
    pub kind: KindV1,
    /// Trade of a subagent.
    pub role: Option<String>,
    /// Name of a subagent among its siblings.
    pub nickname: Option<String>,
    /// What machinery it is, for an internal session.
    pub internal: Option<String>,
    /// Who started it.
    pub parent: Option<String>,
    /// Top of its family, when it is not the top itself.
    pub root: Option<String>,
    /// Whose history it continues.
    pub forked_from: Option<String>,
    /// When it was made, as well as can be told.
    pub created_at: Option<TimeV1>,
    /// First record of its own.
    pub first_at: Option<TimeV1>,
    /// Last record, in file order.
    pub last_at: Option<TimeV1>,
    /// True while a process has it loaded.
    pub live: bool,
    /// True when its file was put away.
    pub archived: bool,
    /// Its directory now.
    pub cwd: Option<String>,
    /// Short name of the directory's repository.
    pub project: Option<String>,
    /// State of that repository.
    pub git: Option<GitV1>,
    /// The program that asked for it.
    pub originator: Option<String>,
    /// The surface it was started from.
    pub source: Option<String>,
    /// Version of the agent that created it.
    pub version: Option<String>,
    /// Whose models it talks to.
    pub provider: Option<String>,
    /// Directory at creation.
    pub initial_cwd: Option<String>,
    /// Branch at creation.
    pub initial_branch: Option<String>,
    /// Commit at creation.
    pub initial_commit: Option<String>,
    /// The model.
    pub model: Option<String>,
    /// How hard it thinks.
    pub effort: Option<String>,
    /// When it asks for leave.
    pub approval: Option<String>,
    /// Who answers when it asks; `null` is a person.
    pub reviewer: Option<String>,
    /// What it may touch.
    pub sandbox: Option<String>,
    /// Plan or default mode.
    pub mode: Option<String>,
    /// What it does now.
    pub status: StatusV1,
    /// When it waited for a person, as far as topside saw that.
    pub waited: WaitedV1,
    /// Tokens of replies this session owns.
    pub usage: UsageV1,
    /// True when some replies were only counted while they were being written: `usage` is then a lower bound.
    pub usage_is_floor: bool,
    /// List price of `usage`.
    pub cost: CostV1,
    /// Tokens of helpers that have no row of their own.
    pub internal_usage: UsageV1,
    /// Tokens of replies that the transcript shows and another session paid for.
    pub inherited_usage: UsageV1,
    /// Replies counted in `usage`.
    pub responses: u64,
    /// The agent's own running total; differs from `usage` after resets, forks and reverts.
    pub reported_total: Option<UsageV1>,
    /// Context now.
    pub context: ContextV1,
    /// Turn counts.
    pub turns: TurnsV1,
    /// Prompts by people.
    pub prompts: u64,
    /// Tool counts.
    pub tools: ToolsV1,
    /// Compactions so far.
    pub compactions: u64,
    /// Tokens per minute over the last minutes, oldest first; the last entry is the minute now running.
    pub token_rate: Vec<u64>,
    /// Limits as this session saw them.
    pub limits: Vec<LimitV1>,
    /// The process that owns it.
    pub owner: Option<OwnerV1>,
    /// CPU of the owner and of this session's children, in percent of one core, one decimal.
    pub cpu_percent: Option<f64>,
    /// Resident memory of the same.
    pub memory_bytes: Option<u64>,
    /// Ports that its processes listen on.
    pub ports: Vec<PortUseV1>,
    /// Files it was read from.
    pub sources: Vec<String>,
    /// Children, oldest first.
    pub subagents: Vec<SubagentV1>,
    /// What the person asked first; only when texts were asked for.
    pub first_prompt: Option<String>,
}

/// What a session is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum KindV1 {
    /// A person, or a person's script, talks to it.
    User,
    /// Another session gave it work.
    Subagent,
    /// Machinery of the agent itself.
    Internal,
}

/// Link to a child session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SubagentV1 {
    /// The child; a session of its own.
    pub id: String,
    /// True once the parent was told it is done.
    pub done: bool,
}

impl From<&SubagentLink> for SubagentV1 {
    fn from(link: &SubagentLink) -> Self {
        Self { id: id(link.id.as_str()), done: link.done }
    }
}

/// The wire form of `session`; `text` lets prompts and questions through.
pub(super) fn session_row(session: &Session, text: bool) -> SessionV1 {
    let identity = session.identity.as_deref().cloned().unwrap_or_default();
    let Purpose { kind, role, nickname, internal } = Purpose::from(&identity.kind);
    let Project { cwd, name: project, git } = &session.project;
    let (settings, detail) = (&session.settings, &session.detail);
    SessionV1 {
        agent: id(session.key.agent.as_str()),
        id: id(session.key.id.as_str()),
        name: prose(session.name.as_ref()),
        kind,
        role,
        nickname,
        internal,
        parent: link(identity.parent.as_ref()),
        root: link(identity.root.as_ref()),
        forked_from: link(identity.forked_from.as_ref()),
        created_at: time(identity.created),
        first_at: time(session.first_at),
        last_at: time(session.last_at),
        live: session.live,
        archived: session.archived,
        cwd: exact(cwd.as_ref()),
        project: exact(project.as_ref()),
        git: git.as_ref().map(GitV1::from),
        originator: exact(identity.originator.as_ref()),
        source: exact(identity.source.as_ref()),
        version: exact(identity.version.as_ref()),
        provider: exact(identity.provider.as_ref()),
        initial_cwd: exact(identity.cwd.as_ref()),
        initial_branch: exact(identity.branch.as_ref()),
        initial_commit: exact(identity.commit.as_ref()),
        model: settings.model.as_ref().map(|model| id(model.as_str())),
        effort: exact(settings.effort.value()),
        approval: exact(settings.approval.as_ref()),
        reviewer: exact(settings.reviewer.value()),
        sandbox: exact(settings.sandbox.as_ref()),
        mode: exact(settings.mode.as_ref()),
        status: StatusV1::new(session, text),
        waited: WaitedV1::from(&session.waited),
        usage: UsageV1::from(&session.usage),
        usage_is_floor: session.usage_is_floor,
        cost: CostV1::from(session),
        internal_usage: UsageV1::from(&session.internal_usage),
        inherited_usage: UsageV1::from(&session.inherited_usage),
        responses: session.responses,
        reported_total: session.reported_total.as_ref().map(UsageV1::from),
        context: ContextV1::from(&session.context),
        turns: session.turns.into(),
        prompts: session.prompts,
        tools: session.tools.into(),
        compactions: session.compactions,
        token_rate: token_rate(session),
        limits: detail.limits.iter().map(LimitV1::from).collect(),
        owner: OwnerV1::of(session),
        cpu_percent: tenths(session.vitals.and_then(|vitals| vitals.cpu)),
        memory_bytes: session.vitals.and_then(|vitals| vitals.memory).map(|Bytes(count)| count),
        ports: session.ports.iter().map(PortUseV1::from).collect(),
        sources: detail.sources.iter().map(Untrusted::raw).map(id).collect(),
        subagents: detail.subagents.iter().map(SubagentV1::from).collect(),
        first_prompt: prose(detail.first_prompt.as_ref().filter(|_| text)),
    }
}

/// The id of another session.
fn link(session: Option<&SessionId>) -> Option<String> {
    session.map(|session| id(session.as_str()))
}

/// The keys that a session's purpose fills.
struct Purpose {
    kind: KindV1,
    role: Option<String>,
    nickname: Option<String>,
    internal: Option<String>,
}

impl From<&SessionKind> for Purpose {
    fn from(kind: &SessionKind) -> Self {
        match kind {
            SessionKind::User => Self { kind: KindV1::User, role: None, nickname: None, internal: None },
            SessionKind::Subagent { nickname, role } => Self {
                kind: KindV1::Subagent,
                role: prose(role.as_ref()),
                nickname: prose(nickname.as_ref()),
                internal: None,
            },
            SessionKind::Internal(what) => {
                Self { kind: KindV1::Internal, role: None, nickname: None, internal: exact(Some(what)) }
            }
        }
    }
}
