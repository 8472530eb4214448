//! Titles of terminals: asked for while somebody wants them, of processes that can be asked, and passed on when they change
//! what they say.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use topside_collect::{Pace, REGISTRY, Runner, Scope};
use topside_model::{AgentId, Place, ProcessRef, SessionId, SessionKey, TitleWord};
use topside_probe::{FakeHost, FileLock, Host as _, Process};

const THREADS: [&str; 2] = ["01a1aaaa-0000-7000-8000-00000000000a", "01a1aaaa-0000-7000-8000-00000000000b"];
const ASKS: &str = "[ ! ] Action Required | proj";
const WORKS: &str = "\u{2834} proj";

/// The environment of a pane of a tmux that is asked.
const PANE: [(&str, &str); 4] = [
    ("TMUX", "/tmp/tmux-1000/default,77,0"),
    ("TMUX_PANE", "%1"),
    ("TERM_PROGRAM", "tmux"),
    ("TERM_PROGRAM_VERSION", "3.5a"),
];

/// A terminal of Codex with one thread, in a pane, and topside looking on.
struct Machine {
    host: FakeHost,
    runner: Runner,
}

impl Machine {
    fn new() -> Self {
        let host = FakeHost::new("/home/u", "2026-11-20T01:00:05Z".parse().expect("a time"));
        let mut machine = Self { host, runner: Runner::new(REGISTRY, Scope::All, None) };
        machine.starts(&PANE, Some(0x8801));
        machine.loads(&THREADS[..1]);
        machine
    }

    fn starts(&mut self, variables: &[(&str, &str)], terminal: Option<u64>) {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let variables: BTreeMap<String, String> = variables.iter().chain(&[("HOME", "/home/u")]).map(own).collect();
        self.host.set_process(Process {
            id: ProcessRef { pid: 10, started: 10 },
            parent: 1,
            name: "codex".to_owned(),
            exe: Some("/usr/bin/codex".into()),
            args: vec!["codex".to_owned()],
            cwd: None,
            variables,
            started_at: Some(self.host.now()),
            cpu_time: None,
            memory: None,
            terminal,
        });
        self.runner.round(&self.host, Pace::Look);
    }

    fn loads(&mut self, threads: &[&str]) {
        let lock = |thread: &&str| {
            let path = format!("/home/u/.codex/thread-writer-locks/{thread}.lock");
            self.host.write(&path, "");
            let inode = self.host.stat(path.as_ref()).expect("it is there").id.inode;
            FileLock { pid: 10, inode, exclusive: true }
        };
        self.host.set_locks(threads.iter().map(lock).collect());
        self.runner.round(&self.host, Pace::Look);
    }

    fn wants(&mut self, threads: &[&str]) {
        let wanted: BTreeSet<SessionKey> = threads.iter().map(|thread| key(thread)).collect();
        self.runner.watch_titles(&self.host, &wanted);
    }

    /// What the next round says of titles.
    fn told(&mut self) -> Vec<Option<TitleWord>> {
        let titles = self.runner.round(&self.host, Pace::Touch).titles;
        titles.into_iter().map(|(_, title)| title.map(|title| title.word)).collect()
    }
}

fn key(thread: &str) -> SessionKey {
    SessionKey { agent: AgentId::new("codex"), id: SessionId::new(thread) }
}

#[test]
fn nobody_is_asked_whose_title_is_not_wanted() {
    let mut machine = Machine::new();
    assert_eq!(machine.host.titles_watched(), Vec::<u32>::new());
    machine.wants(&THREADS[..1]);
    machine.wants(&THREADS[..1]);
    assert_eq!(machine.host.titles_watched(), [10]);
    machine.wants(&[]);
    assert_eq!(machine.host.titles_watched(), Vec::<u32>::new());
}

#[test]
fn what_a_title_says_is_passed_on_when_it_changes() {
    let mut machine = Machine::new();
    machine.host.set_title(10, Some(WORKS));
    machine.wants(&THREADS[..1]);
    assert_eq!(machine.told(), [Some(TitleWord::Works)]);
    machine.host.set_title(10, Some("\u{2826} proj"));
    assert!(machine.told().is_empty(), "the spinner turns");
    machine.host.advance(Duration::from_secs(2));
    machine.host.set_title(10, Some(ASKS));
    let titles = machine.runner.round(&machine.host, Pace::Touch).titles;
    let [(session, Some(title))] = &titles[..] else { panic!("one title: {titles:?}") };
    assert_eq!((session, title.word, title.since()), (&key(THREADS[0]), TitleWord::Asks, Some(machine.host.now())));
    assert!(matches!(&title.place, Place::Socket { path } if path.raw() == "/tmp/tmux-1000/default"));
    machine.host.set_title(10, Some("proj"));
    assert_eq!(machine.told(), [None]);
}

#[test]
fn what_was_said_is_taken_back_when_nobody_asks_any_more() {
    let mut machine = Machine::new();
    machine.host.set_title(10, Some(ASKS));
    machine.wants(&THREADS[..1]);
    assert_eq!(machine.told(), [Some(TitleWord::Asks)]);
    machine.wants(&[]);
    assert_eq!(machine.told(), [None]);
    assert!(machine.told().is_empty());
}

#[test]
fn a_change_wakes() {
    let mut machine = Machine::new();
    machine.wants(&THREADS[..1]);
    let (tell, woken) = std::sync::mpsc::channel();
    let _watcher = machine.host.watcher(Box::new(move |stir| _ = tell.send(stir)));
    for (title, expected) in [(ASKS, 1), ("[ . ] Action Required | proj", 0), (WORKS, 1), ("\u{2826} proj", 0)] {
        machine.host.set_title(10, Some(title));
        assert_eq!(woken.try_iter().count(), expected, "{title}");
    }
}

#[test]
fn only_a_process_alone_in_a_terminal_that_can_be_asked_has_a_title() {
    let mut machine = Machine::new();
    machine.loads(&THREADS);
    machine.wants(&THREADS);
    assert_eq!(machine.host.titles_watched(), Vec::<u32>::new(), "whose title it is would not be known");
    machine.loads(&THREADS[..1]);
    for (variables, terminal) in [
        (&PANE[..], None),
        (&[PANE[0], PANE[2], PANE[3]][..], Some(0x8801)),
        (&PANE[..2], Some(0x8801)),
        (&[PANE[0], PANE[1], PANE[2], ("TERM_PROGRAM_VERSION", "3.1")][..], Some(0x8801)),
        (&[("KITTY_LISTEN_ON", "tcp:localhost:99"), ("KITTY_WINDOW_ID", "1")][..], Some(0x8801)),
        (&[][..], Some(0x8801)),
    ] {
        machine.starts(variables, terminal);
        machine.wants(&THREADS[..1]);
        assert_eq!(machine.host.titles_watched(), Vec::<u32>::new(), "{variables:?}");
    }
    machine.starts(&[("KITTY_LISTEN_ON", "unix:@kitty"), ("KITTY_WINDOW_ID", "1")], Some(0x8801));
    machine.wants(&THREADS[..1]);
    assert_eq!(machine.host.titles_watched(), [10]);
}

#[test]
fn a_terminal_that_says_nothing_is_let_be_and_doctor_tells() {
    let mut machine = Machine::new();
    machine.host.refuse_titles("ask it: its protocol has version 9");
    machine.wants(&THREADS[..1]);
    machine.wants(&THREADS[..1]);
    assert_eq!(machine.host.titles_watched(), Vec::<u32>::new());
    let health = machine.runner.round(&machine.host, Pace::Look).health;
    let terminals = health.iter().find(|one| one.agent.as_str() == "terminals").expect("it is said");
    assert_eq!(terminals.problems[0].what, "ask it: its protocol has version 9");
    assert_eq!(terminals.problems[0].path.raw(), "/tmp/tmux-1000/default");
    machine.host.advance(Duration::from_mins(2));
    machine.wants(&THREADS[..1]);
    let health = machine.runner.round(&machine.host, Pace::Look).health;
    assert!(health.iter().all(|one| one.agent.as_str() != "terminals"), "it is asked anew");
}

#[test]
fn a_tmux_that_was_never_tried_is_not_asked_and_doctor_tells() {
    let mut machine = Machine::new();
    let terminals = |machine: &mut Machine| {
        let health = machine.runner.round(&machine.host, Pace::Look).health;
        let terminals = health.into_iter().find(|one| one.agent.as_str() == "terminals");
        terminals.map(|one| (one.problems[0].path.raw().to_owned(), one.problems[0].what.clone()))
    };
    assert_eq!(terminals(&mut machine), None);
    machine.starts(&[PANE[0], PANE[1], PANE[2], ("TERM_PROGRAM_VERSION", "9.9")], Some(0x8801));
    let (socket, why) = terminals(&mut machine).expect("it is said before anybody would ask");
    assert_eq!(socket, "/tmp/tmux-1000/default");
    assert!(why.starts_with("topside was not tried with tmux 9.9, so it is not asked; tried: "), "{why}");
    machine.runner.leave_titles();
    assert_eq!(terminals(&mut machine), None, "nobody wants to ask");
}

#[test]
fn nobody_is_asked_where_titles_are_left_alone() {
    let mut machine = Machine::new();
    machine.wants(&THREADS[..1]);
    machine.runner.leave_titles();
    machine.wants(&THREADS[..1]);
    assert_eq!(machine.host.titles_watched(), Vec::<u32>::new());
}
