//! Conversations over real sockets, and over those of the fake machine. Each wait ends with what is waited for; its limit
//! only turns a hang into a failure.
#![cfg(unix)]

use std::io::{Read, Write};
use std::os::unix::fs::symlink;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use tempfile::TempDir;
use topside_model::Timestamp;
use topside_probe::{Connection, ConnectionState, FakeHost, Heard, Host, Interest, OsHost, Stir, Talk, Watcher};
use tungstenite::{Message, WebSocket, accept};

const LIMIT: Duration = Duration::from_mins(1);

/// Says "hello", passes on what it hears, and echoes what asks for it.
struct Echo(Sender<String>);

impl Talk for Echo {
    fn greet(&mut self) -> Vec<String> {
        vec!["hello".to_owned()]
    }

    fn hear(&mut self, _: Timestamp, message: &str) -> Heard {
        assert_ne!(message, "panic");
        self.0.send(message.to_owned()).ok();
        let say = message.strip_prefix("echo ").map(str::to_owned).into_iter().collect();
        Heard { say, news: message == "news" }
    }
}

struct Place {
    folder: TempDir,
    host: OsHost,
    _watcher: Box<dyn Watcher>,
    wakes: Receiver<Stir>,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let host = OsHost::new(Interest::default(), Some(folder.path().to_owned())).expect("a host");
        let (sender, wakes) = channel();
        let watcher = host.watcher(Box::new(move |stir| _ = sender.send(stir)));
        Self { folder, host, _watcher: watcher, wakes }
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("sock")
    }

    /// Somebody listens and does `work` with the first who comes.
    fn serve<T: Send + 'static>(&self, work: impl FnOnce(UnixStream) -> T + Send + 'static) -> JoinHandle<T> {
        let listener = UnixListener::bind(self.socket()).expect("a socket");
        std::thread::spawn(move || work(listener.accept().expect("somebody comes").0))
    }

    fn connect(&self, path: &Path) -> (Connection, Receiver<String>) {
        let (sender, heard) = channel();
        (self.host.connect(path, Box::new(Echo(sender))), heard)
    }

    /// Waits until the end of the connection rings.
    #[track_caller]
    fn why(&self, connection: &Connection) -> String {
        assert_eq!(self.wakes.recv_timeout(LIMIT), Ok(Stir::News));
        match connection.state() {
            ConnectionState::Closed { why } => why,
            other => panic!("it is over: {other:?}"),
        }
    }
}

fn shake(stream: UnixStream) -> WebSocket<UnixStream> {
    accept(stream).expect("hands are shaken")
}

/// The next text; pings and pongs are the library's.
fn next(socket: &mut WebSocket<UnixStream>) -> String {
    loop {
        if let Message::Text(text) = socket.read().expect("a message") {
            return text.as_str().to_owned();
        }
    }
}

#[test]
fn it_greets_hears_and_answers_also_behind_a_link() {
    let place = Place::new();
    let link = place.folder.path().join("link");
    let program = place.serve(|stream| {
        let mut socket = shake(stream);
        let greeting = next(&mut socket);
        socket.send(Message::text("echo one")).expect("sent");
        socket.send(Message::Ping(Vec::new().into())).expect("sent");
        socket.send(Message::text("echo two")).expect("sent");
        [greeting, next(&mut socket), next(&mut socket)]
    });
    symlink(place.socket(), &link).expect("a link");
    let (connection, heard) = place.connect(&link);
    assert_eq!(heard.recv_timeout(LIMIT).as_deref(), Ok("echo one"));
    assert_eq!(heard.recv_timeout(LIMIT).as_deref(), Ok("echo two"));
    assert_eq!(program.join().expect("it was content"), ["hello", "one", "two"]);
    assert!(place.why(&connection).starts_with(&format!("talk to {}: ", link.display())));
}

#[test]
fn news_wake_and_the_rest_does_not() {
    let place = Place::new();
    let program = place.serve(|stream| {
        let mut socket = shake(stream);
        for message in ["of no concern", "news"] {
            socket.send(Message::text(message)).expect("sent");
        }
        (next(&mut socket), socket.read().is_err())
    });
    let (connection, heard) = place.connect(&place.socket());
    assert_eq!(place.wakes.recv_timeout(LIMIT), Ok(Stir::News));
    assert_eq!(heard.try_iter().collect::<Vec<_>>(), ["of no concern", "news"]);
    assert_eq!(connection.state(), ConnectionState::Open);
    drop(connection);
    let (_, hung_up) = program.join().expect("it was content");
    assert!(hung_up, "who drops the connection hangs up");
}

#[test]
fn what_is_no_conversation_ends_it_and_says_why() {
    let place = Place::new();
    let check = |path: &Path, expected: &str| {
        let (connection, heard) = place.connect(path);
        let why = place.why(&connection);
        assert!(why.contains(expected), "{why}");
        assert_eq!(heard.iter().count(), 0);
    };
    check(&place.socket(), "No such file");
    std::fs::write(place.socket(), "").expect("written");
    check(&place.socket(), "it is no socket");
    let again = |work: fn(UnixStream)| {
        std::fs::remove_file(place.socket()).expect("removed");
        place.serve(move |stream| {
            let mut rest = stream.try_clone().expect("a stream");
            work(stream);
            // It is the other one who ends it.
            rest.read_to_end(&mut Vec::new()).ok()
        })
    };
    again(|mut stream| stream.write_all(b"HTTP/1.1 404 Not Found\r\n\r\n").expect("sent"));
    check(&place.socket(), "404");
    again(|mut stream| stream.write_all(&[0xff; 100]).expect("sent"));
    check(&place.socket(), "");
    again(|stream| {
        let mut socket = shake(stream);
        // Who refuses it is gone before it is through.
        socket.send(Message::text("x".repeat(5 * 1024 * 1024))).ok();
    });
    check(&place.socket(), "too long");
    again(|stream| shake(stream).send(Message::text("panic")).expect("sent"));
    check(&place.socket(), "panic");
}

#[test]
fn the_fake_machine_talks_at_once() {
    let host = FakeHost::new("/home/x", Timestamp::UNIX_EPOCH);
    let (sender, heard) = channel();
    let connect = || host.connect(Path::new("/run/sock"), Box::new(Echo(sender.clone())));
    assert!(matches!(connect().state(), ConnectionState::Closed { .. }));
    host.serve("/run/sock", |message| if message == "hello" { vec!["echo hi".to_owned()] } else { Vec::new() });
    let (wakes, woken) = channel();
    let _watcher = host.watcher(Box::new(move |stir| _ = wakes.send(stir)));
    let connection = connect();
    assert_eq!(connection.state(), ConnectionState::Open);
    assert_eq!(host.heard_at("/run/sock"), ["hello", "hi"]);
    host.tell("/run/sock", "of no concern");
    host.tell("/run/sock", "news");
    assert_eq!(heard.try_iter().collect::<Vec<_>>(), ["echo hi", "of no concern", "news"]);
    assert_eq!(woken.try_iter().collect::<Vec<_>>(), [Stir::News]);
    assert_eq!(host.connections("/run/sock"), 1);
    drop(connection);
    assert_eq!(host.connections("/run/sock"), 0);
    let connection = connect();
    host.hang_up("/run/sock");
    assert!(matches!(connection.state(), ConnectionState::Closed { .. }));
}
