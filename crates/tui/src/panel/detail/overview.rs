//! What a session is and does.

use ratatui::text::Line;
use topside_catalog::text::{block, neutralise, shown, shown_path};
use topside_catalog::{format, session, status};
use topside_model::{Session, Setting, Untrusted, elapsed};

use super::Page;
use crate::paint::{gauge, spark};
use crate::panel::table::{is_nearly_full, status_role};
use crate::theme::Role;

/// Lines of a prompt shown at most.
const PROMPT_LINES: usize = 12;

pub(super) fn lines(page: &Page<'_>) -> Vec<Line<'static>> {
    let mut lines = state(page);
    lines.push(Line::default());
    lines.extend(place(page));
    lines.push(Line::default());
    lines.extend(figures(page));
    lines.push(Line::default());
    lines.extend(prompt(page));
    lines
}

/// The state with its reason, and what exactly runs or is asked.
fn state(page: &Page<'_>) -> Vec<Line<'static>> {
    let (screen, session) = (page.screen, page.session);
    let sentence = status::sentence(&session.status, screen.now, &screen.zone);
    let mut lines = page.wrapped(status_role(&session.status), &sentence, 3);
    if let Some(action) = status::action(&session.status) {
        lines.extend(page.wrapped(Role::Text, &action, 4));
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
    let tokens = format!(
        "{}: {} in, {} cached, {} out ({} reasoning)",
        format::tokens(usage.total()),
        format::tokens(usage.input_uncached + usage.cache_write_5m + usage.cache_write_1h),
        format::tokens(usage.cache_read),
        format::tokens(usage.output),
        format::tokens(usage.reasoning)
    );
    let rate = session::last_full_minute(session).map(|rate| {
        let width = page.width.saturating_sub(30).clamp(1, 30);
        format!("{} tok/min  {}", format::tokens(rate), spark(&session.token_rate, width).trim_start())
    });
    let turns = format!("{} ({} stopped)  {} prompts", session.turns.started, session.turns.aborted, session.prompts);
    let tools = format!(
        "{} calls, {} open  {} compactions",
        session.tools.started,
        session.tools.unresolved(),
        session.compactions
    );
    let age = session.created().map(|at| format::duration(elapsed(at, now)));
    let quiet = session.last_at.map(|at| format!("last record {} ago", format::duration(elapsed(at, now))));
    let mut lines = vec![context(page), page.pair("tokens", &tokens)];
    if let Some(reported) = session.reported_total.filter(|reported| reported.total != usage.total()) {
        lines.push(page.pair_in(Role::Dim, "", &format!("the agent itself says {}", format::tokens(reported.total))));
    }
    lines.push(page.pair("rate", &format::or_dash(rate, |rate| rate)));
    lines.push(page.pair("turns", &turns));
    lines.push(page.pair("tools", &tools));
    lines.push(page.pair("age", &[age, quiet].into_iter().flatten().collect::<Vec<_>>().join(", ")));
    lines.push(page.pair("machine", &machine(session)));
    lines
}

/// The gauge with the share used and the share left, so that neither is taken for the other.
fn context(page: &Page<'_>) -> Line<'static> {
    let session = page.session;
    let used = session::context_used(session);
    let compacts_at = session.context.compacts_at;
    let role = if is_nearly_full(used, compacts_at) { Role::Need } else { Role::Fill };
    let mut line = page.pair("context", "");
    line.extend(gauge(page.screen.theme, used, compacts_at, if page.width < 60 { 6 } else { 10 }, role));
    let mut words = format!(" {} used", format::or_dash(used, format::percent));
    if let Some(left) = session.context.left {
        words.extend([", ", &format::percent(left), " left"]);
    }
    if let (Some(used), Some(window)) = (session.context.used, session.context.window) {
        words.extend([" (", &format::tokens(used), " of ", &format::tokens(window), ")"]);
    }
    if let Some(at) = compacts_at {
        words.extend([", compacts at ", &format::percent(at)]);
    }
    line.push_span(page.span(Role::Text, words));
    line
}

fn machine(session: &Session) -> String {
    let vitals = session.vitals.unwrap_or_default();
    let cpu = format::or_dash(vitals.cpu, format::percent);
    let memory = format::or_dash(vitals.memory, format::bytes);
    let shared = match session.owner_sessions {
        0 | 1 => String::new(),
        sessions => format!(", shared by {sessions} sessions"),
    };
    format!("cpu {cpu}, memory {memory}{shared}")
}

fn prompt(page: &Page<'_>) -> Vec<Line<'static>> {
    match &page.session.detail.first_prompt {
        None => vec![page.pair_in(Role::Dim, "prompt", format::DASH)],
        Some(_) if !page.screen.prompts => vec![page.pair_in(Role::Dim, "prompt", "hidden; t shows it")],
        Some(text) => {
            let mut lines = vec![page.pair_in(Role::Dim, "prompt", "the first one; t hides it")];
            for line in block(text) {
                lines.extend(page.wrapped(Role::Text, &line, PROMPT_LINES));
            }
            lines.truncate(PROMPT_LINES + 1);
            lines
        }
    }
}
