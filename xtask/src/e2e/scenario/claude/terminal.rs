//! One session of Claude Code in a terminal, and what a person does in it.

use crate::e2e::agent::SUBSCRIBER;
use crate::e2e::scenario::{LAST, LONG_COMMAND, WHILE, quit};
use crate::e2e::stage::{Stage, want_calls};
use crate::e2e::terminal::Terminal;
use crate::e2e::truth::{APPROVAL, Claim, DONE, ENDED, ENDED_FAILED, FAILED, INTERRUPTED, LIMITED, QUESTION, TOOL};

/// Claude's question for leave.
const LEAVE: &str = "Do you want to";

pub(super) fn two_turns(stage: &Stage) -> anyhow::Result<()> {
    let terminal = stage.terminal("a", &[])?;
    let thread = stage.prompt(&terminal, "go %%think:7")?;
    stage.answered(1)?;
    stage.hold(&thread, WHILE);
    stage.prompt(&terminal, "on %%sleep:8")?;
    stage.answered(3)?;
    stage.hold(&thread, WHILE);
    quit(stage, &terminal, &thread, ENDED)
}

/// Sends `prompt` and waits until the screen shows what the person is asked; gives the thread.
fn ask(stage: &Stage, terminal: &Terminal, prompt: &str, shown: &str, claim: Claim) -> anyhow::Result<String> {
    let thread = stage.prompt(terminal, prompt)?;
    want_calls(&stage.answered(1)?)?;
    terminal.wait(shown)?;
    stage.mark_since_answer(&thread, 1, claim)?;
    stage.hold(&thread, WHILE);
    Ok(thread)
}

/// Takes the first choice the screen offers, which lets the tool run; goes on to the end.
fn grant(stage: &Stage, terminal: &Terminal, thread: &str) -> anyhow::Result<()> {
    stage.mark(thread, TOOL);
    terminal.press("Enter")?;
    stage.answered(2)?;
    stage.hold(thread, WHILE);
    quit(stage, terminal, thread, ENDED)
}

pub(super) fn approval_granted(stage: &Stage) -> anyhow::Result<()> {
    let terminal = stage.terminal("a", &[])?;
    let thread = ask(stage, &terminal, "go %%approve:touch note && sleep 8", LEAVE, APPROVAL)?;
    grant(stage, &terminal, &thread)
}

pub(super) fn approval_denied(stage: &Stage) -> anyhow::Result<()> {
    let terminal = stage.terminal("a", &[])?;
    let thread = ask(stage, &terminal, "go %%approve", LEAVE, APPROVAL)?;
    stage.mark(&thread, DONE);
    terminal.press("Escape")?;
    stage.hold(&thread, WHILE);
    quit(stage, &terminal, &thread, INTERRUPTED)
}

pub(super) fn approval_of_edit(stage: &Stage) -> anyhow::Result<()> {
    let terminal = stage.terminal("a", &[])?;
    let note = stage.scratch().project().join("note.txt");
    let thread = ask(stage, &terminal, &format!("go %%write:{}", note.display()), LEAVE, APPROVAL)?;
    grant(stage, &terminal, &thread)
}

pub(super) fn question(stage: &Stage) -> anyhow::Result<()> {
    let terminal = stage.terminal("a", &[])?;
    let thread = ask(stage, &terminal, "go %%ask", "Which color", QUESTION)?;
    grant(stage, &terminal, &thread)
}

pub(super) fn plan(stage: &Stage) -> anyhow::Result<()> {
    let terminal = stage.terminal("a", &["--permission-mode", "plan"])?;
    let thread = ask(stage, &terminal, "go %%plan", "Exit plan mode", APPROVAL)?;
    grant(stage, &terminal, &thread)
}

pub(super) fn interrupt(stage: &Stage) -> anyhow::Result<()> {
    let terminal = stage.terminal("a", &[])?;
    let thread = stage.prompt(&terminal, LONG_COMMAND)?;
    want_calls(&stage.answered(1)?)?;
    stage.hold(&thread, WHILE);
    stage.mark(&thread, DONE);
    terminal.press("Escape")?;
    terminal.wait("Interrupted")?;
    stage.hold(&thread, WHILE);
    stage.prompt(&terminal, "again %%quick")?;
    stage.answered(2)?;
    stage.hold(&thread, WHILE);
    quit(stage, &terminal, &thread, ENDED)
}

pub(super) fn slow_stream(stage: &Stage) -> anyhow::Result<()> {
    let terminal = stage.terminal("a", &[])?;
    let thread = stage.prompt(&terminal, "go %%stream:7")?;
    stage.answered(1)?;
    stage.hold(&thread, WHILE);
    quit(stage, &terminal, &thread, ENDED)
}

/// A turn that fails for good, and what is right of it then.
fn failing(stage: &Stage, terminal: &Terminal, prompt: &str, shown: &str, claim: Claim) -> anyhow::Result<()> {
    let thread = stage.prompt(terminal, prompt)?;
    terminal.wait(shown)?;
    stage.mark(&thread, claim);
    stage.hold(&thread, WHILE);
    stage.mark(&thread, ENDED_FAILED);
    terminal.quit()?;
    stage.hold(&thread, LAST);
    Ok(())
}

pub(super) fn limit(stage: &Stage) -> anyhow::Result<()> {
    // Asked by option, a subscriber is not asked to change the mode for good.
    let terminal = stage.terminal_with("a", SUBSCRIBER, &["--permission-mode", "acceptEdits"])?;
    failing(stage, &terminal, "go %%limit", "hit your .* limit", LIMITED)
}

pub(super) fn error(stage: &Stage) -> anyhow::Result<()> {
    let terminal = stage.terminal("a", &[])?;
    failing(stage, &terminal, "go %%e529", "Overloaded|API Error", FAILED)
}

pub(super) fn compaction(stage: &Stage) -> anyhow::Result<()> {
    let terminal = stage.terminal("a", &[])?;
    let thread = stage.prompt(&terminal, "go %%compact:7")?;
    stage.answered(1)?;
    stage.hold(&thread, WHILE);
    stage.prompt(&terminal, "/compact")?;
    stage.answered(2)?;
    terminal.wait("Compacted")?;
    stage.hold(&thread, WHILE);
    stage.expect("the context was compacted once", |said| said.session(&thread).is_some_and(|it| it.compactions == 1));
    quit(stage, &terminal, &thread, ENDED)
}
