//! `ls --watch --json` while the files it shows change.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::bad_bytes::{numbers, whole};
use crate::fixture::Transcript;
use crate::home::{Home, NOW};
use crate::schema;

/// What has not shown up after this long never will.
const DEADLINE: Duration = Duration::from_mins(1);

/// A run of `topside ls --all --watch --json`.
pub(crate) struct Watch {
    child: Child,
    documents: Receiver<Value>,
}

impl Watch {
    pub(crate) fn start(home: &Home) -> Self {
        Self::start_at(home, NOW)
    }

    /// The same at another time.
    pub(crate) fn start_at(home: &Home, now: &str) -> Self {
        let mut command = home.command(["ls", "--all", "--watch", "--json", "--now", now]);
        let mut child = command.stdout(Stdio::piped()).spawn().expect("it starts");
        let lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        let (tell, documents) = mpsc::channel();
        thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let document = serde_json::from_str(&line).expect("each line is a document");
                if tell.send(document).is_err() {
                    return;
                }
            }
        });
        Self { child, documents }
    }

    /// Waits for a document that is as wanted.
    #[track_caller]
    pub(crate) fn wait_for(&mut self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let end = Instant::now() + DEADLINE;
        let mut latest = Value::Null;
        while let Ok(document) = self.documents.recv_timeout(end.saturating_duration_since(Instant::now())) {
            schema::check(&document);
            if wanted(&document) {
                return document;
            }
            latest = document;
        }
        panic!("{what} did not show; the latest document is {latest:#}");
    }

    /// Waits until the only session has these numbers.
    #[track_caller]
    fn wait_for_numbers(&mut self, expected: &Value) {
        self.wait_for(&expected.to_string(), |document| {
            document["sessions"].as_array().is_some_and(|all| all.len() == 1 && numbers(&all[0]) == *expected)
        });
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        // It may have ended by itself, which `kill` and `wait` say; nothing is left to do then.
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

/// Those of `resume` after its first turn: 14 lines.
fn half() -> Value {
    json!({"prompts": 1, "responses": 1, "total": 1050, "finished": 0, "unresolved": 0})
}

#[test]
fn what_is_appended_shows_up() {
    let transcript = Transcript::of("resume");
    let lines = transcript.lines();
    let home = Home::new();
    let path = home.place(&transcript);
    fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
    fs::write(&path, lines[..14].concat()).expect("written");
    let mut watch = Watch::start(&home);
    watch.wait_for_numbers(&half());
    let mut file = File::options().append(true).open(&path).expect("the file");
    // A record in two pieces: the first says nothing yet.
    let rest = lines[14..].concat();
    let (head, tail) = rest.split_at(rest.len() - 300);
    file.write_all(head).expect("written");
    watch.wait_for_numbers(&whole());
    file.write_all(tail).expect("written");
    watch.wait_for("the end of the turn", |document| document["sessions"][0]["turns"]["completed"] == 2);
}

#[test]
fn a_file_that_shrinks_or_is_exchanged_is_read_anew() {
    let transcript = Transcript::of("resume");
    let home = Home::with(&["resume"]);
    let path = home.place(&transcript);
    let mut watch = Watch::start(&home);
    watch.wait_for_numbers(&whole());
    let first = transcript.lines()[..14].concat();
    File::options().write(true).open(&path).and_then(|file| file.set_len(first.len() as u64)).expect("shorter");
    watch.wait_for_numbers(&half());
    let other = path.with_extension("new");
    fs::write(&other, &transcript.bytes).expect("written");
    fs::rename(&other, &path).expect("exchanged");
    watch.wait_for_numbers(&whole());
    fs::write(&path, &first).expect("written over");
    watch.wait_for_numbers(&half());
}

#[test]
fn a_file_that_comes_shows_up_and_one_that_goes_leaves() {
    let home = Home::with(&["resume"]);
    let mut watch = Watch::start(&home);
    let count = |document: &Value| document["sessions"].as_array().map_or(0, Vec::len);
    watch.wait_for("one session", |document| count(document) == 1);
    let path = home.add(&Transcript::of("error-500"));
    watch.wait_for("another session", |document| count(document) == 2);
    fs::remove_file(&path).expect("removed");
    watch.wait_for("its end", |document| count(document) == 1);
}

#[test]
fn a_reader_that_goes_away_ends_the_watching() {
    let home = Home::with(&["resume"]);
    let mut command = home.command(["ls", "--all", "--watch", "--json"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    let mut out = BufReader::new(child.stdout.take().expect("it is piped"));
    let mut line = String::new();
    out.read_line(&mut line).expect("a first line");
    drop(out);
    let (tell, told) = mpsc::channel();
    thread::spawn(move || tell.send(child.wait_with_output()));
    // It learns that nobody reads when it has something to say.
    home.add(&Transcript::of("error-500"));
    let output = told.recv_timeout(DEADLINE).expect("it ends").expect("it ended");
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]));
}
