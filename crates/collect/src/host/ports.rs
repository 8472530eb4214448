//! Ports that processes of sessions listen on.

use std::collections::{BTreeMap, BTreeSet};

use topside_model::{PortUse, Presence, ProcessView, SessionId, Tie};
use topside_probe::{Host, Listener, Processes};

use crate::agent::Agent;

/// Adds to each session the ports its processes listen on.
///
/// Owners and the agent's other programs are left out: their own listening sockets (Codex terminals each have one) are
/// machinery, not something a session left running.
pub(crate) fn add(
    host: &dyn Host,
    agent: &dyn Agent,
    processes: &Processes,
    presences: &mut BTreeMap<SessionId, Presence>,
) {
    let machinery = |view: &ProcessView| {
        let process = processes.by_pid.get(&view.process.pid);
        view.tie == Tie::Owner || process.is_some_and(|process| agent.role(process).is_some())
    };
    let children = |presence: &Presence| -> Vec<ProcessView> {
        presence.processes.iter().filter(|view| !machinery(view)).cloned().collect()
    };
    let pids: BTreeSet<u32> = presences.values().flat_map(children).map(|view| view.process.pid).collect();
    if pids.is_empty() {
        return;
    }
    let listeners = host.listeners(&pids).unwrap_or_default();
    for presence in presences.values_mut() {
        presence.ports = children(presence)
            .iter()
            .flat_map(|view| {
                let own = listeners.iter().filter(|listener| listener.pid == view.process.pid);
                own.map(|listener| port(listener, view))
            })
            .collect();
        // IPv4 and IPv6 of one server are one port; a server's children share its socket.
        presence.ports.sort_by_key(|port| (port.port, !port.exposed));
        presence.ports.dedup_by_key(|port| port.port);
    }
}

fn port(listener: &Listener, view: &ProcessView) -> PortUse {
    PortUse {
        port: listener.port,
        exposed: !listener.address.is_loopback(),
        process: Some(view.process),
        command: Some(view.command.clone()),
    }
}
