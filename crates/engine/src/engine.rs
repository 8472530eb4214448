//! All sessions, and the snapshot made of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use topside_model::{
    AgentId, Event, Health, Limit, LimitId, Port, Presence, Project, Session, SessionKey, Snapshot, SourceFact,
    Timestamp, Untrusted, World,
};

use crate::cost::minute;
use crate::session::Facts;
use crate::view::{Frame, FromChildren, view};

/// Looks after which a session is made anew even if nothing changed.
const FRESHENED: u64 = 10;

/// All state. The single place that changes it; a [`Snapshot`] is what leaves.
#[derive(Default)]
pub struct Engine {
    sessions: BTreeMap<SessionKey, Facts>,
    sources: Sources,
    world: Option<World>,
    projects: BTreeMap<Untrusted, Project>,
    health: Vec<Health>,
    /// Grows with what concerns all sessions.
    epoch: u64,
    /// Looks at the machine so far.
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
    seen: u64,
    epoch: u64,
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
        let sources = self.sources.entry(source.session.clone()).or_default();
        sources.retain(|known| known.id != source.id);
        sources.push(source);
    }

    /// Forgets what files told about a session; they will be told again.
    pub fn void(&mut self, key: &SessionKey) {
        self.sessions.insert(key.clone(), Facts::default());
        self.made.remove(key);
        self.sources.remove(key);
    }

    /// Forgets a session.
    pub fn forget(&mut self, key: &SessionKey) {
        self.sessions.remove(key);
        self.made.remove(key);
        self.sources.remove(key);
    }

    /// Takes a fact. Taking it again changes nothing.
    pub fn apply(&mut self, agent: &AgentId, event: Event) {
        let key = SessionKey { agent: agent.clone(), id: event.session.clone() };
        self.sessions.entry(key).or_default().apply(event);
    }

    /// Takes what runs now in place of what ran before.
    pub fn world(&mut self, world: World) {
        self.looks += 1;
        for (key, facts) in &mut self.sessions {
            let before = self.world.as_ref().and_then(|world| world.sessions.get(key));
            let now = world.sessions.get(key);
            // What is idle and unchanged is not made again, but for the age of its evidence now and then.
            if before != now || (now.is_some() && (facts.is_working() || self.looks.is_multiple_of(FRESHENED))) {
                facts.seen += 1;
            }
        }
        if self.world.as_ref().is_none_or(|before| before.owners_known != world.owners_known) {
            self.epoch += 1;
        }
        for (key, presence) in &world.sessions {
            // A session that is loaded exists even before its first record; one that only left processes behind does
            // not come back by them.
            if presence.owner.is_some() {
                self.sessions.entry(key.clone()).or_default();
            }
            if let Some(facts) = self.sessions.get_mut(key) {
                facts.look(presence, world.at);
            }
        }
        // One that was loaded, never wrote a record and is loaded no more leaves nothing to show.
        let owned = |key: &SessionKey| world.sessions.get(key).is_some_and(|presence| presence.owner.is_some());
        self.sessions.retain(|key, facts| facts.revision > 0 || owned(key));
        self.made.retain(|key, _| self.sessions.contains_key(key));
        self.world = Some(world);
    }

    /// Takes how the collectors fare.
    pub fn health(&mut self, health: Vec<Health>) {
        self.health = health;
    }

    /// Takes the state of the directory sessions work in.
    pub fn project(&mut self, cwd: Untrusted, project: Project) {
        if self.projects.get(&cwd) != Some(&project) {
            self.epoch += 1;
            self.projects.insert(cwd, project);
        }
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
            ports: ports(&sessions, self.world.as_ref().is_none_or(|world| world.owners_known)),
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
        let (seen, epoch) = (facts.seen, self.epoch);
        let of = Ingredients { facts: facts.revision, seen, epoch, minute: minute(now), children };
        if self.made.get(&key).is_some_and(|made| made.of == of) {
            return;
        }
        let frame = Frame { world: self.world.as_ref(), sources: &self.sources, projects: &self.projects, now };
        let same = self.made.get(&key).filter(|made| made.of.facts == of.facts);
        let detail = same.map_or_else(|| Arc::new(frame.detail(&key, facts)), |made| Arc::clone(&made.session.detail));
        let session = Arc::new(view(&frame, &key, facts, children, detail));
        self.made.insert(key, Made { of, session });
    }

    /// Children by parent. One that claims to be an ancestor of its own parent is nobody's child.
    fn families(&self) -> Families {
        let mut parents: BTreeMap<&SessionKey, SessionKey> = BTreeMap::new();
        let mut families = Families::new();
        for (key, facts) in &self.sessions {
            let Some(parent) = facts.identity.as_ref().and_then(|(_, identity)| identity.parent.clone()) else {
                continue;
            };
            let parent = SessionKey { agent: key.agent.clone(), id: parent };
            let mut ancestors = std::iter::successors(Some(&parent), |ancestor| parents.get(ancestor));
            if self.sessions.contains_key(&parent) && ancestors.all(|ancestor| ancestor != key) {
                families.entry(parent.clone()).or_default().push(key.clone());
                parents.insert(key, parent);
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
        for source in self.sources.values().flatten() {
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

/// Files by session.
pub(crate) type Sources = BTreeMap<SessionKey, Vec<SourceFact>>;

/// Children by parent.
type Families = BTreeMap<SessionKey, Vec<SessionKey>>;

/// Every key once, children before their parents.
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

/// Ports of all sessions. Where the system does not tell owners, a session without one may well be loaded.
fn ports(sessions: &[Arc<Session>], owners_known: bool) -> Vec<Port> {
    let each = sessions.iter().flat_map(|session| {
        let orphan = owners_known && !session.live;
        session.ports.iter().map(move |port| Port {
            port: port.clone(),
            session: session.key.clone(),
            orphan,
            orphan_since: if orphan { session.status.since() } else { None },
        })
    });
    let mut ports: Vec<Port> = each.collect();
    ports.sort_by_key(|port| port.port.port);
    ports
}
