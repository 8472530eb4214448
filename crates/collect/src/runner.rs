//! Runs the agents: each alone, in bounded time and memory, and seen to fail when it fails.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use topside_model::{AgentId, Health, HealthState, SessionKey, Timestamp, World};
use topside_probe::{Host, Process, Processes};

use crate::agent::{Agent, Scope};
use crate::follow::Follower;
use crate::host::vitals::Meters;
use crate::round::{Pace, Round};

/// Collects from every agent.
pub struct Runner {
    agents: Vec<Slot>,
    root: Option<PathBuf>,
    meters: Meters,
    processes: Processes,
}

/// One agent. It fails alone: what panicked is never called again, and the rest goes on.
struct Slot {
    id: AgentId,
    agent: &'static dyn Agent,
    follower: Follower,
    panicked: Option<String>,
}

impl Runner {
    /// A runner of `agents`. Under `root` only files below it are read and only processes whose home lies below it are
    /// looked at.
    pub fn new(agents: &[&'static dyn Agent], scope: Scope, root: Option<PathBuf>) -> Self {
        let slot = |agent: &&'static dyn Agent| Slot {
            id: AgentId::new(agent.manifest().id),
            agent: *agent,
            follower: Follower::new(*agent, scope, root.clone()),
            panicked: None,
        };
        let agents = agents.iter().map(slot).collect();
        Self { agents, root, meters: Meters::default(), processes: Processes::default() }
    }

    /// Looks once.
    pub fn round(&mut self, host: &dyn Host, pace: Pace) -> Round {
        let now = host.now();
        if pace >= Pace::Look {
            self.processes = host.processes();
            if let Some(root) = &self.root {
                self.processes.by_pid.retain(|_, process| lives_below(process, root));
            }
            self.meters.look(&self.processes, now);
        }
        let mut round = Round::default();
        for slot in self.agents.iter_mut().filter(|slot| slot.panicked.is_none()) {
            let (processes, meters) = (&self.processes, &self.meters);
            let work = || slot.follower.round(host, processes, meters, now, pace);
            match catch_unwind(AssertUnwindSafe(work)) {
                Ok(part) => merge(&mut round, &slot.id, part),
                Err(panic) => slot.panicked = Some(words(&*panic)),
            }
        }
        if pace >= Pace::Look {
            round.world = Some(self.world(host, now));
        }
        if pace >= Pace::Look || self.agents.iter().any(|slot| slot.panicked.is_some()) {
            round.health = self.agents.iter().map(Slot::health).collect();
        }
        round
    }

    /// Directories whose change is worth a look.
    pub fn directories(&self) -> std::collections::BTreeSet<PathBuf> {
        self.agents.iter().flat_map(|slot| slot.follower.hot_directories()).collect()
    }

    fn world(&self, host: &dyn Host, at: Timestamp) -> World {
        let some = self.processes.by_pid.keys().next();
        let owners_known = host.locks().is_ok() || some.is_none_or(|pid| host.open_files(*pid).is_ok());
        let mut world = World { at, sessions: BTreeMap::new(), programs: Vec::new(), owners_known };
        for slot in self.agents.iter().filter(|slot| slot.panicked.is_none()) {
            let presences = slot.follower.presences().iter();
            let key = |id: &topside_model::SessionId| SessionKey { agent: slot.id.clone(), id: id.clone() };
            world.sessions.extend(presences.map(|(id, presence)| (key(id), presence.clone())));
            world.programs.extend(slot.follower.programs(&self.processes, &slot.id));
        }
        world
    }
}

impl Slot {
    fn health(&self) -> Health {
        let mut health = self.follower.health(&self.id, self.agent.manifest().title);
        if let Some(words) = &self.panicked {
            health.state = HealthState::Panicked(words.clone());
        }
        health
    }
}

fn merge(round: &mut Round, agent: &AgentId, part: crate::follow::Part) {
    let key = |id| SessionKey { agent: agent.clone(), id };
    round.void.extend(part.void.into_iter().map(key));
    round.gone.extend(part.gone.into_iter().map(key));
    round.sources.extend(part.sources);
    round.events.extend(part.events.into_iter().map(|event| (agent.clone(), event)));
    round.more |= part.more;
}

/// True for a process one of whose kept variables names a place below `root`: its home or its agent's home.
fn lives_below(process: &Process, root: &Path) -> bool {
    process.variables.values().any(|value| Path::new(value).starts_with(root))
}

fn words(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no message".to_owned())
}
