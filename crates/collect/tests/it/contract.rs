//! The contract of an agent is general: a second, tiny agent with a format of its own runs beside the first, and one
//! that panics takes nobody with it.

use std::path::{Path, PathBuf};

use topside_collect::{
    Agent, Decoder, Found, Layout, Level, Live, Look, Manifest, Output, Pace, Role, Runner, Scope, Source, Transcripts,
    Verdict,
};
use topside_model::{Event, EventKind, HealthState, Origin, Place, SessionId, SourceId, TurnEnd, Untrusted};
use topside_probe::{FakeHost, Process};

/// Writes `<session>.log` in `~/.echo`: a line is `> prompt` or `< done`. A process named `echo-agent` has the session
/// in its second argument loaded.
struct Echo {
    id: &'static Manifest,
    panics: bool,
}

const fn manifest(id: &'static str) -> Manifest {
    Manifest {
        id,
        title: "Echo",
        programs: &["echo-agent"],
        helpers: &[],
        variables: &["HOME", "ECHO_SESSION"],
        session_variable: Some("ECHO_SESSION"),
        call_variable: None,
        shares_replies: false,
    }
}

static ECHO: Echo = Echo { id: &manifest("echo"), panics: false };
static BROKEN: Echo = Echo { id: &manifest("broken"), panics: true };

impl Agent for Echo {
    fn manifest(&self) -> &'static Manifest {
        self.id
    }

    fn homes(&self, look: &Look<'_>) -> Vec<PathBuf> {
        vec![look.host.home().join(".echo")]
    }

    fn sources(&self, look: &Look<'_>, home: &Path, wanted: &dyn Fn(&str) -> bool, found: &mut Transcripts) {
        let log = |name: &str| name.strip_suffix(".log").filter(|session| wanted(session)).map(SessionId::new);
        let source = |log: Found<SessionId>| Source {
            id: SourceId(0),
            path: log.path,
            home: home.into(),
            stat: log.stat,
            session: log.what,
            parent: None,
            rank: 0,
            layout: Layout::Lines,
            archived: false,
        };
        look.files.regular(look.host, home, &log, &mut |log| found.push(source(log)));
    }

    fn live(&self, look: &Look<'_>, homes: &[PathBuf]) -> Vec<Live> {
        let owners = look.processes.by_pid.values().filter(|process| process.name == "echo-agent");
        let live = |process: &Process| Live {
            session: SessionId::new(&process.args[1]),
            owner: process.id,
            home: homes[0].clone(),
            proof: Place::Process { pid: process.id.pid },
            headless: false,
            report: None,
            cwd: None,
            folder: None,
            window: None,
        };
        owners.map(live).collect()
    }

    fn role(&self, _process: &Process) -> Option<Role> {
        Some(Role::Owner { word: "terminal", headless: false })
    }

    fn decoder(&self, source: &Source, _level: Level, _saved: Option<&[u8]>) -> Box<dyn Decoder> {
        Box::new(EchoDecoder { session: source.session.clone(), source: source.id, panics: self.panics })
    }
}

struct EchoDecoder {
    session: SessionId,
    source: SourceId,
    panics: bool,
}

impl Decoder for EchoDecoder {
    fn head(&mut self, _offset: u64, _head: &[u8]) -> Verdict {
        Verdict::Read
    }

    fn passed(&mut self, _offset: u64, _out: &mut Output) {}

    fn record(&mut self, offset: u64, record: &[u8], out: &mut Output) {
        assert!(!self.panics, "this agent is broken");
        let text = String::from_utf8_lossy(record);
        let kind = match text.strip_prefix("> ") {
            Some(prompt) => EventKind::PromptSent { prompt: None, text: Some(Untrusted::new(prompt)), size: None },
            None => EventKind::TurnEnded { turn: None, how: TurnEnd::Completed },
        };
        let origin = Origin { rank: 0, offset, source: self.source };
        out.events.push(Event { session: self.session.clone(), at: None, origin, kind });
    }

    fn opening(&self) -> &'static [u8] {
        b""
    }

    fn pause(&mut self, _out: &mut Output) {}

    fn save(&self) -> Vec<u8> {
        Vec::new()
    }
}

fn host() -> FakeHost {
    let host = FakeHost::new("/home/u", "2026-11-20T01:00:00Z".parse().expect("a time"));
    host.write("/home/u/.echo/one.log", "> hello\n< done\n");
    host
}

#[test]
fn a_second_agent_runs_beside_the_first() {
    let mut runner = Runner::new(&[crate::common::codex(), &ECHO], Scope::All, None);
    let round = runner.round(&host(), Pace::Look);
    let seen: Vec<String> =
        round.events.iter().map(|(agent, event)| format!("{agent} {} {:?}", event.session, event.kind)).collect();
    assert_eq!(
        seen,
        [
            r#"echo one PromptSent { prompt: None, text: Some("hello"), size: None }"#,
            "echo one TurnEnded { turn: None, how: Completed }"
        ]
    );
    assert_eq!(round.health.len(), 2);
}

#[test]
fn an_agent_that_panics_is_taken_out_and_the_rest_goes_on() {
    let mut runner = Runner::new(&[&BROKEN, &ECHO], Scope::All, None);
    let host = host();
    let round = runner.round(&host, Pace::Look);
    assert!(round.events.iter().all(|(agent, _)| agent.as_str() == "echo"));
    assert_eq!(round.events.len(), 2);
    let states: Vec<&HealthState> = round.health.iter().map(|health| &health.state).collect();
    assert_eq!(states, [&HealthState::Panicked("this agent is broken".to_owned()), &HealthState::Up]);
    host.append("/home/u/.echo/one.log", "> again\n");
    assert_eq!(runner.round(&host, Pace::Look).events.len(), 1);
}
