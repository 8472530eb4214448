//! What every agent is played with in the same way, without a terminal.

use super::{LONG_COMMAND, WHILE, close, free_port, play};
use crate::e2e::stage::{Stage, want_calls};
use crate::e2e::truth::{CRASHED, ENDED, ENDED_FAILED};

pub(super) fn quick(stage: &Stage) -> anyhow::Result<()> {
    play(stage, &["go %%quick"], ENDED)
}

pub(super) fn thinking(stage: &Stage) -> anyhow::Result<()> {
    play(stage, &["go %%think:7"], ENDED)
}

pub(super) fn long_tool(stage: &Stage) -> anyhow::Result<()> {
    play(stage, &["go %%sleep:8"], ENDED)
}

pub(super) fn parallel_tools(stage: &Stage) -> anyhow::Result<()> {
    play(stage, &["go %%two:9"], ENDED)
}

pub(super) fn error_429(stage: &Stage) -> anyhow::Result<()> {
    play(stage, &["go %%e429"], ENDED_FAILED)
}

pub(super) fn killed(stage: &Stage) -> anyhow::Result<()> {
    let mut run = stage.exec(&[LONG_COMMAND])?;
    let thread = stage.asked(1)?;
    want_calls(&stage.answered(1)?)?;
    stage.hold(&thread, WHILE);
    run.kill()?;
    close(stage, CRASHED);
    Ok(())
}

pub(super) fn left_behind(stage: &Stage) -> anyhow::Result<()> {
    let port = free_port()?;
    let mut run = stage.exec(&[&format!("go %%listen:{port}")])?;
    let thread = stage.asked(1)?;
    run.finish()?;
    close(stage, ENDED);
    stage.expect("the port is the session's, and an orphan", |said| {
        said.ports.iter().any(|seen| seen.number == port && seen.session == thread && seen.orphan)
    });
    Ok(())
}
