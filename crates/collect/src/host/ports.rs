//! Ports that processes of sessions listen on.

use std::collections::{BTreeMap, BTreeSet};

use topside_model::{PortUse, Presence, SessionId, Tie};
use topside_probe::{Host, Listener};

/// Adds to each session the ports its processes listen on.
///
/// Owners are left out: an agent's own listening socket (Codex terminals each have one) is machinery, not something it
/// left running.
pub(crate) fn add(host: &dyn Host, presences: &mut BTreeMap<SessionId, Presence>) {
    let children = |presence: &Presence| -> Vec<_> {
        presence.processes.iter().filter(|view| view.tie != Tie::Owner).cloned().collect()
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

fn port(listener: &Listener, view: &topside_model::ProcessView) -> PortUse {
    PortUse {
        port: listener.port,
        exposed: !listener.address.is_loopback(),
        process: Some(view.process),
        command: Some(view.command.clone()),
    }
}
