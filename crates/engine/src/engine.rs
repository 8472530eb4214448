//! All sessions, and the snapshot made of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use topside_model::{
    AgentId, Event, Health, Limit, Port, Presence, Project, Session, SessionId, SessionKey, SessionKind, Snapshot,
    SourceFact, SourceId, Status, StatusGroup, Timestamp, Untrusted, Usage, World,
};

use crate::session::Facts;
use crate::view::{Frame, view};

/// All state. The single place that changes it; a [`Snapshot`] is what leaves.
#[derive(Default)]
pub struct Engine {
    sessions: BTreeMap<SessionKey, Facts>,
    sources: BTreeMap<(AgentId, SourceId), SourceFact>,
    world: Option<World>,
    projects: BTreeMap<Untrusted, Project>,
    health: Vec<Health>,
}

impl Engine {
    /// An engine that knows nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// A file of a session is followed from now on. Its session exists even while the file says nothing.
    pub fn source(&mut self, source: SourceFact) {
        self.sessions.entry(source.session.clone()).or_default();
        self.sources.insert((source.session.agent.clone(), source.id), source);
    }

    /// Forgets what files told about a session; they will be told again.
    pub fn void(&mut self, key: &SessionKey) {
        self.sessions.insert(key.clone(), Facts::default());
        self.sources.retain(|_, source| source.session != *key);
    }

    /// Forgets a session.
    pub fn forget(&mut self, key: &SessionKey) {
        self.sessions.remove(key);
        self.sources.retain(|_, source| source.session != *key);
    }

    /// Takes a fact. Taking it again changes nothing.
    pub fn apply(&mut self, agent: &AgentId, event: Event) {
        let key = SessionKey { agent: agent.clone(), id: event.session.clone() };
        self.sessions.entry(key).or_default().apply(event);
    }

    /// Takes what runs now in place of what ran before.
    pub fn world(&mut self, world: World) {
        for (key, presence) in &world.sessions {
            // A session that is loaded exists even before its first record; one that only left processes behind does
            // not come back by them.
            if presence.owner.is_some() {
                self.sessions.entry(key.clone()).or_default();
            }
            if let Some(facts) = self.sessions.get_mut(key) {
                facts.present(presence);
            }
        }
        self.world = Some(world);
    }

    /// Takes how the collectors fare.
    pub fn health(&mut self, health: Vec<Health>) {
        self.health = health;
    }

    /// Takes the state of the directory sessions work in.
    pub fn project(&mut self, cwd: Untrusted, project: Project) {
        self.projects.insert(cwd, project);
    }

    /// Directories of sessions that are loaded: those whose repository is worth looking at.
    pub fn directories(&self) -> std::collections::BTreeSet<Untrusted> {
        let live = self.sessions.iter().filter(|(key, _)| self.presence(key).is_some_and(|one| one.owner.is_some()));
        live.filter_map(|(_, facts)| cwd(facts)).collect()
    }

    /// Everything a view may show at `now`.
    pub fn snapshot(&self, now: Timestamp) -> Snapshot {
        let families = self.families();
        let frame = Frame { world: self.world.as_ref(), sources: &self.sources, projects: &self.projects, now };
        let leaves = self.sessions.iter().map(|(key, facts)| view(&frame, key, facts, 0, Usage::default()));
        let mut sessions: Vec<Session> = leaves.collect();
        self.join_families(&frame, &families, &mut sessions);
        Snapshot {
            taken_at: now,
            limits: self.limits(),
            ports: ports(&sessions),
            programs: self.world.as_ref().map(|world| world.programs.clone()).unwrap_or_default(),
            health: self.health.clone(),
            demo: false,
            sessions: sessions.into_iter().map(Arc::new).collect(),
        }
    }

    /// A parent's state and cost depend on its children's, so it is made again when they are known.
    fn join_families(&self, frame: &Frame<'_>, families: &Families, sessions: &mut [Session]) {
        let mut joined: Vec<(usize, Session)> = Vec::new();
        for (place, parent) in sessions.iter().enumerate() {
            let Some(children) = families.get(&parent.key) else { continue };
            let children = || sessions.iter().filter(|child| children.contains(&child.key.id));
            let busy = children().filter(|child| child.live && child.status.group() == StatusGroup::Working).count();
            let mut internal = Usage::default();
            children().filter(|child| is_internal(child)).for_each(|child| internal += child.usage);
            let facts = &self.sessions[&parent.key];
            joined.push((place, view(frame, &parent.key, facts, busy as u32, internal)));
        }
        for (place, session) in joined {
            sessions[place] = session;
        }
    }

    fn families(&self) -> Families {
        let mut families = Families::new();
        for (key, facts) in &self.sessions {
            if let Some(parent) = facts.identity.as_ref().and_then(|(_, identity)| identity.parent.clone()) {
                let parent = SessionKey { agent: key.agent.clone(), id: parent };
                if self.sessions.contains_key(&parent) {
                    families.entry(parent).or_default().push(key.id.clone());
                }
            }
        }
        families
    }

    fn presence(&self, key: &SessionKey) -> Option<&Presence> {
        self.world.as_ref().and_then(|world| world.sessions.get(key))
    }

    /// The newest sample of each limit of each home.
    fn limits(&self) -> Vec<Limit> {
        let mut newest: BTreeMap<(AgentId, Untrusted, topside_model::LimitId), Limit> = BTreeMap::new();
        for source in self.sources.values() {
            let Some(facts) = self.sessions.get(&source.session) else { continue };
            for sample in facts.limits.values().filter_map(|latest| latest.value()) {
                let (agent, home) = (source.session.agent.clone(), source.home.clone());
                let key = (agent.clone(), home.clone(), sample.limit.clone());
                if newest.get(&key).is_none_or(|known| known.sample.seen_at < sample.seen_at) {
                    newest.insert(key, Limit { agent, home, sample: sample.clone() });
                }
            }
        }
        newest.into_values().collect()
    }
}

type Families = BTreeMap<SessionKey, Vec<SessionId>>;

/// Where a session works now: where it moved to, else where it began.
pub(crate) fn cwd(facts: &Facts) -> Option<Untrusted> {
    let began = || facts.identity.as_ref().and_then(|(_, identity)| identity.cwd.clone());
    facts.settings.now().cwd.or_else(began)
}

fn is_internal(session: &Session) -> bool {
    session.identity.as_ref().is_some_and(|identity| matches!(identity.kind, SessionKind::Internal(_)))
}

fn ports(sessions: &[Session]) -> Vec<Port> {
    let each = sessions.iter().flat_map(|session| {
        session.ports.iter().map(|port| Port {
            port: port.clone(),
            session: session.key.clone(),
            orphan: !session.live,
            orphan_since: if session.live { None } else { over_since(&session.status) },
        })
    });
    let mut ports: Vec<Port> = each.collect();
    ports.sort_by_key(|port| port.port.port);
    ports
}

fn over_since(status: &Status) -> Option<Timestamp> {
    status.since()
}
