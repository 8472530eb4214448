//! Alerts that leave the program: to a server, to a program, to a terminal; each with a real one at the other end.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::fixture::Transcript;
use crate::home::{Home, Run, program};
use crate::schema;

/// What has not come after this long never will.
const DEADLINE: Duration = Duration::from_mins(1);

/// What a server was sent: each request's heading and its body.
struct Server {
    port: u16,
    requests: Receiver<(String, String)>,
}

impl Server {
    /// One that answers the requests it gets with these answers, one after the other, and then no more.
    fn start(answers: &'static [&'static str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let (tell, requests) = mpsc::channel();
        thread::spawn(move || {
            for (stream, answer) in listener.incoming().zip(answers) {
                let stream = stream.expect("a connection");
                let mut reader = BufReader::new(&stream);
                let mut heading = String::new();
                while !heading.ends_with("\r\n\r\n") && reader.read_line(&mut heading).expect("a line") > 0 {}
                let length =
                    heading.to_lowercase().lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
                let mut body = vec![0; length.expect("a length")];
                reader.read_exact(&mut body).expect("a body");
                let answer = format!("HTTP/1.1 {answer}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
                (&stream).write_all(answer.as_bytes()).expect("answered");
                tell.send((heading, String::from_utf8(body).expect("text"))).ok();
            }
        });
        Self { port, requests }
    }

    #[track_caller]
    fn next(&self) -> (String, String) {
        self.requests.recv_timeout(DEADLINE).expect("a request")
    }

    fn config(&self) -> String {
        format!("[notifications]\nwebhook = \"http://127.0.0.1:{}/hooks/s3cret\"\n", self.port)
    }
}

/// A command on this home with `text` as its configuration, which lies in `folder`.
fn configured(home: &Home, folder: &Path, text: &str, args: &[&str]) -> Command {
    let file = folder.join("own.toml");
    fs::write(&file, text).expect("written");
    let mut command = program(args);
    command.arg("--root").arg(home.path()).env("HOME", home.path()).arg("--config").arg(file);
    command.env("NO_PROXY", "*").env_remove("TMUX");
    command
}

/// What a test of the ways in this configuration says.
fn tested(text: &str, args: &[&str]) -> Run {
    let (home, folder) = (Home::new(), tempfile::tempdir().expect("a folder"));
    home.finish(configured(&home, folder.path(), text, &[&["notify", "test"], args].concat()))
}

#[test]
fn a_webhook_gets_the_alert_and_nothing_else() {
    let server = Server::start(&["204 No Content"]);
    let run = tested(&server.config(), &["webhook"]);
    assert_eq!((run.code, run.out.as_str(), run.err.as_str()), (Some(0), "webhook: sent\n", ""));
    let (heading, body) = server.next();
    let heading = heading.to_lowercase();
    assert!(heading.starts_with("post /hooks/s3cret http/1.1\r\n"), "{heading}");
    assert!(
        heading.contains("content-type: application/json\r\n") && heading.contains("user-agent: topside/"),
        "{heading}"
    );
    let document: Value = serde_json::from_str(&body).expect("JSON");
    schema::check(&document);
    assert_eq!((&document["kind"], &document["text"]), (&"test".into(), &"topside can tell you here".into()));
}

/// What is said of a server that answers so, which is asked this often.
#[track_caller]
fn check_answers(answers: &'static [&'static str], code: i32, said: &str) {
    let server = Server::start(answers);
    let run = tested(&server.config(), &["webhook"]);
    assert_eq!((run.code, run.out.as_str()), (Some(code), format!("webhook: {said}\n").as_str()));
    for _ in answers {
        server.next();
    }
}

#[test]
fn a_webhook_is_tried_again_once_where_that_makes_sense() {
    let failed = "failed to send it to 127.0.0.1: it answers with status";
    check_answers(&["503 Busy", "200 OK"], 0, "sent");
    check_answers(&["503 Busy", "500 Broken"], 1, &format!("{failed} 500"));
    check_answers(&["404 Not Found"], 1, &format!("{failed} 404"));
}

#[test]
fn a_webhook_is_not_followed_elsewhere() {
    const ELSEWHERE: &[&str] = &["302 Found\r\nlocation: http://127.0.0.1:1/"];
    check_answers(ELSEWHERE, 1, "failed to send it to 127.0.0.1: it sends one elsewhere; write the address it names");
}

#[test]
fn what_cannot_be_told_says_why_and_never_the_secret_of_an_address() {
    let nobody = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
    let text = format!("[notifications]\nwebhook = \"http://127.0.0.1:{nobody}/hooks/s3cret\"");
    let run = tested(&text, &["webhook"]);
    assert_eq!(run.code, Some(1));
    assert!(run.out.starts_with("webhook: failed to send it to 127.0.0.1: ") && !run.out.contains("s3cret"), "{run:?}");
    let bell = tested("", &["bell"]);
    let why = "bell: failed to write to the terminal: neither standard output nor standard error is one\n";
    assert_eq!((bell.code, bell.out.as_str()), (Some(1), why));
    assert_eq!(tested("", &["webhook"]).out, "webhook: failed to send it: no webhook is set under [notifications]\n");
    let nothing = tested("", &[]);
    assert!(nothing.err.contains("no rule of the configuration tells anybody"), "{nothing:?}");
    assert_eq!(tested("", &["pigeon"]).code, Some(2));
}

#[test]
fn rules_are_listed() {
    let (home, folder) = (Home::new(), tempfile::tempdir().expect("a folder"));
    let example = home.run(["config", "example"]).out;
    let set = |line: &str| line.strip_prefix('#').filter(|key| !key.starts_with(' ')).unwrap_or(line).to_owned() + "\n";
    let all: String = example.lines().map(set).collect();
    let rules = |text: &str| home.finish(configured(&home, folder.path(), text, &["notify", "rules"])).out;
    fs::write(folder.path().join("prices.json"), r#"{"prices": []}"#).expect("written");
    insta::assert_snapshot!(rules(&all));
    assert_eq!(rules(""), "No rule is set: nothing is told. `topside config example` shows some.\n");
}

/// `topside notify run`, and what it prints.
struct Running {
    child: Child,
    lines: Receiver<String>,
}

impl Running {
    fn start(home: &Home, folder: &Path, text: &str) -> Self {
        let mut command = configured(home, folder, text, &["notify", "run", "--recent", "4000000"]);
        let mut child = command.stdout(Stdio::piped()).spawn().expect("it starts");
        let printed = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        let (tell, lines) = mpsc::channel();
        thread::spawn(move || printed.map_while(Result::ok).try_for_each(|line| tell.send(line)));
        Self { child, lines }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ends");
    }
}

/// A home with a limit of which 42.5% is used until long after this test.
fn limited() -> Home {
    let home = Home::new();
    let transcript = Transcript::of("resume").with("\"resets_at\":17951548", "\"resets_at\":41024448");
    home.add(&transcript);
    home
}

#[test]
fn a_limit_is_told_to_a_server_and_a_program_once() {
    let (home, folder) = (limited(), tempfile::tempdir().expect("a folder"));
    let server = Server::start(&["200 OK"]);
    let pipe = folder.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo").success());
    let script = format!("{{ cat; echo \\\"$TOPSIDE_TEXT\\\"; }} > {}", pipe.display());
    let command = format!("command = [\"sh\", \"-c\", \"{script}\"]\n");
    let first = "[[notify]]\nwhen = \"limit\"\nto = [\"webhook\"]\nat = 40\n";
    let running = Running::start(&home, folder.path(), &(server.config() + &command + first));
    let line = running.lines.recv_timeout(DEADLINE).expect("it is told");
    assert!(line.contains(" codex: 42% of the 5 h limit used (it starts afresh at "), "{line}");
    let (_, body) = server.next();
    let document: Value = serde_json::from_str(&body).expect("JSON");
    schema::check(&document);
    let told_of = ["kind", "agent", "used_percent", "window_seconds"].map(|key| document[key].clone());
    assert_eq!(told_of, [Value::from("limit"), "codex".into(), 42.5.into(), 18_000.into()]);
    let second = configured(&home, folder.path(), &(server.config() + &command + first), &["notify", "run"]);
    let another = crate::home::finish(second);
    let refused = String::from_utf8(another.stderr).expect("text");
    assert_eq!(refused, "topside: failed to tell alerts: another topside does; end it first\n");
    drop(running);

    // Started again with one more rule, only that one has something to tell; the first would come a second earlier.
    let more = "[[notify]]\nwhen = \"limit\"\nto = [\"command\"]\nat = 30\nafter = \"2s\"\n";
    let config = server.config() + &command + first + more;
    let running = Running::start(&home, folder.path(), &config);
    running.lines.recv_timeout(DEADLINE).expect("it is told");
    let (tell, got) = mpsc::channel();
    thread::spawn(move || tell.send(fs::read_to_string(pipe)));
    let got = got.recv_timeout(DEADLINE).expect("the program is started").expect("text");
    assert_eq!(running.lines.try_iter().count(), 0, "it was told before");
    drop(running);
    let (document, text) = got.split_once('\n').expect("two lines");
    schema::check(&serde_json::from_str(document).expect("JSON"));
    assert_eq!(text, "codex: 42% of the 5 h limit used\n");

    // What became of it is known afterwards.
    let mut doctor = configured(&home, folder.path(), &config, &["doctor", "--json"]);
    let document: Value = serde_json::from_slice(&doctor.output().expect("it runs").stdout).expect("JSON");
    schema::check(&document);
    let known = document["notifications"].as_array().expect("a list");
    assert_eq!(known.iter().map(|way| way["target"].clone()).collect::<Vec<_>>(), ["webhook", "command"]);
    assert!(!known[0]["sent_at"].is_null(), "{document:#}");
    assert!(is_private(&home.path().join(".local/state/topside")));
}

fn is_private(folder: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(folder).expect("it is there").permissions().mode() & 0o777 == 0o700
}

#[test]
fn without_a_rule_nothing_is_told_and_nothing_is_written() {
    let (home, folder) = (limited(), tempfile::tempdir().expect("a folder"));
    let run = home.finish(configured(&home, folder.path(), "", &["notify", "run"]));
    assert_eq!(run.code, Some(1));
    assert!(run.err.contains("the configuration has no [[notify]]"), "{run:?}");
}

/// With a process that stands in for the agent, which only Linux can tell from any other.
#[cfg(target_os = "linux")]
#[test]
fn a_wait_for_leave_is_told_and_so_is_the_crash_after_it() {
    use topside_model::Timestamp;
    let (home, folder) = (Home::new(), tempfile::tempdir().expect("a folder"));
    let transcript = Transcript::of("approval-denied");
    let path = home.place(&transcript);
    crate::home::write(&path, b"", Timestamp::now());
    let agent = crate::running::StandIn::start(&home, &home.codex(), &path);
    let text = "[[notify]]\nwhen = \"approval\"\nto = [\"bell\"]\n[[notify]]\nwhen = \"failed\"\nto = [\"bell\"]\n";
    let running = Running::start(&home, folder.path(), text);
    // The turn begins now; nobody has answered yet.
    let now = Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S").to_string();
    let begun = transcript.with("2026-11-20T04:06:19", &now);
    let asked: Vec<u8> = begun.lines().into_iter().take(13).flatten().copied().collect();
    fs::File::options().append(true).open(&path).expect("a file").write_all(&asked).expect("written");
    let told = || running.lines.recv_timeout(DEADLINE).expect("something is told");
    assert!(told().ends_with(" proj needs your permission: exec_command (touch approved && id)"));
    drop(agent);
    assert!(told().ends_with(" proj: crashed"));
}
