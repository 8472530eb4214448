//! What the program prints to a terminal, and that colour can be refused there.

use std::fs::File;
use std::io::Read;
use std::os::fd::OwnedFd;
use std::process::{Command, Stdio};

use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use crate::home::Home;

/// What `command` prints to a terminal of `columns` columns.
fn printed(mut command: Command, columns: u16) -> String {
    let keeper = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
    grantpt(&keeper).expect("ours");
    unlockpt(&keeper).expect("open");
    let name = ptsname(&keeper, Vec::new()).expect("its name");
    let terminal: OwnedFd = rustix::fs::open(name, OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).expect("the terminal");
    tcsetwinsize(&terminal, Winsize { ws_row: 40, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 }).expect("a size");
    let mut child = command.stdout(terminal).stderr(Stdio::inherit()).spawn().expect("it starts");
    // The terminal is open in the child alone from here on.
    drop(command);
    let mut text = Vec::new();
    // Some systems end with an error when the last writer goes away.
    _ = File::from(keeper).read_to_end(&mut text);
    assert!(child.wait().expect("it ends").success());
    String::from_utf8(text).expect("text")
}

#[test]
fn a_terminal_gets_colours_unless_they_are_refused() {
    let home = Home::with(&["resume", "error-500"]);
    let plain = |text: String| !text.contains('\u{1b}');
    let coloured = printed(home.command(["ls"]), 100);
    assert!(coloured.contains("\u{1b}["), "{coloured}");
    assert!(plain(printed(home.command(["ls", "--no-color"]), 100)));
    let mut refused = home.command(["ls"]);
    refused.env("NO_COLOR", "1");
    assert!(plain(printed(refused, 100)));
    let mut empty = home.command(["ls"]);
    empty.env("NO_COLOR", "");
    assert_eq!(printed(empty, 100), coloured, "an empty NO_COLOR says nothing");
}

#[test]
fn colours_are_all_that_acts_on_a_terminal() {
    let home = Home::with(&["resume", "error-500", "error-429"]);
    for args in [&["ls", "--all"][..], &["show", "01a1f69b"], &["why", "01a1f69b"], &["limits"], &["doctor"]] {
        let text = printed(home.command(args), 100);
        let left = without_colours(&text.replace("\r\n", "\n"));
        assert!(!left.contains(|c: char| c.is_control() && c != '\n'), "{left:?}");
    }
}

/// `text` without `ESC [ digits and semicolons m`.
fn without_colours(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |kept, part| {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';');
        kept + rest.strip_prefix('m').expect("nothing but colours")
    })
}

#[test]
fn a_table_keeps_to_the_terminal() {
    let home = Home::with(&["resume", "error-500"]);
    for columns in [60, 100, 200] {
        let table = printed(home.command(["ls", "--no-color"]), columns);
        let widest = table.lines().map(|line| line.chars().count()).max().expect("lines");
        assert!(widest <= columns.into(), "{widest} of {columns}:\n{table}");
    }
}

#[test]
fn a_terminal_is_told_by_its_bell_and_by_a_notification_of_its_own() {
    let home = Home::new();
    let told = |target: &str, tmux: bool| {
        let mut command = home.command(["notify", "test", target]);
        if tmux {
            command.env("TMUX", "/tmp/tmux-0/default,1,0")
        } else {
            command.env_remove("TMUX")
        };
        printed(command, 100)
    };
    assert_eq!(told("bell", false), "\u{7}bell: sent\r\n");
    let text = "topside: topside can tell you here (nothing happened; this is a test)";
    assert_eq!(told("osc9", false), format!("\u{1b}]9;{text}\u{7}osc9: sent\r\n"));
    let wrapped = format!("\u{1b}Ptmux;\u{1b}\u{1b}]9;{text}\u{7}\u{1b}\\osc9: sent\r\n");
    assert_eq!(told("osc9", true), wrapped);
}
