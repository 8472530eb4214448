use serde_json::json;

use super::*;
use crate::corpus::by_id;

const ID: &str = "3d990a72-5771-4b71-a466-02c30a05f779";
const TIME: &str = "2026-01-02T03:04:05.678Z";

/// What the oracle says of one session that copied nothing, under every column it has.
fn oracle() -> BTreeMap<&'static str, &'static str> {
    let mut cells: BTreeMap<_, _> =
        UNANSWERED.iter().flat_map(|(_, columns)| *columns).map(|column| (*column, "0")).collect();
    cells.extend(PLAIN.iter().map(|(column, kind, _)| match kind {
        Kind::Text => (*column, "word"),
        Kind::Count => (*column, "7"),
        Kind::Time => (*column, TIME),
    }));
    cells.extend(SUMS.iter().map(|sum| (sum.column, "9")));
    cells.extend([
        ("session_id", ID),
        ("files", ".claude/projects/p/main.jsonl"),
        ("n_main_files", "1"),
        ("n_agent_files", "1"),
        ("first_ts", "2026-01-02T03:04:00.000Z"),
    ]);
    cells
}

/// A session of topside's whose every count is `count`.
fn session(id: &str, parent: Option<&str>, count: u64, file: &str) -> Value {
    let usage = |count: u64| {
        json!({ "input_uncached": count, "output": count, "cache_read": count, "cache_write_5m": count,
                "cache_write_1h": count })
    };
    json!({
        "agent": AGENT, "id": id, "parent": parent, "version": "word", "initial_cwd": "word", "cwd": "word",
        "model": "word", "prompts": count, "responses": count, "usage": usage(count), "internal_usage": usage(0),
        "tools": { "started": count, "finished": count, "unresolved": count }, "compactions": count,
        "context": { "used": count }, "first_at": TIME, "last_at": TIME,
        "sources": [format!("/home/.claude/projects/p/{file}")],
    })
}

/// What topside prints when it agrees: the session and one sub-agent.
fn ours() -> Value {
    let mut child = session("agent-a1", Some(ID), 9, "agent-a1.jsonl");
    child["first_at"] = json!("2026-01-02T03:04:00Z");
    json!({ "sessions": [session(ID, None, 7, "main.jsonl"), child] })
}

fn table(cells: &BTreeMap<&str, &str>) -> Table {
    let columns: Vec<&str> = cells.keys().copied().collect();
    let cells: Vec<&str> = cells.values().copied().collect();
    Table::parse(&format!("{}\n{}\n", columns.join("\t"), cells.join("\t"))).unwrap()
}

fn compared(oracle: &BTreeMap<&str, &str>, ours: &Value, spent: &str) -> anyhow::Result<Report> {
    let by_day = format!("{}\n{spent}\n", PARTS.iter().map(|(column, ..)| *column).collect::<Vec<_>>().join("\t"));
    let by_day = Table::parse(&by_day)?;
    let ours = by_id(ours, "sessions", AGENT)?;
    let mut report = Report::default();
    compare(&Home { name: "home-00", sessions: &table(oracle), by_day: &by_day, ours: &ours }, &mut report)?;
    Ok(report)
}

fn differing(report: &Report) -> Vec<String> {
    report.differences.iter().map(ToString::to_string).collect()
}

const SPENT: &str = "16\t16\t16\t16\t16";

#[test]
fn agreement_on_every_cell_is_no_difference() {
    let report = compared(&oracle(), &ours(), SPENT).unwrap();
    assert_eq!(differing(&report), [""; 0]);
    let special = 4; // the row itself, its file, the files of its sub-agents, its first moment
    assert_eq!(report.cells, PLAIN.len() + SUMS.len() + PARTS.len() + special);
}

#[test]
fn every_compared_column_can_differ() {
    let sums = SUMS.iter().map(|sum| (sum.column, "8"));
    let special = [("n_agent_files", "2"), ("first_ts", TIME), ("files", ".claude/projects/p/other.jsonl")];
    let plain =
        PLAIN.iter().map(|(column, kind, _)| (*column, if *kind == Kind::Time { "2026-01-02T03:04:05Z" } else { "8" }));
    for (column, other) in plain.chain(sums).chain(special) {
        let mut oracle = oracle();
        oracle.insert(column, other);
        let report = compared(&oracle, &ours(), "15\t15\t15\t15\t15");
        let report = report.unwrap();
        let columns: Vec<&str> = report.differences.iter().map(|difference| difference.column.as_str()).collect();
        assert!(columns.contains(&column), "{column}: {columns:?}");
    }
}

#[test]
fn a_home_that_spent_another_sum_differs() {
    let report = compared(&oracle(), &ours(), "16\t16\t16\t15\t16").unwrap();
    assert_eq!(differing(&report), ["home-00 all sessions cache_write_5m: ours=16 oracle=15"]);
}

#[test]
fn sub_agents_stand_for_a_session_whose_file_is_gone() {
    let mut oracle = oracle();
    oracle.extend(PLAIN.iter().filter(|(_, kind, _)| *kind == Kind::Count).map(|(column, ..)| (*column, "0")));
    oracle.extend([("n_main_files", "0"), ("files", "")]);
    let mut ours = ours();
    ours["sessions"].as_array_mut().unwrap().remove(0);
    assert_eq!(differing(&compared(&oracle, &ours, "9\t9\t9\t9\t9").unwrap()), [""; 0]);
    ours["sessions"].as_array_mut().unwrap().clear();
    assert_eq!(
        differing(&compared(&oracle, &ours, "9\t9\t9\t9\t9").unwrap())[0],
        format!("home-00 {ID} row: ours=absent oracle=present")
    );
}

#[test]
fn sessions_that_the_oracle_lacks_are_differences() {
    let mut ours = ours();
    ours["sessions"].as_array_mut().unwrap().push(session("stranger", None, 0, "stranger.jsonl"));
    let report = compared(&oracle(), &ours, SPENT).unwrap();
    assert_eq!(differing(&report), ["home-00 stranger row: ours=present oracle=absent"]);
}

#[test]
fn a_column_that_nobody_knows_is_an_error() {
    let mut oracle = oracle();
    oracle.insert("moods", "3");
    assert!(compared(&oracle, &ours(), SPENT).is_err());
}

#[test]
fn copies_of_a_side_question_are_explained_and_other_losses_are_not() {
    let mut oracle = oracle();
    // The oracle counts four tokens, two replies and one prompt of the session once more for its side question.
    oracle.extend(SUMS.iter().filter(|sum| sum.own.is_some()).map(|sum| (sum.column, "13")));
    oracle.extend([("agent_api_messages", "11"), ("user_prompts_own", "6"), ("user_prompts", "7")]);
    let rules = |report: &Report| report.differences.iter().map(|difference| difference.rule).collect::<Vec<_>>();
    let report = compared(&oracle, &ours(), SPENT).unwrap();
    assert_eq!(rules(&report), [Some("aside-copies"); 7], "{:?}", differing(&report));
    let days_agree = compared(&oracle, &ours(), "20\t20\t20\t20\t20").unwrap();
    assert!(rules(&days_agree).iter().all(Option::is_none), "{:?}", differing(&days_agree));
}
