//! The fake machine where it has more to offer than the real one.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use topside_model::{ProcessRef, Timestamp};
use topside_probe::{FakeHost, FileKind, FileLock, Git, Host, Listener, Process, QueryError, Read, SqlValue};

fn host() -> FakeHost {
    FakeHost::new("/home/x", Timestamp::UNIX_EPOCH)
}

#[test]
fn the_clock_stands_until_it_is_moved() {
    let host = host();
    host.advance(Duration::from_secs(5));
    assert_eq!(host.now(), Timestamp::UNIX_EPOCH + Duration::from_secs(5));
    host.set_now(Timestamp::UNIX_EPOCH);
    assert_eq!(host.now(), Timestamp::UNIX_EPOCH);
}

#[test]
fn a_change_is_dated_in_the_file_and_the_folder() {
    let host = host();
    let modified = |path: &str| host.stat(Path::new(path)).expect("facts").modified;
    let later = Timestamp::UNIX_EPOCH + Duration::from_secs(9);
    host.write("/home/x/a/log", "1");
    host.set_now(later);
    host.append("/home/x/a/log", "2");
    assert_eq!((modified("/home/x/a/log"), modified("/home/x/a")), (later, Timestamp::UNIX_EPOCH));
    host.write("/home/x/a/other", "");
    assert_eq!((modified("/home/x/a"), modified("/home/x")), (later, Timestamp::UNIX_EPOCH));
    host.set_modified("/home/x/a/log", Timestamp::UNIX_EPOCH);
    assert_eq!(modified("/home/x/a/log"), Timestamp::UNIX_EPOCH);
}

#[test]
fn a_renamed_folder_keeps_its_inodes() {
    let host = host();
    host.write("/home/x/a/b/log", "text");
    let id = host.stat(Path::new("/home/x/a/b/log")).expect("facts").id;
    host.rename("/home/x/a", "/home/x/new/c");
    assert_eq!(host.stat(Path::new("/home/x/new/c/b/log")).expect("facts").id, id);
    assert!(host.stat(Path::new("/home/x/a")).is_err());
}

#[test]
fn links_pipes_and_forbidden_files_are_refused() {
    let host = host();
    host.make_link("/home/x/link");
    host.make_fifo("/home/x/pipe");
    host.write("/home/x/secret", "");
    host.set_readable("/home/x/secret", false);
    let refusal = |name: &str| host.open(&Path::new("/home/x").join(name)).err().expect("refused").kind();
    assert_eq!(refusal("link"), io::ErrorKind::InvalidInput);
    assert_eq!(refusal("pipe"), io::ErrorKind::InvalidInput);
    assert_eq!(refusal("secret"), io::ErrorKind::PermissionDenied);
    assert_eq!(host.stat(Path::new("/home/x/link")).expect("facts").kind, FileKind::Link);
}

#[test]
fn reads_are_kept_for_tests_of_cost() {
    let host = host();
    host.write("/home/x/log", "0123456789");
    let file = host.open(Path::new("/home/x/log")).expect("a file");
    file.read_at(4, &mut [0; 64]).expect("read");
    assert_eq!(host.reads(), [Read { path: "/home/x/log".into(), offset: 4, len: 6 }]);
    assert_eq!(host.bytes_read(), 6);
    host.forget_reads();
    assert_eq!(host.bytes_read(), 0);
}

#[test]
fn processes_and_what_they_hold_end_together() {
    let host = host();
    let process = Process {
        id: ProcessRef { pid: 7, started: 1 },
        parent: 1,
        name: "agent".to_owned(),
        exe: None,
        args: Vec::new(),
        cwd: None,
        variables: std::collections::BTreeMap::new(),
        started_at: None,
        cpu_time: None,
        memory: None,
        terminal: None,
    };
    let listener = Listener { pid: 7, address: std::net::Ipv4Addr::LOCALHOST.into(), port: 80 };
    let lock = FileLock { pid: 7, inode: 1, exclusive: true };
    host.set_process(process);
    host.set_listeners(vec![listener, Listener { pid: 8, ..listener }]);
    host.set_locks(vec![lock]);
    assert_eq!(host.listeners(&BTreeSet::from([7])).expect("told"), [listener]);
    assert_eq!(host.processes().by_pid.len(), 1);
    host.set_blind(true);
    assert_eq!(host.locks().expect_err("blind").kind(), io::ErrorKind::Unsupported);
    host.set_blind(false);
    host.remove_process(7);
    assert!(host.processes().by_pid.is_empty());
    assert!(host.locks().expect("told").is_empty());
}

#[test]
fn a_repository_reaches_down_to_the_next() {
    let host = host();
    let named = |root: &str| Git { root: root.into(), ..Git::default() };
    host.set_git("/w", named("/w"));
    host.set_git("/w/inner", named("/w/inner"));
    assert_eq!(host.git(Path::new("/w/src/deep")), Some(named("/w")));
    assert_eq!(host.git(Path::new("/w/inner/src")), Some(named("/w/inner")));
    assert_eq!(host.git(Path::new("/else")), None);
}

#[test]
fn queries_give_what_was_set_and_say_so_when_nothing_was() {
    let host = host();
    let database = Path::new("/home/x/a.db");
    assert!(matches!(host.query(database, "SELECT a FROM t"), Err(QueryError::Missing(_))));
    host.set_rows(database, "FROM t", vec![vec![SqlValue::Integer(1)]]);
    host.set_schema_error(database, "FROM u", "no such table: u");
    assert_eq!(host.query(database, "SELECT a FROM t").expect("rows"), [[SqlValue::Integer(1)]]);
    assert!(matches!(host.query(database, "SELECT a FROM u"), Err(QueryError::Schema { .. })));
    assert!(matches!(host.query(database, "SELECT a FROM v"), Err(QueryError::Read { .. })));
}

#[test]
fn a_watcher_is_woken_until_it_is_dropped() {
    let host = host();
    host.make_dir("/home/x/a");
    let woken = Arc::new(AtomicU32::new(0));
    let counter = Arc::clone(&woken);
    let mut watcher = host.watcher(Box::new(move |_| _ = counter.fetch_add(1, Ordering::SeqCst)));
    watcher.watch(&["/home/x/a", "/home/x/missing"].map(PathBuf::from).into());
    assert_eq!(host.watched(), [PathBuf::from("/home/x/a")].into());
    host.fire();
    drop(watcher);
    host.fire();
    assert_eq!(woken.load(Ordering::SeqCst), 1);
}
