//! Processes, handles, locks and ports of this very machine.
#![cfg(target_os = "linux")]

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdout, Command, Stdio, id};

use topside_probe::{FileLock, Host, Interest, Listener, OpenHandle, OsHost, Process};

/// A name no program on any machine has.
const AGENT: &str = "topside-imaginary-agent";

/// A shell called [`AGENT`] that runs `script` and ends when its input does.
struct Shell {
    child: Child,
    output: BufReader<ChildStdout>,
}

impl Shell {
    /// `call` marks the shell and all it starts.
    #[expect(clippy::disallowed_methods, reason = "the tests need processes to find")]
    fn start(script: &str, call: &str) -> Self {
        let mut child = Command::new("sh")
            .arg0(format!("/opt/{AGENT}"))
            .args(["-c", script])
            .env("TOPSIDE_PROBE_CALL", call)
            .env("TOPSIDE_PROBE_SECRET", "secret")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a shell");
        let output = BufReader::new(child.stdout.take().expect("piped"));
        Self { child, output }
    }

    /// The number the script prints next.
    fn number(&mut self) -> u32 {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("a line");
        line.trim().parse().expect("a number")
    }
}

fn host(programs: &[&str]) -> OsHost {
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let interest = Interest {
        programs: names(programs),
        variables: names(&["TOPSIDE_PROBE_CALL"]),
        markers: names(&["TOPSIDE_PROBE_CALL"]),
    };
    OsHost::new(interest, None).expect("a host")
}

fn find(host: &OsHost, pid: u32) -> Option<Process> {
    host.processes().by_pid.remove(&pid)
}

#[test]
fn a_program_is_found_with_its_facts_and_gone_when_it_ended() {
    let mut shell = Shell::start("read line", "call-1");
    let host = host(&[AGENT]);
    let before = host.now();
    let found = find(&host, shell.child.id()).expect("found");
    assert_eq!(found.parent, id());
    assert_eq!(found.args, [format!("/opt/{AGENT}").as_str(), "-c", "read line"]);
    assert_eq!(found.variables, [("TOPSIDE_PROBE_CALL".to_owned(), "call-1".to_owned())].into());
    assert_eq!(found.cwd, std::env::current_dir().ok());
    assert!(found.exe.is_some_and(|exe| exe.is_absolute()));
    assert!(found.memory.is_some_and(|memory| memory.0 > 0));
    let age = found.started_at.expect("a time").duration_until(before);
    assert!(age.as_secs() < 3600, "started {age:?} ago");
    assert_eq!(find(&host, shell.child.id()).expect("found").id, found.id);
    drop(shell.child.stdin.take());
    shell.child.wait().expect("ended");
    assert_eq!(find(&host, shell.child.id()), None);
}

#[test]
fn a_descendant_is_found_by_its_parents_alone() {
    let script = "exec 3<&0; env -u TOPSIDE_PROBE_CALL sh -c 'echo $$; read line' <&3; true";
    let mut shell = Shell::start(script, "call-2");
    let grandchild = shell.number();
    let found = find(&host(&[AGENT]), grandchild).expect("found");
    assert_eq!(found.parent, shell.child.id());
    assert!(found.variables.is_empty());
}

#[test]
fn an_orphan_is_found_by_its_marker() {
    let mut shell = Shell::start("exec 3<&0; sh -c 'echo $$; read line' <&3 & exit 0", "call-3");
    let orphan = shell.number();
    let input = shell.child.stdin.take();
    shell.child.wait().expect("ended");
    let host = host(&[]);
    let found = find(&host, orphan).expect("found");
    assert_ne!(found.parent, shell.child.id());
    assert_eq!(found.variables["TOPSIDE_PROBE_CALL"], "call-3");
    drop(input);
}

#[test]
fn a_process_of_no_interest_is_not_reported() {
    assert_eq!(find(&host(&[AGENT]), id()), None);
}

#[test]
fn open_files_are_told_with_their_mode() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().canonicalize().expect("a path").join("log");
    let _writer = File::create(&path).expect("a file");
    let _reader = File::open(&path).expect("a file");
    let removed = path.with_extension("removed");
    let _removed = OpenOptions::new().append(true).create(true).open(&removed).expect("a file");
    std::fs::remove_file(&removed).expect("removed");
    let open = host(&[]).open_files(id()).expect("told");
    let modes = |path| open.iter().filter(|handle| handle.path == path).map(|handle| handle.writable).collect();
    let mut found: Vec<Option<bool>> = modes(path);
    found.sort_unstable();
    assert_eq!(found, [Some(false), Some(true)]);
    assert!(open.contains(&OpenHandle { path: removed, writable: Some(true) }));
}

#[test]
fn a_lock_is_told_with_its_holder() {
    let file = tempfile::tempfile().expect("a file");
    let inode = file.metadata().expect("facts").ino();
    let host = host(&[]);
    let mine = || host.locks().expect("told").into_iter().filter(|lock| lock.pid == id() && lock.inode == inode);
    file.lock().expect("locked");
    assert_eq!(mine().collect::<Vec<_>>(), [FileLock { pid: id(), inode, exclusive: true }]);
    file.lock_shared().expect("locked");
    assert_eq!(mine().collect::<Vec<_>>(), [FileLock { pid: id(), inode, exclusive: false }]);
    file.unlock().expect("unlocked");
    assert_eq!(mine().count(), 0);
}

#[test]
fn a_listening_port_is_told_and_a_connection_is_not() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let address = listener.local_addr().expect("an address");
    let _connection = TcpStream::connect(address).expect("connected");
    let _accepted = listener.accept().expect("accepted");
    let host = host(&[]);
    let told = |pids: &[u32]| -> Vec<Listener> {
        let told = host.listeners(&pids.iter().copied().collect::<BTreeSet<_>>()).expect("told");
        told.into_iter().filter(|listener| listener.port == address.port()).collect()
    };
    assert_eq!(told(&[id()]), [Listener { pid: id(), address: address.ip(), port: address.port() }]);
    assert_eq!(told(&[]), []);
}

#[test]
fn ports_are_found_whenever_they_are_opened_and_whoever_asks_in_between() {
    let host = host(&[]);
    let told = |pid: u32| -> Vec<u16> {
        let told = host.listeners(&BTreeSet::from([pid])).expect("told");
        told.into_iter().map(|listener| listener.port).collect()
    };
    let mut open: Vec<TcpListener> = Vec::new();
    for _ in 0..20 {
        assert!(told(u32::MAX).is_empty(), "nobody has this number");
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let port = listener.local_addr().expect("an address").port();
        open.push(listener);
        assert!(told(id()).contains(&port));
    }
    for listener in open {
        let port = listener.local_addr().expect("an address").port();
        drop(listener);
        assert!(!told(id()).contains(&port));
    }
}
