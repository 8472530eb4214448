//! Another table in place of the user's own.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::home::{Home, NOW, Run, finish, program};

/// A user's folders, where no agent ever ran.
struct User {
    home: TempDir,
}

impl User {
    fn new() -> Self {
        Self { home: tempfile::tempdir().expect("a folder") }
    }

    fn run(&self, args: &[&str]) -> Run {
        let home = self.home.path();
        let mut command = program(args);
        command.env("HOME", home).env("XDG_DATA_HOME", home.join("data")).env("XDG_CONFIG_HOME", home.join("conf"));
        command.args(["--now", NOW]);
        let output = finish(command);
        let text =
            |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8").replace(home.to_str().expect("UTF-8"), "[HOME]");
        Run { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    /// Writes a file for the program to read.
    fn file(&self, text: &str) -> String {
        let file = self.home.path().join("new.json");
        fs::write(&file, text).expect("written");
        file.to_str().expect("UTF-8").to_owned()
    }

    fn place(&self) -> PathBuf {
        self.home.path().join("data/topside/prices.json")
    }

    /// Everything that lies where the table does.
    fn beside(&self) -> Vec<String> {
        let list = fs::read_dir(self.place().parent().unwrap_or(Path::new(""))).map(|entries| {
            entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
        });
        list.unwrap_or_default()
    }

    /// The input price of a model in millionths of a dollar per million tokens.
    fn input(&self, model: &str) -> Value {
        let run = self.run(&["prices", "--model", model, "--json"]);
        let list: Value = serde_json::from_str(&run.out).expect("JSON");
        list["prices"][0]["micro_usd_per_million_tokens"]["input_uncached"].clone()
    }
}

fn table(entries: &Value) -> String {
    json!({"prices": entries}).to_string()
}

#[test]
fn a_table_is_put_in_place_and_used_from_then_on() {
    let user = User::new();
    let first = table(&json!([
        {"models": ["house-model"], "input": "1", "output": "2"},
        {"models": ["gpt-5"], "from": "2026-11-01", "input": "9", "cache_read": "0.9", "output": "90"},
    ]));
    let new = user.file(&first);
    let dry = user.run(&["prices", "update", "--dry-run", &new]);
    assert_eq!((dry.code, dry.err.as_str(), user.beside().len()), (Some(0), "", 0));
    assert_eq!(user.input("house-model"), Value::Null);
    let refused = user.run(&["prices", "update", "--read-only", &new]);
    assert_eq!((refused.code, user.beside().len()), (Some(1), 0), "{refused:?}");
    assert_eq!(user.run(&["prices", "update", "--read-only", "--dry-run", &new]).out, dry.out);
    let done = user.run(&["prices", "update", &new]);
    assert_eq!((done.code, done.err.as_str()), (Some(0), ""));
    assert_eq!(
        (fs::read_to_string(user.place()).expect("a table"), user.beside()),
        (first, vec!["prices.json".into()])
    );
    assert_eq!(user.input("house-model"), json!(1_000_000));
    let second = table(&json!([
        {"models": ["gpt-5"], "from": "2026-11-01", "input": "9", "cache_read": "0.9", "output": "90"},
        {"models": ["other-model"], "input": "3", "output": "4"},
    ]));
    let changed = user.run(&["prices", "update", &user.file(&second)]);
    insta::assert_snapshot!(format!("{}\n{}\n{}", dry.out, done.out, changed.out));
    assert_eq!((user.input("house-model"), user.input("other-model")), (Value::Null, json!(3_000_000)));
}

#[test]
fn litellms_list_is_taken_over_from_the_day_that_is_said() {
    let user = User::new();
    let model = json!({
        "litellm_provider": "openai", "mode": "chat",
        "input_cost_per_token": 1.5e-6, "output_cost_per_token": 1e-5,
    });
    let mut stepped = model.clone();
    stepped["tiered_pricing"] = json!([]);
    let list = user.file(&json!({"house-model": model, "odd-model": stepped}).to_string());
    let undated = user.run(&["prices", "update", &list]);
    assert!(undated.code == Some(1) && undated.err.contains("such as --from 2026-11-20"), "{}", undated.err);
    let done = user.run(&["prices", "update", &list, "--from", "2026-11-01"]);
    assert_eq!((done.code, done.err.as_str()), (Some(0), ""));
    assert!(done.out.contains("1 added, 0 changed") && done.out.contains("1 model left out"), "{}", done.out);
    assert_eq!(user.input("house-model"), json!(1_500_000));
    let dated = user.run(&["prices", "--model", "house-model"]).out;
    assert!(dated.contains("2026-11-01") && dated.contains("[HOME]/data/topside/prices.json"), "{dated}");
}

#[test]
fn a_later_list_of_litellms_leaves_the_days_before_it_as_they_were() {
    let user = User::new();
    let update = |price: f64, from: &str| {
        let model = json!({"litellm_provider": "openai", "mode": "chat", "input_cost_per_token": price});
        let done = user.run(&["prices", "update", &user.file(&json!({"gpt-5": model}).to_string()), "--from", from]);
        assert_eq!((done.code, done.err.as_str()), (Some(0), ""));
        done.out
    };
    // Whoever takes over the list now and then knows what held at each time.
    update(1.5e-6, "2026-10-01");
    let changed = update(2.5e-6, "2026-11-01");
    assert!(changed.contains("0 added, 1 changed") && changed.contains("1.50 → 2.50"), "{changed}");
    assert!(update(2.5e-6, "2026-11-01").contains("1 unchanged"));
    let list: Value = serde_json::from_str(&user.run(&["prices", "--model", "gpt-5", "--json"]).out).expect("JSON");
    let rows = list["prices"].as_array().expect("a list").iter().filter(|row| row["model"] == "gpt-5");
    let input = |row: &Value| (row["from"].clone(), row["micro_usd_per_million_tokens"]["input_uncached"].clone());
    let own: Vec<(Value, Value)> = rows.map(input).filter(|(from, _)| from.as_str() >= Some("2026-10-01")).collect();
    assert_eq!(own, [(json!("2026-10-01"), json!(1_500_000)), (json!("2026-11-01"), json!(2_500_000))]);
}

#[test]
fn a_table_that_cannot_be_used_changes_nothing() {
    let user = User::new();
    let good = table(&json!([{"models": ["house-model"], "input": "1"}]));
    assert_eq!(user.run(&["prices", "update", &user.file(&good)]).code, Some(0));
    let check = |text: &str, args: &[&str], told: &str| {
        let run = user.run(&[&["prices", "update", &user.file(text)], args].concat());
        assert_eq!((run.code, run.out.as_str()), (Some(1), ""), "{run:?}");
        assert!(run.err.starts_with("topside: failed to use the prices in [HOME]/new.json: "), "{}", run.err);
        assert!(run.err.contains(told), "{}", run.err);
        assert_eq!(fs::read_to_string(user.place()).expect("a table"), good);
    };
    check("{", &[], "read prices as JSON");
    check(&table(&json!([{"models": ["m"], "inputs": "1"}])), &[], "inputs is no field here");
    check(&table(&json!([{"models": ["m"], "input": 1.5}])), &[], "input is 1.5: write US dollars");
    check(&good, &["--from", "2026-11-01"], "leave it out");
}

#[test]
fn what_is_for_lists_is_refused() {
    let user = User::new();
    let run = user.run(&["prices", "--json", "update", "new.json"]);
    assert!(run.code == Some(2) && run.err.contains("leave them out"), "{run:?}");
}

#[test]
fn under_a_root_there_is_no_table_of_ones_own() {
    let home = Home::new();
    let run = home.run(["prices", "update", "nowhere.json"]);
    assert!(run.code == Some(1) && run.err.contains("under --root nothing is"), "{}", run.err);
}

#[test]
fn a_table_that_was_spoilt_later_is_named_with_what_to_do() {
    let user = User::new();
    fs::create_dir_all(user.place().parent().expect("a folder")).expect("a folder");
    fs::write(user.place(), "spoilt").expect("written");
    let run = user.run(&["prices"]);
    assert!(
        run.code == Some(1) && run.err.contains("prices.json, which `topside prices update` replaces"),
        "{}",
        run.err
    );
    let good = user.file(&table(&json!([{"models": ["house-model"], "input": "1"}])));
    assert_eq!(user.run(&["prices", "update", &good]).code, Some(0));
    assert_eq!(user.input("house-model"), json!(1_000_000));
}
