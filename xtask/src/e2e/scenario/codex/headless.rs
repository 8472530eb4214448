//! `codex exec`.

use anyhow::ensure;

use super::CODE_MODE;
use crate::e2e::scenario::{LAST, play, play_again};
use crate::e2e::stage::Stage;
use crate::e2e::truth::{ENDED, ENDED_FAILED};

pub(super) fn script_tool(stage: &Stage) -> anyhow::Result<()> {
    play(stage, &["--model", CODE_MODE, "go %%sleep:8"], ENDED)
}

pub(super) fn subagent_v1(stage: &Stage) -> anyhow::Result<()> {
    family(stage, &["go %%subagent:8"])
}

pub(super) fn subagent_v2(stage: &Stage) -> anyhow::Result<()> {
    family(stage, &["--model", CODE_MODE, "go %%subagent:8"])
}

pub(super) fn error_500(stage: &Stage) -> anyhow::Result<()> {
    play(stage, &["go %%e500"], ENDED_FAILED)
}

pub(super) fn recovered_500(stage: &Stage) -> anyhow::Result<()> {
    play(stage, &["go %%e500x:1"], ENDED)
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

pub(super) fn resume(stage: &Stage) -> anyhow::Result<()> {
    play(stage, &["go %%quick"], ENDED)?;
    let thread = stage.asked(1)?;
    play_again(stage, &thread, &["resume", &thread, "on %%sleep:8"], ENDED)
}

pub(super) fn fork(stage: &Stage) -> anyhow::Result<()> {
    play(stage, &["go %%sleep:1"], ENDED)?;
    let parent = stage.asked(1)?;
    let mut run = stage.exec(&["fork", &parent, "on %%sleep:8"])?;
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
