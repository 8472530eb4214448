//! Files as people have them, in `testdata/hooks`: a folder each, with the file as it was (`<agent>.json`, or
//! `<agent>.absent` where there is none), with the hooks in it (`installed.json`) and with the bridge as well
//! (`bridged.json`). `UPDATE_EXPECT=1` writes the latter anew.

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::super::table;
use super::*;

const PROGRAM: &str = "/usr/bin/topside";

/// A file that somebody has.
struct Case {
    folder: PathBuf,
    of: &'static Integration,
    before: Option<String>,
}

fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/hooks");
    let folders = fs::read_dir(folder).expect("cases").map(|entry| entry.expect("a case").path());
    let cases: Vec<Case> = folders.map(case).collect();
    assert!(cases.len() > 15, "{}", cases.len());
    cases
}

fn case(folder: PathBuf) -> Case {
    for of in table::TABLE {
        if let Ok(text) = fs::read_to_string(folder.join(of.agent).with_extension("json")) {
            return Case { folder, of, before: Some(text) };
        }
        if folder.join(of.agent).with_extension("absent").exists() {
            return Case { folder, of, before: None };
        }
    }
    panic!("{} names no agent", folder.display());
}

fn put_in(text: Option<&str>, of: &Integration, part: Part) -> String {
    install(text, of, part, Path::new(PROGRAM)).unwrap_or_else(|error| panic!("{error:#} in {text:?}"))
}

fn taken_out(text: &str, of: &Integration, backup: Option<&str>) -> Option<String> {
    remove(text, of, backup).unwrap_or_else(|error| panic!("{error:#} in {text:?}"))
}

#[track_caller]
fn check_file(path: &Path, text: &str) {
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(path, text).expect("written");
    }
    assert_eq!(fs::read_to_string(path).unwrap_or_default(), text, "{}", path.display());
}

#[test]
fn real_files_come_out_as_expected_and_go_back_to_what_they_were() {
    for Case { folder, of, before } in cases() {
        let installed = put_in(before.as_deref(), of, Part::Hooks);
        check_file(&folder.join("installed.json"), &installed);
        assert_eq!(put_in(Some(&installed), of, Part::Hooks), installed, "a second time changes nothing: {folder:?}");
        assert_eq!(taken_out(&installed, of, before.as_deref()), before, "{folder:?}");
        if of.has_status_line {
            let bridged = put_in(Some(&installed), of, Part::StatusLine);
            check_file(&folder.join("bridged.json"), &bridged);
            assert_eq!(put_in(Some(&bridged), of, Part::StatusLine), bridged, "{folder:?}");
            assert_eq!(taken_out(&bridged, of, before.as_deref()), before, "{folder:?}");
            let other_way = put_in(Some(&put_in(before.as_deref(), of, Part::StatusLine)), of, Part::Hooks);
            assert_eq!(taken_out(&other_way, of, before.as_deref()), before, "{folder:?}");
        }
    }
}

#[test]
fn what_others_changed_since_stays() {
    for Case { folder, of, before } in cases() {
        let Some(before) = before else { continue };
        let (old, new) = ("\"model\": \"opus\"", "\"model\": \"haiku\", \"more\": [1, 2]");
        if !before.contains(old) {
            continue;
        }
        let installed = put_in(Some(&before), of, Part::Hooks).replace(old, new);
        let left = taken_out(&installed, of, Some(&before));
        assert_eq!(left, Some(before.replace(old, new)), "{folder:?}");
    }
}

#[test]
fn a_file_without_topside_is_left_as_it_is() {
    for of in table::TABLE {
        for text in ["{}", "{}\n", "{\"hooks\":{}}", "{\"hooks\": {\"PermissionRequest\": []}}\n", ""] {
            for backup in [None, Some("{\"model\": \"opus\"}")] {
                assert_eq!(taken_out(text, of, backup).as_deref(), Some(text), "{backup:?}");
            }
        }
    }
    let of = table::of("claude_code").expect("an entry");
    let bridged = put_in(Some("{\"hooks\":{}}"), of, Part::StatusLine);
    let left = taken_out(&bridged, of, None).unwrap_or_default();
    assert_eq!(left.split_whitespace().collect::<String>(), "{\"hooks\":{}}");
}

#[test]
fn another_topside_is_brought_up_to_date_in_its_place() {
    let of = table::of("codex").expect("an entry");
    let old = install(None, of, Part::Hooks, Path::new("/old/topside")).expect("installed");
    let with_more = old.replace("\"timeout\": 5", "\"timeout\": 9");
    let new = put_in(Some(&with_more), of, Part::Hooks);
    assert_eq!(new, with_more.replace("/old/topside", PROGRAM));
}

#[test]
fn a_topside_that_moved_is_brought_up_to_date_before_the_status_line_too() {
    let of = table::of("claude_code").expect("an entry");
    let mine = "{ \"statusLine\": { \"type\": \"command\", \"command\": \"~/line.sh\" } }\n";
    for before in [None, Some("{}\n"), Some(mine)] {
        let old = install(before, of, Part::StatusLine, Path::new("/old/topside")).expect("installed");
        let new = put_in(Some(&old), of, Part::Hooks);
        assert!(!new.contains("/old/"), "{new}");
        assert_eq!(taken_out(&new, of, before).as_deref(), before);
        let both = install(Some(&old), of, Part::Hooks, Path::new("/old/topside")).expect("installed");
        assert_eq!(put_in(Some(&both), of, Part::Hooks), both.replace("/old/topside", PROGRAM));
    }
    let unbridged = put_in(Some(mine), of, Part::Hooks);
    assert!(unbridged.contains("\"~/line.sh\"") && !unbridged.contains("status-line"), "{unbridged}");
}

#[track_caller]
fn check_refused(text: &str, why: &str) {
    let of = table::of("claude_code").expect("an entry");
    for part in [Part::Hooks, Part::StatusLine] {
        let refused = install(Some(text), of, part, Path::new(PROGRAM)).err();
        if let Some(error) = &refused {
            assert!(format!("{error:#}").contains(why), "{error:#}");
        }
        assert!(
            refused.is_some()
                || !why.contains(match part {
                    Part::Hooks => "hooks",
                    Part::StatusLine => "statusLine",
                })
        );
    }
}

#[test]
fn what_cannot_be_understood_is_refused() {
    for broken in ["{", "{\"hooks\": }", "{'hooks': {}}", "{hooks: {}}", "{} {}", "{\"a\": 1 \"b\": 2}"] {
        let of = table::of("claude_code").expect("an entry");
        let error = install(Some(broken), of, Part::Hooks, Path::new(PROGRAM)).expect_err(broken);
        assert!(format!("{error:#}").contains("it is not JSON"), "{error:#}");
        assert!(remove(broken, of, None).is_err(), "{broken}");
    }
    check_refused("[]", "does not hold an object");
    check_refused("{\"hooks\": []}", "\"hooks\" is not an object");
    check_refused("{\"hooks\": {\"PermissionRequest\": {}}}", "\"PermissionRequest\" is not a list");
    check_refused("{\"hooks\": {}, \"hooks\": {}}", "\"hooks\" stands in it 2 times");
    check_refused("{\"statusLine\": \"x\"}", "\"statusLine\" is not a command");
}

/// A JSON document as somebody may have written it: with blanks, line ends and comments anywhere.
fn document() -> impl Strategy<Value = String> {
    let gap = prop::sample::select(vec!["", " ", "\n", "\r\n\t", "  /* a */ ", " // b\n", "\n\n    "]);
    let name = prop::sample::select(vec!["model", "env", "Stop", "x y", "日本"]);
    let command = prop::sample::select(vec!["say done", "~/x.sh", "other hook claude_code"]);
    let hook = (gap.clone(), command).prop_map(|(gap, command)| {
        format!("{{{gap}\"hooks\":{gap}[{{\"type\":\"command\",{gap}\"command\":\"{command}\"}}{gap}]}}")
    });
    let event = prop::sample::select(vec!["Stop", "PermissionRequest", "Notification"]);
    let events = prop::collection::btree_map(event, prop::collection::vec(hook, 0..3), 0..3);
    let hooks = (gap.clone(), events).prop_map(|(gap, events)| {
        let events = events.iter().map(|(event, hooks)| format!("{gap}\"{event}\": [{gap}{}]", hooks.join(", ")));
        format!("{gap}\"hooks\": {{{}{gap}}}", events.collect::<Vec<_>>().join(","))
    });
    let others = prop::collection::btree_map(name, prop::sample::select(vec!["1", "\"a\"", "[ ]", "{\"b\":{}}"]), 0..4);
    (gap, others, prop::option::of(hooks)).prop_map(|(gap, others, hooks)| {
        let others = others.iter().map(|(name, value)| format!("{gap}\"{name}\":{gap}{value}"));
        format!("{gap}{{{}{gap}}}{gap}", others.chain(hooks).collect::<Vec<_>>().join(","))
    })
}

proptest! {
    #[test]
    fn any_document_goes_back_to_what_it_was(text in document()) {
        let of = table::of("claude_code").expect("an entry");
        let mut installed = put_in(Some(&text), of, Part::Hooks);
        prop_assert!(found(&installed, of).is_ok_and(|found| found.hooks.len() == of.events.len()), "{installed}");
        prop_assert_eq!(taken_out(&installed, of, Some(&text)), Some(text.clone()));
        installed = put_in(Some(&installed), of, Part::StatusLine);
        prop_assert_eq!(taken_out(&installed, of, Some(&text)), Some(text.clone()));
        // Without a backup, nothing of topside is left and all the rest is.
        let left = taken_out(&installed, of, None).unwrap_or_default();
        prop_assert!(!left.contains(PROGRAM), "{left}");
        let count = |text: &str, what: &str| text.matches(what).count();
        for what in ["say done", "model", "~/x.sh", "other hook"] {
            prop_assert_eq!(count(&left, what), count(&text, what), "{} in {} of {}", what, &left, &text);
        }
    }
}
