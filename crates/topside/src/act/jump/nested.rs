//! Terminals within terminals, on machines made of maps.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;

use topside_model::{ProcessRef, Timestamp};
use topside_probe::Process;

use super::scene::Scene;
use super::{Call, Runs, Step, way};

/// `/dev/pts/3`.
pub(super) const PTS_3: u64 = 0x8803;
/// `/dev/pts/9`.
const PTS_9: u64 = 0x8809;

/// A process and the device of its terminal.
pub(super) fn process(pid: u32, parent: u32, args: &[&str], terminal: Option<u64>) -> Process {
    Process {
        id: ProcessRef { pid, started: 1 },
        parent,
        name: args[0].to_owned(),
        exe: None,
        args: args.iter().map(ToString::to_string).collect(),
        cwd: Some(PathBuf::from("/home/ada/shop")),
        variables: BTreeMap::new(),
        started_at: Timestamp::from_second(100).ok(),
        cpu_time: None,
        memory: None,
        terminal,
    }
}

fn with(mut process: Process, variables: &[(&str, &str)]) -> Process {
    process.variables.extend(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    process
}

/// A tmux that has the agent's pane in its second window and one client.
struct Tmux;

impl Runs for Tmux {
    fn run(&self, call: &Call) -> io::Result<String> {
        let asked = call.args.iter().any(|arg| arg == "list-panes");
        Ok(if asked { "/dev/pts/3 %1 @1 $0 main\n" } else { "1795 40 /dev/pts/9 $0\n" }.to_owned())
    }
}

/// What an agent has that tmux was started in a window of kitty long ago.
const STALE: [(&str, &str); 3] =
    [("TMUX", "/tmp/s,2,0"), ("KITTY_WINDOW_ID", "77"), ("KITTY_LISTEN_ON", "unix:/tmp/gone")];

/// Checks what is run after the pane is selected, and what is left to do, when the client of tmux has these variables
/// and descends from this program.
#[track_caller]
fn check(around: &str, variables: &[(&str, &str)], calls: &[&str], notes: &[&str]) {
    let scene = Scene::of(&[
        process(2, 1, &["tmux"], None),
        with(process(5, 2, &["codex"], Some(PTS_3)), &STALE),
        process(30, 1, &[around], None),
        process(31, 30, &["bash"], Some(PTS_9)),
        with(process(40, 31, &["tmux", "attach"], Some(PTS_9)), variables),
    ]);
    let way = way(&scene, 5, &Tmux).expect("a way");
    let mut all = way.steps.iter().flat_map(Step::all_calls).map(ToString::to_string);
    assert_eq!(all.next().as_deref(), Some("tmux -S /tmp/s select-window -t '$0:@1'"));
    assert_eq!(all.next().as_deref(), Some("tmux -S /tmp/s select-pane -t %1"));
    assert_eq!((all.collect::<Vec<_>>(), way.notes), (strings(calls), strings(notes)));
}

fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(ToString::to_string).collect()
}

#[test]
fn the_terminal_around_tmux_is_the_one_of_its_client() {
    let kitty = "kitty @ --to unix:/tmp/k focus-window --match id:4";
    check("kitty", &[("KITTY_WINDOW_ID", "4"), ("KITTY_LISTEN_ON", "unix:/tmp/k")], &[kitty], &[]);
    let wezterm = "WEZTERM_UNIX_SOCKET=/run/w wezterm cli --no-auto-start activate-pane --pane-id 5";
    let variables = [("WEZTERM_PANE", "5"), ("WEZTERM_UNIX_SOCKET", "/run/w")];
    check("wezterm-gui", &variables, &[wezterm], &["WezTerm raises no window; look for the one that shows it"]);
    let note = "the editor's window is opened; choose the terminal there, no command can";
    check("code", &[("TERM_PROGRAM", "vscode")], &["code /home/ada/shop"], &[note]);
}

#[test]
fn a_script_chooses_the_tab_that_shows_tmux() {
    for (around, variable) in [("iTerm2", ("ITERM_SESSION_ID", "w0t1p0:9F2C")), ("Terminal", ("TERM_PROGRAM", "x"))] {
        let scene = Scene::of(&[
            process(2, 1, &["tmux"], None),
            with(process(5, 2, &["codex"], Some(PTS_3)), &STALE),
            process(30, 1, &[around], None),
            with(process(40, 30, &["tmux", "attach"], Some(PTS_9)), &[variable]),
        ]);
        let way = way(&scene.on_macos(), 5, &Tmux).expect("a way");
        let last = way.steps.last().and_then(|step| step.calls.last()).expect("a call");
        assert_eq!((last.program, &*last.args[2]), ("osascript", "/dev/pts/9"), "{around}");
        assert!(last.args[1].contains(&format!("tell application \"{around}\"")), "{around}");
    }
}

#[test]
fn what_cannot_be_reached_around_tmux_is_left_to_a_person() {
    let far = "its terminal is /dev/pts/9, which came over ssh from 10.0.0.7; look for its window there";
    check("sshd", &[("SSH_CONNECTION", "10.0.0.7 50122 10.0.0.2 22")], &[], &[far]);
    let named = "its terminal is /dev/pts/9 of alacritty, which takes no commands; look for its window";
    check("alacritty", &[], &[], &[named]);
}
