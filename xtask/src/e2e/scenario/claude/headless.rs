//! `claude -p`, alone and driven by a program.

use anyhow::ensure;
use serde_json::{Value, json};

use crate::e2e::process::{Headless, PATIENCE, poll};
use crate::e2e::scenario::{LAST, WHILE, close, play, play_again};
use crate::e2e::stage::{Stage, want_calls};
use crate::e2e::truth::{APPROVAL, CLOSING, ENDED, ENDED_FAILED, TOOL};

pub(super) fn subagent(stage: &Stage) -> anyhow::Result<()> {
    play(stage, &["go %%subagent:8"], ENDED)?;
    let threads = stage.threads();
    ensure!(threads.len() == 2, "a parent and a child, not {threads:?}");
    stage.expect("the child has its parent", |said| {
        said.session(&threads[1]).is_some_and(|child| child.parent.as_ref() == Some(&threads[0]))
    });
    Ok(())
}

pub(super) fn error_529(stage: &Stage) -> anyhow::Result<()> {
    play(stage, &["go %%e529"], ENDED_FAILED)
}

pub(super) fn recovered_529(stage: &Stage) -> anyhow::Result<()> {
    play(stage, &["go %%e529x:1"], ENDED)
}

pub(super) fn resume(stage: &Stage) -> anyhow::Result<()> {
    play(stage, &["go %%quick"], ENDED)?;
    let thread = stage.asked(1)?;
    play_again(stage, &thread, &["--resume", &thread, "on %%sleep:8"], ENDED)
}

pub(super) fn fork(stage: &Stage) -> anyhow::Result<()> {
    play(stage, &["go %%sleep:1"], ENDED)?;
    let parent = stage.asked(1)?;
    let mut run = stage.exec(&["--resume", &parent, "--fork-session", "on %%sleep:8"])?;
    run.finish()?;
    let threads = stage.threads();
    ensure!(threads.len() == 2, "a fork is a session of its own, not {threads:?}; claude printed:\n{}", run.printed());
    stage.mark(&threads[1], ENDED);
    stage.hold(&threads[1], LAST);
    Ok(())
}

/// What a program starts claude with.
const TALKING: [&str; 6] = ["-p", "--verbose", "--input-format", "stream-json", "--output-format", "stream-json"];

fn prompt(run: &Headless, text: &str) -> anyhow::Result<()> {
    run.say(&json!({ "type": "user", "message": { "role": "user", "content": text } }).to_string())
}

pub(super) fn sdk(stage: &Stage) -> anyhow::Result<()> {
    let mut run = stage.converse(&[&TALKING[..], &["--dangerously-skip-permissions"]].concat())?;
    prompt(&run, "go %%think:7")?;
    let thread = stage.asked(1)?;
    stage.answered(1)?;
    stage.hold(&thread, WHILE);
    prompt(&run, "on %%sleep:8")?;
    stage.answered(3)?;
    stage.hold(&thread, WHILE);
    leave(stage, &mut run, &thread)
}

pub(super) fn sdk_approval(stage: &Stage) -> anyhow::Result<()> {
    let mut run = stage.converse(&[&TALKING[..], &["--permission-prompt-tool", "stdio"]].concat())?;
    prompt(&run, "go %%approve:touch note && sleep 8")?;
    let thread = stage.asked(1)?;
    want_calls(&stage.answered(1)?)?;
    let asked = poll(PATIENCE, || request_for_leave(&run.printed()));
    let Some(request) = asked else { anyhow::bail!("claude asks nobody; it printed:\n{}", run.printed()) };
    stage.mark_since_answer(&thread, 1, APPROVAL)?;
    stage.hold(&thread, WHILE);
    stage.mark(&thread, TOOL);
    let allowed = json!({ "behavior": "allow", "updatedInput": request["request"]["input"] });
    let response = json!({ "subtype": "success", "request_id": request["request_id"], "response": allowed });
    run.say(&json!({ "type": "control_response", "response": response }).to_string())?;
    stage.answered(2)?;
    stage.hold(&thread, WHILE);
    leave(stage, &mut run, &thread)
}

fn request_for_leave(printed: &str) -> Option<Value> {
    let mut lines = printed.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    lines.find(|line| line["request"]["subtype"] == "can_use_tool")
}

fn leave(stage: &Stage, run: &mut Headless, thread: &str) -> anyhow::Result<()> {
    stage.mark(thread, CLOSING);
    run.hang_up();
    run.finish()?;
    close(stage, ENDED);
    Ok(())
}
