use std::ops::ControlFlow;
use std::sync::Arc;

use proptest::prelude::*;
use topside_model::{
    AgentId, CallId, Detail, ErrorClass, ErrorView, Fact, FileChange, FileTouch, Identity, Limit, LimitId, LimitSample,
    LimitWindow, Outcome, Percent, ProcessRef, ProcessView, Project, Session, SessionId, SessionKey, Status, Tie,
    ToolCall, TurnEnd, TurnId, TurnView, Untrusted, Vitals, Work,
};
use topside_store::{Days, Retention};

use super::*;

/// A moment in seconds after an arbitrary one.
fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).expect("a moment")
}

/// Everything that `store` says was seen.
fn facts(store: &Store) -> Vec<Fact> {
    let mut facts = Vec::new();
    let take = |fact| {
        facts.push(fact);
        ControlFlow::Continue(())
    };
    store.past().expect("it is read").facts(take).expect("they are read");
    facts
}

/// What a session shows in a snapshot.
#[derive(Debug, Clone)]
struct Shown {
    /// Which state it is in.
    state: u8,
    /// Seconds for which it has been.
    age: i64,
    /// Turns and calls so far; the last is open.
    turns: i64,
}

/// A snapshot, some seconds after the one before, and what befalls the program there.
#[derive(Debug, Clone)]
struct Step {
    seconds: i64,
    sessions: Vec<Option<Shown>>,
    used: u8,
    restarts: bool,
    repeats: bool,
}

fn shown() -> impl Strategy<Value = Shown> {
    (0..7_u8, 0..25_i64, 0..4_i64).prop_map(|(state, age, turns)| Shown { state, age, turns })
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let sessions = prop::collection::vec(prop::option::weighted(0.8, shown()), 2);
    let step = (1..30_i64, sessions, 0..3_u8, any::<bool>(), any::<bool>());
    let step = step.prop_map(|(seconds, sessions, used, restarts, repeats)| Step {
        seconds,
        sessions,
        used,
        restarts,
        repeats,
    });
    prop::collection::vec(step, 1..20)
}

fn status(shown: &Shown, now: i64) -> Status {
    let since = Some(at(now - shown.age));
    let tool = Untrusted::new(if shown.age % 2 == 0 { "Bash" } else { "Edit" });
    match shown.state {
        0 => Status::Thinking { since },
        1 => Status::Approval { tool, summary: None, since },
        2 => Status::WaitingOnSubagents { n: 1, since },
        3 => Status::TurnDone { since },
        4 => Status::Ended { at: since },
        5 => Status::Crashed { at: since },
        _ => Status::Unknown { why: "a test", over: false },
    }
}

fn session(place: usize, shown: &Shown, now: i64) -> Session {
    let ended = |number: i64| (number < shown.turns).then_some((Some(at(number * 10 + 5)), TurnEnd::Completed));
    let turn = |number: i64| TurnView {
        id: TurnId::new(number.to_string()),
        started_at: Some(at(number * 10)),
        ended: ended(number),
    };
    let call =
        |number: i64| ToolCall { outcome: ended(number).map(|_| Outcome::Completed), ..call(&number.to_string()) };
    let numbers = || 0..=shown.turns;
    let detail =
        Detail { turns: numbers().map(turn).collect(), tools: numbers().map(call).collect(), ..Detail::default() };
    let key = SessionKey { agent: AgentId::new("codex"), id: SessionId::new(place.to_string()) };
    Session { live: true, detail: Arc::new(detail), ..Session::new(key, status(shown, now)) }
}

fn call(id: &str) -> ToolCall {
    ToolCall {
        id: CallId::new(id),
        name: Untrusted::new("Bash"),
        work: Work::Command,
        summary: None,
        started_at: None,
        finished_at: None,
        took: None,
        outcome: None,
        exit_code: None,
    }
}

fn limit(used: u8, now: i64) -> Limit {
    let window = LimitWindow { window: None, used: Percent(f64::from(used)), resets_at: Some(at(100_000)) };
    let sample = LimitSample {
        limit: LimitId::new("weekly"),
        name: None,
        plan: None,
        windows: vec![window],
        reached: None,
        seen_at: at(now),
    };
    Limit { agent: AgentId::new("codex"), home: Untrusted::new("/home/ada/.codex"), sample, marks: Vec::new() }
}

/// What is kept of `steps`, with what befalls the program or without.
fn kept(steps: &[Step], befalls: bool) -> Vec<Fact> {
    let mut store = Store::in_memory().expect("there is memory");
    let mut recorder = Recorder::default();
    let mut now = 0;
    for step in steps {
        now += step.seconds;
        let shown = step.sessions.iter().enumerate();
        let sessions = shown.filter_map(|(place, shown)| Some(Arc::new(session(place, shown.as_ref()?, now))));
        let sessions = sessions.collect();
        let snapshot = Snapshot { sessions, limits: vec![limit(step.used, now)], ..Snapshot::empty(at(now)) };
        if befalls && step.restarts {
            // What was found and not written is lost with it.
            recorder = Recorder::default();
        }
        recorder.record(&snapshot, &mut store).expect("it is written");
        if befalls && step.repeats {
            Recorder::default().record(&snapshot, &mut store).expect("it is written");
            recorder.record(&snapshot, &mut store).expect("it is written");
        }
    }
    facts(&store)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn restarts_and_repeats_change_nothing(steps in steps()) {
        prop_assert_eq!(kept(&steps, true), kept(&steps, false));
    }

    #[test]
    fn no_more_than_one_state_of_a_session_lasts(steps in steps()) {
        let lasting = |facts: &[Fact], name: &str| {
            let lasts = |fact: &&Fact| matches!(fact, Fact::State(span) if span.to.is_none() && span.session.id.as_str() == name);
            facts.iter().filter(lasts).count()
        };
        let facts = kept(&steps, true);
        prop_assert!(lasting(&facts, "0") <= 1 && lasting(&facts, "1") <= 1, "{facts:?}");
    }
}

#[test]
fn while_nothing_happens_it_is_noted_that_somebody_watched() {
    let mut store = Store::in_memory().expect("there is memory");
    let mut recorder = Recorder::default();
    let mut seen_at = |second| {
        recorder.record(&Snapshot::empty(at(second)), &mut store).expect("it is written");
        store.bookmark().expect("it is read").seen_at
    };
    assert_eq!([0, 10, 59, 60, 61].map(&mut seen_at), [0, 0, 0, 60, 60].map(|second| Some(at(second))));
}

#[test]
fn what_was_let_go_of_stays_away_though_the_screen_shows_it() {
    let mut store = Store::in_memory().expect("there is memory");
    let day = 24 * 3_600;
    // Turns of the first minute, told again by every start.
    let session = Arc::new(session(0, &Shown { state: 3, age: 0, turns: 3 }, 40 * day));
    let snapshot = Snapshot { sessions: vec![session], ..Snapshot::empty(at(40 * day)) };
    let see = |store: &mut Store| Recorder::default().record(&snapshot, store).expect("it is written");
    see(&mut store);
    let turns = |store: &Store| facts(store).iter().filter(|fact| matches!(fact, Fact::Turn(_))).count();
    assert_eq!(turns(&store), 3);
    let plan = Retention { keep: Some(Days(30)) }.plan(at(40 * day), &store.held().expect("they are counted"));
    assert_eq!(store.retain(&plan).expect("they go"), 3);
    see(&mut store);
    assert_eq!(turns(&store), 0);
}

#[test]
fn a_simulated_fleet_is_not_kept() {
    let mut store = Store::in_memory().expect("there is memory");
    Recorder::default().record(&crate::demo::fleet(at(0), 0), &mut store).expect("nothing is written");
    assert!(facts(&store).is_empty());
}

/// What somebody wrote.
const CANARY: &str = "a canary that sings";

fn canary() -> Untrusted {
    Untrusted::new(CANARY)
}

/// A session of which every text is somebody's.
fn singing(id: &str, status: Status) -> Arc<Session> {
    let turn = TurnView { id: TurnId::new("1"), started_at: Some(at(0)), ended: Some((Some(at(1)), TurnEnd::Failed)) };
    let error = ErrorView { class: ErrorClass::Other, message: Some(canary()), at: None };
    let detail = Detail {
        first_prompt: Some(canary()),
        turns: vec![turn],
        tools: vec![ToolCall { summary: Some(canary()), outcome: Some(Outcome::Failed), ..call("1") }],
        files: vec![FileTouch { path: canary(), how: FileChange::Added, at: None, times: 1 }],
        error: Some(error),
        sources: vec![canary()],
        ..Detail::default()
    };
    let process = ProcessView {
        process: ProcessRef { pid: 1, started: 1 },
        parent: 1,
        depth: 0,
        command: canary(),
        vitals: Vitals::default(),
        started_at: None,
        tie: Tie::Owner,
    };
    let key = SessionKey { agent: AgentId::new("codex"), id: SessionId::new(id) };
    Arc::new(Session {
        name: Some(canary()),
        identity: Some(Arc::new(Identity { branch: Some(canary()), cwd: Some(canary()), ..Identity::default() })),
        project: Project { cwd: Some(canary()), name: Some(canary()), git: None },
        processes: vec![process],
        live: true,
        detail: Arc::new(detail),
        ..Session::new(key, status)
    })
}

#[test]
fn nothing_that_somebody_wrote_is_kept() {
    let (since, tool) = (Some(at(0)), Untrusted::new("ToolOfApproval"));
    let call = CallId::new("1");
    let statuses = [
        Status::RunningTool { call, name: tool.clone(), summary: Some(canary()), parallel: 1, since },
        Status::Approval { tool, summary: Some(canary()), since },
        Status::Question { text: Some(canary()), since },
        Status::Failed { error: ErrorClass::Other, message: Some(canary()), since },
    ];
    let sessions = statuses.into_iter().zip(["a", "b", "c", "d"]).map(|(status, id)| singing(id, status)).collect();
    let mut limit = limit(1, 0);
    limit.sample = LimitSample { name: Some(canary()), plan: Some(canary()), reached: Some(canary()), ..limit.sample };
    let snapshot = Snapshot { sessions, limits: vec![limit], ..Snapshot::empty(at(9)) };
    let folder = tempfile::tempdir().expect("a folder");
    let mut store = Store::open(&folder.path().join("history.db")).expect("it opens");
    Recorder::default().record(&snapshot, &mut store).expect("it is written");
    assert_eq!(facts(&store).len(), 13, "a turn, a call and a state of each, and a limit");
    // What is in the log has not come to the database yet.
    let files = std::fs::read_dir(folder.path()).expect("it is listed").map(|file| file.expect("a file").path());
    let bytes: Vec<u8> = files.flat_map(|file| std::fs::read(file).expect("it is read")).collect();
    let holds = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(holds("ToolOfApproval") && holds("/home/ada/.codex"), "what is kept is found so");
    assert!(!holds(CANARY));
}

#[test]
fn what_could_not_be_written_is_found_anew() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path().join("history.db");
    drop(Store::open(&place).expect("it opens"));
    let mut reader = Store::open_to_read(&place).expect("it opens").expect("it is there");
    let snapshot = Snapshot { limits: vec![limit(1, 0)], ..Snapshot::empty(at(9)) };
    let mut recorder = Recorder::default();
    assert!(recorder.record(&snapshot, &mut reader).is_err());
    let mut store = Store::open(&place).expect("it opens");
    recorder.record(&snapshot, &mut store).expect("it is written");
    assert_eq!(facts(&store).len(), 1);
}
