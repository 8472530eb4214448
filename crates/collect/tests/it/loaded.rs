//! Which process has which session loaded, and whose the rest of the processes are.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use topside_collect::{Pace, REGISTRY, Runner, Scope};
use topside_model::{ProcessRef, SessionId, Tie, World};
use topside_probe::{FakeHost, FileLock, Host as _, Listener, OpenHandle, Process};

const A: &str = "01a1aaaa-0000-7000-8000-00000000000a";
const B: &str = "01a1aaaa-0000-7000-8000-00000000000b";
const CODEX: &str = "/usr/lib/node_modules/@openai/codex/vendor/bin/codex";

struct Machine(FakeHost);

impl Machine {
    fn new() -> Self {
        Self(FakeHost::new("/home/u", "2026-11-20T01:00:05Z".parse().expect("a time")))
    }

    /// Starts `args` with variables `NAME=value`.
    fn starts(self, pid: u32, parent: u32, exe: &str, args: &[&str], variables: &[&str]) -> Self {
        let pair = |pair: &&str| pair.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
        let mut all = BTreeMap::from([("HOME".to_owned(), "/home/u".to_owned())]);
        all.extend(variables.iter().filter_map(pair));
        self.0.set_process(Process {
            id: ProcessRef { pid, started: u64::from(pid) },
            parent,
            name: "codex".to_owned(),
            exe: Some(exe.into()),
            args: args.iter().map(|arg| (*arg).to_owned()).collect(),
            cwd: None,
            variables: all,
            started_at: Some(self.0.now()),
            cpu_time: None,
            memory: None,
            terminal: None,
        });
        self
    }

    fn codex(self, pid: u32, args: &[&str], variables: &[&str]) -> Self {
        self.starts(pid, 1, CODEX, &[&["codex"], args].concat(), variables)
    }

    /// Processes hold the locks of threads in homes.
    fn locked(self, held: &[(u32, &str, &str)]) -> Self {
        let lock = |(pid, home, thread): &(u32, &str, &str)| {
            let path = format!("{home}/thread-writer-locks/{thread}.lock");
            self.0.write(&path, "");
            let inode = self.0.stat(path.as_ref()).expect("it is there").id.inode;
            FileLock { pid: *pid, inode, exclusive: true }
        };
        self.0.set_locks(held.iter().map(lock).collect());
        self
    }

    fn opens(self, pid: u32, thread: &str, writable: bool) -> Self {
        let path = format!("/home/u/.codex/sessions/2026/11/20/rollout-2026-11-20T01-00-00-{thread}.jsonl").into();
        self.0.set_open_files(pid, vec![OpenHandle { path, writable: Some(writable) }]);
        self
    }

    fn world(&self) -> World {
        let mut runner = Runner::new(REGISTRY, Scope::All, None);
        runner.round(&self.0, Pace::Look).world.expect("it looked")
    }

    /// Loaded sessions: the last letter of the thread, its owner, how many that owner has, whether it is headless.
    #[track_caller]
    fn check(&self, expected: &[(&str, u32, u32, bool)]) {
        let world = self.world();
        let seen: Vec<_> = world
            .sessions
            .iter()
            .filter_map(|(key, presence)| {
                let owner = presence.owner.as_ref()?;
                Some((&key.id.as_str()[35..], owner.process.pid, owner.sessions, owner.headless))
            })
            .collect();
        assert_eq!(seen, expected);
    }
}

#[test]
fn a_daemon_has_every_thread_whose_lock_it_holds_and_its_terminals_none() {
    let machine = Machine::new()
        .codex(10, &["app-server", "--listen", "unix://", "--analytics-default-enabled", "--managed-daemon"], &[])
        .codex(11, &["app-server", "daemon", "pid-update-loop"], &[])
        .codex(12, &["resume", A], &[])
        .locked(&[(10, "/home/u/.codex", A), (10, "/home/u/.codex", B)]);
    machine.check(&[("a", 10, 2, false), ("b", 10, 2, false)]);
    let roles: Vec<(u32, &str)> =
        machine.world().programs.iter().map(|program| (program.process.pid, program.role)).collect();
    assert_eq!(roles, [(12, "terminal")], "the updater is machinery");
}

#[test]
fn a_home_is_a_matter_of_each_process() {
    let machine = Machine::new()
        .codex(10, &["exec", "go"], &["CODEX_HOME=/srv/one"])
        .codex(11, &["--no-daemon"], &["CODEX_HOME=/srv/two"])
        .locked(&[(10, "/srv/one", A), (11, "/srv/two", B)]);
    machine.check(&[("a", 10, 1, true), ("b", 11, 1, false)]);
    // Inodes repeat over file systems: a lock in somebody else's home is another file.
    Machine::new().codex(10, &["exec", "go"], &["CODEX_HOME=/srv/one"]).locked(&[(10, "/srv/two", B)]).check(&[]);
}

#[test]
fn a_lock_is_worth_what_its_holder_is() {
    let home = "/home/u/.codex";
    let nobody = Machine::new().codex(10, &[], &[]).locked(&[(10, home, A)]);
    nobody.0.set_locks(Vec::new());
    nobody.check(&[]);
    let reused = Machine::new().starts(10, 1, "/usr/bin/vim", &["vim", "/src/codex"], &[]);
    reused.locked(&[(10, home, A)]).check(&[]);
    let helper = ["/home/u/.codex/tmp/arg0/codex-linux-sandbox", "--", "bash"];
    Machine::new().starts(10, 1, CODEX, &helper, &[]).locked(&[(10, home, A)]).check(&[]);
}

#[test]
fn without_locks_a_transcript_open_for_writing_proves_the_same() {
    let server = ["app-server", "--analytics-default-enabled"];
    Machine::new().codex(10, &server, &[]).opens(10, A, true).check(&[("a", 10, 1, false)]);
    Machine::new().codex(10, &server, &[]).opens(10, A, false).check(&[]);
    Machine::new().starts(10, 1, "/usr/bin/tail", &["tail", "-f"], &[]).opens(10, A, true).check(&[]);
}

/// Processes of thread `letter` besides its owner, and how each was tied to it.
fn children(world: &World, thread: &str) -> Vec<(u32, Tie)> {
    let presence = world.sessions.iter().find(|(key, _)| key.id == SessionId::new(thread)).map(|(_, one)| one);
    let views = presence.into_iter().flat_map(|one| &one.processes).filter(|view| view.tie != Tie::Owner);
    views.map(|view| (view.process.pid, view.tie)).collect()
}

#[test]
fn a_child_belongs_to_the_thread_it_names_even_after_it_lost_its_parent() {
    let named = format!("CODEX_THREAD_ID={B}");
    let daemon = Machine::new()
        .codex(10, &["app-server", "--managed-daemon"], &[])
        .starts(20, 10, "/bin/sleep", &["sleep"], &[])
        .starts(21, 10, "/bin/sleep", &["sleep"], &[&named])
        .starts(22, 1, "/usr/bin/node", &["node", "server.js"], &[&named])
        .locked(&[(10, "/home/u/.codex", A), (10, "/home/u/.codex", B)]);
    let world = daemon.world();
    assert_eq!(children(&world, A), []);
    assert_eq!(children(&world, B), [(21, Tie::Environment), (22, Tie::Environment)]);
    let alone = Machine::new()
        .codex(10, &["exec", "go"], &[])
        .starts(20, 10, "/bin/bash", &["bash"], &[])
        .starts(21, 20, "/bin/sleep", &["sleep"], &[])
        .locked(&[(10, "/home/u/.codex", A)]);
    assert_eq!(children(&alone.world(), A), [(20, Tie::Tree), (21, Tie::Tree)]);
}

#[test]
fn ports_of_the_agent_itself_are_machinery() {
    let named = format!("CODEX_THREAD_ID={A}");
    let machine = Machine::new()
        .codex(10, &["exec", "go"], &[])
        .starts(20, 10, CODEX, &["codex", "--no-daemon"], &[&named])
        .starts(21, 10, "/usr/bin/node", &["node", "server.js"], &[&named])
        .locked(&[(10, "/home/u/.codex", A)]);
    let listens = |(pid, port)| Listener { pid, address: Ipv4Addr::LOCALHOST.into(), port };
    machine.0.set_listeners([(10, 4001), (20, 4002), (21, 3000)].map(listens).to_vec());
    let world = machine.world();
    let ports: Vec<u16> = world.sessions.values().flat_map(|one| &one.ports).map(|port| port.port).collect();
    assert_eq!(ports, [3000]);
}
