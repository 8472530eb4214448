//! `topside show`: everything about one session.

use topside_catalog::session::{branch_line, context_used};
use topside_catalog::text::{neutralise, shown, shown_path};
use topside_catalog::{conflict, format, status};
use topside_model::{Session, SessionKind, Snapshot, Timestamp, Tokens, Usage, WindowSource, elapsed};

use super::page::{Ink, Page, Piece, Sheet, clip, many};
use super::{cost, lists};

/// The page of `session`; `text` adds what people wrote.
pub fn show(snapshot: &Snapshot, session: &Session, text: bool, page: &Page) -> String {
    let now = snapshot.taken_at;
    let mut sheet = Sheet::new(page);
    title(&mut sheet, session);
    doing(&mut sheet, session, text, now);
    for conflict in conflict::of(snapshot, &session.key) {
        let sentence = format!("{} {}", conflict::SIGN, conflict::sentence(snapshot, conflict, &session.key));
        sheet.line(&[Piece::new(format!("  {}", clip(&sentence, page.width.saturating_sub(2))), Ink::Need)]);
    }
    sheet.gap();
    whereabouts(&mut sheet, session, now);
    sheet.gap();
    settings(&mut sheet, session);
    sheet.gap();
    figures(&mut sheet, session, now);
    cost::parts(&mut sheet, session);
    cost::growth(&mut sheet, session);
    lists::tools(&mut sheet, session, now);
    lists::processes(&mut sheet, session, snapshot.taken_at);
    lists::subagents(&mut sheet, session, snapshot);
    lists::files(&mut sheet, session, now);
    lists::sources(&mut sheet, session);
    sheet.finish()
}

/// The session's sign, project, name, agent and id.
pub(super) fn title(sheet: &mut Sheet<'_>, session: &Session) {
    let project = session.project.name.as_ref().map_or_else(|| "no project".to_owned(), shown_path);
    let name = session.name.as_ref().map(|name| format!(" · {}", shown(name))).unwrap_or_default();
    let (agent, id) = (neutralise(session.key.agent.as_str()), neutralise(session.key.id.as_str()));
    sheet.line(&[
        Piece::plain(format!("{} ", status::sign(session))),
        Piece::new(format!("{project}{name}"), Ink::Strong),
        Piece::dim(format!("  {agent} {id}")),
    ]);
}

fn doing(sheet: &mut Sheet<'_>, session: &Session, text: bool, now: Timestamp) {
    let zone = sheet.page.zone.clone();
    sheet.say(format!("  {}", status::sentence_of(session, now, &zone)));
    if let Some(stall) = session.stall {
        sheet.line(&[Piece::new(format!("  {}", status::stall_sentence(stall, now)), Ink::Need)]);
    }
    let is_question = session.status.id() == "question";
    if let Some(action) = status::action(&session.status).filter(|_| text || !is_question) {
        sheet.say(format!("  {}", clip(&action, sheet.page.width.saturating_sub(2))));
    }
    if let Some(error) = &session.detail.error {
        let said = error.message.as_ref().map(|message| format!(": {}", shown(message))).unwrap_or_default();
        let ago = error.at.map(|at| format!(", {} ago", format::duration(elapsed(at, now)))).unwrap_or_default();
        let line = format!("latest error: {}{said}{ago}", status::error_name(error.class));
        sheet.line(&[Piece::new(format!("  {}", clip(&line, sheet.page.width.saturating_sub(2))), Ink::Fail)]);
    }
    if let Some(prompt) = session.detail.first_prompt.as_ref().filter(|_| text) {
        sheet.gap();
        sheet.pair("first prompt", Some(clip(&shown(prompt), sheet.page.width.saturating_sub(16))));
    }
}

fn whereabouts(sheet: &mut Sheet<'_>, session: &Session, now: Timestamp) {
    let identity = session.identity.as_deref();
    let zone = sheet.page.zone.clone();
    let ago = |at: Timestamp| format!("{} ({} ago)", format::clock(at, now, &zone), format::duration(elapsed(at, now)));
    sheet.pair("directory", session.project.cwd.as_ref().map(shown_path));
    sheet.pair("branch", branch_line(session));
    if let Some(worktree) = session.project.git.as_ref().and_then(|git| git.worktree.as_ref()) {
        sheet.pair("worktree", Some(shown_path(worktree)));
    }
    sheet.pair("created", session.created().map(ago));
    sheet.pair("last record", session.last_at.map(ago));
    match identity.map(|identity| &identity.kind) {
        Some(SessionKind::Subagent { role, .. }) => {
            sheet.pair(
                "kind",
                Some(format!("subagent{}", role.as_ref().map(|role| format!(", {}", shown(role))).unwrap_or_default())),
            );
        }
        Some(SessionKind::Internal(what)) => sheet.pair("kind", Some(format!("internal, {}", shown(what)))),
        Some(SessionKind::User) | None => {}
    }
    for (label, link) in [
        ("parent", identity.and_then(|identity| identity.parent.as_ref())),
        ("forked from", identity.and_then(|identity| identity.forked_from.as_ref())),
    ] {
        if let Some(id) = link {
            sheet.pair(label, Some(neutralise(id.as_str())));
        }
    }
    sheet.pair("started by", started_by(session));
    sheet.pair("owner", owner(session));
}

/// The program, its version and its provider, as far as they are known.
fn started_by(session: &Session) -> Option<String> {
    let identity = session.identity.as_deref()?;
    let parts = [&identity.originator, &identity.version, &identity.provider];
    let known: Vec<String> = parts.into_iter().flatten().map(shown_path).collect();
    (!known.is_empty()).then(|| known.join("  "))
}

/// The process that has it loaded, with what it uses.
fn owner(session: &Session) -> Option<String> {
    let owner = session.owner?;
    let shared =
        if session.owner_sessions > 1 { format!(" of {} sessions", session.owner_sessions) } else { String::new() };
    let vitals = session.vitals.unwrap_or_default();
    let cpu = vitals.cpu.map(|cpu| format!("  cpu {}", format::percent(cpu))).unwrap_or_default();
    let memory = vitals.memory.map(|memory| format!("  memory {}", format::bytes(memory))).unwrap_or_default();
    Some(format!("pid {}{shared}{cpu}{memory}", owner.pid))
}

fn settings(sheet: &mut Sheet<'_>, session: &Session) {
    let settings = &session.settings;
    let effort = settings.effort.value().map(|effort| format!("  effort {}", shown_path(effort))).unwrap_or_default();
    sheet.pair("model", settings.model.as_ref().map(|model| format!("{}{effort}", neutralise(model.as_str()))));
    sheet.pair("approval", settings.approval.as_ref().map(shown_path));
    sheet.pair("sandbox", settings.sandbox.as_ref().map(shown_path));
    for (label, value) in [("mode", settings.mode.as_ref()), ("reviewer", settings.reviewer.value())] {
        if let Some(value) = value {
            sheet.pair(label, Some(shown_path(value)));
        }
    }
}

fn figures(sheet: &mut Sheet<'_>, session: &Session, now: Timestamp) {
    let floor = if session.usage_is_floor { "at least " } else { "" };
    sheet.pair("tokens", Some(format!("{floor}{}", tokens(&session.usage))));
    cost::figures(sheet, session);
    if session.internal_usage.total() > Tokens(0) {
        sheet.pair("internal", Some(tokens(&session.internal_usage)));
    }
    if session.inherited_usage.total() > Tokens(0) {
        sheet.pair("inherited", Some(tokens(&session.inherited_usage)));
    }
    if let Some(reported) = &session.reported_total {
        sheet.pair("agent says", Some(format!("{} in total", format::tokens(reported.total))));
    }
    sheet.pair("context", context(session));
    if let Some(waited) = waited(session, now) {
        sheet.pair("waited", Some(waited));
    }
    let (turns, tools) = (&session.turns, &session.tools);
    sheet.pair(
        "turns",
        Some(format!(
            "{} ({} completed, {} stopped, {} taken back)",
            format::or_dash(turns.started, |turns| turns.to_string()),
            turns.completed,
            turns.aborted,
            turns.rolled_back
        )),
    );
    sheet.pair(
        "work",
        Some(format!(
            "{}, {}, {} ({} without a result), {}, {}",
            many(session.prompts, "prompt", "prompts"),
            many(session.responses, "reply", "replies"),
            many(tools.started, "tool call", "tool calls"),
            format::count(tools.unresolved()),
            many(tools.web_searches, "web search", "web searches"),
            many(session.compactions, "compaction", "compactions")
        )),
    );
}

/// For how long it waits for a person now, where it does. A single look sees no other waits.
fn waited(session: &Session, now: Timestamp) -> Option<String> {
    session.waited.now(now).map(|time| format!("{} for you, now", format::duration(time)))
}

/// Tokens by part. Writes to the cache are left out where there are none, since most vendors have none.
fn tokens(usage: &Usage) -> String {
    let writes = usage.cache_write_5m + usage.cache_write_1h;
    let written = if writes > Tokens(0) { format!(", {} cache writes", format::tokens(writes)) } else { String::new() };
    format!(
        "{}: {} input, {} from cache{written}, {} output ({} reasoning)",
        format::tokens(usage.total()),
        format::tokens(usage.input_uncached),
        format::tokens(usage.cache_read),
        format::tokens(usage.output),
        format::tokens(usage.reasoning)
    )
}

fn context(session: &Session) -> Option<String> {
    let share = format!("{} used", format::percent(context_used(session)?));
    let context = &session.context;
    let of = context.used.zip(context.window);
    let of = of
        .map(|(used, window)| format!(", {} of {}", format::tokens(used), format::tokens(window)))
        .unwrap_or_default();
    let compacts = context.compacts_at.map(|at| format!(", compacts at {}", format::percent(at))).unwrap_or_default();
    let source = context.window_from.filter(|from| *from != WindowSource::Stated);
    let source = source.map(|from| format!(" ({})", from.words())).unwrap_or_default();
    Some(share + &of + &source + &compacts)
}
