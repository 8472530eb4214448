//! Plays simulated machines, each written down in a file of `scenarios/`, to the real collectors and the real engine.
//!
//! Threads are recorded transcripts (`crates/collect/testdata`), written again line by line; processes, locks and ports
//! come and go as the file says. At each step the file can say what topside must show:
//!
//! ```toml
//! start = "2026-11-20T04:06:20Z"
//!
//! [threads.a]                                        # a recorded case, under a short name
//! case = "codex/approval-denied"
//!
//! [[step]]
//! at = "0s"
//! spawn = { pid = 100, args = ["codex"] }
//! lock = { pid = 100, thread = "a" }
//! append = { thread = "a", lines = [1, 13] }         # both included, counted from 1
//! expect = ["a thinking 0s, 0 tokens"]
//! ```
//!
//! Processes of Claude Code hold no locks: they say what they do.
//!
//! ```toml
//! say = { pid = 100, thread = "a", status = "waiting", for = "permission prompt" }
//! ```
//!
//! A daemon of Codex is spawned with `--managed-daemon` and says the same of its threads over its socket.
//!
//! ```toml
//! tell = { thread = "a", status = "active", flags = ["waitingOnApproval"] }
//! ```
//!
//! An expected line is `<thread> <state> [<tool>] <age>, <tokens> tokens[, stalled <silence>][, waited <time>]`,
//! `port <number> of <thread>[, orphan]`, or `conflict about <what> of <threads>`. Every session, port and conflict must be
//! expected.

mod daemon;
mod recording;
mod script;
mod stage;

use std::path::Path;

use self::script::Script;
use self::stage::play;

#[test]
fn every_scenario_is_shown_as_it_is_written() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR"));
    let testdata = crates.join("../collect/testdata");
    let mut files: Vec<_> = std::fs::read_dir(crates.join("scenarios"))
        .expect("scenarios are part of the project")
        .map(|entry| entry.expect("scenarios can be listed").path())
        .collect();
    files.sort();
    assert!(files.len() >= 8, "the scenarios are there: {files:?}");
    let wrong: Vec<String> = files
        .iter()
        .filter_map(|file| {
            let name = file.file_name().unwrap_or_default().display();
            let played = Script::read(file).and_then(|script| play(&script, &testdata));
            played.err().map(|error| format!("{name}: {error:#}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
