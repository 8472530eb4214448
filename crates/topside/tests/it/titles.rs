//! Titles of real terminals, with the program itself standing in for the agent.

use topside_probe::tmux_refusal;

use crate::fixture::Transcript;
use crate::home::{Home, skip};
use crate::jumping::kitty::Kitty;
use crate::jumping::{Tmux, agent};
use crate::watching::Watch;

/// Just after a call that may ask: too soon to conclude anything from there being no process.
const NOW: &str = "2126-11-20T04:06:19.782Z";

/// Two beats of the sign that a person is asked.
const ASKING: [&str; 2] = ["[ ! ] Action Required | proj", "[ . ] Action Required | proj"];
const WORKING: &str = "\u{2834} proj";

/// Holds topside against an agent that `start` starts by a shell command in a terminal; `name` gives that a title.
fn check<T>(start: impl FnOnce(&str) -> Option<T>, name: impl Fn(&T, &str)) {
    let home = Home::new();
    let mut transcript = Transcript::of("background").with("2026-11-20", "2126-11-20");
    transcript.bytes = transcript.lines()[..13].concat();
    let Some(terminal) = start(&agent(&home, &home.add(&transcript))) else { return };
    let mut watch = Watch::start_at(&home, NOW);
    let mut wait_for = |state: &str| {
        watch.wait_for(state, |document| document["sessions"][0]["status"]["id"] == state);
    };
    wait_for("running_tool");
    for asking in ASKING {
        name(&terminal, asking);
        wait_for("approval");
        name(&terminal, WORKING);
        wait_for("running_tool");
    }
}

#[test]
fn a_pane_s_title_tells_that_a_person_is_asked_and_that_it_is_answered() {
    let scratch = Home::new();
    let start = |agent: &str| {
        let Some(tmux) = Tmux::start(scratch.path().join("s"), &[agent]) else {
            skip("no tmux");
            return None;
        };
        match tmux_refusal(Some(&tmux.run(&["display-message", "-p", "#{version}"]))) {
            None => Some(tmux),
            Some(why) => {
                skip(&why);
                None
            }
        }
    };
    check(start, |tmux, title| _ = tmux.run(&["select-pane", "-T", title]));
}

#[test]
fn a_window_of_kitty_tells_the_same() {
    let start = |agent: &str| {
        let kitty = Kitty::start()?;
        let window = format!("id:{}", kitty.open("window", agent));
        Some((kitty, window))
    };
    check(start, |(kitty, window), title| {
        kitty.ask(&["set-window-title", "--match", window, title]).expect("it is named");
    });
}
