//! Programs and terminals of the machine as they are now, looked at for one jump.

use std::collections::{BTreeMap, BTreeSet};
#[cfg(unix)]
use std::fs;
use std::path::Path;
#[cfg(unix)]
use std::path::PathBuf;
use std::time::Duration;

use topside_collect::{REGISTRY, interest};
use topside_model::{AgentProcess, ProcessRef, Session, Snapshot, Timestamp, elapsed};
use topside_probe::{Host, Interest, OsHost, Process, Processes};

use super::seat::{SSH, Seat, tty_path};
use super::{Call, Lost, Outer, Runs, TERMINALS, Terminal, tmux};

/// A terminal opens its session within this long.
const OPENS_WITHIN: Duration = Duration::from_secs(30);
/// The number of the process that those descend from whose parent has ended.
const INIT: u32 = 1;
/// Generations looked through for a terminal.
const GENERATIONS: usize = 64;

/// Programs and terminals of the machine.
pub(crate) struct Scene {
    processes: Processes,
    /// Sockets of tmux servers where they usually lie.
    sockets: Vec<String>,
    /// Terminals of processes where the table of processes has none.
    ttys: BTreeMap<u32, String>,
    macos: bool,
}

impl Scene {
    /// Looks at the machine. What environments say of terminals is read for this jump alone and kept nowhere.
    pub(crate) fn look(runs: &dyn Runs) -> std::io::Result<Self> {
        let host = OsHost::new(wanted(), None)?;
        let macos = cfg!(target_os = "macos");
        let listed = if macos { runs.run(&Call::new("ps", ["-axo", "pid=,tty="])) } else { Ok(String::new()) };
        let ttys = listed.unwrap_or_default().lines().filter_map(listed_tty).collect();
        Ok(Self { processes: host.processes(), sockets: usual_sockets(), ttys, macos })
    }

    /// The process through which a person talks to a session: the one that has it loaded, or the terminal of a daemon
    /// that has it loaded, where there is no doubt which.
    pub(crate) fn presenter(&self, session: &Session, snapshot: &Snapshot) -> Result<u32, Lost> {
        let owner = session.owner.ok_or_else(|| Lost("no process has it loaded".to_owned()))?;
        let process = self.processes.by_pid.get(&owner.pid).filter(|process| process.id == owner);
        let process = process.ok_or_else(|| Lost(format!("pid {} is gone; look again", owner.pid)))?;
        if self.tty(process).is_some() {
            return Ok(owner.pid);
        }
        let agent = &session.key.agent;
        let fronts = snapshot.programs.iter().filter(|one| one.agent == *agent && one.role == "terminal");
        let fronts: Vec<(&AgentProcess, &Process)> =
            fronts.filter_map(|one| Some((one, self.processes.by_pid.get(&one.process.pid)?))).collect();
        let named = fronts.iter().filter(|(_, process)| process.args.iter().any(|arg| arg == session.key.id.as_str()));
        let named: Vec<u32> = named.map(|(one, _)| one.process.pid).collect();
        let opened = fronts.iter().filter(|(one, process)| is_of(one, process.started_at, session));
        let opened: Vec<u32> = opened.map(|(one, _)| one.process.pid).collect();
        match (named.as_slice(), opened.as_slice()) {
            ([only], _) | ([], [only]) => Ok(*only),
            ([], []) => Err(Lost(format!("pid {} has it loaded and has no terminal", owner.pid))),
            (named, opened) => {
                let pids = if named.is_empty() { opened } else { named };
                let pids: Vec<String> = pids.iter().map(ToString::to_string).collect();
                let pids = pids.join(", ");
                Err(Lost(format!("a daemon has it loaded, and several terminals may show it: pid {pids}")))
            }
        }
    }

    /// Which process has this number now.
    pub(super) fn process(&self, pid: u32) -> Option<ProcessRef> {
        self.processes.by_pid.get(&pid).map(|process| process.id)
    }

    /// Where a process is shown.
    pub(super) fn seat(&self, pid: u32) -> Option<Seat> {
        let process = self.processes.by_pid.get(&pid)?;
        let own = process.variables.get("TMUX").and_then(|variable| tmux::socket(variable)).map(str::to_owned);
        let around = self.ancestors(pid).find(|ancestor| runs(ancestor, "tmux"));
        let around = around.and_then(|server| tmux::named_socket(&server.args)).map(str::to_owned);
        let mut tmux_sockets: Vec<String> = own.into_iter().chain(around).collect();
        tmux_sockets.extend(self.sockets.iter().cloned());
        let mut seen = BTreeSet::new();
        tmux_sockets.retain(|socket| seen.insert(socket.clone()));
        Some(Seat {
            tty: self.tty(process),
            variables: process.variables.clone(),
            cwd: process.cwd.as_ref().and_then(|cwd| cwd.to_str()).map(str::to_owned),
            tmux_sockets,
            macos: self.macos,
        })
    }

    /// The kind of terminal that a process descends from, the nearest one.
    pub(super) fn terminal_around(&self, pid: u32) -> Option<&'static Terminal> {
        let mut terminals = self.ancestors(pid).filter_map(|ancestor| {
            TERMINALS.into_iter().find(|terminal| terminal.programs.iter().any(|name| runs(ancestor, name)))
        });
        terminals.next()
    }

    /// What a process descends from, nearest first.
    fn ancestors(&self, pid: u32) -> impl Iterator<Item = &Process> {
        let parent = |process: &&Process| self.processes.by_pid.get(&process.parent);
        std::iter::successors(self.processes.by_pid.get(&pid), parent).skip(1).take(GENERATIONS)
    }

    /// The program that opened the terminal of a process: the nearest one that is not in it itself.
    pub(super) fn opener(&self, pid: u32) -> Option<&str> {
        let terminal = self.tty(self.processes.by_pid.get(&pid)?)?;
        let opener = self.ancestors(pid).find(|ancestor| self.tty(ancestor).as_ref() != Some(&terminal))?;
        (opener.id.pid != INIT).then_some(opener.name.as_str())
    }

    /// The process that shows a terminal within another.
    pub(super) fn outer(&self, outer: &Outer) -> Result<u32, Lost> {
        match outer {
            Outer::Process(pid) => Ok(*pid),
            Outer::Only(name) => {
                let all = self.processes.by_pid.values();
                let mut shown = all.filter(|process| runs(process, name) && self.tty(process).is_some());
                match (shown.next(), shown.next()) {
                    (Some(only), None) => Ok(only.id.pid),
                    (None, _) => Err(Lost(format!("no terminal shows {name}; attach to the session"))),
                    _ => Err(Lost(format!("several terminals show {name}; look for the one with this session"))),
                }
            }
        }
    }

    fn tty(&self, process: &Process) -> Option<String> {
        process.terminal.and_then(tty_path).or_else(|| self.ttys.get(&process.id.pid).cloned())
    }
}

/// Programs and variables that a jump is worked out from.
fn wanted() -> Interest {
    let mut wanted = interest(REGISTRY);
    for terminal in TERMINALS {
        wanted.programs.extend(terminal.programs.iter().map(ToString::to_string));
        wanted.variables.extend(terminal.variables.iter().map(ToString::to_string));
    }
    wanted.variables.insert(SSH.to_owned());
    wanted
}

/// True when the session was opened by this terminal: in its directory, soon after its start.
fn is_of(terminal: &AgentProcess, started: Option<Timestamp>, session: &Session) -> bool {
    let soon =
        |(started, created): (Timestamp, Timestamp)| started <= created && elapsed(started, created) <= OPENS_WITHIN;
    terminal.cwd == session.project.cwd && started.zip(session.created()).is_some_and(soon)
}

fn runs(process: &Process, name: &str) -> bool {
    let called = process.args.first().map(Path::new);
    let names = [process.exe.as_deref(), called].into_iter().flatten().filter_map(Path::file_stem);
    names.filter_map(|stem| stem.to_str()).any(|stem| stem == name)
}

/// A line of `ps -axo pid=,tty=`: `  501 ttys003`, or `??` without a terminal.
fn listed_tty(line: &str) -> Option<(u32, String)> {
    let (pid, tty) = line.trim().split_once(' ')?;
    let tty = tty.trim();
    (!tty.is_empty() && !tty.contains('?')).then_some((pid.parse().ok()?, format!("/dev/{tty}")))
}

/// Sockets of the tmux servers of this user: `$TMUX_TMPDIR/tmux-UID/*`.
#[cfg(unix)]
fn usual_sockets() -> Vec<String> {
    let user = rustix::process::getuid().as_raw();
    let folder = std::env::var_os("TMUX_TMPDIR").map_or_else(|| PathBuf::from("/tmp"), PathBuf::from);
    sockets_in(&folder.join(format!("tmux-{user}")), user)
}

/// Sockets in a folder, if it is this user's and nobody else may enter it: `/tmp` is everybody's, and who is first there
/// could make a server that topside would ask.
#[cfg(unix)]
fn sockets_in(folder: &Path, user: u32) -> Vec<String> {
    use std::os::unix::fs::MetadataExt;
    /// Bits of a mode that say what the group and others may.
    const OTHERS: u32 = 6;
    let is_own =
        |found: &fs::Metadata| found.is_dir() && found.uid() == user && found.mode().trailing_zeros() >= OTHERS;
    if !fs::symlink_metadata(folder).is_ok_and(|found| is_own(&found)) {
        return Vec::new();
    }
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let paths = entries.map(|entry| entry.path().to_string_lossy().into_owned());
    paths.filter(|path| super::whole_path(path).is_some()).collect()
}

/// tmux is not known here.
#[cfg(not(unix))]
fn usual_sockets() -> Vec<String> {
    Vec::new()
}

#[cfg(test)]
impl Scene {
    /// A machine on which these run.
    pub(super) fn of(processes: &[Process]) -> Self {
        let by_pid = processes.iter().map(|process| (process.id.pid, process.clone())).collect();
        Self { processes: Processes { by_pid }, sockets: Vec::new(), ttys: BTreeMap::new(), macos: false }
    }

    /// The same as a Mac.
    pub(super) fn on_macos(self) -> Self {
        Self { macos: true, ..self }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use topside_model::{AgentId, Project, SessionId, SessionKey, Status, Untrusted};

    use super::super::nested::{PTS_3, process};
    use super::super::way;
    use super::*;

    /// A session of a daemon, made so many seconds after the terminals started, and the terminals that run.
    fn daemon(created: i64, terminals: &[u32]) -> (Session, Snapshot) {
        let key = SessionKey { agent: AgentId::new("codex"), id: SessionId::new("t-1") };
        let cwd = Some(Untrusted::new("/home/ada/shop"));
        let session = Session {
            owner: Some(ProcessRef { pid: 9, started: 1 }),
            first_at: Timestamp::from_second(100 + created).ok(),
            project: Project { cwd: cwd.clone(), ..Project::default() },
            ..Session::new(key.clone(), Status::New { since: None })
        };
        let program = |pid: &u32| AgentProcess {
            agent: key.agent.clone(),
            process: ProcessRef { pid: *pid, started: 1 },
            role: "terminal",
            cwd: cwd.clone(),
        };
        let programs = terminals.iter().map(program).collect();
        let sessions = vec![Arc::new(session.clone())];
        (session, Snapshot { programs, sessions, ..Snapshot::empty(Timestamp::UNIX_EPOCH) })
    }

    /// Checks which process shows a daemon's session, or why none does.
    #[track_caller]
    fn check(created: i64, terminals: &[(u32, &[&str])], expected: Result<u32, &str>) {
        let mut processes = vec![process(9, 1, &["codex", "app-server"], None)];
        processes.extend(terminals.iter().map(|(pid, args)| process(*pid, 1, args, Some(PTS_3))));
        let pids: Vec<u32> = terminals.iter().map(|(pid, _)| *pid).collect();
        let (session, snapshot) = daemon(created, &pids);
        let found = Scene::of(&processes).presenter(&session, &snapshot).map_err(|lost| lost.to_string());
        assert_eq!(found, expected.map_err(str::to_owned));
    }

    #[test]
    fn the_terminal_of_a_daemons_session_is_named_only_without_doubt() {
        check(2, &[(20, &["codex"])], Ok(20));
        check(900, &[(20, &["codex", "resume", "t-1"]), (21, &["codex"])], Ok(20));
        check(2, &[(20, &["codex", "resume", "t-1"]), (21, &["codex"])], Ok(20));
        check(900, &[(20, &["codex"])], Err("pid 9 has it loaded and has no terminal"));
        let several = "a daemon has it loaded, and several terminals may show it: pid 20, 21";
        check(2, &[(20, &["codex"]), (21, &["codex"])], Err(several));
    }

    #[test]
    fn the_nearest_terminal_is_the_one_around_a_process() {
        let scene = Scene::of(&[
            process(2, 1, &["/usr/bin/kitty"], None),
            process(3, 2, &["bash"], Some(PTS_3)),
            process(4, 1, &["tmux"], None),
            process(5, 4, &["codex"], Some(PTS_3)),
            process(6, 3, &["tmux", "attach"], Some(PTS_3)),
        ]);
        let around = |pid| scene.terminal_around(pid).map(|terminal| terminal.name);
        assert_eq!((around(5), around(3), around(6), around(4)), (Some("tmux"), Some("kitty"), Some("kitty"), None));
        assert_eq!(scene.outer(&Outer::Only("tmux")), Ok(6), "its server has no terminal");
    }

    /// Checks what is said of a process in a terminal that nobody can steer, with these variables.
    #[track_caller]
    fn check_lost(variables: &[(&str, &str)], opener: &str, expected: &str) {
        let mut agent = process(5, 3, &["codex"], Some(PTS_3));
        agent.variables.extend(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let processes = [process(2, 1, &[opener], None), process(3, 2, &["bash"], Some(PTS_3)), agent];
        let lost = way(&Scene::of(&processes), 5, &NoRuns).expect_err("nothing leads there");
        assert_eq!(lost.to_string(), expected);
    }

    /// Programs that are not there.
    struct NoRuns;

    impl Runs for NoRuns {
        fn run(&self, _: &Call) -> std::io::Result<String> {
            Err(std::io::ErrorKind::NotFound.into())
        }
    }

    #[test]
    fn a_terminal_that_nobody_can_steer_is_named() {
        let named = "its terminal is /dev/pts/3 of alacritty, which takes no commands; look for its window";
        check_lost(&[], "alacritty", named);
        check_lost(&[("TMUX", "/tmp/elsewhere,2,0")], "alacritty", named);
        let far = "its terminal is /dev/pts/3, which came over ssh from 10.0.0.7; look for its window there";
        let ssh = ("SSH_CONNECTION", "10.0.0.7 50122 10.0.0.2 22");
        check_lost(&[ssh], "sshd", far);
        // What the near end said of its own terminal was sent along.
        check_lost(&[ssh, ("ITERM_SESSION_ID", "w0t1p0:9F2C"), ("KITTY_WINDOW_ID", "3")], "sshd", far);
        // What is no address is not repeated, and is still no terminal of this machine.
        let strange = ("SSH_CONNECTION", "\u{1b}]0;x\u{7}10.0.0.7 50122 10.0.0.2 22");
        let far = "its terminal is /dev/pts/3, which came over ssh from another machine; look for its window there";
        check_lost(&[strange, ("KITTY_WINDOW_ID", "3")], "sshd", far);
        let here = "it is in window 3 of kitty, which takes no commands; set allow_remote_control and listen_on in \
                    kitty.conf and start kitty anew";
        check_lost(&[ssh, ("KITTY_WINDOW_ID", "3")], "kitty", here);
    }

    #[test]
    fn a_session_that_several_terminals_may_show_is_left_to_a_person() {
        let client = |pid| process(pid, 1, &["zellij"], Some(PTS_3));
        let outer =
            |processes: &[Process]| Scene::of(processes).outer(&Outer::Only("zellij")).map_err(|lost| lost.to_string());
        assert_eq!(outer(&[client(4)]), Ok(4));
        assert_eq!(outer(&[]), Err("no terminal shows zellij; attach to the session".to_owned()));
        let several = "several terminals show zellij; look for the one with this session";
        assert_eq!(outer(&[client(4), client(5)]), Err(several.to_owned()));
    }

    #[cfg(unix)]
    #[test]
    fn sockets_are_taken_only_from_a_folder_that_nobody_else_may_enter() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let place = tempfile::tempdir().expect("a folder");
        let (folder, link) = (place.path().join("own"), place.path().join("link"));
        fs::create_dir(&folder).expect("made");
        fs::write(folder.join("default"), "").expect("written");
        symlink(&folder, &link).expect("linked");
        let user = rustix::process::getuid().as_raw();
        let found = |folder: &Path, mode, user| {
            fs::set_permissions(folder, fs::Permissions::from_mode(mode)).expect("ours");
            sockets_in(folder, user).len()
        };
        assert_eq!(
            (found(&folder, 0o755, user), found(&folder, 0o700, user + 1), found(&folder, 0o700, user)),
            (0, 0, 1)
        );
        assert_eq!(sockets_in(&link, user), Vec::<String>::new());
    }

    #[test]
    fn a_listed_terminal_is_a_device() {
        assert_eq!(listed_tty("  501 ttys003"), Some((501, "/dev/ttys003".to_owned())));
        assert_eq!(listed_tty("    1 ??"), None);
        assert_eq!(listed_tty(""), None);
    }
}
