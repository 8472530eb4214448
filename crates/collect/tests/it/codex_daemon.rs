//! What Codex' daemon tells over its socket.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use topside_collect::{Pace, REGISTRY, Round, Runner, Scope};
use topside_model::{Activity, AgentId, EventKind, HealthState, ProcessRef};
use topside_probe::{FakeHost, FileLock, Host as _, Process};

const A: &str = "01a1aaaa-0000-7000-8000-00000000000a";
const B: &str = "01a1aaaa-0000-7000-8000-00000000000b";
const HOME: &str = "/home/u/.codex";
const SOCKET: &str = "/home/u/.codex/app-server-control/app-server-control.sock";

const RELEASE: &str = "0.169.0-x86_64-unknown-linux-musl";

/// A machine with a daemon that has two threads loaded, and topside looking on.
struct Machine {
    host: FakeHost,
    runner: Runner,
    /// What the daemon answers of its threads.
    threads: Arc<Mutex<BTreeMap<&'static str, Value>>>,
}

impl Machine {
    fn new() -> Self {
        let host = FakeHost::new("/home/u", "2026-11-20T01:00:05Z".parse().expect("a time"));
        let threads = BTreeMap::from([(A, active(&[])), (B, json!({ "type": "idle" }))]);
        let machine =
            Self { host, runner: Runner::new(REGISTRY, Scope::All, None), threads: Arc::new(Mutex::new(threads)) };
        machine.starts(10, &["codex", "app-server", "--listen", "unix://", "--managed-daemon"]);
        machine.locks(10);
        machine
    }

    fn starts(&self, pid: u32, args: &[&str]) {
        self.host.set_process(Process {
            id: ProcessRef { pid, started: u64::from(pid) },
            parent: 1,
            name: "codex".to_owned(),
            exe: Some(format!("{HOME}/packages/app-server-daemon/releases/{RELEASE}/bin/codex").into()),
            args: args.iter().map(|arg| (*arg).to_owned()).collect(),
            cwd: None,
            variables: BTreeMap::from([("HOME".to_owned(), "/home/u".to_owned())]),
            started_at: Some(self.host.now()),
            cpu_time: None,
            memory: None,
            terminal: None,
        });
    }

    fn locks(&self, pid: u32) {
        let lock = |thread: &str| {
            let path = format!("{HOME}/thread-writer-locks/{thread}.lock");
            self.host.write(&path, "");
            let inode = self.host.stat(path.as_ref()).expect("it is there").id.inode;
            FileLock { pid, inode, exclusive: true }
        };
        self.host.set_locks([A, B].map(lock).to_vec());
    }

    /// The daemon listens.
    fn serves(&self) {
        let threads = Arc::clone(&self.threads);
        self.host.serve(SOCKET, move |message| {
            let request: Value = serde_json::from_str(message).expect("what is said is JSON");
            let threads = threads.lock().expect("nobody panics");
            let result = match request["method"].as_str().expect("a method") {
                "initialize" => json!({ "codexHome": HOME, "userAgent": "codex/0.169.0" }),
                "initialized" => return Vec::new(),
                "thread/loaded/list" => json!({ "data": threads.keys().collect::<Vec<_>>(), "nextCursor": null }),
                "thread/read" => {
                    assert_eq!(request["params"]["includeTurns"], false, "only what costs the daemon nothing is read");
                    let id = request["params"]["threadId"].as_str().expect("a thread");
                    json!({ "thread": { "id": id, "status": threads[id], "ephemeral": false, "turns": [] } })
                }
                other => panic!("{other} is never asked for"),
            };
            vec![json!({ "id": request["id"], "result": result }).to_string()]
        });
    }

    fn tells(&self, method: &str, params: &Value) {
        self.host.tell(SOCKET, &json!({ "method": method, "params": params }).to_string());
    }

    fn changes(&self, thread: &str, status: &Value) {
        self.tells("thread/status/changed", &json!({ "threadId": thread, "status": status }));
    }

    fn round(&mut self, pace: Pace) -> Round {
        self.runner.round(&self.host, pace)
    }

    /// What is known at a look of each thread, by the last letter of its name.
    #[track_caller]
    fn check(&mut self, expected: &[&str]) {
        let world = self.round(Pace::Look).world.expect("it looked");
        let said = world.sessions.iter().filter_map(|(key, presence)| {
            let report = presence.owner.as_ref()?.report.as_ref()?;
            Some(format!("{} {}", &key.id.as_str()[35..], words(&report.activity)))
        });
        assert_eq!(said.collect::<Vec<_>>(), expected);
    }

    fn passes(&self, seconds: u64) {
        self.host.advance(Duration::from_secs(seconds));
    }

    /// What `topside doctor` shows: problems, and what was not known.
    fn complaints(&mut self) -> Vec<String> {
        let health = self.round(Pace::Look).health;
        let codex = health.iter().find(|one| one.agent == AgentId::new("codex")).expect("it is looked at");
        assert_eq!(codex.state, HealthState::Up);
        let unknown = codex.unknown.iter().map(|one| format!("{} x{}", one.kind.raw(), one.count));
        codex.problems.iter().map(|problem| problem.what.clone()).chain(unknown).collect()
    }
}

fn active(flags: &[&str]) -> Value {
    json!({ "type": "active", "activeFlags": flags })
}

fn words(activity: &Activity) -> &str {
    match activity {
        Activity::Busy => "busy",
        Activity::Idle => "idle",
        Activity::Approval(None) => "approval",
        Activity::Question(None) => "question",
        Activity::Other(word) => word.raw(),
        _ => "something that a daemon never says",
    }
}

/// Reports of a round: thread, activity, and second since which it holds.
fn reports(round: &Round) -> Vec<String> {
    let report = |(key, report): &(topside_model::SessionKey, topside_model::Report)| {
        let since = report.since.map_or(-1, |since| since.as_second() % 60);
        format!("{} {} {since}", &key.id.as_str()[35..], words(&report.activity))
    };
    round.reports.iter().map(report).collect()
}

#[test]
fn threads_are_asked_for_once_and_listened_to_from_then_on() {
    let mut machine = Machine::new();
    machine.serves();
    machine.check(&["a busy", "b idle"]);
    let asked = machine.host.heard_at(SOCKET);
    assert_eq!(asked.len(), 5, "initialize, initialized, the list, two threads: {asked:#?}");
    // The daemon's requests to its vendor name who came last: they stay as its terminals make them.
    assert_eq!(
        asked[0],
        r#"{"id":1,"method":"initialize","params":{"clientInfo":{"name":"codex-tui","version":"0.169.0"}}}"#
    );
    machine.passes(1);
    machine.changes(A, &active(&["waitingOnApproval"]));
    let round = machine.round(Pace::Touch);
    assert_eq!((reports(&round), round.look), (vec!["a approval 6".to_owned()], false));
    machine.passes(1);
    machine.changes(A, &active(&["waitingOnApproval"]));
    assert!(machine.round(Pace::Touch).is_quiet(), "it is the same as before");
    machine.changes(A, &active(&["waitingOnUserInput"]));
    machine.check(&["a question", "b idle"]);
    machine.changes(A, &json!({ "type": "systemError" }));
    machine.changes(B, &active(&[]));
    machine.check(&["a idle", "b busy"]);
    assert_eq!(machine.host.heard_at(SOCKET).len(), asked.len(), "nothing is asked a second time");
}

#[test]
fn only_a_daemon_that_has_threads_is_connected_to() {
    let mut machine = Machine::new();
    machine.serves();
    machine.host.remove_process(10);
    machine.starts(11, &["codex", "--no-daemon"]);
    machine.locks(11);
    machine.check(&[]);
    machine.starts(10, &["codex", "app-server", "--listen", "unix://", "--managed-daemon"]);
    machine.check(&[]);
    assert_eq!(machine.host.connections(SOCKET), 0, "its first client is not to be topside");
    machine.locks(10);
    machine.check(&["a busy", "b idle"]);
    machine.locks(11);
    machine.check(&[]);
    assert_eq!(machine.host.connections(SOCKET), 1, "what it says of others' threads does not count");
    machine.host.remove_process(10);
    machine.check(&[]);
    assert_eq!(machine.host.connections(SOCKET), 0);
}

#[test]
fn a_broadcast_is_newer_than_an_answer() {
    let mut machine = Machine::new();
    machine.host.serve(SOCKET, |_| Vec::new());
    machine.check(&[]);
    let answer = |id: u32, result: Value| json!({ "id": id, "result": result }).to_string();
    machine.host.tell(SOCKET, &answer(1, json!({})));
    machine.host.tell(SOCKET, &answer(2, json!({ "data": [A] })));
    machine.changes(A, &json!({ "type": "idle" }));
    machine.host.tell(SOCKET, &answer(3, json!({ "thread": { "id": A, "status": active(&[]) } })));
    machine.check(&["a idle"]);
}

#[test]
fn a_daemon_that_is_lost_is_found_again() {
    let mut machine = Machine::new();
    machine.serves();
    machine.check(&["a busy", "b idle"]);
    machine.host.hang_up(SOCKET);
    assert!(machine.round(Pace::Touch).look, "what it said does not hold any more");
    machine.check(&[]);
    assert_eq!(machine.complaints(), ["talk to it: the program ended"]);
    // Another takes over, and the pause that the first one's failures ask for does not count.
    machine.serves();
    machine.host.remove_process(10);
    machine.starts(20, &["codex", "app-server", "--listen", "unix://", "--managed-daemon"]);
    machine.locks(20);
    machine.check(&["a busy", "b idle"]);
    assert!(machine.complaints().is_empty());
}

#[test]
fn nobody_is_pressed_for_an_answer() {
    let mut machine = Machine::new();
    let mut tries = Vec::new();
    for second in 0..200 {
        // It hangs up on everybody at once.
        machine.host.serve(SOCKET, |_| Vec::new());
        machine.round(Pace::Look);
        if machine.host.connections(SOCKET) > 0 {
            tries.push(second);
        }
        machine.host.hang_up(SOCKET);
        machine.round(Pace::Touch);
        machine.passes(1);
    }
    let pauses: Vec<i32> = tries.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(pauses.is_sorted() && pauses.last().is_some_and(|last| *last >= 60), "{pauses:?}");
}

#[test]
fn garbage_and_strange_words_are_counted_and_change_nothing() {
    let mut machine = Machine::new();
    machine.serves();
    machine.check(&["a busy", "b idle"]);
    for garbage in ["", "[]", "{\"method\":\"thread/status/changed\",\"par", "\u{0}", "null"] {
        machine.host.tell(SOCKET, garbage);
    }
    for harmless in [
        json!({ "method": "thread/status/changed" }),
        json!({ "method": "thread/status/changed", "params": { "threadId": 7, "status": [] } }),
        json!({ "method": "thread/tokenUsage/updated", "params": { "threadId": A } }),
        json!({ "method": "item/commandExecution/requestApproval", "id": 1, "params": { "threadId": A } }),
        json!({ "id": 99, "result": { "thread": { "id": A, "status": { "type": "idle" } } } }),
        json!({ "id": 5, "error": { "code": -32600, "message": "no" } }),
    ] {
        machine.host.tell(SOCKET, &harmless.to_string());
    }
    machine.check(&["a busy", "b idle"]);
    machine.changes(A, &active(&["waitingOnTheMoon"]));
    machine.changes(B, &json!({ "type": "dreaming" }));
    machine.check(&["a busy", "b dreaming"]);
    let complaints = machine.complaints();
    assert_eq!(complaints, ["5 lines are not JSON", "flag waitingOnTheMoon x1", "status dreaming x1"]);
}

#[test]
fn an_error_in_answer_to_one_thread_leaves_the_others() {
    let mut machine = Machine::new();
    machine.host.serve(SOCKET, |_| Vec::new());
    machine.check(&[]);
    let told = |id: u32, what: Value| {
        let mut answer = json!({ "id": id });
        answer.as_object_mut().expect("an object").extend(what.as_object().expect("an object").clone());
        answer.to_string()
    };
    machine.host.tell(SOCKET, &told(1, json!({ "result": {} })));
    machine.host.tell(SOCKET, &told(2, json!({ "result": { "data": [A, "not/an \"id\"", B] } })));
    machine.host.tell(SOCKET, &told(3, json!({ "error": { "code": -32001, "message": "overloaded" } })));
    machine.host.tell(SOCKET, &told(4, json!({ "result": { "thread": { "id": B, "status": { "type": "idle" } } } })));
    machine.check(&["b idle"]);
    assert_eq!(machine.complaints(), ["answer to thread/read: overloaded x1"]);
    assert_eq!(machine.host.heard_at(SOCKET).len(), 5, "an id that is none is not asked for");
}

#[test]
fn threads_that_come_and_go_are_worth_a_look_and_hidden_ones_are_not() {
    let mut machine = Machine::new();
    machine.serves();
    machine.check(&["a busy", "b idle"]);
    let started =
        |id: &str, ephemeral: bool| json!({ "thread": { "id": id, "ephemeral": ephemeral, "status": active(&[]) } });
    machine.tells("thread/started", &started("hidden", true));
    machine.changes("hidden", &active(&["waitingOnApproval"]));
    machine.tells("thread/name/updated", &json!({ "threadId": "hidden", "threadName": "a title" }));
    machine.tells("thread/closed", &json!({ "threadId": "hidden" }));
    let round = machine.round(Pace::Touch);
    assert!(round.is_quiet() && !round.look);
    machine.tells("thread/started", &started("01a1aaaa-0000-7000-8000-00000000000c", false));
    assert!(machine.round(Pace::Touch).look);
    assert!(!machine.round(Pace::Touch).look, "once");
    machine.tells("thread/closed", &json!({ "threadId": A }));
    assert!(machine.round(Pace::Touch).look);
    machine.check(&["b idle"]);
    machine.changes(B, &json!({ "type": "notLoaded" }));
    machine.check(&[]);
}

#[test]
fn names_and_limits_are_passed_on() {
    let mut machine = Machine::new();
    machine.serves();
    machine.host.write(
        format!("{HOME}/sessions/2026/11/20/rollout-2026-11-20T01-00-00-{A}.jsonl"),
        format!(r#"{{"timestamp":"2026-11-20T01:00:00Z","type":"session_meta","payload":{{"id":"{A}"}}}}"#) + "\n",
    );
    machine.check(&["a busy", "b idle"]);
    machine.tells("thread/name/updated", &json!({ "threadId": A, "threadName": "Fix the build" }));
    let window = |used| json!({ "usedPercent": used, "windowDurationMins": 300, "resetsAt": 1_800_000_000 });
    let weekly = json!({ "usedPercent": 7, "windowDurationMins": 10080, "resetsAt": 1_800_100_000 });
    let limits = |limits: &Value| json!({ "rateLimits": limits });
    let first = json!({ "limitId": "codex", "planType": "pro", "primary": window(40), "secondary": weekly });
    machine.tells("account/rateLimits/updated", &limits(&first));
    let told = |round: &Round| -> Vec<String> {
        let limit = |(agent, home, sample): &(AgentId, topside_model::Untrusted, topside_model::LimitSample)| {
            let used: Vec<f64> = sample.windows.iter().map(|window| window.used.0).collect();
            format!(
                "{agent} {} {} {:?} {used:?}",
                home.raw(),
                sample.limit.as_str(),
                sample.plan.as_ref().map(topside_model::Untrusted::raw)
            )
        };
        round.limits.iter().map(limit).collect()
    };
    let round = machine.round(Pace::Touch);
    let names = round.events.iter().filter(|(_, event)| matches!(event.kind, EventKind::SessionNamed(_)));
    assert_eq!(names.count(), 1);
    assert_eq!(told(&round), [r#"codex /home/u/.codex codex Some("pro") [40.0, 7.0]"#]);
    // What is left out is as it was.
    machine.tells("account/rateLimits/updated", &limits(&json!({ "limitId": "codex", "primary": window(41) })));
    let round = machine.round(Pace::Touch);
    assert_eq!(told(&round), [r#"codex /home/u/.codex codex Some("pro") [41.0, 7.0]"#]);
    assert!(machine.round(Pace::Touch).limits.is_empty(), "it is told once");
}

#[test]
fn an_answer_is_awaited_only_while_something_is_asked() {
    let mut machine = Machine::new();
    machine.round(Pace::Sweep);
    assert!(!machine.runner.is_settling(), "nobody listens");
    machine.passes(60);
    machine.host.serve(SOCKET, |_| Vec::new());
    machine.round(Pace::Look);
    assert!(machine.runner.is_settling(), "it does not answer");
    machine.host.hang_up(SOCKET);
    machine.serves();
    machine.round(Pace::Look);
    machine.passes(60);
    machine.round(Pace::Look);
    assert!(!machine.runner.is_settling(), "it has answered");
}
