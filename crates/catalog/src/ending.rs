//! How it reads what is about to end: the same before a key and before a command.

use topside_model::{Ending, ProcessView, Timestamp, elapsed};

use crate::format;
use crate::text::{neutralise, shown, shown_path};

/// What ends, in a few words: `codex in webshop (019c05a4)`, `2 processes of webshop (019c05a4)`.
pub fn title(ending: &Ending) -> String {
    const ID: usize = 8;
    let session = ending.session.as_ref();
    let id = session.map(|key| neutralise(key.id.as_str()).chars().take(ID).collect::<String>());
    let place = ending.project.as_ref().map(shown_path);
    let whose = match (place, id) {
        (Some(place), Some(id)) => format!("{place} ({id})"),
        (place, id) => place.or(id).unwrap_or_default(),
    };
    let agent = session.map(|key| neutralise(key.agent.as_str())).unwrap_or_default();
    match (session.is_some(), ending.ends_agent(), ending.processes.len()) {
        (false, ..) => shown(&ending.processes[0].command),
        (true, true, _) => format!("{agent} in {whose}"),
        (true, false, 1) => format!("a process of {whose}"),
        (true, false, count) => format!("{count} processes of {whose}"),
    }
}

/// One line on a process: `pid 4242   2h    88 MB  codex --yolo`.
pub fn line(process: &ProcessView, now: Timestamp) -> String {
    let age = process.started_at.map(|started| elapsed(started, now));
    let (age, memory) = (format::or_dash(age, format::age), format::or_dash(process.vitals.memory, format::bytes));
    format!("pid {:<8} {age:>4} {memory:>7}  {}", process.process.pid, shown(&process.command))
}

/// Why it is not ended unless that is asked for; `None` where nothing speaks against it.
pub fn objection(ending: &Ending) -> Option<String> {
    let sessions = match ending.others {
        0 => return None,
        1 => "another session".to_owned(),
        others => format!("{others} other sessions"),
    };
    Some(format!("pid {} has {sessions} loaded, which would end too", ending.first().pid))
}

#[cfg(test)]
mod tests {
    use topside_model::{AgentId, Bytes, ProcessRef, SessionId, SessionKey, Tie, Untrusted, Vitals};

    use super::*;

    fn process(pid: u32, tie: Tie, command: &str) -> ProcessView {
        let vitals = Vitals { cpu: None, memory: Some(Bytes(88_000_000)) };
        let started_at = Some(Timestamp::from_second(1_000).expect("a moment"));
        let command = Untrusted::new(command);
        ProcessView { process: ProcessRef { pid, started: 1 }, parent: 1, depth: 0, command, vitals, started_at, tie }
    }

    fn ending(processes: Vec<ProcessView>, others: u32) -> Ending {
        let key = SessionKey { agent: AgentId::new("codex"), id: SessionId::new("019c05a4-51d0") };
        Ending { session: Some(key), project: Some(Untrusted::new("webshop")), processes, others }
    }

    #[test]
    fn it_is_said_what_ends_and_what_speaks_against_it() {
        let agent = ending(vec![process(7, Tie::Owner, "codex"), process(8, Tie::Tree, "bash")], 2);
        assert_eq!(title(&agent), "codex in webshop (019c05a4)");
        assert_eq!(objection(&agent).as_deref(), Some("pid 7 has 2 other sessions loaded, which would end too"));
        let server = ending(vec![process(8, Tie::Environment, "vite")], 0);
        assert_eq!((title(&server).as_str(), objection(&server)), ("a process of webshop (019c05a4)", None));
    }

    #[test]
    fn a_line_names_the_process_and_shows_no_raw_text() {
        let now = Timestamp::from_second(1_000 + 7_200).expect("a moment");
        let line = line(&process(4242, Tie::Owner, "codex \u{1b}[2Jx"), now);
        assert!(line.starts_with("pid 4242"), "{line}");
        assert!(line.contains("2h") && line.contains("codex") && !line.contains('\u{1b}'), "{line}");
    }
}
