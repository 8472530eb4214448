use std::collections::BTreeMap;

use serde_json::json;

use super::*;
use crate::corpus::by_id;

const LIMIT: &str = "codex\tplus\t2026-01-02T03:00:00Z\t300\t40.0\t1767330000";

/// What the oracle says of one thread, under the columns that are compared.
fn oracle() -> BTreeMap<&'static str, &'static str> {
    let mut cells: BTreeMap<_, _> = PLAIN
        .iter()
        .map(|(column, kind, _)| match kind {
            Kind::Text => (*column, "word"),
            Kind::Count => (*column, "7"),
            Kind::Time => (*column, "2026-01-02T03:04:05.678Z"),
        })
        .collect();
    cells.extend([
        ("thread_id", "t1"),
        ("is_subagent", "0"),
        ("subagent_kind", ""),
        ("open_turn", "1"),
        ("dialect", "wrapped"),
    ]);
    let limits = r#"{"codex":{"at":"2026-01-02T03:00:00Z","primary":null,"secondary":{"window_minutes":300,"used_percent":40.0,"resets_at":1767330000}}}"#;
    cells.insert("rate_limits", limits);
    cells
}

/// What topside prints when it agrees.
fn ours() -> Value {
    let limit = json!({
        "agent": "codex", "id": "codex", "name": null, "plan": "plus", "seen_at": "2026-01-02T03:00:00.000Z",
        "windows": [{ "minutes": 300, "used_percent": 40, "resets_at": "2026-01-02T05:00:00.000Z" }],
    });
    let usage = json!({ "input": 7, "cache_read": 7, "cache_write_5m": 7, "output": 7, "reasoning": 7, "total": 7 });
    json!({
        "sessions": [{
            "agent": "codex", "id": "t1", "version": "word", "initial_cwd": "word", "originator": "word", "source": "word",
            "model": "word", "effort": "word", "prompts": 7, "kind": "user", "internal": null,
            "turns": { "started": 7, "completed": 7, "aborted": 7, "rolled_back": 7 },
            "tools": { "started": 7, "finished": 7, "unresolved": 7, "web_searches": 7 },
            "reported_total": usage, "usage": usage, "context": { "used": 7, "window": 7 }, "compactions": 7,
            "parent": "word", "forked_from": "word", "archived": 7, "status": { "id": "crashed" },
            "created_at": "2026-01-02T03:04:05.678Z", "first_at": "2026-01-02T03:04:05.678Z",
            "last_at": "2026-01-02T03:04:05.678Z", "limits": [limit],
        }],
        "limits": [limit],
    })
}

fn compared(oracle: &BTreeMap<&str, &str>, ours: &Value) -> Report {
    let columns: Vec<&str> = oracle.keys().copied().collect();
    let cells: Vec<&str> = oracle.values().copied().collect();
    let threads = Table::parse(&format!("{}\n{}\n", columns.join("\t"), cells.join("\t"))).unwrap();
    let heading = "limit_id\tplan_type\tseen_at\tprimary_window_minutes\tprimary_used_percent\tprimary_resets_at";
    let rest = "limit_name\tsecondary_window_minutes\tsecondary_used_percent\tsecondary_resets_at";
    let limits = Table::parse(&format!("{heading}\t{rest}\n{LIMIT}\t\t\t\t\n")).unwrap();
    let mut report = Report::default();
    try_compare(&threads, &limits, ours, &mut report).unwrap();
    report
}

fn try_compare(threads: &Table, limits: &Table, ours: &Value, report: &mut Report) -> anyhow::Result<()> {
    let sessions = by_id(ours, "sessions", AGENT)?;
    let our_limits = by_id(ours, "limits", AGENT)?;
    compare(&Home { name: "home-00", threads, limits, sessions: &sessions, our_limits: &our_limits }, report)
}

fn differing(report: &Report) -> Vec<String> {
    report.differences.iter().map(ToString::to_string).collect()
}

#[test]
fn agreement_on_every_cell_is_no_difference() {
    let report = compared(&oracle(), &ours());
    assert_eq!(differing(&report), [""; 0]);
    let of_the_thread = PLAIN.len() + 5; // itself, two of its kind, its open turn, its limits
    let of_the_home = 3; // one limit with its name and plan
    assert_eq!(report.cells, of_the_thread + of_the_home);
}

#[test]
fn machinery_is_named_by_either_of_its_words() {
    let mut ours = ours();
    let session = &mut ours["sessions"][0];
    session["kind"] = json!("internal");
    session["internal"] = json!("guardian");
    session["source"] = json!(r#"{"subagent":{"other":"guardian"}}"#);
    let mut oracle = oracle();
    oracle.extend([("is_subagent", "1"), ("source", r#"{"subagent": {"other": "guardian"}}"#)]);
    for (word, differ) in [("guardian", 0), ("other", 0), ("review", 1)] {
        oracle.insert("subagent_kind", word);
        assert_eq!(differing(&compared(&oracle, &ours)).len(), differ, "{word}");
    }
}

#[test]
fn every_plain_column_can_differ() {
    for (column, kind, _) in PLAIN {
        let mut oracle = oracle();
        let other = if *kind == Kind::Time { "2026-01-02T03:04:05.679Z" } else { "8" };
        oracle.insert(column, other);
        let report = compared(&oracle, &ours());
        assert_eq!(report.differences.len(), 1, "{column}");
        assert_eq!(report.differences[0].column, *column);
    }
}

#[test]
fn an_empty_cell_is_unknown_and_not_zero() {
    let mut oracle = oracle();
    oracle.insert("tool_calls", "");
    assert_eq!(differing(&compared(&oracle, &ours())), ["home-00 t1 tool_calls: ours=7 oracle=(unknown)"]);
}

#[test]
fn threads_that_one_side_lacks_are_differences() {
    let mut oracle = oracle();
    oracle.insert("thread_id", "t2");
    assert_eq!(
        differing(&compared(&oracle, &ours())),
        ["home-00 t2 row: ours=absent oracle=present", "home-00 t1 row: ours=present oracle=absent"]
    );
}

#[test]
fn limits_and_states_can_differ() {
    let mut ours = ours();
    ours["sessions"][0]["status"]["id"] = json!("ended");
    ours["sessions"][0]["limits"][0]["windows"][0]["used_percent"] = json!(41);
    ours["limits"] = json!([]);
    let report = compared(&oracle(), &ours);
    let columns: Vec<&str> = report.differences.iter().map(|difference| difference.column.as_str()).collect();
    assert_eq!(columns, ["open_turn", "rate_limits", "rate_limit", "plan_type"]);
}

#[test]
fn a_key_that_topside_does_not_print_is_an_error() {
    let mut ours = ours();
    ours["sessions"][0].as_object_mut().unwrap().remove("initial_cwd");
    let mut report = Report::default();
    let threads = format!(
        "{}\n{}\n",
        oracle().into_keys().collect::<Vec<_>>().join("\t"),
        oracle().into_values().collect::<Vec<_>>().join("\t")
    );
    let threads = Table::parse(&threads).unwrap();
    let limits = Table::parse("limit_id\n").unwrap();
    assert!(try_compare(&threads, &limits, &ours, &mut report).is_err());
}

#[test]
fn objects_are_the_same_in_any_order_of_keys() {
    assert_eq!(Cell::text(r#"{"a":1,"b":{"c":2,"d":3}}"#), Cell::text(r#"{"b":{"d":3,"c":2},"a":1}"#));
    assert_ne!(Cell::text(r#"{"a":1}"#), Cell::text(r#"{"a":2}"#));
}

#[track_caller]
fn check_rule(dialect: &str, column: &str, oracle: u64, expected: Option<&str>) {
    let table = Table::parse(&format!("dialect\n{dialect}\n")).unwrap();
    let (home, row, column) = (String::new(), String::new(), column.to_owned());
    let difference = Difference { home, row, column, ours: Cell::Count(1), oracle: Cell::Count(oracle), rule: None };
    assert_eq!(explaining(&difference, table.rows().next().unwrap()).unwrap(), expected);
}

#[test]
fn only_prompts_the_oracle_cannot_see_are_explained() {
    check_rule("legacy-json", "user_messages", 0, Some("untyped-items"));
    check_rule("legacy-json", "user_messages", 2, None);
    check_rule("legacy-json", "tool_calls", 0, None);
    check_rule("bare", "user_messages", 0, None);
}
