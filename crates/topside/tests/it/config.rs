//! The configuration file: where it is looked for, and what of it is seen.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::home::{Home, Run, finish, program};
use crate::schema;

/// The agent's work that the fixture `resume` tells of: 3 replies of `mock-model` in the project `proj`.
fn home() -> Home {
    Home::with(&["resume"])
}

/// Runs the program on a home with `text` as its configuration.
fn run(home: &Home, text: &str, args: &[&str]) -> Run {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("own.toml");
    fs::write(&file, text).expect("written");
    let mut command = home.command(args);
    command.arg("--config").arg(&file);
    home.finish(command)
}

/// The document that `args` answer with, which keeps to its schema.
#[track_caller]
fn document(home: &Home, text: &str, args: &[&str]) -> Value {
    let run = run(home, text, args);
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""), "{args:?}");
    let document = serde_json::from_str(&run.out).expect("JSON");
    schema::check(&document);
    document
}

/// Runs the program without a root, in a home of its own.
fn in_own_home(home: &Path, args: &[&str]) -> Run {
    let mut command = program(args);
    command.env("HOME", home).env_remove("XDG_DATA_HOME").env("XDG_CONFIG_HOME", home.join("conf"));
    let output = finish(command);
    let text =
        |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8").replace(home.to_str().expect("UTF-8"), "[HOME]");
    Run { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

#[test]
fn the_file_lies_in_the_users_folder_for_configuration() {
    let home = tempfile::tempdir().expect("a folder");
    let say = |args| in_own_home(home.path(), args);
    let place = "[HOME]/conf/topside/config.toml";
    assert_eq!(say(&["config", "path"]).out, format!("{place}\n"));
    let absent = say(&["config", "check"]).out;
    assert!(absent.starts_with(&format!("{place} is not there yet")), "{absent}");
    assert!(absent.contains("`topside config example`"), "{absent}");
    let example = say(&["config", "example"]).out;
    fs::create_dir_all(home.path().join("conf/topside")).expect("a folder");
    let file = home.path().join("conf/topside/config.toml");
    fs::write(&file, &example).expect("written");
    assert_eq!(say(&["config", "check"]).out, format!("{place} can be used\n"));
    assert_eq!((say(&["prices"]).code, say(&["prices"]).err.as_str()), (Some(0), ""), "the example spoils nothing");
    fs::write(&file, everything(&example)).expect("written");
    fs::write(file.with_file_name("prices.json"), r#"{"prices": []}"#).expect("written");
    insta::assert_snapshot!(say(&["config", "check"]).out);
    fs::write(&file, "recent = 10\nthem = 1\n").expect("written");
    let broken = say(&["prices"]);
    let told = format!("topside: failed to use the configuration {place}, line 2: unknown field `them`");
    assert_eq!((broken.code, broken.out.as_str()), (Some(1), ""));
    assert!(broken.err.starts_with(&told) && broken.err.lines().count() == 1, "{}", broken.err);
    assert_eq!(say(&["config", "path"]).out, format!("{place}\n"), "a broken file can be found");
    assert_eq!(say(&["config", "check"]).code, Some(1));
}

/// The example with all that it explains set.
fn everything(example: &str) -> String {
    let set = |line: &str| line.strip_prefix('#').filter(|key| !key.starts_with(' ')).unwrap_or(line).to_owned() + "\n";
    example.lines().map(set).collect()
}

#[test]
fn a_check_finds_what_every_command_would_fail_at() {
    let home = home();
    let text = "[prices]\nfile = \"prices.json\"\n";
    let (check, ls) = (run(&home, text, &["config", "check"]), run(&home, text, &["ls"]));
    assert_eq!((check.code, check.out.as_str(), ls.code), (Some(1), "", Some(1)));
    let told = |run: &Run| run.err.contains("prices.json: ") && run.err.contains("give a file that can be read");
    assert!(told(&check) && told(&ls), "{check:?} {ls:?}");
}

#[test]
fn under_a_root_only_a_file_that_is_named_is_read() {
    let home = Home::new();
    let usual = home.path().join(".config/topside");
    fs::create_dir_all(&usual).expect("a folder");
    fs::write(usual.join("config.toml"), "broken").expect("written");
    assert_eq!(home.run(["ls"]).code, Some(0));
    let asked = home.run(["config", "path"]);
    assert!(asked.code == Some(1) && asked.err.contains("say --config FILE"), "{}", asked.err);
    let history = home.run(["db", "path"]);
    assert!(history.code == Some(1) && history.err.contains("under --root nowhere; say --history"), "{}", history.err);
    let mut missing = home.command(["ls"]);
    missing.arg("--config").arg(home.path().join("nowhere.toml"));
    let missing = home.finish(missing);
    assert_eq!(missing.code, Some(1));
    assert!(missing.err.contains("[HOME]/nowhere.toml") && missing.err.contains("config example"), "{}", missing.err);
}

#[test]
fn the_command_line_wins_over_the_file() {
    let home = home();
    let history = "[history]\nfile = \"h/kept.db\"";
    let place = run(&home, history, &["db", "path"]).out;
    assert!(place.ends_with("/h/kept.db\n"), "a path begins at the folder of the file: {place}");
    assert_eq!(run(&home, history, &["db", "path", "--history", "/elsewhere.db"]).out, "/elsewhere.db\n");
    // The session ended three minutes before.
    let shown = |text: &str, args: &[&str]| run(&home, text, args).out.contains("01a1f722");
    assert!(shown("", &["ls"]) && !shown("recent = 1", &["ls"]) && shown("recent = 1", &["ls", "--recent", "10"]));
}

#[test]
fn budgets_stand_among_the_limits() {
    let text = "[[budget]]\nname = \"all\"\nper = \"day\"\ntokens = 4_000\n\
                [[budget]]\nname = \"shop\"\nper = \"week\"\nproject = \"webshop\"\nusd = \"5\"\n\
                [[budget]]\nname = \"proj\"\nper = \"month\"\nproject = \"proj\"\nusd = \"5\"\nwarn = 50\n";
    let limits = document(&home(), text, &["limits", "--json"]);
    let budgets = limits["budgets"].as_array().expect("a list");
    let found: Vec<[&Value; 5]> = budgets
        .iter()
        .map(|budget| ["used", "used_percent", "level", "used_is_floor", "starts_at"].map(|key| &budget[key]))
        .collect();
    // 3,660 tokens of a model without a price.
    let expected = json!([
        [3_660, 91.5, "warn", false, "2026-11-20T00:00:00.000Z"],
        [0, 0.0, "fine", false, "2026-11-16T00:00:00.000Z"],
        [0, 0.0, "fine", true, "2026-11-01T00:00:00.000Z"]
    ]);
    assert_eq!(json!(found), expected);
    insta::assert_snapshot!(run(&home(), text, &["limits"]).out);
}

#[test]
fn a_budget_that_is_nearly_spent_stands_below_what_was_used() {
    let text = "[[budget]]\nname = \"all\"\nper = \"day\"\ntokens = 4_000\n\
                [[budget]]\nname = \"more\"\nper = \"day\"\ntokens = 40_000\n";
    let told = run(&home(), text, &["usage"]).out;
    assert!(told.ends_with("\nbudget all: 91% spent today, 3.6k of 4k\n"), "{told}");
    let plain = run(&home(), text, &["usage", "--csv"]).out;
    assert!(!plain.contains("budget"), "{plain}");
    assert_eq!(document(&home(), text, &["usage", "--json"]), document(&home(), "", &["usage", "--json"]));
}

#[test]
fn prices_of_the_file_count_and_those_of_the_command_line_win() {
    let priced = |input: &str| {
        format!("[[price]]\nmodels = [\"mock-model\"]\ninput = \"{input}\"\ncache_read = \"0\"\noutput = \"0\"\n")
    };
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, input: &str| {
        let path = folder.path().join(name);
        let entry = json!({"models": ["mock-model"], "input": input, "cache_read": "0", "output": "0"});
        fs::write(&path, json!({"prices": [entry]}).to_string()).expect("written");
        path.to_str().expect("UTF-8").to_owned()
    };
    let (table, option) = (file("table.json", "2"), file("option.json", "3"));
    let home = home();
    let cost = |text: &str, args: &[&str]| {
        let report = document(&home, text, &[&["usage", "--json"], args].concat());
        let input = report["total"]["usage"]["input_uncached"].as_u64().expect("a count");
        report["total"]["cost_micro_usd"].as_u64().map(|cost| cost / input)
    };
    let in_file = format!("[prices]\nfile = \"{table}\"\n");
    assert_eq!(cost("", &[]), None);
    assert_eq!(cost(&priced("1"), &[]), Some(1));
    assert_eq!(cost(&in_file, &[]), Some(2));
    assert_eq!(cost(&format!("{in_file}{}", priced("1")), &[]), Some(1));
    assert_eq!(cost(&format!("{in_file}{}", priced("1")), &["--prices", &option]), Some(3));
}
