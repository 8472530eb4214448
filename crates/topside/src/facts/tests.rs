use clap::Parser;
use topside_model::{
    AgentId, Billing, Bytes, CallFact, CallId, Chapter, Charge, FileCursor, LeafNews, LimitId, LimitSeen, ModelId,
    Outcome, Percent, SessionId, SessionKey, Share, SizeClass, StateKind, StateSpan, Terms, Tokens, TurnEnd, TurnFact,
    TurnId, Untrusted, Usage, Work,
};

use super::*;
use crate::cli::{Cli, Command};
use crate::db::What;

fn at(time: &str) -> Timestamp {
    format!("2026-11-{time}:00Z").parse().expect("a moment")
}

fn key() -> SessionKey {
    SessionKey { agent: AgentId::new("codex"), id: SessionId::new("019c") }
}

/// A reply of the 18th.
fn chapter() -> Chapter {
    let session = PastSession {
        project: Some(Untrusted::new("web\u{1b}[2Jshop")),
        cwd: Some(Untrusted::new("=code,webshop")),
        first_at: Some(at("18T08:00")),
        last_at: Some(at("19T09:00")),
        ..PastSession::new(key())
    };
    let charge = Charge {
        mark: 1,
        shared: false,
        at: Some(at("18T08:05")),
        billing: Billing {
            model: Some(ModelId::new("gpt-5.6")),
            terms: Terms::default(),
            size: SizeClass::of(Tokens(250_000)),
        },
        usage: Usage { input_uncached: Tokens(250_000), output: Tokens(70), ..Usage::default() },
        share: Share::Own,
        settled: true,
    };
    let cursor = FileCursor {
        agent: AgentId::new("codex"),
        path: "/t/1".into(),
        id: (1, 1),
        len: Bytes(1),
        modified: at("18T09:00"),
        offset: Bytes(0),
        head: 0,
        before: 0,
        state: Vec::new(),
    };
    let leaves = vec![LeafNews { rank: 0, session, charges: vec![charge] }];
    Chapter { cursor, from: Bytes(0), anew: false, leaves }
}

/// A state that lasts, one that ended, a turn, a call and a limit, from the 18th to the 20th.
fn seen() -> [Fact; 5] {
    let (from, to) = (at("19T08:00"), Some(at("20T00:30")));
    let tool = Some(Untrusted::new("Bash"));
    let (started, ended) = (Some(at("18T08:00")), Some(at("18T08:30")));
    [
        Fact::State(StateSpan { session: key(), state: StateKind::Approval, tool, from, to }),
        Fact::State(StateSpan {
            session: key(),
            state: StateKind::TurnDone,
            tool: None,
            from: at("20T00:30"),
            to: None,
        }),
        Fact::Turn(TurnFact {
            session: key(),
            turn: TurnId::new("turn-1"),
            started_at: started,
            ended_at: ended,
            how: TurnEnd::Completed,
        }),
        Fact::Call(CallFact {
            session: key(),
            call: CallId::new("call-1"),
            tool: Untrusted::new("mcp__=1+1"),
            work: Work::Other,
            started_at: ended,
            finished_at: None,
            outcome: Outcome::Unknown,
        }),
        Fact::Limit(LimitSeen {
            agent: AgentId::new("codex"),
            home: Untrusted::new("/home/ada/.codex"),
            limit: LimitId::new("weekly"),
            window: Some(std::time::Duration::from_hours(168)),
            used: Percent(61.5),
            resets_at: Some(at("24T00:00")),
            at: at("19T12:00"),
        }),
    ]
}

fn asked(options: &[&str]) -> Export {
    let words = ["topside", "db", "export"].iter().chain(options);
    match Cli::try_parse_from(words).expect("a command line").command {
        Some(Command::Db(db)) => match db.what {
            What::Export(asked) => asked,
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

/// What `topside db export` with these options writes.
fn exported(options: &[&str]) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path().join("history.db");
    let mut store = Store::open(&place).expect("it opens");
    store.commit(&[chapter()]).expect("it is written");
    store.record(&seen(), at("20T01:00")).expect("it is written");
    drop(store);
    let mut out = Vec::new();
    export(asked(options), &TimeZone::UTC, &place, &mut out).expect("it is written");
    String::from_utf8(out).expect("text")
}

#[test]
fn every_kind_has_its_lines() {
    insta::assert_snapshot!("lines", exported(&[]));
    assert_eq!(exported(&["--jsonl"]), exported(&[]));
}

#[test]
fn every_line_keeps_to_the_schema_and_the_schema_asks_for_every_key() {
    let schema = serde_json::from_str(include_str!("../../../export/schema/fact.v1.json")).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    for line in exported(&[]).lines() {
        let line: serde_json::Value = serde_json::from_str(line).expect("JSON");
        let errors: Vec<String> = validator.iter_errors(&line).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:#?}\n{line:#}");
        for key in line.as_object().expect("an object").keys() {
            let mut broken = line.clone();
            broken.as_object_mut().expect("an object").remove(key);
            assert!(!validator.is_valid(&broken), "{key} may be missing: {line:#}");
        }
    }
}

#[test]
fn every_kind_has_its_records_in_one_table() {
    let table = exported(&["--csv"]);
    let commas = |line: &str| line.replace("\"'=code,webshop\"", "").matches(',').count();
    for line in table.lines() {
        assert_eq!(commas(line), commas(table.lines().next().expect("a heading")), "{line}");
    }
    insta::assert_snapshot!("table", table.replace("\r\n", "\n"));
}

/// Which facts stand in an export with these options, by their kinds.
#[track_caller]
fn check(options: &[&str], expected: &str) {
    let kind = |line: &str| line.split('"').nth(5).expect("a kind").to_owned();
    let kinds: Vec<String> = exported(options).lines().map(kind).collect();
    assert_eq!(kinds.join(" "), expected, "{options:?}");
}

#[test]
fn days_are_told_of_with_all_that_was_so_on_them() {
    check(&[], "session usage turn call state state limit");
    check(&["--since", "2026-11-18"], "session usage turn call state state limit");
    check(&["--until", "2026-11-18"], "session usage turn call");
    check(&["--since", "2026-11-19"], "session state state limit");
    check(&["--since", "2026-11-19", "--until", "2026-11-19"], "session state limit");
    check(&["--since", "2026-11-20"], "state state");
    check(&["--since", "2026-11-21"], "state");
    check(&["--until", "2026-11-17"], "");
}

#[test]
fn what_has_no_time_is_told_of_where_no_day_is_named() {
    let zone = TimeZone::UTC;
    let all = Range { since: None, until: None, zone: &zone };
    let some = Range { since: "2026-11-01".parse().ok(), ..all };
    assert!(all.has(None, None) && !some.has(None, None));
    assert!(some.has(None, Some(at("18T08:00"))) && some.has(Some(at("18T08:00")), None));
}

#[test]
fn days_begin_where_the_zone_says() {
    let zone = TimeZone::get("Asia/Kathmandu").expect("a zone");
    let range = Range { since: "2026-11-20".parse().ok(), until: None, zone: &zone };
    assert!(range.has(Some(at("19T18:15")), None) && !range.has(Some(at("19T18:14")), None));
}

/// A writer that takes so many writes.
struct Full(usize);

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self.0.checked_sub(1).ok_or(io::ErrorKind::BrokenPipe)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn what_cannot_be_written_ends_the_export() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path().join("history.db");
    let mut store = Store::open(&place).expect("it opens");
    store.commit(&[chapter()]).expect("it is written");
    store.record(&seen(), at("20T01:00")).expect("it is written");
    for lines in 0..7 {
        let error = export(asked(&[]), &TimeZone::UTC, &place, &mut Full(lines)).expect_err("it cannot be written");
        let cause = error.downcast_ref::<io::Error>().map(io::Error::kind);
        assert_eq!(cause, Some(io::ErrorKind::BrokenPipe), "{error:#}");
    }
}

#[test]
fn where_nothing_is_kept_it_is_said_what_to_do() {
    let place = Path::new("/nowhere/history.db");
    let error = export(asked(&[]), &TimeZone::UTC, place, &mut Vec::new()).expect_err("it is not there");
    assert_eq!(error.to_string(), "export /nowhere/history.db: it is not there yet; `topside usage` makes it");
}
