//! The reader on trees that look like `/proc`.

use std::collections::BTreeSet;
use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::time::Duration;

use tempfile::TempDir;
use topside_model::{ProcessRef, Timestamp};

use super::listeners::from_text;
use super::proc_dir::ProcDir;
use super::table::{Clock, Table};
use crate::{Interest, Processes};

/// Long after every process of a test began, so that none is young.
const LATE: Clock = Clock { booted: Timestamp::UNIX_EPOCH, uptime: Duration::from_secs(100_000) };

/// How many looks lie between two that read everything.
const QUICK_LOOKS: usize = 9;

struct Tree {
    folder: TempDir,
    table: Table,
}

struct Entry<'a> {
    pid: u32,
    parent: u32,
    /// In ticks of a hundredth of a second.
    started: u64,
    exe: &'a str,
    args: &'a str,
    environ: &'a str,
}

const SHELL: Entry<'_> =
    Entry { pid: 10, parent: 1, started: 100, exe: "/bin/shell", args: "shell\0", environ: "HOME=/h\0" };
const AGENT: Entry<'_> =
    Entry { pid: 20, parent: 10, started: 200, exe: "/opt/agent (deleted)", args: "agent\0--x\0", environ: "" };

impl Tree {
    fn new(entries: &[Entry<'_>]) -> Self {
        let tree = Self { folder: tempfile::tempdir().expect("a folder"), table: Table::default() };
        for entry in entries {
            tree.put(entry);
        }
        tree
    }

    /// Puts the process in place of any with its number.
    fn put(&self, entry: &Entry<'_>) {
        let made = self.folder.path().join("made");
        fs::create_dir(&made).expect("a folder");
        symlink(entry.exe, made.join("exe")).expect("a link");
        symlink("/work", made.join("cwd")).expect("a link");
        fs::write(made.join("cmdline"), entry.args).expect("a file");
        fs::write(made.join("environ"), entry.environ).expect("a file");
        // The old folder stands until the new one is made, so the new one has another inode.
        let place = self.folder.path().join(entry.pid.to_string());
        fs::write(made.join("stat"), stat(entry, "name")).expect("a file");
        if place.exists() {
            fs::rename(&place, self.folder.path().join("old")).expect("moved");
            fs::remove_dir_all(self.folder.path().join("old")).expect("removed");
        }
        fs::rename(made, place).expect("moved");
    }

    fn file(&self, pid: u32, name: &str) -> PathBuf {
        self.folder.path().join(pid.to_string()).join(name)
    }

    fn relink(&self, pid: u32, name: &str, target: &str) {
        fs::remove_file(self.file(pid, name)).expect("removed");
        symlink(target, self.file(pid, name)).expect("a link");
    }

    fn look(&mut self) -> Processes {
        self.look_at(&LATE)
    }

    fn look_at(&mut self, clock: &Clock) -> Processes {
        let interest = Interest {
            programs: ["agent".to_owned()].into(),
            variables: ["AGENT_CALL".to_owned(), "AGENT_HOME".to_owned()].into(),
            markers: ["AGENT_CALL".to_owned()].into(),
        };
        self.table.look(&ProcDir::at(self.folder.path()), &interest, clock)
    }

    fn pids(&mut self) -> Vec<u32> {
        self.look().by_pid.into_keys().collect()
    }
}

fn stat(entry: &Entry<'_>, name: &str) -> String {
    let Entry { pid, parent, started, .. } = entry;
    format!("{pid} ({name}) S {parent} 1 1 34816 -1 0 0 0 0 0 150 50 0 0 20 0 1 0 {started} 9999 3 0 0")
}

#[test]
fn programs_of_interest_their_descendants_and_marked_processes_are_reported() {
    let mut tree = Tree::new(&[
        SHELL,
        AGENT,
        Entry { pid: 30, parent: 20, exe: "/bin/tool", ..SHELL },
        Entry { pid: 40, parent: 30, exe: "/bin/tool", ..SHELL },
        Entry { pid: 50, parent: 1, environ: "SECRET=1\0AGENT_CALL=c1\0", ..SHELL },
        Entry { pid: 60, parent: 1, environ: "AGENT_HOME=/h\0", ..SHELL },
    ]);
    let found = tree.look().by_pid;
    assert_eq!(found.keys().copied().collect::<Vec<_>>(), [20, 30, 40, 50]);
    let agent = &found[&20];
    assert_eq!(agent.id, ProcessRef { pid: 20, started: 200 });
    assert_eq!(agent.parent, 10);
    assert_eq!(agent.exe, Some(PathBuf::from("/opt/agent")));
    assert_eq!(agent.args, ["agent", "--x"]);
    assert_eq!(agent.cwd, Some(PathBuf::from("/work")));
    assert_eq!(agent.started_at, Some(Timestamp::from_second(2).expect("a time")));
    assert_eq!(agent.cpu_time, Some(Duration::from_secs(2)));
    assert_eq!(agent.terminal, Some(34816));
    assert_eq!(found[&50].variables, [("AGENT_CALL".to_owned(), "c1".to_owned())].into());
}

#[test]
fn who_is_gone_or_dead_is_absent() {
    let mut tree = Tree::new(&[SHELL, AGENT, Entry { pid: 30, ..AGENT }, Entry { pid: 31, ..AGENT }]);
    assert_eq!(tree.pids(), [20, 30, 31]);
    fs::remove_dir_all(tree.folder.path().join("20")).expect("removed");
    fs::write(tree.file(30, "stat"), stat(&AGENT, "agent").replace(" S ", " Z ")).expect("a file");
    fs::remove_file(tree.file(31, "stat")).expect("removed");
    assert!(tree.pids().is_empty());
}

#[test]
fn a_number_given_to_another_process_is_seen_at_once() {
    let mut tree = Tree::new(&[SHELL, AGENT]);
    assert_eq!(tree.pids(), [20]);
    tree.put(&Entry { pid: 10, started: 900, exe: "/opt/agent", ..SHELL });
    tree.put(&Entry { pid: 20, started: 901, parent: 1, ..SHELL });
    let found = tree.look().by_pid;
    assert_eq!(found.keys().copied().collect::<Vec<_>>(), [10]);
    assert_eq!(found[&10].id.started, 900);
}

#[test]
fn a_process_is_read_again_while_it_is_young() {
    let mut tree = Tree::new(&[Entry { parent: 1, ..SHELL }]);
    let clock = |uptime| Clock { uptime, ..LATE };
    assert!(tree.look_at(&clock(Duration::from_secs(1))).by_pid.is_empty());
    tree.relink(10, "exe", "/opt/agent");
    assert_eq!(tree.look_at(&clock(Duration::from_secs(2))).by_pid.len(), 1);
    tree.relink(10, "exe", "/bin/shell");
    assert_eq!(tree.look_at(&clock(Duration::from_mins(1))).by_pid.len(), 1, "no longer looked at");
}

#[test]
fn a_late_change_of_program_or_parent_is_seen_at_a_full_look() {
    let mut tree = Tree::new(&[SHELL, AGENT, Entry { pid: 50, ..SHELL }]);
    assert_eq!(tree.pids(), [20]);
    tree.relink(10, "exe", "/opt/agent");
    fs::write(tree.file(10, "stat"), stat(&SHELL, "agent")).expect("a file");
    fs::write(tree.file(50, "stat"), stat(&Entry { pid: 50, parent: 20, ..SHELL }, "name")).expect("a file");
    for _ in 0..QUICK_LOOKS {
        assert_eq!(tree.pids(), [20], "read only now and then");
    }
    assert_eq!(tree.pids(), [10, 20, 50]);
}

#[test]
fn the_directory_of_a_program_of_interest_is_followed_at_full_looks() {
    let mut tree = Tree::new(&[AGENT, Entry { pid: 30, parent: 20, exe: "/bin/tool", ..SHELL }]);
    tree.look();
    tree.relink(20, "cwd", "/else");
    tree.relink(30, "cwd", "/else");
    for _ in 0..QUICK_LOOKS {
        assert_eq!(tree.look().by_pid[&20].cwd, Some(PathBuf::from("/work")), "read only now and then");
    }
    let found = tree.look().by_pid;
    assert_eq!(found[&20].cwd, Some(PathBuf::from("/else")));
    assert_eq!(found[&30].cwd, Some(PathBuf::from("/work")));
}

#[test]
fn what_cannot_change_is_read_once_and_the_rest_at_each_look() {
    let mut tree = Tree::new(&[SHELL, AGENT]);
    tree.look();
    for name in ["cmdline", "environ"] {
        fs::write(tree.file(20, name), "other\0AGENT_CALL=c9\0").expect("a file");
    }
    fs::write(tree.file(20, "stat"), stat(&AGENT, "name").replace(" 150 50 ", " 250 50 ")).expect("a file");
    let found = tree.look().by_pid;
    assert_eq!((&found[&20].args[0], found[&20].variables.len()), (&"agent".to_owned(), 0));
    assert_eq!(found[&20].cpu_time, Some(Duration::from_secs(3)));
}

#[test]
fn the_statistics_of_a_program_of_interest_stay_open() {
    let mut tree = Tree::new(&[SHELL, AGENT]);
    tree.look();
    tree.look();
    fs::remove_file(tree.file(10, "stat")).expect("removed");
    fs::remove_file(tree.file(20, "stat")).expect("removed");
    assert_eq!(tree.pids(), [20], "nothing is looked up again");
}

#[test]
fn no_tree_is_no_processes() {
    let mut tree = Tree::new(&[AGENT]);
    assert_eq!(tree.pids(), [20]);
    fs::remove_dir_all(tree.folder.path()).expect("removed");
    assert!(tree.pids().is_empty());
}

#[test]
fn the_text_tables_tell_the_same_ports_as_the_kernel() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let address = listener.local_addr().expect("an address");
    let told: BTreeSet<_> = from_text(&ProcDir::at("/proc")).expect("tables").into_values().collect();
    assert!(told.contains(&(address.ip(), address.port())));
}
