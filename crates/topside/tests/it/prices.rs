//! Prices, the user's own among them.

use std::fs;

use serde_json::{Value, json};

use crate::home::{Home, Run};

/// The model that the fixture `resume` names.
const MODEL: &str = "mock-model";

/// Runs the program on the work of [`MODEL`] with a file that says `text` as the user's own prices, and a history.
/// Gives what it said, and whether there is a history now.
fn run(args: &[&str], text: &str) -> (Run, bool) {
    let folder = tempfile::tempdir().expect("a folder");
    let (prices, history) = (folder.path().join("own.json"), folder.path().join("history.db"));
    fs::write(&prices, text).expect("written");
    let home = Home::with(&["resume"]);
    let mut command = home.command(args);
    command.arg("--prices").arg(&prices).arg("--history").arg(&history);
    (home.finish(command), history.exists())
}

/// The document that `args` answer with.
fn document(args: &[&str], text: &str) -> Value {
    let (run, _) = run(args, text);
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""), "{args:?}");
    serde_json::from_str(&run.out).expect("JSON")
}

/// Own prices: of a million tokens of [`MODEL`], in US dollars.
fn own(input: &str, cache_read: &str, output: &str) -> String {
    let entry = json!({"models": [MODEL], "input": input, "cache_read": cache_read, "output": output});
    json!({"prices": [entry]}).to_string()
}

#[test]
fn own_prices_make_the_cost() {
    let report = document(&["usage", "model", "--json"], &own("1000", "100", "2000"));
    let (total, usage) = (&report["total"], &report["total"]["usage"]);
    let count = |part: &str| usage[part].as_u64().expect("a count");
    let expected = count("input_uncached") * 1_000 + count("cache_read") * 100 + count("output") * 2_000;
    assert!(expected > 0);
    assert_eq!((&total["cost_micro_usd"], &total["cost_is_floor"]), (&json!(expected), &json!(false)));
}

#[test]
fn own_prices_are_listed_and_named() {
    let list = document(&["prices", "--model", MODEL, "--json"], &own("1000", "100", "0.000001"));
    assert!(list["own"].as_str().is_some_and(|own| own.ends_with("own.json")), "{list}");
    let prices = list["prices"].as_array().expect("a list");
    assert_eq!(prices.len(), 1);
    let parts = &prices[0]["micro_usd_per_million_tokens"];
    assert_eq!((&parts["input_uncached"], &parts["output"]), (&json!(1_000_000_000), &json!(1)));
    assert_eq!(parts["cache_write_5m"], Value::Null);
}

#[test]
fn a_check_names_what_lacks_a_price_until_it_has_one() {
    let without = document(&["prices", "check", "--json"], r#"{"prices": []}"#);
    assert_eq!(without["models"], 1);
    let gap = &without["unpriced"][0];
    assert_eq!((&gap["model"], &gap["responses"]), (&json!(MODEL), &json!(3)));
    let report = document(&["usage", "--json"], r#"{"prices": []}"#);
    assert_eq!(gap["tokens"], report["total"]["usage"]["total"]);
    let (with, _) = run(&["prices", "check"], &own("1", "0.1", "2"));
    assert_eq!((with.code, with.err.as_str()), (Some(0), ""));
    assert!(with.out.contains("1 model, 3 replies"), "{}", with.out);
}

/// Checks that whoever fills in what a check says is to be written, beside own prices that say `text`, lacks nothing.
#[track_caller]
fn check_remedy(text: &str, reason: &str) {
    let (run_before, _) = run(&["prices", "check"], text);
    assert!(run_before.out.contains(reason), "{}", run_before.out);
    // It stands on a line of its own, however narrow the page is.
    let remedy = run_before.out.lines().find(|line| line.starts_with("{\"prices\"")).expect("what to write");
    let remedy = remedy.replace('…', "1");
    let (run_after, _) = run(&["prices", "check"], &remedy);
    assert!(run_after.out.contains("Every one has a price"), "{remedy}\n{run_after:?}");
}

#[test]
fn what_a_check_says_to_write_is_enough() {
    check_remedy(r#"{"prices": []}"#, "no price is known");
    let partly = json!({"prices": [{"models": [MODEL], "input": "1", "output": "2"}]}).to_string();
    check_remedy(&partly, "none for cache read");
    let late = json!({"prices": [{"models": [MODEL], "from": "2099-01-01", "input": "1"}]}).to_string();
    check_remedy(&late, "none for their day");
}

/// Checks that nothing but a complaint comes of a file that says `text`.
#[track_caller]
fn check_refused(text: &str, told: &[&str]) {
    for args in [&["usage"][..], &["prices"], &["prices", "check", "--json"]] {
        let (run, has_history) = run(args, text);
        assert_eq!((run.code, run.out.as_str(), has_history), (Some(1), "", false), "{run:?}");
        for word in ["topside: failed to use --prices", "own.json"].iter().chain(told) {
            assert!(run.err.contains(word), "{:?} does not say {word:?}", run.err);
        }
        assert!(run.err.lines().count() == 1 && !run.err.contains('\u{1b}'), "{:?}", run.err);
    }
}

#[test]
fn a_bad_file_of_prices_is_told_by_model_and_field_with_what_to_do() {
    check_refused("", &["read prices as JSON", "line 1"]);
    check_refused(r#"{"as_of": "2026-01-01"}"#, &["prices is missing", "write a list of entries"]);
    check_refused(
        r#"{"prices": [{"models": ["gpt-5"], "input": 1.25}]}"#,
        &["\"gpt-5\"", "input is 1.25", "write US dollars per million tokens in quotes"],
    );
    check_refused(
        r#"{"prices": [{"models": ["m"], "tiers": {"flex": {"outputs": "1"}}}]}"#,
        &["\"m\"", "tiers.flex.outputs is no field here", "use input, cache_read"],
    );
    check_refused(r#"{"prices": [{"models": ["\u001b[2J"], "\u001b[2J": "1"}]}"#, &["is no field here"]);
}

#[test]
fn a_file_of_prices_that_cannot_be_read_is_named() {
    let home = Home::with(&["resume"]);
    for place in ["nowhere.json", "."] {
        let mut command = home.command(["usage"]);
        command.arg("--prices").arg(home.path().join(place));
        let run = home.finish(command);
        assert_eq!((run.code, run.out.as_str()), (Some(1), ""), "{run:?}");
        assert!(run.err.contains("--prices [HOME]") && run.err.contains("give a file that can be read"), "{}", run.err);
    }
}
