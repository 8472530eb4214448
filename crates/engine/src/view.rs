//! Makes a session of facts and of what runs.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use topside_model::{
    Bytes, Context, Detail, Evidence, Money, Origin, Percent, Place, Presence, Project, Session, SessionKey,
    SessionKind, SourceFact, Status, StatusGroup, Strength, Timestamp, Untrusted, Usage, Vitals, Waited, World,
};

use crate::engine::{Sessions, Sources, cwd};
use crate::family::Families;
use crate::given::{self, Given};
use crate::session::Facts;
use crate::signal::Signals;
use crate::stall::Silence;
use crate::status::{Situation, status};
use crate::title::Titles;

/// What is the same for all sessions of a snapshot.
pub(crate) struct Frame<'a> {
    pub(crate) world: Option<&'a World>,
    pub(crate) sources: &'a Sources,
    pub(crate) projects: &'a BTreeMap<Untrusted, Project>,
    /// The facts of every session.
    pub(crate) sessions: &'a Sessions,
    pub(crate) families: &'a Families,
    /// When the machine was looked at again after nobody had for a while.
    pub(crate) resumed: Option<Timestamp>,
    pub(crate) signals: &'a Signals,
    pub(crate) titles: &'a Titles,
    pub(crate) given: &'a Given,
    /// Grows with what concerns all sessions.
    pub(crate) epoch: u64,
    pub(crate) now: Timestamp,
}

/// What a parent has from its children.
#[derive(Debug, Default, Clone, PartialEq)]
pub(crate) struct FromChildren {
    /// Children that work now.
    pub(crate) busy: u32,
    /// The call of a child that a person must allow.
    pub(crate) asks: Option<Ask>,
    /// Cost of children that have no row of their own, and of theirs.
    pub(crate) internal: Usage,
}

/// What a session has to do with others.
#[derive(Clone, Copy)]
pub(crate) struct Kin<'a> {
    pub(crate) children: &'a FromChildren,
    /// True when its parent was told that it is done.
    pub(crate) dismissed: bool,
    /// List price of the session and of all those it started, where that is asked for and known.
    pub(crate) spent: Option<Money>,
}

/// A call that a person must allow: its tool, and what it is to do.
pub(crate) type Ask = (Untrusted, Option<Untrusted>);

impl FromChildren {
    /// What `children` give their parent.
    pub(crate) fn of<'a>(children: impl Iterator<Item = &'a Session>) -> Self {
        let mut sum = Self::default();
        for child in children {
            sum.busy += u32::from(child.status.group() == StatusGroup::Working);
            if let Status::Approval { tool, summary, .. } = &child.status {
                sum.asks.get_or_insert_with(|| (tool.clone(), summary.clone()));
            }
            if child.identity.as_ref().is_some_and(|identity| matches!(identity.kind, SessionKind::Internal(_))) {
                sum.internal += child.usage;
                sum.internal += child.internal_usage;
            }
        }
        sum
    }
}

/// The session as it is at the frame's time.
pub(crate) fn view(
    frame: &Frame<'_>,
    key: &SessionKey,
    facts: &Facts,
    Kin { children, dismissed, spent }: Kin<'_>,
    detail: Arc<Detail>,
) -> Session {
    let presence = frame.world.and_then(|world| world.sessions.get(key));
    let place = |origin: Origin| frame.place(key, origin);
    let (status, mut evidence) = status(&Situation {
        facts,
        presence,
        looked_at: frame.world.map(|world| world.at),
        owners_known: frame.world.is_none_or(|world| world.owners_known),
        children,
        dismissed,
        elsewhere: frame.world.is_some_and(|world| world.elsewhere.contains(key)),
        signals: frame.signals.of(key),
        heard: frame.titles.of(key),
        place: &place,
    });
    let (sessions, resumed, now) = (frame.sessions, frame.resumed, frame.now);
    let silence =
        presence.map(|presence| Silence { key, facts, presence, status: &status, children, sessions, resumed, now });
    let (stall, reason) = silence.and_then(|silence| silence.stall()).unzip();
    evidence.extend(reason);
    let owner = presence.and_then(|presence| presence.owner.as_ref());
    let owner = owner.filter(|owner| !owner.guest || status.group() != StatusGroup::Over);
    let given = frame.given.of(key);
    let context = given::context(facts, owner.and_then(|owner| owner.window), given);
    evidence.extend(figures(facts, &context, &place));
    evidence.extend(given.and_then(|given| given::evidence(facts, given)));
    let sums = facts.cost.sums();
    let mut internal_usage = sums.helpers;
    internal_usage += children.internal;
    Session {
        key: key.clone(),
        name: facts.name.value().cloned(),
        identity: facts.identity.as_ref().map(|(_, identity)| Arc::clone(identity)),
        settings: Arc::new(facts.settings.now()),
        status,
        stall,
        waited: Waited::default(),
        evidence,
        project: frame.project(facts, presence),
        usage: sums.own,
        cost: Arc::clone(&facts.list),
        reported_cost: given::cost(facts, given, spent.filter(|_| sums.is_all())),
        internal_usage,
        inherited_usage: sums.inherited,
        usage_is_floor: sums.unsettled > 0,
        background_tasks: facts.background_tasks(),
        responses: sums.replies,
        reported_total: facts.reported.value().copied(),
        context,
        turns: facts.turns.counts(),
        prompts: facts.prompts(),
        tools: facts.tools(sums.own.web_searches),
        compactions: facts.compactions(),
        token_rate: facts.cost.rate(frame.now),
        first_at: facts.first_at(),
        last_at: facts.last_at(),
        live: owner.is_some(),
        archived: frame.sources_of(key).any(|source| source.archived),
        owner: owner.map(|owner| owner.process),
        owner_sessions: owner.map_or(0, |owner| owner.sessions),
        vitals: presence.map(vitals),
        processes: presence.map(|presence| presence.processes.clone()).unwrap_or_default(),
        ports: presence.map(|presence| presence.ports.clone()).unwrap_or_default(),
        detail,
    }
}

impl Frame<'_> {
    /// The long lists of a session, which depend on its facts alone.
    pub(crate) fn detail(&self, key: &SessionKey, facts: &Facts) -> Detail {
        let sources = self.sources_of(key).map(|source| source.path.clone()).collect();
        Detail { sources, ..facts.detail() }
    }

    fn sources_of(&self, key: &SessionKey) -> impl Iterator<Item = &SourceFact> {
        self.sources.get(key).into_iter().flatten()
    }

    fn place(&self, key: &SessionKey, origin: Origin) -> Place {
        let source = self.sources_of(key).find(|source| source.id == origin.source);
        source.map_or(Place::Nowhere, |source| Place::File { path: source.path.clone(), offset: origin.offset })
    }

    /// What was found out about the session's directory; until then its name.
    fn project(&self, facts: &Facts, presence: Option<&Presence>) -> Project {
        let cwd = cwd(facts, presence);
        let known = cwd.as_ref().and_then(|cwd| self.projects.get(cwd)).cloned();
        known.unwrap_or_else(|| Project { name: cwd.as_ref().and_then(folder), cwd, git: None })
    }
}

/// Last part of a path of any system: transcripts travel.
fn folder(cwd: &Untrusted) -> Option<Untrusted> {
    let raw = cwd.raw().trim_end_matches(['/', '\\']);
    let name = if raw.contains('\\') { raw.rsplit('\\').next() } else { Path::new(raw).file_name()?.to_str() };
    name.filter(|name| !name.is_empty()).map(Untrusted::new)
}

/// CPU and memory of all processes of a session together.
fn vitals(presence: &Presence) -> Vitals {
    let mut sum = Vitals::default();
    for one in presence.processes.iter().map(|process| process.vitals) {
        sum.cpu = one.cpu.map(|cpu| Percent(sum.cpu.map_or(0.0, |sum| sum.0) + cpu.0)).or(sum.cpu);
        sum.memory = one.memory.map(|memory| Bytes(sum.memory.map_or(0, |sum| sum.0) + memory.0)).or(sum.memory);
    }
    sum
}

/// How the size of the window is known, and that it is not where more is in it than it can hold.
fn window(context: &Context) -> String {
    let over = context.used.zip(context.window).is_some_and(|(used, window)| used > window);
    let over = if over { "; more is in it than that, so the window is larger than is known" } else { "" };
    context.window_from.map(|from| format!("; its window: {}{over}", from.words())).unwrap_or_default()
}

/// Where the figures come from.
fn figures(facts: &Facts, context: &Context, place: &dyn Fn(Origin) -> Place) -> Vec<Evidence> {
    let replies = facts.cost.replies();
    let noted = [
        ("tokens", facts.cost.latest(), format!("sum of {replies} model replies, each once; this is the latest")),
        ("tokens", facts.reported.origin(), "the agent's own running total".to_owned()),
        ("context", facts.used.origin(), format!("the latest measure of the context{}", window(context))),
        ("model", facts.settings.model.origin(), "the latest settings".to_owned()),
        ("identity", facts.identity.as_ref().map(|(origin, _)| *origin), "the file's own introduction".to_owned()),
        ("name", facts.name.origin(), "the latest name".to_owned()),
    ];
    let records = noted.into_iter().filter_map(|(about, origin, signal)| {
        Some(Evidence { about, signal, place: place(origin?), at: None, strength: Strength::Record })
    });
    let limits = facts.limits.values().filter_map(|latest| {
        let sample = latest.value()?;
        let place = latest.origin().map_or(Place::Nowhere, place);
        let signal = format!("limit {} as last reported", sample.limit);
        Some(Evidence { about: "limits", signal, place, at: Some(sample.seen_at), strength: Strength::Record })
    });
    records.chain(limits).collect()
}
