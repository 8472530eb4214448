//! Reports that are kept until history changes.

use tempfile::TempDir;
use topside_model::{
    AgentId, Cost, Fact, ModelId, ModelTally, Money, Period, RowKey, SessionId, SessionKey, Spending, Tally, TimeZone,
    Timestamp, Tokens, TurnEnd, TurnFact, TurnId, Untrusted, Usage, UsageQuery, UsageReport, UsageRow,
};
use topside_store::Store;

use crate::world::{at, chapter, charge};

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

fn recalled(store: &Store, now: Timestamp) -> Option<UsageReport> {
    store.recall(QUESTION, &query(), now).expect("it is read")
}

/// A history in a file, and the folder it lies in.
fn store() -> (TempDir, Store) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut store = Store::open(&folder.path().join("history.db")).expect("it opens");
    store.commit([chapter("s", 0, vec![charge(1, 1, 100)])]).expect("it is written");
    (folder, store)
}

/// The same with a report, and that report.
fn kept() -> (TempDir, Store, UsageReport) {
    let (folder, mut store) = store();
    let report = report(RowKey::UnknownTime);
    store.keep(QUESTION, &report).expect("it is written");
    (folder, store, report)
}

#[test]
fn a_report_comes_back_as_it_was_whatever_its_rows_stand_for() {
    let day = "2026-11-20".parse().expect("a day");
    let (agent, project) = (AgentId::new("a"), Some(Untrusted::new("p")));
    let key = SessionKey { agent: agent.clone(), id: SessionId::new("s") };
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
        let ((_folder, mut store), report) = (store(), report(key));
        store.keep(QUESTION, &report).expect("it is written");
        assert_eq!(recalled(&store, at(10)), Some(report.clone()));
        assert_eq!(recalled(&store, at(11)), Some(UsageReport { taken_at: at(11), ..report }));
    }
}

#[test]
fn what_depends_on_the_moment_is_not_kept() {
    let (_folder, mut store) = store();
    let block = RowKey::Block { start: at(0), agent: AgentId::new("a"), end: at(300), running: true };
    store.keep(QUESTION, &report(block)).expect("nothing is written");
    assert_eq!(recalled(&store, at(10)), None);
}

#[test]
fn a_long_report_is_not_kept_nor_one_of_a_history_that_ends_with_the_program() {
    let (_folder, mut store) = store();
    let mut long = report(RowKey::UnknownTime);
    long.rows = vec![long.rows[0].clone(); 10_000];
    store.keep(QUESTION, &long).expect("nothing is written");
    assert_eq!(recalled(&store, at(10)), None);
    let mut store = Store::in_memory().expect("there is memory");
    store.keep(QUESTION, &report(RowKey::UnknownTime)).expect("nothing is written");
    assert_eq!(recalled(&store, at(10)), None);
}

#[test]
fn another_question_has_another_answer() {
    let (_folder, store, _) = kept();
    assert_eq!(store.recall(b"what else", &query(), at(10)).expect("it is read"), None);
}

#[test]
fn an_answer_holds_until_history_changes() {
    let (_folder, mut store, report) = kept();
    assert_eq!(recalled(&store, at(10)), Some(report));
    store.commit([chapter("t", 0, vec![charge(2, 1, 100)])]).expect("it is written");
    assert_eq!(recalled(&store, at(10)), None);
}

#[test]
fn an_answer_holds_until_the_screen_sees_a_session_that_nobody_knew() {
    let (_folder, mut store, report) = kept();
    let seen = |session: &str| {
        Fact::Turn(TurnFact {
            session: SessionKey { agent: AgentId::new("a"), id: SessionId::new(session) },
            turn: TurnId::new("1"),
            started_at: None,
            ended_at: None,
            how: TurnEnd::Completed,
        })
    };
    store.record(&[seen("s")], at(10)).expect("it is written");
    assert_eq!(recalled(&store, at(10)), Some(report));
    store.record(&[seen("t")], at(10)).expect("it is written");
    assert_eq!(recalled(&store, at(10)), None);
}

#[test]
fn an_answer_holds_for_a_day_and_not_before_it_was_given() {
    const DAY: i64 = 24 * 60;
    let (_folder, store, _) = kept();
    assert!(recalled(&store, at(10 + DAY)).is_some());
    assert_eq!(recalled(&store, at(11 + DAY)), None);
    assert_eq!(recalled(&store, at(9)), None);
}

#[test]
fn the_latest_answers_are_kept_when_there_are_many() {
    let (_folder, mut store, report) = kept();
    for number in 0..40_u8 {
        let later = UsageReport { taken_at: at(11 + i64::from(number)), ..report.clone() };
        store.keep(&[number], &later).expect("it is written");
    }
    let is_known = |store: &Store, number: u8| store.recall(&[number], &query(), at(60)).expect("it is read").is_some();
    assert_eq!(recalled(&store, at(60)), None);
    assert_eq!([7, 8, 39].map(|number| is_known(&store, number)), [false, true, true]);
    // Those of a clock that was ahead make room for the next one.
    store.keep(QUESTION, &report).expect("it is written");
    assert!(recalled(&store, at(10)).is_some() && !is_known(&store, 39));
}
