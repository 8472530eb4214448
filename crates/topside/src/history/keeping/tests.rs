use topside_collect::Scope;
use topside_model::{AgentId, LimitId, LimitSample, LimitWindow, Percent, Untrusted};
use topside_probe::FakeHost;

use super::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).expect("a moment")
}

/// A limit of five hours whose window began an hour ago.
fn limit() -> Limit {
    let window = LimitWindow { window: Some(Duration::from_hours(5)), used: Percent(3.0), resets_at: Some(at(14_400)) };
    let sample = LimitSample {
        limit: LimitId::new("codex"),
        name: None,
        plan: None,
        windows: vec![window],
        reached: None,
        seen_at: at(0),
    };
    Limit { agent: AgentId::new("codex"), home: Untrusted::new("/home/ada/.codex"), sample, marks: Vec::new() }
}

fn setup() -> Setup {
    Setup {
        root: None,
        homes: Vec::new(),
        now: None,
        scope: Scope::All,
        loaded_first: false,
        prices: Prices::vendored(),
        idle: None,
        titles: false,
    }
}

#[test]
fn who_used_a_limit_is_told_as_soon_as_there_is_one() {
    let host = FakeHost::new("/home/ada", at(0));
    let setup = setup();
    let keeping = Keeping { place: PathBuf::new(), zone: TimeZone::UTC, budgets: Vec::new(), keep: None };
    let (ring, _bell) = bounded(1);
    let mut voice = Voice { latest: Arc::default(), ring, history: History::default() };
    let stop = AtomicBool::new(false);
    let means = Means { host: &host, setup: &setup, threads: || THREADS, stop: &stop };
    let mut kept = Kept::new(means, &keeping, open(None).expect("it is in memory"));
    kept.begin(&mut voice).expect("there is nothing to read");
    for (limits, expected) in [(Vec::new(), None), (vec![limit()], Some(at(-3_600)))] {
        let seen = Snapshot { limits, ..Snapshot::empty(at(0)) };
        kept.take(News::Seen(Arc::new(seen)), &mut voice).expect("it is kept");
        let since = voice.latest.load().standing.limit_use.first().map(|used| used.since);
        assert_eq!(since, expected);
    }
}

/// Writes the transcript of a session that did nothing yet.
fn write_rollout(host: &FakeHost, number: usize) {
    let id = format!("019c00a4-0000-7000-8000-{number:012}");
    let path = format!("/home/ada/.codex/sessions/2027/01/15/rollout-2027-01-15T08-00-00-{id}.jsonl");
    let meta =
        format!(r#"{{"id":"{id}","timestamp":"2027-01-15T08:00:00.000Z","cwd":"/code","cli_version":"0.169.0"}}"#);
    let line = format!(r#"{{"timestamp":"2027-01-15T08:00:00.000Z","type":"session_meta","payload":{meta}}}"#);
    host.write(path, line + "\n");
}

/// What nobody has written down yet is not taken for nothing.
#[test]
fn beside_one_that_sets_history_up_everything_is_read_here() {
    let host = FakeHost::new("/home/ada", at(0));
    write_rollout(&host, 1);
    let (setup, stop) = (setup(), AtomicBool::new(false));
    let means = Means { host: &host, setup: &setup, threads: || THREADS, stop: &stop };
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path().join("history.db");
    let mut first = open(Some(&place)).expect("it opens");
    let second = || open(Some(&place)).expect("it opens");
    let how = |opened: &Opened| (opened.writes, opened.waits, opened.note.clone().unwrap_or_default());
    let (writes, waits, note) = how(&second());
    assert!(writes && waits && note.contains("is setting history up"), "{note}");
    first.catch_up(means, |_| {}).expect("it is kept");
    let (writes, waits, note) = how(&second());
    assert!(!writes && waits && note.contains("keeps history up to date"), "{note}");
}

#[test]
fn what_was_read_before_the_end_is_written_down() {
    const FILES: usize = 1000;
    let host = FakeHost::new("/home/ada", at(0));
    for number in 0..FILES {
        write_rollout(&host, number);
    }
    let (setup, stop) = (setup(), AtomicBool::new(false));
    let means = Means { host: &host, setup: &setup, threads: || THREADS, stop: &stop };
    let mut opened = open(None).expect("it is in memory");
    let written = |opened: &Opened| {
        let mut files = 0;
        opened.store.files(|_, _| files += 1).expect("it can be read");
        files
    };
    opened.catch_up(means, |_| stop.store(true, Ordering::Relaxed)).expect("it is kept");
    assert!((1..FILES).contains(&written(&opened)), "{} are written down", written(&opened));
    stop.store(false, Ordering::Relaxed);
    opened.catch_up(means, |_| {}).expect("it is kept");
    assert_eq!(written(&opened), FILES);
}

#[test]
fn files_and_folders_that_cannot_be_read_are_counted() {
    let host = FakeHost::new("/home/ada", at(0));
    let rollout = |day: u8| format!("/home/ada/.codex/sessions/2027/01/{day}/rollout-mine-{day}.jsonl");
    for day in [14, 15, 16] {
        host.write(rollout(day), "");
    }
    host.set_readable("/home/ada/.codex/sessions/2027/01/14", false);
    host.set_readable(rollout(15), false);
    let (setup, stop) = (setup(), AtomicBool::new(false));
    let means = Means { host: &host, setup: &setup, threads: || THREADS, stop: &stop };
    let mut opened = open(None).expect("it is in memory");
    let gaps = opened.catch_up(means, |_| {}).expect("it is kept");
    let told = "files and folders that cannot be read: 2; `topside usage` names them";
    assert_eq!(note(&gaps).as_deref(), Some(told));
}
