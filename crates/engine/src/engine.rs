//! All sessions, and the snapshot made of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use topside_model::{
    AgentId, Cost, Event, EventKind, Figures, Health, Limit, LimitId, LimitSample, Money, Port, Presence, Project,
    Report, Session, SessionKey, Share, Signal, Snapshot, SourceFact, Timestamp, Title, Untrusted, Usage, Worktree,
    World, elapsed,
};

use crate::claims::Claims;
use crate::conflicts::{Touched, conflicts};
use crate::cost::minute;
use crate::leftover::{self, leftovers};
use crate::mark::mark;
use crate::price::Prices;
use crate::session::Facts;
use crate::signal::{Signals, bound};
use crate::title::{Heard, is_doubtful};
use crate::trail::Trail;
use crate::view::{Frame, FromChildren, Kin, view};
use crate::waits;

/// Looks after which a session is made anew even if nothing changed.
const FRESHENED: u64 = 10;
/// A time without a look that is longer tells that the machine slept, or this program did.
const NAP: Duration = Duration::from_mins(2);
/// Sessions whose figures are remembered; status lines show figures of sessions that nobody looks at, too.
const FIGURES: usize = 1_000;

/// All state. The single place that changes it; a [`Snapshot`] is what leaves.
#[derive(Default)]
pub struct Engine {
    sessions: BTreeMap<SessionKey, Facts>,
    sources: Sources,
    prices: Prices,
    claims: Claims,
    /// True when who pays for which reply is to be settled anew.
    contested: bool,
    world: Option<World>,
    /// When the machine was looked at again after nobody had for a while.
    resumed: Option<Timestamp>,
    projects: BTreeMap<Untrusted, Project>,
    /// Linked worktrees by the folder of their repository.
    worktrees: BTreeMap<Untrusted, Vec<Worktree>>,
    /// After how long without work something counts as left over, where that was said.
    idle: Option<Duration>,
    health: Vec<Health>,
    /// Limits that agents tell besides their transcripts.
    told: BTreeMap<(AgentId, Untrusted, LimitId), LimitSample>,
    /// What was reported of each limit of each home.
    trails: BTreeMap<(AgentId, Untrusted, LimitId), Trail>,
    /// What hooks said last.
    signals: Signals,
    /// What was heard of titles of terminals.
    titles: BTreeMap<SessionKey, Heard>,
    /// The figures that agents last gave their status lines.
    figures: BTreeMap<SessionKey, Figures>,
    /// Grows with what concerns all sessions.
    epoch: u64,
    /// Looks at the machine so far.
    looks: u64,
    /// Sessions as they were last shown.
    made: BTreeMap<SessionKey, Made>,
}

/// A session as it was last shown, and all that it was made of.
pub(crate) struct Made {
    of: Ingredients,
    pub(crate) session: Arc<Session>,
    pub(crate) touched: Touched,
}

/// Everything a session is made of, in short: where two are equal, so are the sessions.
#[derive(Debug, Clone, PartialEq)]
struct Ingredients {
    facts: u64,
    seen: u64,
    epoch: u64,
    minute: i64,
    /// True when its parent was told that it is done.
    dismissed: bool,
    children: FromChildren,
    /// List price of it and of those it started, where that is asked for and known.
    spent: Option<Money>,
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
        self.made.remove(key);
        self.sources.remove(key);
    }

    /// Forgets a session.
    pub fn forget(&mut self, key: &SessionKey) {
        self.release(key);
        self.sessions.remove(key);
        self.made.remove(key);
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
        self.contested |= self.claims.concern(&key);
        if let EventKind::LimitObserved(sample) = &event.kind
            && let Some(home) = self.home_of(&key)
        {
            let limit = (agent.clone(), home, sample.limit.clone());
            self.trails.entry(limit).or_default().add(sample);
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
            self.contested = true;
            self.level(mark);
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
        let limit = (agent, home, sample.limit.clone());
        self.trails.entry(limit.clone()).or_default().add(&sample);
        self.told.insert(limit, sample);
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
        let before = self.titles.remove(key);
        self.titles.extend(Heard::hear(before, title).map(|heard| (key.clone(), heard)));
        self.forget_answered();
        if let Some(facts) = self.sessions.get_mut(key) {
            facts.seen += 1;
        }
    }

    /// Sessions of which the title of their terminal could tell more than is known: whether a person is asked.
    pub fn doubtful(&self) -> BTreeSet<SessionKey> {
        let loaded = self.world.iter().flat_map(|world| world.sessions.keys());
        loaded.filter(|key| doubts(self.world.as_ref(), &self.sessions, key)).cloned().collect()
    }

    /// Forgets what titles asked that say nothing any more, where that was answered: something runs, or nothing is open.
    fn forget_answered(&mut self) {
        let (world, sessions) = (self.world.as_ref(), &self.sessions);
        self.titles.retain(|key, heard| heard.title.is_some() || doubts(world, sessions, key));
    }

    /// Takes the figures that an agent gave a session's status line.
    pub fn figures(&mut self, key: &SessionKey, figures: Figures) {
        if self.figures.get(key).is_some_and(|known| known.at >= figures.at) {
            return;
        }
        self.figures.insert(key.clone(), figures);
        self.given_limits(key);
        bound(&mut self.figures, FIGURES, |figures| figures.at);
        if let Some(facts) = self.sessions.get_mut(key) {
            facts.seen += 1;
        }
    }

    /// Takes the limits among the figures of a session, once its home is known.
    fn given_limits(&mut self, key: &SessionKey) {
        let (Some(home), Some(figures)) = (self.home_of(key), self.figures.get(key)) else { return };
        for sample in &figures.limits {
            let limit = (key.agent.clone(), home.clone(), sample.limit.clone());
            self.trails.entry(limit.clone()).or_default().add(sample);
            if self.told.get(&limit).is_none_or(|known| known.seen_at < sample.seen_at) {
                self.told.insert(limit, sample.clone());
            }
        }
    }

    /// The agent's home that a session's files lie in.
    fn home_of(&self, key: &SessionKey) -> Option<Untrusted> {
        self.sources.get(key)?.first().map(|source| source.home.clone())
    }

    /// Gives every session that shows a reply the largest count of it.
    fn level(&mut self, mark: u64) {
        let known = self.claims.of(mark).filter_map(|key| self.sessions.get(key)?.cost.known(mark));
        let largest = known.fold(Usage::default(), |largest, (usage, ..)| largest.max(usage));
        for key in self.claims.of(mark) {
            if let Some(facts) = self.sessions.get_mut(key) {
                facts.revision += u64::from(facts.cost.raise(mark, largest));
            }
        }
    }

    /// Settles whose the replies and prompts are that several sessions show: of those that asked, the first in time.
    fn settle(&mut self) {
        if !std::mem::take(&mut self.contested) {
            return;
        }
        for (mark, claimants) in self.claims.shared() {
            let claimants: Vec<&SessionKey> = claimants.collect();
            let payer = claimants.iter().min_by_key(|key| self.seniority(key, mark)).copied();
            let first_at = payer.and_then(|payer| self.sessions.get(payer)?.cost.known(mark)?.2);
            for key in claimants {
                if let Some(facts) = self.sessions.get_mut(key) {
                    facts.revision += u64::from(facts.settle(mark, Some(key) != payer, first_at));
                }
            }
        }
    }

    /// The order in which sessions come to own what they show: quotations last, forks after what they were forked from,
    /// then by the times and names of their files, a parent before its helpers.
    fn seniority(&self, key: &SessionKey, mark: u64) -> impl Ord + use<> {
        let facts = self.sessions.get(key);
        let share = facts.and_then(|facts| facts.cost.known(mark)).map(|(_, share, _)| share);
        let foreign = share != Some(Share::Own);
        let fork = facts.is_some_and(Facts::is_fork);
        let child = facts.and_then(|facts| facts.identity.as_ref()).is_some_and(|(_, one)| one.parent.is_some());
        let path = self.sources.get(key).and_then(|sources| sources.first()).map(|source| source.path.clone());
        let first_at = facts.and_then(Facts::first_at);
        (foreign, fork, first_at.is_none(), first_at, child, facts.and_then(Facts::last_at), path)
    }

    fn release(&mut self, key: &SessionKey) {
        if let Some(facts) = self.sessions.get(key) {
            self.contested |= self.claims.concern(key);
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
        self.made.retain(|key, _| self.sessions.contains_key(key));
        self.world = Some(world);
        self.forget_answered();
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
        self.settle();
        self.sessions.values_mut().for_each(|facts| facts.take_in(&self.prices));
        let families = self.families();
        // A parent's state and cost depend on its children's, so they are made first.
        for key in children_first(self.sessions.keys(), &families) {
            self.make(key, &families, now);
        }
        let sessions: Vec<Arc<Session>> = self.made.values().map(|made| Arc::clone(&made.session)).collect();
        let ports = ports(&sessions, self.world.as_ref().is_none_or(|world| world.owners_known));
        let mut snapshot = Snapshot {
            taken_at: now,
            limits: self.limits(),
            budgets: Vec::new(),
            limit_use: Vec::new(),
            conflicts: conflicts(&self.made, &self.worktrees, &ports, now),
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

    /// Makes a session anew, unless everything it is made of is as it was.
    fn make(&mut self, key: SessionKey, families: &Families, now: Timestamp) {
        let Some(facts) = self.sessions.get(&key) else { return };
        let children = families.get(&key).into_iter().flatten();
        let children = FromChildren::of(children.filter_map(|child| self.made.get(child)).map(|made| &*made.session));
        let (seen, epoch) = (facts.seen, self.epoch);
        let dismissed = self.parent(&key, facts).is_some_and(|parent| parent.dismissed(&key.id));
        let has_figure = facts.has_figure() || self.figures.get(&key).is_some_and(|given| given.cost.is_some());
        let spent = if has_figure { self.spent(&key, facts, families) } else { None };
        let of = Ingredients { facts: facts.revision, seen, epoch, minute: minute(now), dismissed, children, spent };
        if self.made.get(&key).is_some_and(|made| made.of == of) {
            return;
        }
        let frame = Frame {
            world: self.world.as_ref(),
            sources: &self.sources,
            projects: &self.projects,
            sessions: &self.sessions,
            resumed: self.resumed,
            signals: &self.signals,
            titles: &self.titles,
            figures: &self.figures,
            now,
        };
        let same = self.made.get(&key).filter(|made| made.of.facts == of.facts);
        let detail = same.map_or_else(|| Arc::new(frame.detail(&key, facts)), |made| Arc::clone(&made.session.detail));
        let kin = Kin { children: &of.children, dismissed, spent };
        let mut session = view(&frame, &key, facts, kin, detail);
        let before = self.made.get(&key).map(|made| made.session.waited.clone()).unwrap_or_default();
        session.waited = waits::seen(before, &session, now);
        let session = Arc::new(session);
        let same = |made: &Made| {
            Arc::ptr_eq(&made.session.detail, &session.detail) && made.session.project.cwd == session.project.cwd
        };
        let touched = self.made.remove(&key).filter(same).map(|made| made.touched).unwrap_or_default();
        self.made.insert(key, Made { of, session, touched });
    }

    /// List price of a session and of all those it started; `None` where some of it is not known.
    fn spent(&self, key: &SessionKey, facts: &Facts, families: &Families) -> Option<Money> {
        let known = |cost: &Cost| cost.unpriced.is_empty().then_some(cost.money);
        let own = known(&facts.list.all.cost);
        families.get(key).into_iter().flatten().fold(own, |sum, child| {
            let spent = self.sessions.get(child).and_then(|facts| self.spent(child, facts, families));
            sum.zip(spent).map(|(sum, spent)| sum + spent)
        })
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

    fn parent(&self, key: &SessionKey, facts: &Facts) -> Option<&Facts> {
        let id = facts.identity.as_ref()?.1.parent.clone()?;
        self.sessions.get(&SessionKey { agent: key.agent.clone(), id })
    }

    fn presence(&self, key: &SessionKey) -> Option<&Presence> {
        self.world.as_ref().and_then(|world| world.sessions.get(key))
    }

    /// The newest sample of each limit of each home.
    fn limits(&self) -> Vec<Limit> {
        let told = self.told.iter().map(|(key, sample)| {
            let (agent, home, _) = key.clone();
            (key.clone(), Limit { agent, home, sample: sample.clone(), marks: Vec::new() })
        });
        let mut newest: BTreeMap<(AgentId, Untrusted, LimitId), Limit> = told.collect();
        for source in self.sources.values().flatten() {
            let Some(facts) = self.sessions.get(&source.session) else { continue };
            for sample in facts.limits.values().filter_map(|latest| latest.value()) {
                let (agent, home) = (source.session.agent.clone(), source.home.clone());
                let key = (agent.clone(), home.clone(), sample.limit.clone());
                if newest.get(&key).is_none_or(|known| known.sample.seen_at < sample.seen_at) {
                    newest.insert(key, Limit { agent, home, sample: sample.clone(), marks: Vec::new() });
                }
            }
        }
        for (key, limit) in &mut newest {
            limit.marks = self.trails.get(key).into_iter().flat_map(Trail::marks).collect();
        }
        newest.into_values().collect()
    }
}

/// Files by session.
pub(crate) type Sources = BTreeMap<SessionKey, Vec<SourceFact>>;

/// Children by parent.
type Families = BTreeMap<SessionKey, Vec<SessionKey>>;

/// True for a session of which the title of its terminal could tell more than is known.
fn doubts(world: Option<&World>, sessions: &BTreeMap<SessionKey, Facts>, key: &SessionKey) -> bool {
    let presence = world.and_then(|world| world.sessions.get(key));
    let owner = presence.and_then(|presence| Some((presence, presence.owner.as_ref()?)));
    owner.zip(sessions.get(key)).is_some_and(|((presence, owner), facts)| is_doubtful(facts, presence, owner))
}

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
