//! What the machine shows: owners, vitals, ports.

use topside_model::{Bytes, Percent, PortUse, ProcessRef, ProcessView, Tie, TurnEnd, Untrusted, Vitals};

use crate::scene::{Scene, at, session, snapshot, thread, turn};

fn process(pid: u32, vitals: Vitals) -> ProcessView {
    let process = ProcessRef { pid, started: 1 };
    ProcessView {
        process,
        parent: 100,
        depth: 1,
        command: Untrusted::new("x"),
        vitals,
        started_at: None,
        tie: Tie::Tree,
    }
}

fn vitals(cpu: f64, memory: u64) -> Vitals {
    Vitals { cpu: Some(Percent(cpu)), memory: Some(Bytes(memory)) }
}

fn serving(mut scene: Scene, port: u16) -> Scene {
    scene.presence.ports.push(PortUse { port, exposed: false, process: None, command: None });
    scene
}

#[test]
fn a_number_that_is_used_again_names_another_owner() {
    let before = session(&[&turn().owned_since(9, 1)], 20);
    let after = session(&[&turn().owned_since(18, 2)], 20);
    assert_eq!(before.owner, Some(ProcessRef { pid: 100, started: 1 }));
    assert_eq!(after.owner, Some(ProcessRef { pid: 100, started: 2 }));
    assert_eq!((before.status.id(), after.status.id()), ("thinking", "turn_done"));
}

#[test]
fn vitals_are_those_of_all_processes_together() {
    let mut scene = turn();
    scene.presence.processes =
        vec![process(100, vitals(12.5, 1000)), process(101, vitals(150.0, 24)), process(102, Vitals::default())];
    assert_eq!(session(&[&scene], 20).vitals, Some(vitals(162.5, 1024)));
}

#[test]
fn vitals_that_no_process_tells_are_not_zero() {
    let mut scene = turn();
    scene.presence.processes = vec![process(100, Vitals::default())];
    assert_eq!(session(&[&scene], 20).vitals, Some(Vitals::default()));
}

#[test]
fn a_port_is_an_orphan_when_its_session_is_over() {
    let live = serving(turn().rests(12, TurnEnd::Completed), 4000);
    let over = serving(thread("b").turn(5).rests(9, TurnEnd::Completed).unloaded(), 3000);
    let ports = snapshot(&[&live, &over], 20).ports;
    let seen: Vec<_> =
        ports.iter().map(|port| (port.port.port, port.session.id.as_str(), port.orphan, port.orphan_since)).collect();
    assert_eq!(seen, [(3000, "b", true, Some(at(9))), (4000, "a", false, None)]);
}

#[test]
fn no_port_is_called_an_orphan_where_owners_are_not_told() {
    let scene = serving(turn().rests(12, TurnEnd::Completed).unwatched(), 3000);
    let ports = snapshot(&[&scene], 20).ports;
    assert_eq!((ports[0].orphan, ports[0].orphan_since), (false, None));
}
