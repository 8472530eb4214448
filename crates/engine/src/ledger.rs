//! Events → what history keeps of them.

use std::cmp::Ordering;

use foldhash::{HashMap, HashMapExt as _};
use topside_model::{
    AgentId, Billing, Charge, Event, EventKind, LeafNews, PastSession, SessionId, SessionKey, SessionKind, Share,
    SizeClass,
};

use crate::mark::lasting_mark;

/// What one reading of a transcript tells of its sessions, the first one named first. `shared` says that other
/// transcripts may show the same replies. Telling the same events again, or in other portions, adds nothing.
pub fn leaves(agent: &AgentId, rank: u64, shared: bool, events: Vec<Event>) -> Vec<LeafNews> {
    let mut leaves: Vec<Leaf> = Vec::new();
    for event in events {
        let place = leaves.iter().position(|leaf| leaf.session.key.id == event.session).unwrap_or_else(|| {
            leaves.push(Leaf::new(agent, &event.session));
            leaves.len() - 1
        });
        leaves[place].take(event, shared);
    }
    leaves.into_iter().map(|leaf| leaf.news(rank)).collect()
}

/// A transcript's session on its way into history.
struct Leaf {
    session: PastSession,
    charges: Vec<Charge>,
    /// Place of each reply among the charges.
    places: HashMap<u64, usize>,
}

impl Leaf {
    fn new(agent: &AgentId, id: &SessionId) -> Self {
        let session = PastSession::new(SessionKey { agent: agent.clone(), id: id.clone() });
        Self { session, charges: Vec::new(), places: HashMap::new() }
    }

    fn take(&mut self, event: Event, shared: bool) {
        match event.kind {
            EventKind::SessionOpened(identity) => {
                let session = &mut self.session;
                session.fork |= identity.forked_from.is_some();
                session.internal |= matches!(identity.kind, SessionKind::Internal(_));
                // The first introduction counts.
                session.parent = session.parent.take().or(identity.parent);
                session.cwd = session.cwd.take().or(identity.cwd);
                session.version = session.version.take().or(identity.version);
            }
            EventKind::ResponseUsage { response, model, usage, terms, share, settled } => {
                self.session.fork |= share == Share::Copied;
                let billing = Billing { model, terms, size: SizeClass::of(usage.input()) };
                let mark = lasting_mark(response.as_str());
                self.charge(Charge { mark, shared, at: event.at, billing, usage, share, settled });
            }
            EventKind::Progress { first_at, last_at } => {
                (self.session.first_at, self.session.last_at) = (first_at, last_at);
            }
            _ => {}
        }
    }

    /// Replies are told again while they grow; the first record tells when they were made. A quotation says nothing beside
    /// a record of the reply itself.
    fn charge(&mut self, charge: Charge) {
        let Some(place) = self.places.get(&charge.mark) else {
            self.places.insert(charge.mark, self.charges.len());
            self.charges.push(charge);
            return;
        };
        let known = &mut self.charges[*place];
        match known.share.outweighs(charge.share) {
            Ordering::Less => return *known = charge,
            Ordering::Greater => return,
            Ordering::Equal => {}
        }
        known.usage = known.usage.max(charge.usage);
        known.billing.size = SizeClass::of(known.usage.input());
        known.at = known.at.or(charge.at);
        known.share = known.share.stronger(charge.share);
        known.settled |= charge.settled;
    }

    fn news(self, rank: u64) -> LeafNews {
        LeafNews { rank, session: self.session, charges: self.charges }
    }
}
