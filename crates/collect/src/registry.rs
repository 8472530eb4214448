//! The one list of agents.

use topside_probe::{Interest, SEAT_VARIABLES};

use crate::agent::Agent;
use crate::agents::{claude, codex};

/// Every agent topside knows.
pub const REGISTRY: &[&dyn Agent] = &[&codex::AGENT, &claude::AGENT];

/// Which processes matter to `agents`.
pub fn interest(agents: &[&dyn Agent]) -> Interest {
    let mut interest = Interest::default();
    interest.variables.extend(SEAT_VARIABLES.map(str::to_owned));
    for manifest in agents.iter().map(|agent| agent.manifest()) {
        interest.programs.extend(manifest.programs.iter().map(ToString::to_string));
        interest.variables.extend(manifest.variables.iter().map(ToString::to_string));
        interest.markers.extend(manifest.session_variable.map(str::to_owned));
    }
    interest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_told_apart() {
        let ids: std::collections::BTreeSet<&str> = REGISTRY.iter().map(|agent| agent.manifest().id).collect();
        assert_eq!(ids.len(), REGISTRY.len());
    }
}
