//! All sessions, and the snapshot made of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use topside_model::{
    AgentId, Event, Health, Limit, LimitId, Port, Presence, Project, Session, SessionKey, Snapshot, SourceFact,
    SourceId, Timestamp, Untrusted, World,
};

use crate::cost::minute;
use crate::session::Facts;
use crate::view::{Frame, FromChildren, view};

/// All state. The single place that changes it; a [`Snapshot`] is what leaves.
#[derive(Default)]
pub struct Engine {
    sessions: BTreeMap<SessionKey, Facts>,
    sources: BTreeMap<(AgentId, SourceId), SourceFact>,
    world: Option<World>,
    projects: BTreeMap<Untrusted, Project>,
    health: Vec<Health>,
    /// Grows with every look at the machine.
    looks: u64,
    /// Sessions as they were last shown.
    made: BTreeMap<SessionKey, Made>,
}

/// A session as it was last shown, and all that it was made of.
struct Made {
    of: Ingredients,
    session: Arc<Session>,
}

/// Everything a session is made of, in short: where two are equal, so are the sessions.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Ingredients {
    facts: u64,
    looks: u64,
    minute: i64,
    children: FromChildren,
}

impl Engine {
    /// An engine that knows nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// A file of a session is followed from now on. Its session exists even while the file says nothing.
    pub fn source(&mut self, source: SourceFact) {
        self.sessions.entry(source.session.clone()).or_default().revision += 1;
        self.sources.insert((source.session.agent.clone(), source.id), source);
    }

    /// Forgets what files told about a session; they will be told again.
    pub fn void(&mut self, key: &SessionKey) {
        self.sessions.insert(key.clone(), Facts::default());
        self.made.remove(key);
        self.sources.retain(|_, source| source.session != *key);
    }

    /// Forgets a session.
    pub fn forget(&mut self, key: &SessionKey) {
        self.sessions.remove(key);
        self.made.remove(key);
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
        self.looks += 1;
        self.world = Some(world);
    }

    /// Takes how the collectors fare.
    pub fn health(&mut self, health: Vec<Health>) {
        self.health = health;
    }

    /// Takes the state of the directory sessions work in.
    pub fn project(&mut self, cwd: Untrusted, project: Project) {
        self.looks += 1;
        self.projects.insert(cwd, project);
    }

    /// Directories of sessions that are loaded: those whose repository is worth looking at.
    pub fn directories(&self) -> BTreeSet<Untrusted> {
        let live = self.sessions.iter().filter(|(key, _)| self.presence(key).is_some_and(|one| one.owner.is_some()));
        live.filter_map(|(_, facts)| cwd(facts)).collect()
    }

    /// Everything a view may show at `now`.
    pub fn snapshot(&mut self, now: Timestamp) -> Snapshot {
        let families = self.families();
        // A parent's state and cost depend on its children's, so they are made first.
        for key in children_first(self.sessions.keys(), &families) {
            self.make(key, &families, now);
        }
        let sessions: Vec<Arc<Session>> = self.made.values().map(|made| Arc::clone(&made.session)).collect();
        Snapshot {
            taken_at: now,
            limits: self.limits(),
            ports: ports(&sessions),
            programs: self.world.as_ref().map(|world| world.programs.clone()).unwrap_or_default(),
            health: self.health.clone(),
            demo: false,
            sessions,
        }
    }

    /// Makes a session anew, unless everything it is made of is as it was.
    fn make(&mut self, key: SessionKey, families: &Families, now: Timestamp) {
        let Some(facts) = self.sessions.get(&key) else { return };
        let children = families.get(&key).into_iter().flatten();
        let children = FromChildren::of(children.filter_map(|child| self.made.get(child)).map(|made| &*made.session));
        let of = Ingredients { facts: facts.revision, looks: self.looks, minute: minute(now), children };
        if self.made.get(&key).is_some_and(|made| made.of == of) {
            return;
        }
        let frame = Frame { world: self.world.as_ref(), sources: &self.sources, projects: &self.projects, now };
        let session = Arc::new(view(&frame, &key, facts, children));
        self.made.insert(key, Made { of, session });
    }

    fn families(&self) -> Families {
        let mut families = Families::new();
        for (key, facts) in &self.sessions {
            if let Some(parent) = facts.identity.as_ref().and_then(|(_, identity)| identity.parent.clone()) {
                let parent = SessionKey { agent: key.agent.clone(), id: parent };
                if self.sessions.contains_key(&parent) {
                    families.entry(parent).or_default().push(key.clone());
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
        let mut newest: BTreeMap<(AgentId, Untrusted, LimitId), Limit> = BTreeMap::new();
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

/// Children by parent.
type Families = BTreeMap<SessionKey, Vec<SessionKey>>;

/// Every key once, children before their parents. A family that claims to be its own ancestor is cut somewhere.
fn children_first<'a>(keys: impl Iterator<Item = &'a SessionKey>, families: &'a Families) -> Vec<SessionKey> {
    fn visit<'a>(
        key: &'a SessionKey,
        families: &'a Families,
        seen: &mut BTreeSet<&'a SessionKey>,
        out: &mut Vec<SessionKey>,
    ) {
        if !seen.insert(key) {
            return;
        }
        for child in families.get(key).into_iter().flatten() {
            visit(child, families, seen, out);
        }
        out.push(key.clone());
    }
    let (mut seen, mut out) = (BTreeSet::new(), Vec::new());
    for key in keys {
        visit(key, families, &mut seen, &mut out);
    }
    out
}

/// Where a session works now: where it moved to, else where it began.
pub(crate) fn cwd(facts: &Facts) -> Option<Untrusted> {
    let began = || facts.identity.as_ref().and_then(|(_, identity)| identity.cwd.clone());
    facts.settings.now().cwd.or_else(began)
}

fn ports(sessions: &[Arc<Session>]) -> Vec<Port> {
    let each = sessions.iter().flat_map(|session| {
        session.ports.iter().map(|port| Port {
            port: port.clone(),
            session: session.key.clone(),
            orphan: !session.live,
            orphan_since: if session.live { None } else { session.status.since() },
        })
    });
    let mut ports: Vec<Port> = each.collect();
    ports.sort_by_key(|port| port.port.port);
    ports
}
