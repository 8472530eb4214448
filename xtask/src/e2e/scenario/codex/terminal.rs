//! Codex in a terminal.

use std::fs;

use anyhow::{Context as _, ensure};

use super::CODE_MODE;
use crate::e2e::process::{kill_tree, started_with};
use crate::e2e::scenario::{LAST, LONG_COMMAND, WHILE, free_port, quit};
use crate::e2e::stage::{Stage, want_calls};
use crate::e2e::terminal::Terminal;
use crate::e2e::truth::{
    APPROVAL, APPROVAL_AT_ONCE, CLOSING, CRASHED, Claim, DONE, ENDED, ENDED_FAILED, INTERRUPTED, QUESTION, REFUSED,
    TAKEN_UP, TOOL,
};

/// The process in the terminal owns its threads.
const OWN: &str = "--no-daemon";
/// Codex asks before it leaves the sandbox.
const ASKING: [&str; 5] = [OWN, "-a", "on-request", "-s", "workspace-write"];
/// Codex's question for leave.
const LEAVE: &str = "Would you like to";

pub(super) fn no_daemon(stage: &Stage) -> anyhow::Result<()> {
    let terminal = stage.terminal("a", &[OWN])?;
    let thread = stage.prompt(&terminal, "go %%think:7")?;
    stage.answered(1)?;
    stage.hold(&thread, WHILE);
    stage.prompt(&terminal, "on %%sleep:8")?;
    stage.answered(3)?;
    stage.hold(&thread, WHILE);
    quit(stage, &terminal, &thread, ENDED)
}

/// Brings codex to its question; gives the thread.
fn ask(stage: &Stage, terminal: &Terminal, prompt: &str) -> anyhow::Result<String> {
    let thread = stage.prompt(terminal, prompt)?;
    want_calls(&stage.answered(1)?)?;
    terminal.wait(LEAVE)?;
    Ok(thread)
}

/// Looks at the first thing a person is asked in `thread`, which is `claim`, and lets it go on.
fn agree(stage: &Stage, terminal: &Terminal, thread: &str, claim: Claim) -> anyhow::Result<()> {
    stage.mark_since_answer(thread, 1, claim)?;
    stage.hold(thread, WHILE);
    stage.mark(thread, TOOL);
    terminal.press("Enter")?;
    stage.answered(2)?;
    stage.hold(thread, WHILE);
    Ok(())
}

/// Looks at the request for leave that follows the `n`-th answer to `thread`, which is `claim`, and says no.
fn refuse(stage: &Stage, terminal: &Terminal, thread: &str, n: usize, claim: Claim) -> anyhow::Result<()> {
    stage.mark_since_answer(thread, n, claim)?;
    stage.hold(thread, WHILE);
    stage.mark(thread, DONE);
    terminal.press("Escape")?;
    terminal.wait("You canceled the request|Conversation interrupted")?;
    stage.hold(thread, WHILE);
    Ok(())
}

pub(super) fn approval_granted(stage: &Stage) -> anyhow::Result<()> {
    let terminal = stage.terminal("a", &ASKING)?;
    granted(stage, &terminal)
}

fn granted(stage: &Stage, terminal: &Terminal) -> anyhow::Result<()> {
    let thread = ask(stage, terminal, "go %%approve:sleep 8")?;
    agree(stage, terminal, &thread, APPROVAL)?;
    quit(stage, terminal, &thread, ENDED)
}

pub(super) fn approval_denied(stage: &Stage) -> anyhow::Result<()> {
    let terminal = stage.terminal("a", &ASKING)?;
    let thread = ask(stage, &terminal, "go %%approve")?;
    refuse(stage, &terminal, &thread, 1, APPROVAL)?;
    quit(stage, &terminal, &thread, INTERRUPTED)
}

/// The script that waits holds the words that ask.
pub(super) fn approval_in_script(stage: &Stage) -> anyhow::Result<()> {
    let terminal = stage.terminal("a", &[&["-m", CODE_MODE], &ASKING[..]].concat())?;
    granted(stage, &terminal)
}

/// Nothing in the call says that it needs leave: that follows from the sandbox and the file.
pub(super) fn approval_of_edit(stage: &Stage) -> anyhow::Result<()> {
    let terminal = stage.terminal("a", &[OWN, "-m", "gpt-5.5", "-a", "on-request", "-s", "read-only"])?;
    let thread = ask(stage, &terminal, "go %%write:note.txt")?;
    agree(stage, &terminal, &thread, APPROVAL)?;
    quit(stage, &terminal, &thread, ENDED)
}

/// Asks for leave with no word of it in the transcript: only the title of the terminal tells.
const SILENT: [&str; 7] = [OWN, "-m", CODE_MODE, "-a", "on-request", "-s", "read-only"];

/// A rule by which a person is asked before each command of [`LONG_COMMAND`]'s kind.
const RULES: &str = r#"prefix_rule(pattern = ["node"], decision = "prompt")"#;

pub(super) fn unannounced(stage: &Stage) -> anyhow::Result<()> {
    let terminal = stage.terminal("a", &SILENT)?;
    let thread = ask(stage, &terminal, "go %%write:note.txt")?;
    agree(stage, &terminal, &thread, APPROVAL_AT_ONCE)?;
    quit(stage, &terminal, &thread, ENDED)
}

pub(super) fn unannounced_denied(stage: &Stage) -> anyhow::Result<()> {
    let terminal = stage.terminal("a", &SILENT)?;
    let thread = ask(stage, &terminal, "go %%write:note.txt")?;
    refuse(stage, &terminal, &thread, 1, APPROVAL_AT_ONCE)?;
    quit(stage, &terminal, &thread, INTERRUPTED)
}

/// The call is like any other; Codex asks because the user's rules say so.
pub(super) fn unannounced_command(stage: &Stage) -> anyhow::Result<()> {
    let rules = stage.scratch().home().join(".codex/rules");
    fs::create_dir_all(&rules).with_context(|| format!("make {}", rules.display()))?;
    fs::write(rules.join("default.rules"), RULES).context("write the rules of Codex")?;
    let terminal = stage.terminal("a", &[OWN])?;
    let thread = ask(stage, &terminal, LONG_COMMAND)?;
    stage.mark_since_answer(&thread, 1, APPROVAL_AT_ONCE)?;
    stage.hold(&thread, WHILE);
    stage.mark(&thread, TOOL);
    terminal.press("Enter")?;
    stage.hold(&thread, WHILE);
    stage.mark(&thread, DONE);
    terminal.press("Escape")?;
    terminal.wait("Conversation interrupted")?;
    stage.hold(&thread, WHILE);
    quit(stage, &terminal, &thread, INTERRUPTED)
}

/// Only in plan mode may the model ask.
fn question_with(stage: &Stage, options: &[&str]) -> anyhow::Result<()> {
    let terminal = stage.terminal("a", options)?;
    terminal.submit("/plan", || !terminal.shows("(?m)^› /plan"))?;
    let thread = stage.prompt(&terminal, "go %%ask")?;
    want_calls(&stage.answered(1)?)?;
    terminal.wait("Which color")?;
    agree(stage, &terminal, &thread, QUESTION)
}

pub(super) fn question(stage: &Stage) -> anyhow::Result<()> {
    question_with(stage, &[OWN])
}

pub(super) fn daemon_question(stage: &Stage) -> anyhow::Result<()> {
    question_with(stage, &[])
}

pub(super) fn compaction(stage: &Stage) -> anyhow::Result<()> {
    let terminal = stage.terminal("a", &[OWN])?;
    let thread = stage.prompt(&terminal, "go %%compact:7")?;
    stage.answered(1)?;
    stage.hold(&thread, WHILE);
    stage.prompt(&terminal, "/compact")?;
    stage.answered(2)?;
    terminal.wait("Context compacted")?;
    stage.hold(&thread, WHILE);
    stage.expect("the context was compacted once", |said| said.session(&thread).is_some_and(|it| it.compactions == 1));
    quit(stage, &terminal, &thread, ENDED)
}

pub(super) fn interrupt(stage: &Stage) -> anyhow::Result<()> {
    let terminal = stage.terminal("a", &[OWN])?;
    let thread = interrupted(stage, &terminal)?;
    quit(stage, &terminal, &thread, ENDED)
}

pub(super) fn daemon_interrupt(stage: &Stage) -> anyhow::Result<()> {
    let terminal = stage.terminal("a", &[])?;
    interrupted(stage, &terminal).map(drop)
}

fn interrupted(stage: &Stage, terminal: &Terminal) -> anyhow::Result<String> {
    let thread = stage.prompt(terminal, LONG_COMMAND)?;
    want_calls(&stage.answered(1)?)?;
    stage.hold(&thread, WHILE);
    stage.mark(&thread, DONE);
    terminal.press("Escape")?;
    terminal.wait("Conversation interrupted")?;
    stage.hold(&thread, WHILE);
    stage.prompt(terminal, "again %%quick")?;
    stage.answered(2)?;
    stage.hold(&thread, WHILE);
    Ok(thread)
}

pub(super) fn limit(stage: &Stage) -> anyhow::Result<()> {
    let terminal = stage.terminal("a", &[OWN])?;
    let thread = stage.prompt(&terminal, "go %%e429")?;
    terminal.wait("■")?;
    stage.mark(&thread, REFUSED);
    stage.hold(&thread, WHILE);
    stage.mark(&thread, ENDED_FAILED);
    terminal.quit()?;
    stage.hold(&thread, LAST);
    Ok(())
}

pub(super) fn background(stage: &Stage) -> anyhow::Result<()> {
    let terminal = stage.terminal("a", &[OWN])?;
    let port = free_port()?;
    let thread = stage.prompt(&terminal, &format!("go %%bg:{port}"))?;
    stage.answered(2)?;
    stage.hold(&thread, WHILE);
    stage.expect("the port is the session's, and no orphan", |said| {
        said.ports.iter().any(|seen| seen.number == port && seen.session == thread && !seen.orphan)
    });
    quit(stage, &terminal, &thread, ENDED)
}

pub(super) fn revert(stage: &Stage) -> anyhow::Result<()> {
    let terminal = stage.terminal("a", &[OWN])?;
    let thread = stage.prompt(&terminal, "one %%quick")?;
    stage.answered(1)?;
    stage.prompt(&terminal, "two %%sleep:6")?;
    stage.answered(3)?;
    stage.hold(&thread, WHILE);
    terminal.press("Escape")?;
    terminal.wait("esc again")?;
    terminal.press("Escape")?;
    terminal.wait("rewind")?;
    terminal.press("Enter")?;
    terminal.wait("› two %%sleep:6")?;
    terminal.submit(" more %%sleep:8", || stage.requests().len() > 3)?;
    stage.answered(5)?;
    stage.hold(&thread, WHILE);
    quit(stage, &terminal, &thread, ENDED)
}

pub(super) fn two_sessions(stage: &Stage) -> anyhow::Result<()> {
    let (first, second) = (stage.terminal("a", &[OWN])?, stage.terminal("b", &[OWN])?);
    let one = stage.prompt(&first, "go %%sleep:8")?;
    let two = stage.prompt(&second, "go %%think:8")?;
    ensure!(one != two, "two terminals show one thread");
    stage.expect("each terminal's process owns its thread", |said| {
        let owner = |thread| said.session(thread).and_then(|session| session.owner.as_ref());
        matches!((owner(&one), owner(&two)), (Some(one), Some(two)) if one.pid != two.pid && one.sessions == 1)
    });
    stage.answered(2)?;
    stage.answered(3)?;
    stage.hold(&one, WHILE);
    stage.hold(&two, WHILE);
    quit(stage, &first, &one, ENDED)?;
    quit(stage, &second, &two, ENDED)
}

/// The same through a daemon, which also tells what its threads wait for.
pub(super) fn daemon_approval(stage: &Stage) -> anyhow::Result<()> {
    let terminal = stage.terminal("a", &ASKING[1..])?;
    let thread = ask(stage, &terminal, "go %%approve:sleep 8")?;
    agree(stage, &terminal, &thread, APPROVAL)?;
    stage.prompt(&terminal, "again %%approve")?;
    want_calls(&stage.answered(3)?)?;
    terminal.wait(LEAVE)?;
    refuse(stage, &terminal, &thread, 3, APPROVAL)
}

/// What a script does shows when it is done, and no word of the script asks: only the daemon tells.
pub(super) fn daemon_unannounced(stage: &Stage) -> anyhow::Result<()> {
    let terminal = stage.terminal("a", &["-m", CODE_MODE, "-a", "on-request", "-s", "read-only"])?;
    let thread = ask(stage, &terminal, "go %%write:note.txt")?;
    agree(stage, &terminal, &thread, APPROVAL)
}

/// The daemon that runs now.
fn daemon_of(stage: &Stage) -> anyhow::Result<u32> {
    started_with(&stage.scratch().home(), "--managed-daemon").context("no daemon runs")
}

/// A daemon that is lost in the middle of a command, and the one that takes its thread over.
pub(super) fn hand_over(stage: &Stage) -> anyhow::Result<()> {
    let first = stage.terminal("a", &[])?;
    let thread = stage.prompt(&first, LONG_COMMAND)?;
    want_calls(&stage.answered(1)?)?;
    stage.hold(&thread, WHILE);
    let daemon = daemon_of(stage)?;
    kill_tree(daemon)?;
    drop(first);
    stage.mark(&thread, CRASHED);
    stage.hold(&thread, WHILE);
    stage.mark(&thread, TAKEN_UP);
    let second = stage.terminal("b", &["resume", &thread])?;
    let again = stage.prompt(&second, "on %%sleep:8")?;
    ensure!(again == thread, "a thread that is resumed keeps its id: {:?}", stage.threads());
    ensure!(daemon_of(stage)? != daemon, "another daemon has the thread");
    stage.answered(3)?;
    stage.hold(&thread, WHILE);
    Ok(())
}

/// A person begins another thread in the same terminal.
pub(super) fn new(stage: &Stage) -> anyhow::Result<()> {
    let terminal = stage.terminal("a", &[OWN])?;
    let first = stage.prompt(&terminal, "go %%quick")?;
    stage.answered(1)?;
    stage.hold(&first, WHILE);
    stage.mark(&first, CLOSING);
    terminal.submit("/new", || !terminal.shows("go %%quick"))?;
    stage.hold(&first, WHILE);
    let second = stage.prompt(&terminal, "on %%sleep:8")?;
    ensure!(first != second, "/new begins another thread");
    stage.answered(3)?;
    stage.hold(&second, WHILE);
    quit(stage, &terminal, &second, ENDED)
}

/// The default: a daemon owns the threads of all terminals, and goes on when one is lost.
pub(super) fn daemon(stage: &Stage) -> anyhow::Result<()> {
    let (first, second) = (stage.terminal("a", &[])?, stage.terminal("b", &[])?);
    let one = stage.prompt(&first, "go %%sleep:8")?;
    let two = stage.prompt(&second, "go %%think:8")?;
    stage.expect("one daemon owns both threads", |said| {
        let owner = |thread| said.session(thread).and_then(|session| session.owner.as_ref());
        matches!((owner(&one), owner(&two)), (Some(one), Some(two)) if one.pid == two.pid)
    });
    stage.answered(3)?;
    stage.hold(&one, WHILE);
    first.wait_ready()?;
    let before = stage.requests().len();
    stage.prompt(&first, "go %%sleep:8")?;
    want_calls(&stage.answered(before + 1)?)?;
    drop(first);
    stage.answered(before + 2)?;
    stage.hold(&one, WHILE);
    // Without its terminal the thread stays loaded for a minute.
    second.quit()?;
    stage.hold(&two, WHILE);
    Ok(())
}
