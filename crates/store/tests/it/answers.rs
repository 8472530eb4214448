//! Reports that are kept until history changes.

use std::fs::{self, File};
use std::path::PathBuf;

use tempfile::TempDir;
use topside_model::{
    AgentId, Cost, Fact, ModelId, ModelTally, Money, Period, RowKey, SessionId, SessionKey, Spending, Tally, TimeZone,
    Timestamp, Tokens, TurnEnd, TurnFact, TurnId, Untrusted, Usage, UsageQuery, UsageReport, UsageRow,
};
use topside_store::{Kept, Store};

use crate::world::{at, chapter, charge};

const SETTING: &[u8] = b"who asks, and where";
const SCENE: &[u8] = b"what stood there";
const QUESTION: &[u8] = b"what was used by whom";

fn query() -> UsageQuery {
    UsageQuery::all(Period::Session, TimeZone::UTC)
}

/// A report with a row of this kind.
fn report(key: RowKey) -> UsageReport {
    let tally = Tally {
        usage: Usage { input_uncached: Tokens(1), cache_read: Tokens(u64::MAX), web_searches: 3, ..Usage::default() },
        replies: 4,
        unsettled: 5,
        cost: Cost {
            money: Money(u128::MAX),
            unpriced_replies: 6,
            unpriced_tokens: Tokens(7),
            unpriced: [None, Some(ModelId::new("m"))].into(),
        },
    };
    let models = vec![ModelTally { model: None, tally: tally.clone() }];
    let spending = Spending { tally, sessions: 8, span: Some((at(1), at(2))), models };
    let rows = vec![UsageRow { key, spending: spending.clone() }];
    UsageReport {
        taken_at: at(10),
        query: query(),
        rows,
        total: spending,
        undated: Spending::default(),
        unknown_project: None,
    }
}

/// A history in a file.
struct World(TempDir);

impl World {
    fn new() -> Self {
        let world = Self(tempfile::tempdir().expect("a folder"));
        world.write(|store| _ = store.commit([chapter("s", 0, vec![charge(1, 1, 100)])]).expect("it is written"));
        world
    }

    /// The same with a report, and that report.
    fn with_report() -> (Self, UsageReport) {
        let (world, report) = (Self::new(), report(RowKey::UnknownTime));
        world.keep(QUESTION, &report);
        (world, report)
    }

    fn place(&self) -> PathBuf {
        self.0.path().join("history.db")
    }

    fn write(&self, write: impl FnOnce(&mut Store)) {
        write(&mut Store::open(&self.place()).expect("it opens"));
    }

    fn keep(&self, question: &[u8], report: &UsageReport) {
        let claim = Store::open(&self.place()).expect("it opens").close().expect("it may be written to");
        claim.keep(SETTING, SCENE, question, report).expect("it is written");
    }

    fn kept(&self) -> Option<Kept> {
        Kept::read(&self.place(), SETTING)
    }

    fn recalled(&self, now: Timestamp) -> Option<UsageReport> {
        self.kept()?.report(QUESTION, &query(), now)
    }
}

#[test]
fn a_report_comes_back_as_it_was_whatever_its_rows_stand_for() {
    let day = "2026-11-20".parse().expect("a day");
    let (agent, project) = (AgentId::new("a"), Some(Untrusted::new("p")));
    let key = SessionKey { agent: agent.clone(), id: SessionId::new("s") };
    let world = World::new();
    for key in [
        RowKey::Day(day),
        RowKey::Week(day),
        RowKey::Month(day),
        RowKey::Session { key, project: project.clone() },
        RowKey::Project(project),
        RowKey::Project(None),
        RowKey::Model(Some(ModelId::new("m"))),
        RowKey::Model(None),
        RowKey::Agent(agent),
        RowKey::UnknownTime,
    ] {
        let report = report(key);
        world.keep(QUESTION, &report);
        assert_eq!(world.recalled(at(10)), Some(report.clone()));
        assert_eq!(world.recalled(at(11)), Some(UsageReport { taken_at: at(11), ..report }));
    }
    assert_eq!(world.kept().expect("it is there").scene(), Some(SCENE));
}

#[test]
fn what_depends_on_the_moment_is_not_kept() {
    let world = World::new();
    let block = RowKey::Block { start: at(0), agent: AgentId::new("a"), end: at(300), running: true };
    world.keep(QUESTION, &report(block));
    assert_eq!(world.recalled(at(10)), None);
}

#[test]
fn a_long_report_is_not_kept_nor_one_of_a_history_that_ends_with_the_program() {
    let world = World::new();
    let mut long = report(RowKey::UnknownTime);
    long.rows = vec![long.rows[0].clone(); 10_000];
    world.keep(QUESTION, &long);
    assert_eq!(world.recalled(at(10)), None);
    assert!(Store::in_memory().expect("there is memory").close().is_none());
}

#[test]
fn another_question_or_setting_has_another_answer() {
    let (world, _) = World::with_report();
    let kept = world.kept().expect("it is there");
    assert_eq!(kept.report(b"what else", &query(), at(10)), None);
    assert!(Kept::read(&world.place(), b"somewhere else").is_none());
}

#[test]
fn an_answer_holds_until_anything_is_written_to_history() {
    let seen = Fact::Turn(TurnFact {
        session: SessionKey { agent: AgentId::new("a"), id: SessionId::new("s") },
        turn: TurnId::new("1"),
        started_at: None,
        ended_at: None,
        how: TurnEnd::Completed,
    });
    let commit = |store: &mut Store| {
        store.commit([chapter("t", 0, vec![charge(2, 1, 100)])]).expect("it is written");
    };
    let record = |store: &mut Store| store.record(std::slice::from_ref(&seen), at(10)).expect("it is written");
    let writings: [&dyn Fn(&mut Store); 2] = [&commit, &record];
    for writing in writings {
        let (world, report) = World::with_report();
        world.write(|_| ());
        assert_eq!(world.recalled(at(10)), Some(report.clone()), "opening it changes nothing");
        let mut open = Store::open(&world.place()).expect("it opens");
        writing(&mut open);
        assert_eq!(world.recalled(at(10)), None, "it stands in the log");
        drop(open);
        assert_eq!(world.recalled(at(10)), None);
        world.keep(QUESTION, &report);
        assert_eq!(world.recalled(at(10)), Some(report), "it holds again");
    }
}

#[test]
fn no_answer_is_left_of_a_database_that_is_gone() {
    let (world, _) = World::with_report();
    fs::remove_file(world.place()).expect("it goes");
    assert!(world.kept().is_none());
}

#[test]
fn what_a_crash_left_of_the_file_is_no_answer() {
    let (world, _) = World::with_report();
    let place = world.0.path().join("history.db.answers");
    let whole = fs::read(&place).expect("it is there");
    for cut in 0..whole.len() {
        fs::write(&place, &whole[..cut]).expect("it is written");
        assert!(world.kept().is_none(), "{cut} of {} bytes", whole.len());
        let mut wrong = whole.clone();
        wrong[cut] ^= 1;
        fs::write(&place, wrong).expect("it is written");
        assert!(world.kept().is_none(), "byte {cut} of {}", whole.len());
    }
}

#[test]
fn an_answer_holds_for_a_day_and_not_before_it_was_given() {
    const DAY: i64 = 24 * 60;
    let (world, _) = World::with_report();
    assert!(world.recalled(at(10 + DAY)).is_some());
    assert_eq!(world.recalled(at(11 + DAY)), None);
    assert_eq!(world.recalled(at(9)), None);
}

#[test]
fn the_latest_answers_are_kept_when_there_are_many() {
    let (world, report) = World::with_report();
    for number in 0..40_u8 {
        world.keep(&[number], &UsageReport { taken_at: at(11 + i64::from(number)), ..report.clone() });
    }
    let is_known = |number: u8| world.kept().is_some_and(|kept| kept.report(&[number], &query(), at(60)).is_some());
    assert_eq!(world.recalled(at(60)), None);
    assert_eq!([7, 8, 39].map(is_known), [false, true, true]);
    // Those of a clock that was ahead make room for the next one.
    world.keep(QUESTION, &report);
    assert!(world.recalled(at(10)).is_some() && !is_known(39));
}

#[cfg(unix)]
#[test]
fn nobody_else_may_read_them() {
    use std::os::unix::fs::PermissionsExt as _;
    let (world, _) = World::with_report();
    let file = File::open(world.0.path().join("history.db.answers")).expect("it is there");
    assert_eq!(file.metadata().expect("facts").permissions().mode() & 0o777, 0o600);
}
