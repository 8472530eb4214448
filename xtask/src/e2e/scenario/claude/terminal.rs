//! One session of Claude Code in a terminal, and what a person does in it.

use std::fs;

use anyhow::Context as _;
use serde_json::{Value, json};

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

/// A status line of the user's own: it keeps what it is given in a file, and prints two lines.
const OWN_LINE: &str = r#"cat > "$HOME/given.json"
printf 'own \033[32mline\033[0m of %s\n  and another' "$(sed 's/.*"session_id":"\([^"]*\)".*/\1/' "$HOME/given.json")"
"#;

/// What the user's status line shows stays as it was, and topside has the figures that stand in what it is given.
pub(super) fn status_line(stage: &Stage) -> anyhow::Result<()> {
    let home = stage.scratch().home();
    let (script, settings) = (home.join("line.sh"), home.join(".claude/settings.json"));
    fs::write(&script, OWN_LINE).context("write a status line")?;
    let text = fs::read(&settings).context("read Claude Code's settings")?;
    let mut text: Value = serde_json::from_slice(&text).context("understand Claude Code's settings")?;
    text["statusLine"] = json!({ "type": "command", "command": "sh ~/line.sh", "padding": 0 });
    fs::write(&settings, text.to_string()).context("write Claude Code's settings")?;
    stage.bridge_status_line()?;
    let terminal = stage.terminal_with("a", SUBSCRIBER, &["--permission-mode", "acceptEdits"])?;
    let thread = stage.prompt(&terminal, "go %%think:7")?;
    stage.answered(1)?;
    terminal.wait(&format!("own line of {thread}\n *and another"))?;
    stage.hold(&thread, WHILE);
    let given = || fs::read(home.join("given.json")).ok().and_then(|text| serde_json::from_slice::<Value>(&text).ok());
    let figure = |pointer: &str| given()?.pointer(pointer)?.as_f64();
    stage.expect("the window is the one Claude Code gives its status line", |said| {
        let context = said.session(&thread).map(|session| &session.context);
        let stated = context.filter(|context| context.window_from.as_deref() == Some("stated"));
        let size = stated.and_then(|context| context.window).map(|size| size as f64);
        size.is_some() && size == figure("/context_window/context_window_size")
    });
    stage.expect("the session cost what Claude Code gives its status line", |said| {
        let reported = said.session(&thread).and_then(|session| session.cost.reported.as_ref());
        let cost = reported.map(|cost| cost.micro_usd);
        cost.is_some() && cost == figure("/cost/total_cost_usd").map(|usd| (usd * 1e6).round() as u64)
    });
    for limit in ["five_hour", "seven_day"] {
        stage.expect(&format!("of the limit {limit} is used what Claude Code gives its status line"), |said| {
            let used = said.used(limit);
            used.is_some() && used == figure(&format!("/rate_limits/{limit}/used_percentage"))
        });
    }
    quit(stage, &terminal, &thread, ENDED)
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
