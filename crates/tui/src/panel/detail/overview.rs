//! What a session is and does.

use ratatui::text::Line;
use topside_catalog::text::{block, neutralise, shown, shown_path};
use topside_catalog::{conflict, format, session, status};
use topside_model::{Percent, Session, Setting, Tokens, Untrusted, Usage, Vitals, WindowSource, elapsed};

use super::{Page, cost};
use crate::gauge::{gauge, spark};
use crate::panel::table::{full_minutes, is_nearly_full, status_role};
use crate::theme::Role;

/// Lines of a prompt shown at most.
const PROMPT_LINES: usize = 12;
/// Conflicts shown at most; `topside conflicts` lists all.
const CONFLICTS: usize = 4;

pub(super) fn lines(page: &Page<'_>) -> Vec<Line<'static>> {
    let parts = [state(page), prompt(page), figures(page), place(page)];
    let shown: Vec<_> = parts.into_iter().filter(|lines| !lines.is_empty()).collect();
    shown.join(&Line::default())
}

/// The state with its reason, and what exactly runs or is asked.
fn state(page: &Page<'_>) -> Vec<Line<'static>> {
    let (screen, session) = (page.screen, page.session);
    let sentence = status::sentence_of(session, screen.now, &screen.zone);
    let mut lines = page.wrapped(status_role(&session.status), &sentence, 3);
    if let Some(stall) = session.stall {
        lines.extend(page.wrapped(Role::Warning, &status::stall_sentence(stall, screen.now), 3));
    }
    match status::action(&session.status) {
        Some(action) if screen.tells(&session.status) => lines.extend(page.wrapped(Role::Text, &action, 4)),
        Some(_) => lines.push(page.pair_in(Role::Dim, "question", "hidden; t shows it")),
        None => {}
    }
    for conflict in conflict::of(page.snapshot, &session.key).take(CONFLICTS) {
        let sentence = conflict::sentence(page.snapshot, conflict, &session.key);
        lines.extend(page.wrapped(Role::Warning, &format!("{} {}", conflict::SIGN, page.within(&sentence)), 2));
    }
    if let Some(error) = &session.detail.error {
        let when =
            error.at.map(|at| format!(", {} ago", format::duration(elapsed(at, screen.now)))).unwrap_or_default();
        let message = error.message.as_ref().map(|message| format!(": {}", shown(message))).unwrap_or_default();
        let text = format!("last error{when}: {}{message}", status::error_name(error.class));
        lines.extend(page.wrapped(Role::Dim, &text, 3));
    }
    lines
}

/// Who and where.
fn place(page: &Page<'_>) -> Vec<Line<'static>> {
    let session = page.session;
    let path = |text: Option<&Untrusted>| text.map(shown_path);
    let identity = session.identity.as_deref();
    let settings = &session.settings;
    let effort = match &settings.effort {
        Setting::Set(effort) => format!(" {}", shown_path(effort)),
        Setting::Kept | Setting::Cleared => String::new(),
    };
    let agent = path(identity.and_then(|identity| identity.version.as_ref()))
        .map_or_else(|| neutralise(session.key.agent.as_str()), |version| format!("{} {version}", session.key.agent));
    let rights: Vec<String> = [&settings.approval, &settings.sandbox, &settings.mode]
        .into_iter()
        .filter_map(|text| path(text.as_ref()))
        .collect();
    let pairs = [
        ("directory", path(session.project.cwd.as_ref())),
        ("branch", session::branch_line(session)),
        ("worktree", path(session.project.git.as_ref().and_then(|git| git.worktree.as_ref()))),
        ("model", settings.model.as_ref().map(|model| format!("{}{effort}", neutralise(model.as_str())))),
        ("rights", (!rights.is_empty()).then(|| rights.join(" · "))),
        ("agent", Some(agent)),
        ("started by", path(identity.and_then(|identity| identity.originator.as_ref()))),
        ("session", Some(neutralise(session.key.id.as_str()))),
    ];
    pairs.iter().filter_map(|(name, text)| text.as_ref().map(|text| page.pair(name, text))).collect()
}

/// Context, tokens, turns, tools, machine.
fn figures(page: &Page<'_>) -> Vec<Line<'static>> {
    let (session, now) = (page.session, page.screen.now);
    let usage = &session.usage;
    let begun = format::or_dash(session.turns.started, |turns| turns.to_string());
    let turns = format!("{begun}, {} stopped, {} prompts", session.turns.aborted, session.prompts);
    let calls = [
        (session.tools.started, "calls"),
        (session.tools.unresolved(), "open"),
        (session.background_tasks.into(), "in background"),
        (session.compactions, "compactions"),
    ];
    let said = calls.iter().filter(|(count, what)| *count > 0 || *what != "in background");
    let tools = said.map(|(count, what)| format!("{count} {what}")).collect::<Vec<_>>().join(", ");
    let age = session.created().map(|at| format::duration(elapsed(at, now)));
    let quiet = session.last_at.map(|at| format!("last record {} ago", format::duration(elapsed(at, now))));
    let mut lines = context(page);
    let floor = if session.usage_is_floor { "≥" } else { "" };
    lines.push(page.pair("tokens", &format!("{floor}{}", format::tokens(usage.total()))));
    lines.push(page.pair_in(Role::Dim, "", &parts(usage)));
    lines.extend(cost::line(page));
    for (other, whose) in
        [(&session.internal_usage, "more by its helpers"), (&session.inherited_usage, "more inherited")]
    {
        if other.total() > Tokens(0) {
            lines.push(page.pair_in(Role::Dim, "", &format!("{} {whose}", format::tokens(other.total()))));
        }
    }
    if let Some(reported) = session.reported_total.filter(|reported| reported.total != usage.total()) {
        lines.push(page.pair_in(Role::Dim, "", &format!("the agent itself says {}", format::tokens(reported.total))));
    }
    lines.extend(session.live.then(|| rate(page)));
    lines.push(page.pair("turns", &turns));
    lines.push(page.pair("tools", &tools));
    lines.extend(waited(page));
    lines.push(page.pair("age", &[age, quiet].into_iter().flatten().collect::<Vec<_>>().join(", ")));
    lines.extend(session.vitals.map(|vitals| page.pair("machine", &machine(session, vitals))));
    lines
}

/// The tokens by part. Writes to the cache are left out where there are none, since most vendors have none.
fn parts(usage: &Usage) -> String {
    let writes = usage.cache_write_5m + usage.cache_write_1h;
    let written = if writes > Tokens(0) { format!("{} cache writes, ", format::tokens(writes)) } else { String::new() };
    format!(
        "{} in, {} cached, {written}{} out ({} reasoning)",
        format::tokens(usage.input_uncached),
        format::tokens(usage.cache_read),
        format::tokens(usage.output),
        format::tokens(usage.reasoning)
    )
}

/// How long it has waited for a person, where it did.
fn waited(page: &Page<'_>) -> Option<Line<'static>> {
    let (screen, waited) = (page.screen, &page.session.waited);
    let midnight = screen.now.to_zoned(screen.zone.clone()).start_of_day().ok()?.timestamp();
    let today = waited.total(midnight, screen.now);
    let now = waited.now(screen.now).map(|time| format!("{} now, ", format::duration(time)));
    (now.is_some() || !today.is_zero())
        .then(|| page.pair("waited", &format!("{}{} today, as seen", now.unwrap_or_default(), format::duration(today))))
}

/// The last full minute, and the minutes before it as a spark line.
fn rate(page: &Page<'_>) -> Line<'static> {
    let Some(rate) = session::last_full_minute(page.session) else {
        return page.pair_in(Role::Dim, "rate", format::DASH);
    };
    let mut line = page.pair("rate", &format!("{} tok/min  ", format::tokens(rate)));
    let width = page.width.saturating_sub(line.width() + 1).clamp(1, 30);
    let series = full_minutes(page.session);
    let role = if series.iter().all(|minute| minute.0 == 0) { Role::Rule } else { Role::Fill };
    line.push_span(page.span(role, spark(series, width).trim_start()));
    line
}

/// The gauge with the share used and the share left, so that neither is taken for the other.
fn context(page: &Page<'_>) -> Vec<Line<'static>> {
    let context = &page.session.context;
    let Some(used) = session::context_used(page.session) else {
        return vec![page.pair_in(Role::Dim, "context", format::DASH)];
    };
    let role = if is_nearly_full(Some(used), context.compacts_at) { Role::Warning } else { Role::Fill };
    let mut line = page.pair("context", "");
    line.extend(gauge(page.screen.theme, used, context.compacts_at, 10, role));
    let left = format::percent(context.left.unwrap_or(Percent(100.0 - used.0)));
    line.push_span(page.span(Role::Text, format!(" {} used, {left} left", format::percent(used))));
    let sizes = context.used.zip(context.window);
    let sizes = sizes.map(|(used, window)| format!("{} of {}", format::tokens(used), format::tokens(window)));
    let brim = context.compacts_at.map(|at| format!("compacts at {}", format::percent(at)));
    let source = context.window_from.filter(|from| *from != WindowSource::Stated).map(|from| from.words().to_owned());
    let rest = [sizes, brim, source].into_iter().flatten().collect::<Vec<_>>().join(", ");
    vec![line, page.pair_in(Role::Dim, "", &rest)]
}

fn machine(session: &Session, vitals: Vitals) -> String {
    let cpu = format::or_dash(vitals.cpu, format::percent);
    let memory = format::or_dash(vitals.memory, format::bytes);
    let shared = match session.owner_sessions {
        0 | 1 => String::new(),
        sessions => format!(", shared by {sessions} sessions"),
    };
    format!("cpu {cpu}, memory {memory}{shared}")
}

/// The first prompt, where it is known and a person asked for it.
fn prompt(page: &Page<'_>) -> Vec<Line<'static>> {
    match &page.session.detail.first_prompt {
        None => Vec::new(),
        Some(_) if !page.screen.prompts => vec![page.pair_in(Role::Dim, "prompt", "hidden; t shows it")],
        Some(text) => {
            let wrapped = block(text).into_iter().flat_map(|line| page.wrapped(Role::Text, &line, PROMPT_LINES));
            let mut lines = vec![page.pair_in(Role::Dim, "prompt", "the first one; t hides it")];
            lines.extend(wrapped.take(PROMPT_LINES));
            lines
        }
    }
}
