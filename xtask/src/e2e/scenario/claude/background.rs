//! What goes on in the background of a session of Claude Code when its turn is over, and wakes it.

use anyhow::{Context as _, ensure};

use crate::e2e::process::{PATIENCE, poll, runs};
use crate::e2e::scenario::{WHILE, free_port, quit};
use crate::e2e::stage::{Stage, want_calls};
use crate::e2e::truth::{APPROVAL, BACKGROUND, DONE, ENDED, TOOL, WAITING_ON_CHILDREN};

pub(super) fn server(stage: &Stage) -> anyhow::Result<()> {
    let terminal = stage.terminal("a", &[])?;
    let port = free_port()?;
    let thread = stage.prompt(&terminal, &format!("go %%bg:{port}"))?;
    stage.mark_answer(&thread, 2, BACKGROUND)?;
    stage.hold(&thread, WHILE);
    stage.expect("the port is the session's, and no orphan", |said| {
        said.ports.iter().any(|seen| seen.number == port && seen.session == thread && !seen.orphan)
    });
    Ok(())
}

pub(super) fn command(stage: &Stage) -> anyhow::Result<()> {
    let terminal = stage.terminal("a", &[])?;
    let thread = stage.prompt(&terminal, "go %%bgsleep:9")?;
    stage.mark_answer(&thread, 2, BACKGROUND)?;
    poll(PATIENCE, || (!runs(&stage.scratch().home(), "sleep")).then_some(())).context("the command does not end")?;
    stage.mark(&thread, DONE);
    stage.answered(3)?;
    stage.hold(&thread, WHILE);
    quit(stage, &terminal, &thread, ENDED)
}

pub(super) fn agent(stage: &Stage) -> anyhow::Result<()> {
    let terminal = stage.terminal("a", &[])?;
    let thread = stage.prompt(&terminal, "go %%bgagent:9")?;
    woken(stage, &thread)?;
    quit(stage, &terminal, &thread, ENDED)
}

pub(super) fn workflow(stage: &Stage) -> anyhow::Result<()> {
    let terminal = stage.terminal("a", &[])?;
    let thread = stage.prompt(&terminal, "go %%workflow:9")?;
    want_calls(&stage.answered(1)?)?;
    terminal.wait("Do you want to|Run a dynamic workflow")?;
    stage.mark_since_answer(&thread, 1, APPROVAL)?;
    stage.hold(&thread, WHILE);
    stage.mark(&thread, TOOL);
    terminal.press("Enter")?;
    woken(stage, &thread)?;
    quit(stage, &terminal, &thread, ENDED)
}

/// Waits for the child that works while its parent rests, and for the turn that its end starts.
fn woken(stage: &Stage, parent: &str) -> anyhow::Result<()> {
    stage.mark_answer(parent, 2, WAITING_ON_CHILDREN)?;
    stage.answer_of(parent, 3)?;
    stage.hold(parent, WHILE);
    let threads = stage.threads();
    ensure!(threads.len() == 2, "a parent and a child, not {threads:?}");
    stage.expect("the child has its parent", |said| {
        said.session(&threads[1]).is_some_and(|child| child.parent.as_deref() == Some(parent))
    });
    Ok(())
}
