//! Whom the use of a session counts for.

use foldhash::{HashMap, HashSet};
use topside_model::{AgentId, Lineage, SessionId, Untrusted, UsageQuery};

use super::places::Places;

/// Sessions with what they count for.
#[derive(Debug)]
pub(super) struct Families<'a> {
    members: Vec<Option<Member>>,
    projects: Places<Option<&'a Untrusted>>,
    agents: Places<&'a AgentId>,
}

/// What a session counts for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Member {
    /// Place of the session that started it, or its starter, and so on: the one that no known session started.
    pub(super) top: u32,
    /// Place of its project.
    pub(super) project: u32,
    /// Place of its agent.
    pub(super) agent: u32,
}

impl<'a> Families<'a> {
    pub(super) fn new(sessions: &'a [Lineage], query: &UsageQuery) -> Self {
        let mut projects = Places::default();
        let mut agents = Places::default();
        let members = sessions.iter().zip(tops(sessions)).map(|(session, top)| {
            // A helper works for its top's project, wherever it stands; it tells where its top's is not known.
            let project = sessions[top as usize].project.as_ref().or(session.project.as_ref());
            let agent = &session.key.agent;
            let wanted = query.agent.as_ref().is_none_or(|wanted| wanted == agent)
                && query.project.as_ref().is_none_or(|wanted| project.is_some_and(|name| name.raw() == wanted));
            wanted.then(|| Member { top, project: projects.place(project), agent: agents.place(agent) })
        });
        Self { members: members.collect(), projects, agents }
    }

    /// The session of that place; `None` where nobody asked for it.
    pub(super) fn member(&self, session: usize) -> Option<Member> {
        self.members[session]
    }

    /// The project of that place.
    pub(super) fn project(&self, place: u32) -> Option<&'a Untrusted> {
        self.projects.at(place)
    }

    /// The agent of that place.
    pub(super) fn agent(&self, place: u32) -> &'a AgentId {
        self.agents.at(place)
    }
}

/// For each session the place of the one that started it all. Sessions that are said to have started each other count
/// for the first of them by id.
fn tops(sessions: &[Lineage]) -> Vec<u32> {
    // Few are parents, and there may be very many others.
    let parents: HashSet<&SessionId> = sessions.iter().filter_map(|session| session.parent.as_ref()).collect();
    let places: HashMap<(&AgentId, &SessionId), usize> = sessions
        .iter()
        .enumerate()
        .filter(|(_, session)| parents.contains(&session.key.id))
        .map(|(place, session)| ((&session.key.agent, &session.key.id), place))
        .collect();
    let parent = |place: usize| {
        let Lineage { key, parent, .. } = &sessions[place];
        parent.as_ref().and_then(|parent| places.get(&(&key.agent, parent)).copied())
    };
    let mut tops: Vec<u32> = (0..sessions.len() as u32).collect();
    let mut is_known: Vec<bool> = sessions.iter().map(|session| session.parent.is_none()).collect();
    // From which session each was reached last, of which some are not known.
    let mut reached = vec![None; if parents.is_empty() { 0 } else { sessions.len() }];
    for start in 0..sessions.len() {
        let mut path: Vec<usize> = Vec::new();
        let mut at = start;
        let top = loop {
            if is_known[at] {
                break tops[at];
            }
            if reached[at] == Some(start as u32) {
                let circle = path.iter().copied().skip_while(|member| *member != at);
                break circle.min_by_key(|member| &sessions[*member].key).unwrap_or(at) as u32;
            }
            reached[at] = Some(start as u32);
            path.push(at);
            match parent(at) {
                Some(parent) => at = parent,
                None => break at as u32,
            }
        };
        for member in path {
            (tops[member], is_known[member]) = (top, true);
        }
    }
    tops
}
