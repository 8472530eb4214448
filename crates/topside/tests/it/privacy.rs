//! What people wrote, secrets, and text that tries to act on a terminal.

use std::fs;

use topside_testkit::home::ThreadIndex;

use crate::fixture::Transcript;
use crate::home::Home;

/// Keys of several kinds, made up.
const SECRETS: [&str; 4] = [
    "sk-proj-Abcdefghijklmnop0123456789ABCDEFGHIJKLMNOP",
    "ghp_0123456789abcdefghijABCDEFGHIJ012345",
    "AKIAIOSFODNN7EXAMPLE",
    "hunter2hunter2",
];
/// What could move the cursor, set the title, link, fill the clipboard or turn the direction of text around.
const EVIL: &str =
    "\u{1b}[2J\u{1b}]0;owned\u{7}\u{1b}]8;;http://x\u{1b}\\y\u{1b}]52;c;eA==\u{7}\u{9b}31m\u{202e}drow\u{2066}\u{200f}";
/// Words that only the person and the model said.
const SAID: &str = "private-words-of-a-person";

fn evil(words: &str) -> String {
    let [openai, github, aws, password] = SECRETS;
    format!("{EVIL} {words} {openai} {github} {aws} --password {password} {EVIL}")
}

/// A home in which everything that comes from outside is hostile.
fn hostile() -> Home {
    let mut transcript = Transcript::of("resume");
    let mut text = String::from_utf8(transcript.bytes).expect("fixtures are text");
    let json = |text: &str| serde_json::to_string(text).expect("JSON").trim_matches('"').to_owned();
    let command = json(&json(&evil("sleep 3")));
    for (old, new) in [
        ("go %%quick", json(&evil(SAID))),
        ("on %%sleep:3", json(&evil(SAID))),
        ("\\\"cmd\\\":\\\"sleep 3", format!("\\\"cmd\\\":\\\"{command}")),
        ("Output:\\n", format!("Output:\\n{}", json(&evil(SAID)))),
        ("\"aggregated_output\":\"", format!("\"aggregated_output\":\"{}", json(&evil(SAID)))),
        ("The quick scenario is finished.", json(&evil(SAID))),
        ("/home/dev/proj", json(&format!("/home/dev/{EVIL}"))),
        ("\"branch\":\"master", format!("\"branch\":\"{}", json(EVIL))),
        ("mock-model", json(&format!("model{EVIL}"))),
        ("0.169.0", json(&format!("0.169.0{EVIL}"))),
        ("\"limit_name\":null", format!("\"limit_name\":\"{}\"", json(&evil("limit")))),
    ] {
        assert!(text.contains(old), "the fixture holds no {old}");
        text = text.replace(old, &new);
    }
    let strange = json(&format!("strange{EVIL}"));
    for (kind, payload) in [
        (strange.as_str(), "{}".to_owned()),
        ("response_item", format!(r#"{{"type":"function_call","name":"{strange}","arguments":"{{}}","call_id":"x"}}"#)),
    ] {
        let record = format!(r#"{{"timestamp":"2026-11-20T04:07:02.100Z","type":"{kind}","payload":{payload}}}"#);
        text = text + &record + "\n";
    }
    transcript.bytes = text.into_bytes();
    let home = Home::new();
    home.add(&transcript);
    let failed = Transcript::of("error-500");
    let message = json(&evil("We"));
    let failure = String::from_utf8(failed.bytes.clone()).expect("text").replace("We’re", &message);
    home.add(&Transcript { bytes: failure.into_bytes(), ..failed.clone() });
    let index = ThreadIndex::create(&home.codex().join("state_5.sqlite")).expect("an index");
    index.name(transcript.thread(), &evil("name")).expect("a row");
    drop(index);
    let logged = format!("{{\"id\":\"{}\",\"thread_name\":\"{}\"}}\n", failed.thread(), json(&evil("name")));
    fs::write(home.codex().join("session_index.jsonl"), logged).expect("written");
    home
}

/// Every face, with and without what people wrote.
fn faces(home: &Home, text: bool) -> Vec<(String, String)> {
    let threads = [Transcript::of("resume"), Transcript::of("error-500")].map(|one| one.thread().to_owned());
    let mut commands = vec![vec!["ls"], vec!["ls", "--all"], vec!["ls", "--json"], vec!["ls", "--all", "--json"]];
    for thread in &threads {
        commands.extend([vec!["show", thread], vec!["show", thread, "--json"]]);
    }
    if text {
        for command in &mut commands {
            command.push("--text");
        }
    } else {
        for thread in &threads {
            commands.extend([vec!["why", thread], vec!["why", thread, "--json"]]);
        }
        for command in ["ports", "limits", "doctor"] {
            commands.extend([vec![command], vec![command, "--json"]]);
        }
        for form in ["plain", "tmux", "waybar", "starship", "json"] {
            commands.push(vec!["status", "--format", form]);
        }
    }
    let answer = |args: Vec<&str>| {
        let run = home.run(&args);
        assert_eq!((run.code, run.err.as_str()), (Some(0), ""), "{args:?}");
        (args.join(" "), run.out)
    };
    commands.into_iter().map(answer).collect()
}

/// True for characters that a terminal obeys, or that make text read otherwise than it is written.
fn acts(c: char) -> bool {
    let turns = matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    (c.is_control() && c != '\n') || turns
}

#[test]
fn no_face_prints_what_acts_on_a_terminal() {
    let home = hostile();
    for (args, out) in faces(&home, false).into_iter().chain(faces(&home, true)) {
        assert!(!out.contains(acts), "{args}: {out:?}");
        // Nor as an escape that the reader of a document would turn back.
        let lower = out.to_lowercase();
        assert!(
            !["\\u001b", "\\u009b", "\\u202e", "\\u0007"].iter().any(|escape| lower.contains(escape)),
            "{args}: {out}"
        );
    }
}

#[test]
fn no_face_prints_a_secret() {
    let home = hostile();
    for (args, out) in faces(&home, false).into_iter().chain(faces(&home, true)) {
        for secret in SECRETS {
            // A part of one would do harm, too.
            assert!(!out.contains(&secret[..secret.len() / 2 + 4]), "{args} tells {secret}: {out}");
        }
    }
    // They were on their way: without the blots, the above would prove nothing.
    let whole = home.json(&["show", Transcript::of("resume").thread(), "--json"]);
    for key in ["/session/name", "/session/tools_list/0/summary", "/session/limits/0/name"] {
        let said =
            whole.pointer(key).and_then(serde_json::Value::as_str).unwrap_or_else(|| panic!("{key} of {whole:#}"));
        assert!(said.contains("[redacted]"), "{key}: {said}");
    }
}

#[test]
fn what_people_wrote_is_shown_when_asked_for_and_only_then() {
    let home = hostile();
    for (args, out) in faces(&home, false) {
        assert!(!out.contains(SAID), "{args}: {out}");
    }
    let thread = Transcript::of("resume");
    for args in [
        &["show", thread.thread(), "--text"][..],
        &["show", thread.thread(), "--text", "--json"],
        &["ls", "--text", "--json"],
    ] {
        let run = home.run(args);
        assert!(run.out.contains(SAID), "{args:?}: {}", run.out);
    }
}

#[cfg(unix)]
#[test]
fn the_names_of_files_are_made_harmless() {
    let home = hostile();
    let folder = home.codex().join("sessions/2026/11/20");
    let thread = "00000000-0000-7000-8000-000000000000";
    let name = format!("rollout-2026-11-20T04-06-53{}-{thread}.jsonl", EVIL.replace('/', "|"));
    let now = crate::home::NOW.parse().expect("a time");
    crate::home::write(&folder.join(&name), b"no record\n", now);
    fs::create_dir(folder.join(name.replace(thread, "00000000-0000-7000-8000-000000000001"))).expect("a directory");
    for (args, out) in faces(&home, false) {
        assert!(!out.contains(acts), "{args}: {out:?}");
    }
}
