//! More than one session of Claude Code, or one that moves.

use anyhow::ensure;

use crate::e2e::process::kill_tree;
use crate::e2e::scenario::{LAST, LONG_COMMAND, WHILE, quit};
use crate::e2e::stage::{Stage, want_calls};
use crate::e2e::truth::{CLOSING, CRASHED, ENDED, OPENING};

/// A command that leaves the session for another one, and the turn that follows there.
fn elsewhere(stage: &Stage, command: &str, done: &str) -> anyhow::Result<()> {
    let terminal = stage.terminal("a", &[])?;
    let first = stage.prompt(&terminal, "go %%quick")?;
    stage.answered(1)?;
    stage.hold(&first, WHILE);
    stage.mark(&first, CLOSING);
    terminal.submit(command, || terminal.shows(done))?;
    stage.mark(&first, ENDED);
    stage.hold(&first, WHILE);
    let second = stage.prompt(&terminal, "on %%sleep:8")?;
    ensure!(first != second, "{command} begins another session");
    stage.answered(3)?;
    stage.hold(&second, WHILE);
    quit(stage, &terminal, &second, ENDED)
}

pub(super) fn clear(stage: &Stage) -> anyhow::Result<()> {
    elsewhere(stage, "/clear", "(?m)^❯ /clear")
}

pub(super) fn branch(stage: &Stage) -> anyhow::Result<()> {
    elsewhere(stage, "/branch", "(?i)branched")
}

pub(super) fn worktree(stage: &Stage) -> anyhow::Result<()> {
    let terminal = stage.terminal("a", &["--allowed-tools", "EnterWorktree"])?;
    let thread = stage.prompt(&terminal, "go %%worktree:side")?;
    stage.answered(2)?;
    stage.hold(&thread, WHILE);
    stage.prompt(&terminal, "on %%sleep:8")?;
    stage.answered(4)?;
    stage.hold(&thread, WHILE);
    quit(stage, &terminal, &thread, ENDED)
}

pub(super) fn crash(stage: &Stage) -> anyhow::Result<()> {
    let terminal = stage.terminal("a", &[])?;
    let thread = stage.prompt(&terminal, LONG_COMMAND)?;
    want_calls(&stage.answered(1)?)?;
    stage.hold(&thread, WHILE);
    kill_tree(terminal.pid()?)?;
    stage.mark(&thread, CRASHED);
    stage.hold(&thread, LAST);
    Ok(())
}

pub(super) fn resumed(stage: &Stage) -> anyhow::Result<()> {
    let first = stage.terminal("a", &[])?;
    let thread = stage.prompt(&first, "go %%quick")?;
    stage.answered(1)?;
    stage.hold(&thread, WHILE);
    quit(stage, &first, &thread, ENDED)?;
    stage.mark(&thread, OPENING);
    let second = stage.terminal("b", &["--resume", &thread])?;
    let again = stage.prompt(&second, "on %%sleep:8")?;
    ensure!(again == thread, "a resumed session keeps its id: {:?}", stage.threads());
    stage.answered(3)?;
    stage.hold(&thread, WHILE);
    quit(stage, &second, &thread, ENDED)
}

pub(super) fn two(stage: &Stage) -> anyhow::Result<()> {
    let (first, second) = (stage.terminal("a", &[])?, stage.terminal("b", &[])?);
    let one = stage.prompt(&first, "go %%sleep:8")?;
    let two = stage.prompt(&second, "go %%think:8")?;
    ensure!(one != two, "two terminals show one session");
    stage.expect("each terminal's process owns its session", |said| {
        let owner = |thread| said.session(thread).and_then(|session| session.owner.as_ref());
        matches!((owner(&one), owner(&two)), (Some(one), Some(two)) if one.pid != two.pid && one.sessions == 1)
    });
    stage.answer_of(&one, 2)?;
    stage.answer_of(&two, 1)?;
    stage.hold(&one, WHILE);
    stage.hold(&two, WHILE);
    quit(stage, &first, &one, ENDED)?;
    quit(stage, &second, &two, ENDED)
}
