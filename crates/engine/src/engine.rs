//! All sessions, and the snapshot made of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use topside_model::{
    AgentId, Event, EventKind, Figures, Health, LimitSample, Port, Presence, Project, Report, Session, SessionKey,
    Signal, Snapshot, SourceFact, Timestamp, Title, Untrusted, Worktree, World, elapsed,
};

use crate::claims::Claims;
use crate::conflicts::conflicts;
use crate::family::Families;
use crate::given::Given;
use crate::leftover::{self, leftovers};
use crate::limits::Limits;
use crate::mark::mark;
use crate::price::Prices;
use crate::session::Facts;
use crate::shown::Shown;
use crate::signal::Signals;
use crate::title::{Titles, could_tell};
use crate::view::Frame;

/// Looks after which a session is made anew even if nothing changed.
const FRESHENED: u64 = 10;
/// A time without a look that is longer tells that the machine slept, or this program did.
const NAP: Duration = Duration::from_mins(2);

/// All state. The single place that changes it; a [`Snapshot`] is what leaves.
#[derive(Default)]
pub struct Engine {
    sessions: Sessions,
    sources: Sources,
    prices: Prices,
    claims: Claims,
    world: Option<World>,
    /// When the machine was looked at again after nobody had for a while.
    resumed: Option<Timestamp>,
    projects: BTreeMap<Untrusted, Project>,
    /// Linked worktrees by the folder of their repository.
    worktrees: BTreeMap<Untrusted, Vec<Worktree>>,
    /// After how long without work something counts as left over, where that was said.
    idle: Option<Duration>,
    health: Vec<Health>,
    limits: Limits,
    signals: Signals,
    titles: Titles,
    given: Given,
    /// Grows with what concerns all sessions.
    epoch: u64,
    /// Looks at the machine so far.
    looks: u64,
    shown: Shown,
}

impl Engine {
    /// An engine that knows nothing, not even a price.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with list prices.
    #[must_use]
    pub fn priced(prices: Prices) -> Self {
        Self { prices, ..Self::default() }
    }

    /// The same with another time after which a session that rests counts as left over.
    #[must_use]
    pub fn idle_after(self, idle: Duration) -> Self {
        Self { idle: Some(idle), ..self }
    }

    /// A file of a session is followed from now on. Its session exists even while the file says nothing.
    pub fn source(&mut self, source: SourceFact) {
        let key = source.session.clone();
        self.sessions.entry(key.clone()).or_default().revision += 1;
        let sources = self.sources.entry(key.clone()).or_default();
        sources.retain(|known| known.id != source.id);
        sources.push(source);
        self.given_limits(&key);
    }

    /// Forgets what files told about a session; they will be told again.
    pub fn void(&mut self, key: &SessionKey) {
        self.release(key);
        self.sessions.insert(key.clone(), Facts::default());
        self.shown.forget(key);
        self.sources.remove(key);
    }

    /// Forgets a session.
    pub fn forget(&mut self, key: &SessionKey) {
        self.release(key);
        self.sessions.remove(key);
        self.shown.forget(key);
        self.sources.remove(key);
    }

    /// Takes a fact. Taking it again changes nothing.
    pub fn apply(&mut self, agent: &AgentId, event: Event) {
        let key = SessionKey { agent: agent.clone(), id: event.session.clone() };
        let shareable = match &event.kind {
            EventKind::ResponseUsage { response, .. } => Some(mark(response)),
            EventKind::PromptSent { prompt: Some(prompt), .. } => Some(mark(prompt)),
            _ => None,
        };
        self.claims.touch(&key);
        if let EventKind::LimitObserved(sample) = &event.kind
            && let Some(home) = self.home_of(&key)
        {
            self.limits.observe(agent.clone(), home, sample);
        }
        match self.sessions.get_mut(&key) {
            Some(facts) => {
                if facts.is_laden(event.origin) {
                    facts.take_in(&self.prices);
                }
                facts.apply(event);
            }
            None => self.sessions.entry(key.clone()).or_default().apply(event),
        }
        if let Some(mark) = shareable.filter(|mark| self.claims.claim(&key, *mark)) {
            self.claims.level(mark, &mut self.sessions);
        }
    }

    /// Takes what an agent says anew of a session that was loaded at the last look.
    pub fn report(&mut self, key: &SessionKey, report: Report) {
        let owner = self.world.as_mut().and_then(|world| world.sessions.get_mut(key)?.owner.as_mut());
        if let (Some(owner), Some(facts)) = (owner, self.sessions.get_mut(key)) {
            facts.seen += 1;
            facts.hear(&report);
            owner.report = Some(report);
        }
    }

    /// Takes how far a limit of the account in an agent's `home` is used, as the agent tells it.
    pub fn limit(&mut self, agent: AgentId, home: Untrusted, sample: LimitSample) {
        self.limits.tell(agent, home, sample);
    }

    /// Takes what a hook said of a session, whether or not the session is known yet.
    pub fn signal(&mut self, key: &SessionKey, signal: Signal) {
        if self.signals.take(key, signal)
            && let Some(facts) = self.sessions.get_mut(key)
        {
            facts.seen += 1;
        }
    }

    /// Takes what the title of a session's terminal says, or that it says nothing any more.
    pub fn title(&mut self, key: &SessionKey, title: Option<Title>) {
        self.titles.take(key, title);
        self.titles.forget_answered(self.world.as_ref(), &self.sessions);
        if let Some(facts) = self.sessions.get_mut(key) {
            facts.seen += 1;
        }
    }

    /// Sessions of which the title of their terminal could tell more than is known: whether a person is asked.
    pub fn doubtful(&self) -> BTreeSet<SessionKey> {
        let loaded = self.world.iter().flat_map(|world| world.sessions.keys());
        loaded.filter(|key| could_tell(key, self.world.as_ref(), &self.sessions)).cloned().collect()
    }

    /// Takes the figures that an agent gave a session's status line.
    pub fn figures(&mut self, key: &SessionKey, figures: Figures) {
        if !self.given.take(key, figures) {
            return;
        }
        self.given_limits(key);
        self.given.bound();
        if let Some(facts) = self.sessions.get_mut(key) {
            facts.seen += 1;
        }
    }

    /// Takes the limits among the figures of a session, once its home is known.
    fn given_limits(&mut self, key: &SessionKey) {
        let (Some(home), Some(figures)) = (self.home_of(key), self.given.of(key)) else { return };
        self.limits.give(&key.agent, &home, &figures.limits);
    }

    /// The agent's home that a session's files lie in.
    fn home_of(&self, key: &SessionKey) -> Option<Untrusted> {
        self.sources.get(key)?.first().map(|source| source.home.clone())
    }

    fn release(&mut self, key: &SessionKey) {
        if let Some(facts) = self.sessions.get(key) {
            self.claims.release(key, facts.marks());
        }
    }

    /// Takes what runs now in place of what ran before.
    pub fn world(&mut self, world: World) {
        self.looks += 1;
        if self.world.as_ref().is_some_and(|before| elapsed(before.at, world.at) > NAP) {
            self.resumed = Some(world.at);
        }
        for (key, facts) in &mut self.sessions {
            let before = self.world.as_ref().and_then(|world| world.sessions.get(key));
            let now = world.sessions.get(key);
            // What is idle and unchanged is not made again, but for the age of its evidence now and then.
            if before != now || (now.is_some() && (facts.is_working() || self.looks.is_multiple_of(FRESHENED))) {
                facts.seen += 1;
            }
        }
        let same = |before: &World| before.owners_known == world.owners_known && before.elsewhere == world.elsewhere;
        if !self.world.as_ref().is_some_and(same) {
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
                self.signals.look(key, presence, facts, world.at);
            }
        }
        // One that was loaded, never wrote a record and is loaded no more leaves nothing to show.
        let owned = |key: &SessionKey| world.sessions.get(key).is_some_and(|presence| presence.owner.is_some());
        self.sessions.retain(|key, facts| facts.revision > 0 || owned(key));
        self.shown.retain(|key| self.sessions.contains_key(key));
        self.world = Some(world);
        self.titles.forget_answered(self.world.as_ref(), &self.sessions);
    }

    /// Takes how the collectors fare.
    pub fn health(&mut self, health: Vec<Health>) {
        self.health = health;
    }

    /// Takes the state of the directory sessions work in. True when it is news.
    pub fn project(&mut self, cwd: Untrusted, project: Project) -> bool {
        let is_news = self.projects.get(&cwd) != Some(&project);
        if is_news {
            self.epoch += 1;
            self.projects.insert(cwd, project);
        }
        is_news
    }

    /// Takes the linked worktrees of a repository. True when they are news.
    pub fn worktrees(&mut self, repository: Untrusted, worktrees: Vec<Worktree>) -> bool {
        let is_news = self.worktrees.get(&repository) != Some(&worktrees);
        self.worktrees.insert(repository, worktrees);
        is_news
    }

    /// Directories of all sessions, loaded or not.
    pub fn all_directories(&self) -> BTreeSet<Untrusted> {
        self.sessions.iter().filter_map(|(key, facts)| cwd(facts, self.presence(key))).collect()
    }

    /// Directories of sessions that are loaded: those whose repository is worth looking at. With each goes a number that
    /// grows with every fact of its sessions.
    pub fn directories(&self) -> BTreeMap<Untrusted, u64> {
        let mut directories = BTreeMap::new();
        for (key, facts) in &self.sessions {
            if self.presence(key).is_some_and(|one| one.owner.is_some())
                && let Some(cwd) = cwd(facts, self.presence(key))
            {
                *directories.entry(cwd).or_default() += facts.revision;
            }
        }
        directories
    }

    /// Everything a view may show at `now`.
    pub fn snapshot(&mut self, now: Timestamp) -> Snapshot {
        self.claims.settle(&mut self.sessions, &self.sources);
        self.sessions.values_mut().for_each(|facts| facts.take_in(&self.prices));
        let families = Families::of(&self.sessions);
        let frame = Frame {
            world: self.world.as_ref(),
            sources: &self.sources,
            projects: &self.projects,
            sessions: &self.sessions,
            families: &families,
            resumed: self.resumed,
            signals: &self.signals,
            titles: &self.titles,
            given: &self.given,
            epoch: self.epoch,
            now,
        };
        // A parent's state and cost depend on its children's, so they are made first.
        for key in families.children_first(self.sessions.keys()) {
            self.shown.make(key, &frame);
        }
        let made = self.shown.made();
        let sessions: Vec<Arc<Session>> = made.values().map(|made| Arc::clone(&made.session)).collect();
        let ports = ports(&sessions, self.world.as_ref().is_none_or(|world| world.owners_known));
        let mut snapshot = Snapshot {
            taken_at: now,
            limits: self.limits.newest(&self.sources, &self.sessions),
            budgets: Vec::new(),
            limit_use: Vec::new(),
            conflicts: conflicts(made, &self.worktrees, &ports, now),
            ports,
            leftovers: Vec::new(),
            programs: self.world.as_ref().map(|world| world.programs.clone()).unwrap_or_default(),
            health: self.health.clone(),
            deliveries: Vec::new(),
            history: None,
            demo: false,
            sessions,
        };
        if let Some(world) = &self.world {
            let idle = self.idle.unwrap_or(leftover::IDLE);
            snapshot.leftovers = leftovers(&snapshot, world, &self.worktrees, idle);
        }
        snapshot
    }

    fn presence(&self, key: &SessionKey) -> Option<&Presence> {
        self.world.as_ref().and_then(|world| world.sessions.get(key))
    }
}

/// What is known of each session.
pub(crate) type Sessions = BTreeMap<SessionKey, Facts>;

/// Files by session.
pub(crate) type Sources = BTreeMap<SessionKey, Vec<SourceFact>>;

/// Where a session works now: where it moved to, else where it began, else where its process is.
pub(crate) fn cwd(facts: &Facts, presence: Option<&Presence>) -> Option<Untrusted> {
    let began = || facts.identity.as_ref().and_then(|(_, identity)| identity.cwd.clone());
    let is = || presence.and_then(|presence| presence.owner.as_ref()?.cwd.clone());
    facts.settings.cwd().or_else(began).or_else(is)
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
