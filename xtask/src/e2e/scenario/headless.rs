//! `codex exec`.

use std::time::Duration;

use anyhow::ensure;

use super::CODE_MODE;
use crate::e2e::stage::{Stage, want_calls};
use crate::e2e::truth::{CRASHED, Claim, ENDED, ENDED_FAILED};

/// How long the state at the end is looked at.
const LAST: Duration = Duration::from_secs(2);

pub(super) fn quick(stage: &Stage) -> anyhow::Result<()> {
    play(stage, &["go %%quick"], ENDED)
}

pub(super) fn thinking(stage: &Stage) -> anyhow::Result<()> {
    play(stage, &["go %%think:4"], ENDED)
}

pub(super) fn long_tool(stage: &Stage) -> anyhow::Result<()> {
    play(stage, &["go %%sleep:5"], ENDED)
}

pub(super) fn script_tool(stage: &Stage) -> anyhow::Result<()> {
    play(stage, &["--model", CODE_MODE, "go %%sleep:4"], ENDED)
}

pub(super) fn parallel_tools(stage: &Stage) -> anyhow::Result<()> {
    play(stage, &["go %%two"], ENDED)
}

pub(super) fn subagent_v1(stage: &Stage) -> anyhow::Result<()> {
    family(stage, &["go %%subagent:5"])
}

pub(super) fn subagent_v2(stage: &Stage) -> anyhow::Result<()> {
    family(stage, &["--model", CODE_MODE, "go %%subagent:5"])
}

pub(super) fn error_429(stage: &Stage) -> anyhow::Result<()> {
    play(stage, &["go %%e429"], ENDED_FAILED)
}

pub(super) fn error_500(stage: &Stage) -> anyhow::Result<()> {
    play(stage, &["go %%e500"], ENDED_FAILED)
}

pub(super) fn recovered_500(stage: &Stage) -> anyhow::Result<()> {
    play(stage, &["go %%e500x:1"], ENDED)
}

/// Plays one run to its end.
fn play(stage: &Stage, args: &[&str], end: Claim) -> anyhow::Result<()> {
    let mut run = stage.exec(args)?;
    run.finish()?;
    ensure!(!stage.threads().is_empty(), "codex asked nothing; it printed:\n{}", run.printed());
    close(stage, end);
    Ok(())
}

/// All threads of a process that just ended.
fn close(stage: &Stage, end: Claim) {
    let threads = stage.threads();
    for thread in &threads {
        stage.mark(thread, end);
    }
    for thread in &threads {
        stage.hold(thread, LAST);
    }
}

/// A parent and its child.
fn family(stage: &Stage, args: &[&str]) -> anyhow::Result<()> {
    play(stage, args, ENDED)?;
    let threads = stage.threads();
    ensure!(threads.len() == 2, "a parent and a child, not {threads:?}");
    stage.expect("the child has its parent", |said| {
        said.session(&threads[1]).is_some_and(|child| child.parent.as_ref() == Some(&threads[0]))
    });
    Ok(())
}

pub(super) fn killed(stage: &Stage) -> anyhow::Result<()> {
    let mut run = stage.exec(&["go %%sleep:60"])?;
    let thread = stage.asked(1)?;
    want_calls(&stage.answered(1)?)?;
    stage.hold(&thread, Duration::from_secs(2));
    run.kill()?;
    close(stage, CRASHED);
    Ok(())
}

pub(super) fn left_behind(stage: &Stage) -> anyhow::Result<()> {
    let port = super::free_port()?;
    let mut run = stage.exec(&[&format!("go %%listen:{port}")])?;
    let thread = stage.asked(1)?;
    run.finish()?;
    close(stage, ENDED);
    stage.expect("the port is the session's, and an orphan", |said| {
        said.ports.iter().any(|seen| seen.number == port && seen.session == thread && seen.orphan)
    });
    Ok(())
}

pub(super) fn resume(stage: &Stage) -> anyhow::Result<()> {
    play(stage, &["go %%quick"], ENDED)?;
    let thread = stage.asked(1)?;
    play(stage, &["resume", &thread, "on %%sleep:3"], ENDED)?;
    ensure!(stage.threads() == [thread], "a resumed thread keeps its id: {:?}", stage.threads());
    Ok(())
}

pub(super) fn fork(stage: &Stage) -> anyhow::Result<()> {
    play(stage, &["go %%sleep:1"], ENDED)?;
    let parent = stage.asked(1)?;
    let mut run = stage.exec(&["fork", &parent, "on %%sleep:3"])?;
    run.finish()?;
    let threads = stage.threads();
    ensure!(threads.len() == 2, "a fork is a thread of its own, not {threads:?}; codex printed:\n{}", run.printed());
    stage.mark(&threads[1], ENDED);
    stage.hold(&threads[1], LAST);
    stage.expect("the fork continues its origin", |said| {
        said.session(&threads[1]).is_some_and(|fork| fork.forked_from.as_ref() == Some(&parent))
    });
    Ok(())
}
