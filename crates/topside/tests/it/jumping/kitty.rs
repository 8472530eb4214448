//! Windows of kitty, on a display that nobody sees.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread::yield_now;

use serde_json::Value;

use super::{LOOKS, NOW, Tmux, agent, home, wait_until_live};
use crate::home::{Home, Run, finish, skip};

/// A display of its own; ended when dropped.
struct Display {
    server: Child,
    name: String,
}

impl Display {
    /// `None` where there is no Xvfb.
    fn start() -> Option<Self> {
        let mut command = Command::new("Xvfb");
        command.args(["-displayfd", "1", "-nolisten", "tcp", "-screen", "0", "800x600x24"]);
        let mut server = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().ok()?;
        let mut number = String::new();
        BufReader::new(server.stdout.take()?).read_line(&mut number).expect("it says which display it is");
        Some(Self { server, name: format!(":{}", number.trim()) })
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        self.server.kill().expect("it is ours");
        self.server.wait().expect("it ends");
    }
}

/// A kitty that takes commands; ended when dropped.
pub(crate) struct Kitty {
    program: Child,
    socket: String,
    /// Where it keeps what it keeps.
    scratch: Home,
    _display: Display,
}

impl Kitty {
    /// One whose first window only waits. `None`, with the reason said, where there is no kitty or nothing it can draw on.
    pub(crate) fn start() -> Option<Self> {
        let scratch = Home::new();
        let Some(display) = Display::start() else {
            skip("no Xvfb");
            return None;
        };
        let socket = format!("unix:{}", scratch.path().join("kitty").display());
        let mut command = kitty(&scratch);
        command.args(["--config", "NONE", "-o", "allow_remote_control=yes", "--listen-on", &socket, "sleep", "600"]);
        command.env("DISPLAY", &display.name).env("LIBGL_ALWAYS_SOFTWARE", "1");
        let Ok(program) = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn() else {
            skip("no kitty");
            return None;
        };
        let mut started = Self { program, socket, scratch, _display: display };
        while started.ask(&["ls"]).is_none() {
            if started.program.try_wait().expect("it can be asked").is_some() {
                skip("kitty can draw nothing here");
                return None;
            }
        }
        Some(started)
    }

    /// What it answers to a command; `None` when it refuses it or does not listen yet.
    pub(crate) fn ask(&self, command: &[&str]) -> Option<String> {
        let mut asking = kitty(&self.scratch);
        asking.args(["@", "--to", &self.socket]).args(command);
        let answer = finish(asking);
        answer.status.success().then(|| String::from_utf8(answer.stdout).expect("text").trim().to_owned())
    }

    /// Opens a tab, a window or an OS window with a shell command in it, and gives its number.
    pub(crate) fn open(&self, kind: &str, script: &str) -> u64 {
        let number = self.ask(&["launch", "--type", kind, "sh", "-c", script]).expect("it opens");
        number.parse().expect("a number")
    }

    /// The window that takes what a person types.
    fn focused(&self) -> Option<u64> {
        let windows: Value = serde_json::from_str(&self.ask(&["ls"])?).expect("JSON");
        let focused = |part: &Value| part["is_focused"] == true;
        let parts = |part: &Value, name: &str| part[name].as_array().cloned().unwrap_or_default();
        let window = windows.as_array()?.iter().find(|part| focused(part)).cloned()?;
        let tab = parts(&window, "tabs").into_iter().find(focused)?;
        parts(&tab, "windows").into_iter().find(focused)?["id"].as_u64()
    }

    /// Waits until the display has given the focus to this window, which it does within moments.
    #[track_caller]
    fn wait_for(&self, window: u64) {
        let comes = (0..LOOKS).any(|_| self.focused() == Some(window));
        assert!(comes, "window {:?} has the focus, not {window}", self.focused());
    }

    /// Runs topside with kitty's own files elsewhere than in the home that topside must not change.
    fn topside(&self, home: &Home, args: &[&str]) -> Run {
        let mut command = home.command(args.iter().chain(&["--now", NOW]));
        for (name, folder) in self.folders() {
            command.env(name, folder);
        }
        home.finish(command)
    }

    fn folders(&self) -> [(&'static str, PathBuf); 2] {
        folders(&self.scratch)
    }
}

impl Drop for Kitty {
    fn drop(&mut self) {
        self.program.kill().expect("it is ours");
        self.program.wait().expect("it ends");
    }
}

fn folders(scratch: &Home) -> [(&'static str, PathBuf); 2] {
    ["KITTY_CONFIG_DIRECTORY", "KITTY_CACHE_DIRECTORY"].map(|name| (name, scratch.path().join("files")))
}

/// The program, with nothing of the terminal that runs the tests.
fn kitty(scratch: &Home) -> Command {
    let mut command = Command::new("kitty");
    command.env("HOME", scratch.path()).envs(folders(scratch)).stdin(Stdio::null());
    for variable in ["KITTY_WINDOW_ID", "KITTY_LISTEN_ON", "KITTY_PID", "WAYLAND_DISPLAY", "TMUX"] {
        command.env_remove(variable);
    }
    command
}

#[test]
fn the_window_of_an_agent_is_focused_in_whatever_tab_it_is() {
    let Some(kitty) = Kitty::start() else { return };
    let (home, transcript, path) = home();
    let agents = kitty.open("tab", &agent(&home, &path));
    kitty.open("window", "sleep 600");
    let elsewhere = kitty.open("os-window", "sleep 600");
    wait_until_live(&home);
    kitty.wait_for(elsewhere);
    let dry = kitty.topside(&home, &["jump", transcript.thread(), "--dry-run"]);
    let expected = format!("kitty @ --to {} focus-window --match id:{agents}\n", kitty.socket);
    assert_eq!((dry.code, dry.out, kitty.focused()), (Some(0), expected, Some(elsewhere)), "{}", dry.err);
    let gone = kitty.topside(&home, &["jump", transcript.thread()]);
    assert_eq!((gone.code, gone.out.as_str(), gone.err.as_str()), (Some(0), "", ""));
    kitty.wait_for(agents);
}

#[test]
fn a_pane_of_tmux_in_a_window_of_kitty_is_reached() {
    let Some(kitty) = Kitty::start() else { return };
    let (home, transcript, path) = home();
    let scratch = Home::new();
    let socket = scratch.path().join("s");
    let Some(tmux) = Tmux::start(socket.clone(), &["sleep", "600"]) else { return skip("no tmux") };
    tmux.run(&["split-window", &agent(&home, &path)]);
    tmux.run(&["new-window", "sleep", "600"]);
    let shows = kitty.open("tab", &format!("TMUX= exec tmux -S '{}' attach", socket.display()));
    let elsewhere = kitty.open("os-window", "sleep 600");
    wait_until_live(&home);
    while tmux.run(&["list-clients"]).is_empty() {
        yield_now();
    }
    kitty.wait_for(elsewhere);
    assert_eq!(tmux.shown(), "1.0");
    let gone = kitty.topside(&home, &["jump", transcript.thread()]);
    assert_eq!((gone.code, gone.out.as_str(), gone.err.as_str()), (Some(0), "", ""));
    assert_eq!(tmux.shown(), "0.1", "the pane of the agent");
    kitty.wait_for(shows);
}

#[test]
fn a_window_that_is_gone_is_said_to_be() {
    let Some(kitty) = Kitty::start() else { return };
    let (home, transcript, path) = home();
    // What a program's environment says need not be so.
    kitty.open("tab", &format!("export KITTY_WINDOW_ID=99; {}", agent(&home, &path)));
    wait_until_live(&home);
    let lost = kitty.topside(&home, &["jump", transcript.thread()]);
    assert_eq!(lost.code, Some(1));
    assert!(lost.err.contains("kitty: No matching windows for expression: id:99"), "{}", lost.err);
}
