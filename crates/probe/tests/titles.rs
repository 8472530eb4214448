//! Titles asked of a real tmux, and of programs that are none. Each wait ends with what is waited for; its limit only turns
//! a hang into a failure.
#![cfg(target_os = "linux")]

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener, UnixStream};
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::mpsc::{Receiver, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use topside_model::ProcessRef;
use topside_probe::{Connection, ConnectionState, Host, Interest, OsHost, Process, SEAT_VARIABLES, Seat, Stir};

const LIMIT: Duration = Duration::from_mins(1);

/// A host that sees what calls itself `agent`, and a tmux server of its own; ended when dropped.
struct Place {
    folder: TempDir,
    host: OsHost,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let interest = Interest {
            programs: BTreeSet::from(["agent".to_owned()]),
            variables: SEAT_VARIABLES.map(str::to_owned).into(),
            ..Interest::default()
        };
        let host = OsHost::new(interest, Some(folder.path().to_owned())).expect("a host");
        Self { folder, host }
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("s")
    }

    #[expect(clippy::disallowed_methods, reason = "the tests need a terminal to ask")]
    fn tmux(&self, args: &[&str]) -> Option<Output> {
        let mut tmux = Command::new("tmux");
        tmux.arg("-S").arg(self.socket()).args(["-f", "/dev/null"]).args(args).env_remove("TMUX").output().ok()
    }

    /// Starts a server with a window in which something called `agent` runs `script`; `None` where there is no tmux
    /// that is asked.
    fn start(&self, script: &str) -> Option<Process> {
        let agent = self.folder.path().join("agent");
        std::os::unix::fs::symlink("/bin/sh", &agent).expect("a link");
        let agent = agent.display().to_string();
        let started = self.tmux(&["new-session", "-d", "-x", "80", "-y", "24", &agent, "-c", script])?;
        assert!(started.status.success(), "{started:?}");
        Some(self.process()).filter(|process| Seat::of(process).is_some_and(|seat| seat.unasked().is_none()))
    }

    /// What is called `agent`, once it is there.
    fn process(&self) -> Process {
        let end = Instant::now() + LIMIT;
        loop {
            let found = self.host.processes().by_pid.into_values().find(|one| {
                one.args.first().is_some_and(|called| *called == self.folder.path().join("agent").to_string_lossy())
            });
            if let Some(process) = found {
                return process;
            }
            assert!(Instant::now() < end, "the agent runs");
            std::thread::yield_now();
        }
    }

    fn watch(&self, seat: &Seat) -> (Connection, Receiver<Option<String>>) {
        let (tell, heard) = channel();
        let hear = move |_, title: Option<&str>| tell.send(title.map(str::to_owned)).is_ok();
        (self.host.watch_title(seat, Box::new(hear)), heard)
    }

    /// Somebody who is no tmux listens at the socket and does `work` with each who comes, `times` times.
    fn serve(&self, times: usize, work: fn(UnixStream)) -> JoinHandle<()> {
        let listener = UnixListener::bind(self.socket()).expect("a socket");
        std::thread::spawn(move || listener.incoming().take(times).for_each(|stream| work(stream.expect("a stream"))))
    }

    /// A seat in a pane of whatever listens at the socket.
    fn seat(&self) -> Seat {
        seat_of(own(), self.variables(std::process::id(), "3.3a").into(), Some(0x8801)).expect("a seat")
    }

    /// The environment of a pane of the process `server`, which says that it is tmux of this version.
    fn variables(&self, server: u32, version: &str) -> [(&'static str, String); 4] {
        [
            ("TMUX", format!("{},{server},0", self.socket().display())),
            ("TMUX_PANE", "%0".to_owned()),
            ("TERM_PROGRAM", "tmux".to_owned()),
            ("TERM_PROGRAM_VERSION", version.to_owned()),
        ]
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.tmux(&["kill-server"]);
    }
}

/// This process.
fn own() -> ProcessRef {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("a line");
    let behind_name = stat.rsplit_once(')').expect("a name").1;
    let started = behind_name.split_whitespace().nth(19).expect("22 fields").parse().expect("a number");
    ProcessRef { pid: std::process::id(), started }
}

fn seat_of(id: ProcessRef, variables: BTreeMap<&str, String>, terminal: Option<u64>) -> Option<Seat> {
    let variables = variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let (parent, name, exe, args, cwd) = (1, String::new(), None, Vec::new(), None);
    let (started_at, cpu_time, memory) = (None, None, None);
    Seat::of(&Process { id, parent, name, exe, args, cwd, variables, started_at, cpu_time, memory, terminal })
}

/// Says that a test proves nothing here.
fn skip() {
    writeln!(std::io::stderr(), "skipped: no tmux that is asked").expect("standard error is open");
}

/// Waits until it is heard.
#[track_caller]
fn wait_for(heard: &Receiver<Option<String>>, wanted: Option<&str>) {
    let end = Instant::now() + LIMIT;
    while let Ok(title) = heard.recv_timeout(end.saturating_duration_since(Instant::now())) {
        if title.as_deref() == wanted {
            return;
        }
    }
    panic!("{wanted:?} is never heard");
}

/// Waits for the end of the connection.
#[track_caller]
fn why(heard: &Receiver<Option<String>>, connection: &Connection) -> String {
    assert_eq!(heard.iter().last(), Some(None), "the last that is heard takes back what was");
    let end = Instant::now() + LIMIT;
    loop {
        match connection.state() {
            ConnectionState::Closed { why } => return why,
            _ => assert!(Instant::now() < end, "it is over"),
        }
        std::thread::yield_now();
    }
}

#[test]
fn tmux_tells_the_title_of_a_pane_and_is_as_it_was() {
    let place = Place::new();
    let script = r#"printf '\033]2;\342\240\264 one two\033\\'; read x; printf '\033]2;%s\033\\' "$x"; read x"#;
    let Some(process) = place.start(script) else { return skip() };
    let state =
        || place.tmux(&["list-windows", "-a", "-F", "#{window_layout} #{session_attached}"]).expect("tmux").stdout;
    let before = state();
    let (connection, heard) = place.watch(&Seat::of(&process).expect("a seat"));
    wait_for(&heard, Some("\u{2834} one two"));
    place.tmux(&["send-keys", "[ ! ] Action Required | #{pid}", "Enter"]);
    wait_for(&heard, Some("[ ! ] Action Required | #{pid}"));
    assert_eq!(connection.state(), ConnectionState::Open);
    assert_eq!(state(), before);
    let clients = place.tmux(&["list-clients"]).expect("tmux").stdout;
    assert_eq!(String::from_utf8_lossy(&clients), "", "nobody is attached");
}

#[test]
fn a_title_is_not_of_who_is_stopped_gone_or_elsewhere() {
    let place = Place::new();
    let Some(process) = place.start(r"printf '\033]2;asks\033\\'; read x") else {
        return skip();
    };
    let (_connection, heard) = place.watch(&Seat::of(&process).expect("a seat"));
    wait_for(&heard, Some("asks"));
    // Another process, or another terminal, is not the one that the pane shows.
    let younger = Process { id: ProcessRef { started: process.id.started + 1, ..process.id }, ..process.clone() };
    let elsewhere = Process { terminal: process.terminal.map(|terminal| terminal + 1), ..process.clone() };
    for other in [younger, elsewhere] {
        let (_connection, heard) = place.watch(&Seat::of(&other).expect("a seat"));
        assert_eq!(heard.recv_timeout(LIMIT), Ok(None));
    }
    place.tmux(&["set-option", "-g", "remain-on-exit", "on"]);
    place.tmux(&["send-keys", "x", "Enter"]);
    wait_for(&heard, None);
}

#[test]
fn kitty_tells_the_title_of_the_window_that_shows_the_process() {
    let place = Place::new();
    let Some(process) = place.start("read x") else { return skip() };
    let name = format!("topside-test-kitty-{}", process.id.pid);
    let address = SocketAddr::from_abstract_name(&name).expect("a name");
    let listener = UnixListener::bind_addr(&address).expect("a socket");
    let pid = process.id.pid;
    std::thread::spawn(move || {
        let mut stream = listener.accept().expect("somebody comes").0;
        let mut asked = [0; 72];
        stream.read_exact(&mut asked).expect("a question");
        assert_eq!(
            &asked,
            b"\x1bP@kitty-cmd{\"cmd\":\"ls\",\"version\":[0,14,2],\"payload\":{\"match\":\"id:4\"}}\x1b\\"
        );
        let window = format!(r#"{{\"id\":4,\"title\":\"asks\",\"foreground_processes\":[{{\"pid\":{pid}}}]}}"#);
        let listed = format!(r#"[{{\"tabs\":[{{\"windows\":[{window}]}}]}}]"#);
        write!(stream, "\x1bP@kitty-cmd{{\"ok\":true,\"data\":\"{listed}\"}}\x1b\\").expect("said");
    });
    let variables = [("KITTY_LISTEN_ON", format!("unix:@{name}")), ("KITTY_WINDOW_ID", "4".to_owned())];
    let seat = seat_of(process.id, variables.into(), process.terminal).expect("a seat");
    let (_connection, heard) = place.watch(&seat);
    wait_for(&heard, Some("asks"));
}

#[test]
fn who_drops_the_connection_is_heard_no_more() {
    let place = Place::new();
    let Some(process) = place.start("read x") else { return skip() };
    let (connection, heard) = place.watch(&Seat::of(&process).expect("a seat"));
    assert!(heard.recv_timeout(LIMIT).is_ok());
    drop(connection);
    assert!(heard.iter().count() < 1000, "it comes to its end");
}

/// Says something, and nothing more until the other one ends it.
fn say(mut stream: UnixStream, words: &[u8]) {
    stream.write_all(words).ok();
    stream.read_to_end(&mut Vec::new()).ok();
}

#[test]
fn what_is_no_tmux_is_let_be() {
    let check = |times, work: fn(UnixStream), expected: &str| {
        let place = Place::new();
        let served = place.serve(times, work);
        let (connection, heard) = place.watch(&place.seat());
        let why = why(&heard, &connection);
        assert!(why.starts_with(&format!("ask {} for a title: ", place.socket().display())), "{why}");
        assert!(why.contains(expected), "{why}");
        served.join().expect("it was content");
    };
    check(1, |stream| say(stream, b"\x0c\0\0\0\x10\0\0\0\x08\0\0\0\0\0\0\0"), "version");
    check(1, |stream| say(stream, &[0xff; 64]), "version");
    check(1, |stream| say(stream, b"\xe7\x03\0\0\x10\0\0\0\x08\0\0\0\0\0\0\0"), "message 999");
    check(3, |stream| say(stream, b""), "");
    check(3, drop, "");
}

#[test]
fn only_the_server_of_the_pane_is_asked_and_only_in_a_version_that_was_tried() {
    let check = |server: u32, version: &str, expected: &str| {
        let place = Place::new();
        let listener = UnixListener::bind(place.socket()).expect("a socket");
        let seat = seat_of(own(), place.variables(server, version).into(), Some(0x8801)).expect("a seat");
        let (connection, heard) = place.watch(&seat);
        let why = why(&heard, &connection);
        assert!(why.contains(expected), "{why}");
        listener.set_nonblocking(true).expect("it can be set");
        let said = listener.accept().map(|(mut stream, _)| stream.read_to_end(&mut Vec::new()).expect("it is over"));
        assert!(matches!(said, Ok(0) | Err(_)), "nothing is said: {said:?}");
    };
    check(std::process::id(), "9.9", "topside was not tried with tmux 9.9, so it is not asked");
    check(1, "3.3a", "another program listens there by now");
}

/// What topside says to a server, until it is answered.
fn question(place: &Place, variables: [(&'static str, String); 4]) -> Vec<u8> {
    let socket = place.folder.path().join("listener");
    let listener = UnixListener::bind(&socket).expect("a socket");
    let mut variables = BTreeMap::from(variables);
    variables.insert("TMUX", format!("{},{},0", socket.display(), std::process::id()));
    let (connection, _heard) = place.watch(&seat_of(own(), variables, Some(0x8801)).expect("a seat"));
    let mut stream = listener.accept().expect("somebody comes").0;
    let mut said = Vec::new();
    // It gives up when nobody answers.
    stream.read_to_end(&mut said).expect("a question");
    drop(connection);
    said
}

#[test]
fn a_server_lives_wherever_topside_ends() {
    let place = Place::new();
    let Some(process) = place.start(r"printf '\033]2;asks\033\\'; read x") else { return skip() };
    let server = place.tmux(&["display-message", "-p", "#{pid}"]).expect("tmux").stdout;
    let said = question(&place, place.variables(0, "3.3a"));
    let connect = || UnixStream::connect(place.socket()).expect("it listens");
    let mut kept = Vec::new();
    for cut in 0..=said.len() {
        let mut stream = connect();
        stream.write_all(&said[..cut]).expect("it takes it");
        // Every other one stays for a while and reads nothing.
        if cut % 2 == 0 {
            kept.push(stream);
        }
    }
    drop(kept);
    for wanted in 1..=28 {
        let mut stream = connect();
        stream.write_all(&said).expect("it takes it");
        // As much of its answer as it gives without being told to go on.
        stream.read_exact(&mut vec![0; wanted]).expect("it answers");
    }
    let (_connection, heard) = place.watch(&Seat::of(&process).expect("a seat"));
    wait_for(&heard, Some("asks"));
    assert_eq!(place.tmux(&["display-message", "-p", "#{pid}"]).expect("tmux").stdout, server, "it is the same one");
}

#[test]
fn news_wake_who_watches() {
    let place = Place::new();
    let Some(process) = place.start(r"printf '\033]2;asks\033\\'; read x") else { return skip() };
    let (tell, woken) = channel();
    let _watcher = place.host.watcher(Box::new(move |stir| _ = tell.send(stir)));
    let (_connection, _heard) = place.watch(&Seat::of(&process).expect("a seat"));
    assert_eq!(woken.recv_timeout(LIMIT), Ok(Stir::News));
}

#[test]
fn an_answer_that_is_late_takes_nothing_back() {
    let place = Place::new();
    let served = place.serve(3, drop);
    let (_connection, heard) = place.watch(&place.seat());
    assert_eq!(heard.iter().collect::<Vec<_>>(), [None], "once: when it is let be");
    served.join().expect("it was content");
}

#[test]
fn nobody_asks_for_a_process_that_is_gone() {
    let place = Place::new();
    let _listener = UnixListener::bind(place.socket()).expect("a socket");
    let gone = ProcessRef { started: 1, ..own() };
    let seat = seat_of(gone, place.variables(std::process::id(), "3.3a").into(), Some(0x8801)).expect("a seat");
    let (connection, heard) = place.watch(&seat);
    assert_eq!(heard.iter().collect::<Vec<_>>(), [None], "and then nobody speaks any more");
    assert_eq!(connection.state(), ConnectionState::Open, "others in the terminal may be asked about");
}
