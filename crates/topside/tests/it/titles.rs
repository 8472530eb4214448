//! Titles of real panes of tmux, with the program itself standing in for the agent.

use crate::fixture::Transcript;
use crate::home::{Home, skip};
use crate::jumping::{Tmux, agent};
use crate::watching::Watch;

/// Just after a call that may ask: too soon to conclude anything from there being no process.
const NOW: &str = "2126-11-20T04:06:19.782Z";

#[test]
fn a_pane_s_title_tells_that_a_person_is_asked_and_that_it_is_answered() {
    let (home, scratch) = (Home::new(), Home::new());
    let mut transcript = Transcript::of("background").with("2026-11-20", "2126-11-20");
    transcript.bytes = transcript.lines()[..13].concat();
    let agent = agent(&home, &home.add(&transcript));
    let Some(tmux) = Tmux::start(scratch.path().join("s"), &[&agent]) else { return skip("no tmux") };
    let mut watch = Watch::start_at(&home, NOW);
    let mut wait_for = |state: &str| {
        watch.wait_for(state, |document| document["sessions"][0]["status"]["id"] == state);
    };
    wait_for("running_tool");
    for title in ["[ ! ] Action Required | proj", "[ . ] Action Required | proj"] {
        tmux.run(&["select-pane", "-T", title]);
        wait_for("approval");
        tmux.run(&["select-pane", "-T", "\u{2834} proj"]);
        wait_for("running_tool");
    }
}
