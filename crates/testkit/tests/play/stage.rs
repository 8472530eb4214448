//! The simulated machine, and topside looking at it.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use jiff::Timestamp;
use topside_collect::{Pace, REGISTRY, Runner, Scope};
use topside_engine::Engine;
use topside_model::{ProcessRef, Session, Snapshot, Status, elapsed};
use topside_probe::{FakeHost, FileLock, Host as _, Listener, OpenHandle, Process};

use super::daemon::Daemon;
use super::recording::{HOME, PROJECT, Recording};
use super::script::{Say, Script, Spawn, Step, Thread};

/// Where npm puts one program, and an installer the other.
const CODEX: &str = "/usr/lib/node_modules/@openai/codex/vendor/bin/codex";
/// Where Codex puts its daemon, and how that is started.
const DAEMON: &str = "/home/dev/.codex/packages/app-server-daemon/releases/0.169.0-x86_64-unknown-linux-musl/bin/codex";
const MANAGED: &str = "--managed-daemon";
/// The terminal of a pane: `/dev/pts/1`.
const PANE: u64 = 0x8801;
const CLAUDE: &str = "/home/dev/.local/share/claude/versions/2.1.328";

/// Plays `script` with recordings from `testdata`. An error names the step at which something else was shown.
pub(crate) fn play(script: &Script, testdata: &Path) -> anyhow::Result<()> {
    let mut stage = Stage::new(script, testdata)?;
    for step in &script.steps {
        stage.host.set_now(script.start + step.at);
        stage.act(step)?;
        stage.look();
        if let Some(expected) = &step.expect {
            let shown = stage.shown();
            ensure!(shown == *expected, "at {:#} expected {expected:#?}, shown is {shown:#?}", step.at);
        }
    }
    Ok(())
}

struct Stage {
    host: FakeHost,
    runner: Runner,
    engine: Engine,
    threads: BTreeMap<String, Recording>,
    daemon: Daemon,
    locks: BTreeMap<String, u32>,
    listeners: Vec<Listener>,
}

impl Stage {
    fn new(script: &Script, testdata: &Path) -> anyhow::Result<Self> {
        let read = |(name, thread): (&String, &Thread)| Ok((name.clone(), Recording::read(thread, testdata)?));
        Ok(Self {
            host: FakeHost::new(HOME, script.start),
            runner: Runner::new(REGISTRY, Scope::All, None),
            engine: Engine::new(),
            threads: script.threads.iter().map(read).collect::<anyhow::Result<_>>()?,
            daemon: Daemon::default(),
            locks: BTreeMap::new(),
            listeners: Vec::new(),
        })
    }

    fn thread(&self, name: &str) -> anyhow::Result<&Recording> {
        self.threads.get(name).with_context(|| format!("no thread is called {name}"))
    }

    fn act(&mut self, step: &Step) -> anyhow::Result<()> {
        if let Some(spawn) = &step.spawn {
            self.host.set_process(self.process(spawn)?);
            if spawn.args.iter().any(|argument| argument == MANAGED) {
                self.daemon.start(&self.host, spawn.pid);
            }
        }
        if let Some(pid) = step.exit {
            self.host.remove_process(pid);
            self.daemon.end(&self.host, pid);
            self.locks.retain(|_, holder| *holder != pid);
            self.listeners.retain(|listener| listener.pid != pid);
        }
        if let Some(lock) = &step.lock {
            self.host.write(self.thread(&lock.thread)?.lock(), "");
            self.locks.insert(lock.thread.clone(), lock.pid);
        }
        if let Some(thread) = &step.unlock {
            self.host.remove(self.thread(thread)?.lock());
            self.locks.remove(thread);
        }
        if let Some(say) = &step.say {
            self.register(say)?;
        }
        if let Some(pid) = step.unsay {
            self.host.remove(record(pid));
        }
        if let Some(tell) = &step.tell {
            self.daemon.tell(&self.host, &self.thread(&tell.thread)?.id, tell);
        }
        if let Some(title) = &step.title {
            self.host.set_title(title.pid, Some(&title.says));
        }
        if let Some(listen) = step.listen {
            self.listeners.push(Listener { pid: listen.pid, address: Ipv4Addr::LOCALHOST.into(), port: listen.port });
        }
        if let Some(append) = &step.append {
            let (recording, (first, last)) = (self.thread(&append.thread)?, append.lines);
            let lines = first.checked_sub(1).and_then(|before| recording.lines.get(before..last));
            let lines = lines.with_context(|| format!("{} has no lines {first} to {last}", append.thread))?;
            self.host.append(&recording.file, lines.concat());
        }
        self.tell_host()
    }

    fn register(&self, say: &Say) -> anyhow::Result<()> {
        let Say { pid, thread, status, waits_for } = say;
        let (id, now) = (&self.thread(thread)?.id, self.host.now().as_millisecond());
        let processes = self.host.processes();
        let start = processes.by_pid.get(pid).with_context(|| format!("no process {pid} runs"))?.id.started;
        let waits_for = waits_for.as_ref().map_or_else(String::new, |what| format!(r#","waitingFor":"{what}""#));
        let text = format!(
            r#"{{"pid":{pid},"sessionId":"{id}","cwd":"{PROJECT}","procStart":"{start}","status":"{status}","statusUpdatedAt":{now}{waits_for}}}"#
        );
        self.host.write(record(*pid), text);
        Ok(())
    }

    /// Who holds what: a locked thread's file is open for writing once it is there.
    fn tell_host(&self) -> anyhow::Result<()> {
        let mut locks = Vec::new();
        let mut open: BTreeMap<u32, Vec<OpenHandle>> = BTreeMap::new();
        for (name, pid) in &self.locks {
            let thread = self.thread(name)?;
            let lock = self.host.stat(&thread.lock()).context("a lock lies on a file")?;
            locks.push(FileLock { pid: *pid, inode: lock.id.inode, exclusive: true });
            let files = [thread.lock(), thread.file.clone()].into_iter().filter(|file| self.host.stat(file).is_ok());
            open.entry(*pid).or_default().extend(files.map(|path| OpenHandle { path, writable: Some(true) }));
        }
        self.host.set_locks(locks);
        self.host.set_listeners(self.listeners.clone());
        for (pid, handles) in open {
            self.host.set_open_files(pid, handles);
        }
        Ok(())
    }

    fn process(&self, spawn: &Spawn) -> anyhow::Result<Process> {
        let program = spawn.args.first().context("a process has a program")?;
        let mut variables = BTreeMap::from([("HOME".to_owned(), HOME.to_owned())]);
        if let Some(thread) = &spawn.thread {
            let thread = self.thread(thread)?;
            variables.insert(thread.variable().to_owned(), thread.id.clone());
        }
        variables.extend(spawn.call.clone().map(|call| ("CODEX_TOOL_CALL_ID".to_owned(), call)));
        if spawn.pane {
            variables.insert("TMUX".to_owned(), "/tmp/tmux-1000/default,77,0".to_owned());
            variables.insert("TMUX_PANE".to_owned(), "%1".to_owned());
            variables.insert("TERM_PROGRAM".to_owned(), "tmux".to_owned());
            variables.insert("TERM_PROGRAM_VERSION".to_owned(), "3.3a".to_owned());
        }
        let now = self.host.now();
        Ok(Process {
            id: ProcessRef { pid: spawn.pid, started: now.as_millisecond().unsigned_abs() },
            parent: spawn.parent,
            name: program.clone(),
            exe: Some(match program.as_str() {
                "codex" if spawn.args.iter().any(|argument| argument == MANAGED) => DAEMON.into(),
                "codex" => CODEX.into(),
                "claude" => CLAUDE.into(),
                other => Path::new("/usr/bin").join(other),
            }),
            args: spawn.args.clone(),
            cwd: Some(PROJECT.into()),
            variables,
            started_at: Some(now),
            cpu_time: None,
            memory: None,
            terminal: spawn.pane.then_some(PANE),
        })
    }

    /// Looks until everything that is there now is read.
    fn look(&mut self) {
        // Families are known only after a first reading: their other members are read in the second.
        for pace in [Pace::Sweep, Pace::Look] {
            let mut pace = pace;
            while self.round(pace) {
                pace = Pace::Touch;
            }
        }
    }

    /// One round; true when more waits to be read.
    fn round(&mut self, pace: Pace) -> bool {
        let round = self.runner.round(&self.host, pace);
        round.void.iter().for_each(|key| self.engine.void(key));
        round.gone.iter().for_each(|key| self.engine.forget(key));
        round.sources.into_iter().for_each(|source| self.engine.source(source));
        round.events.into_iter().for_each(|(agent, event)| self.engine.apply(&agent, event));
        round.reports.into_iter().for_each(|(key, report)| self.engine.report(&key, report));
        round.limits.into_iter().for_each(|(agent, home, sample)| self.engine.limit(agent, home, sample));
        round.titles.into_iter().for_each(|(key, title)| self.engine.title(&key, title));
        round.world.into_iter().for_each(|world| self.engine.world(world));
        self.runner.watch_titles(&self.host, &self.engine.doubtful());
        round.more
    }

    fn shown(&mut self) -> Vec<String> {
        let now = self.host.now();
        let Snapshot { sessions, ports, conflicts, .. } = self.engine.snapshot(now);
        let sessions = sessions.iter().map(|session| self.session_line(session, now));
        let ports = ports.iter().map(|port| {
            let orphan = if port.orphan { ", orphan" } else { "" };
            format!("port {} of {}{orphan}", port.port.port, self.name(port.session.id.as_str()))
        });
        let conflicts = conflicts.iter().map(|conflict| {
            let between: Vec<&str> = conflict.sessions.iter().map(|key| self.name(key.id.as_str())).collect();
            format!("conflict about {:?} of {}", conflict.about, between.join(" "))
        });
        let mut lines: Vec<String> = sessions.chain(ports).chain(conflicts).collect();
        lines.sort();
        lines
    }

    fn session_line(&self, session: &Session, now: Timestamp) -> String {
        let tool = match &session.status {
            Status::RunningTool { name: tool, .. } | Status::Approval { tool, .. } => format!(" {}", tool.raw()),
            _ => String::new(),
        };
        let age =
            session.status.since().map_or_else(String::new, |since| format!(" {}s", elapsed(since, now).as_secs()));
        let name = self.name(session.key.id.as_str());
        let seconds = |time: Duration| time.as_secs();
        let stalled = session.stall.map(|stall| format!(", stalled {}s", seconds(elapsed(stall.since, now))));
        let waited = seconds(session.waited.total(Timestamp::MIN, now));
        let waited = if waited > 0 { format!(", waited {waited}s") } else { String::new() };
        let tokens = session.usage.total().0;
        let status = session.status.id();
        format!("{name} {status}{tool}{age}, {tokens} tokens{}{waited}", stalled.unwrap_or_default())
    }

    /// The name of the thread with this id; the id itself for one nobody named.
    fn name<'a>(&'a self, id: &'a str) -> &'a str {
        self.threads.iter().find(|(_, thread)| thread.id == id).map_or(id, |(name, _)| name)
    }
}

/// Where a process of Claude Code registers.
fn record(pid: u32) -> String {
    format!("{HOME}/.claude/sessions/{pid}.json")
}
