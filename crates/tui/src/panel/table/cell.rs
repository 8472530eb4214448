//! What stands in one cell of the list.

use ratatui::text::{Line, Span};
use topside_catalog::{Group, Value, conflict, format, session, status};
use topside_model::{Percent, Session, Status, StatusGroup, Tokens, WindowSource};

use crate::column::{Column, SHARE, SPARK, Slot};
use crate::gauge::{gauge, spark};
use crate::listing::Placed;
use crate::paint::span;
use crate::screen::Screen;
use crate::text::{fit, right};
use crate::theme::Role;

/// A row and what it is drawn from.
pub(crate) struct Cell<'a> {
    pub(crate) screen: &'a Screen,
    pub(crate) row: &'a Placed,
    /// True when the row above says the same project.
    pub(crate) repeats: bool,
}

impl Cell<'_> {
    /// The cursor's mark and the status's sign.
    pub(crate) fn margin(&self) -> [Span<'static>; 2] {
        let mark = if self.screen.selected.as_ref() == Some(self.row.key()) { "▌" } else { " " };
        let session = self.session();
        let role = if session.stall.is_some() { Role::Warning } else { status_role(&session.status) };
        [self.text(Role::Fill, mark), self.text(role, status::sign(session))]
    }

    pub(crate) fn text(&self, role: Role, text: impl Into<String>) -> Span<'static> {
        span(self.screen.theme, role, text)
    }

    fn session(&self) -> &Session {
        &self.row.face.session
    }

    /// How the row's plain text looks.
    fn ink(&self) -> Role {
        if self.row.group == Group::Over { Role::Dim } else { Role::Text }
    }
}

/// How a status looks: one warm colour for who needs a person, red for failure only.
pub(crate) fn status_role(status: &Status) -> Role {
    match status {
        Status::Failed { .. } | Status::Crashed { .. } => Role::Failure,
        _ if status.group() == StatusGroup::Blocked => Role::Need,
        _ if status.group() == StatusGroup::Over => Role::Dim,
        _ => Role::Text,
    }
}

/// The cell of a column.
pub(crate) fn cell(content: &Cell<'_>, slot: Slot) -> Line<'static> {
    let width = usize::from(slot.width);
    match slot.column {
        // What is over fills no context and spends nothing.
        Column::Context | Column::Rate if content.row.group == Group::Over => Line::default(),
        Column::Project => project(content, width),
        Column::Branch => branch(content, width),
        Column::Agent => content.text(Role::Dim, fit(&content.row.face.agent, width)).into(),
        Column::Model => optional(content, content.row.face.model.as_deref(), width),
        Column::Doing => doing(content, width),
        Column::Context => context(content, width),
        Column::Rate => rate(content, width),
        _ => figure(content, slot),
    }
}

fn optional(content: &Cell<'_>, text: Option<&str>, width: usize) -> Line<'static> {
    match text {
        Some(text) => content.text(content.ink(), fit(text, width)).into(),
        None => content.text(Role::Dim, format::DASH).into(),
    }
}

/// The project, dim where the row above says the same; a subagent stands under its parent by its own name.
fn project(content: &Cell<'_>, width: usize) -> Line<'static> {
    let face = &content.row.face;
    if let Some(deeper) = content.row.depth.checked_sub(1) {
        let name = face.nickname.as_deref().unwrap_or("subagent");
        let text = format!("{}└ {name}", "  ".repeat(deeper));
        return content.text(Role::Dim, fit(&text, width)).into();
    }
    match &face.project {
        Some(name) if content.repeats => content.text(Role::Dim, fit(name, width)).into(),
        name => optional(content, name.as_deref(), width),
    }
}

/// The branch, and dim behind it what differs. Changes that do not fit whole are left out.
fn branch(content: &Cell<'_>, width: usize) -> Line<'static> {
    let Some((branch, changes)) = content.row.face.branch.split_first() else {
        return content.text(Role::Dim, format::DASH).into();
    };
    let branch = content.text(content.ink(), fit(branch, width));
    // Those that matter most come last.
    let mut changes = changes;
    while let [_, rest @ ..] = changes
        && branch.width() + changes.iter().map(|change| 1 + change.chars().count()).sum::<usize>() > width
    {
        changes = rest;
    }
    Line::from(vec![branch, content.text(Role::Dim, format!(" {}", changes.join(" ")))])
}

/// What it does or asks: one sentence.
pub(super) fn doing(content: &Cell<'_>, width: usize) -> Line<'static> {
    let (screen, face, group) = (content.screen, &content.row.face, content.row.group);
    let status = &face.session.status;
    let action = face.action().filter(|_| screen.tells(status));
    let label = || status::label_of(&face.session, screen.now, &screen.zone);
    let runs = matches!(status, Status::RunningTool { .. }) && !status::listens(&face.session);
    let (first, then) = match (group, action) {
        (_, Some(action)) if runs => (action.to_owned(), None),
        (Group::Working, action) => (label(), action),
        (_, action) => (label(), action.or_else(|| face.name())),
    };
    let role = match group {
        Group::Need if status.group() == StatusGroup::YourMove => Role::Title,
        Group::Idle | Group::Over | Group::Unknown => Role::Dim,
        _ => status_role(status),
    };
    let mut spans = warnings(content);
    let mut free = width.saturating_sub(spans.iter().map(Span::width).sum());
    let first = content.text(role, fit(&first, free));
    free -= first.width();
    spans.push(first);
    if let Some(then) = then.filter(|_| free > 4) {
        let sign = if group == Group::Need { ": " } else { "  " };
        let then = content.text(content.ink(), format!("{sign}{}", fit(then, free - 2)));
        free -= then.width();
        spans.push(then);
    }
    if content.row.folded > 0 && !matches!(status, Status::WaitingOnSubagents { .. }) {
        let note = format!("  +{} subagents", content.row.folded);
        if note.len() <= free {
            spans.push(content.text(Role::Dim, note));
        }
    }
    Line::from(spans)
}

/// What stands before the sentence: that it is silent for longer than usual, that it is in another one's way.
fn warnings(content: &Cell<'_>) -> Vec<Span<'static>> {
    let stalled = status::stalled(content.session(), content.screen.now).map(|stalled| format!("{stalled}  "));
    let contested = content.row.contested.then(|| format!("{} ", conflict::SIGN));
    contested.into_iter().chain(stalled).map(|words| content.text(Role::Warning, words)).collect()
}

/// A gauge of the context with its tick where the agent compacts, and the used share; `~` where the size of the window
/// is a guess.
fn context(content: &Cell<'_>, width: usize) -> Line<'static> {
    let session = content.session();
    let (used, compacts_at) = (session::context_used(session), session.context.compacts_at);
    let role = if is_nearly_full(used, compacts_at) { Role::Warning } else { Role::Fill };
    let Some(share) = used else {
        return content.text(Role::Dim, right(format::DASH, width)).into();
    };
    let guess = if session.context.window_from == Some(WindowSource::Assumed) { "~" } else { "" };
    let number = usize::from(SHARE);
    let mut spans = gauge(content.screen.theme, share, compacts_at, width.saturating_sub(number), role);
    spans.push(content.text(content.ink(), right(&format!("{guess}{}", format::percent(share)), number)));
    Line::from(spans)
}

/// True close to the point where the agent compacts by itself, or the end.
pub(crate) fn is_nearly_full(used: Option<Percent>, compacts_at: Option<Percent>) -> bool {
    let brim = compacts_at.map_or(90.0, |at| at.0 - 5.0);
    used.is_some_and(|used| used.0 >= brim)
}

/// The last full minutes as a spark line and, where there is room, the last one as a number.
fn rate(content: &Cell<'_>, width: usize) -> Line<'static> {
    let Some(rate) = session::last_full_minute(content.session()) else {
        return content.text(Role::Dim, right(format::DASH, width)).into();
    };
    let series = full_minutes(content.session());
    let quiet = series.iter().all(|minute| minute.0 == 0);
    let (minutes, number) = (usize::from(SPARK), width.saturating_sub(usize::from(SPARK)));
    let fill = if quiet { Role::Rule } else { Role::Fill };
    let mut line = Line::from(content.text(fill, spark(series, minutes)));
    let role = if rate.0 > 0 { content.ink() } else { Role::Dim };
    if number > 0 {
        line.push_span(content.text(role, right(&format::tokens(rate), number)));
    }
    line
}

/// The rate without the minute now running, whose figure is not complete.
pub(crate) fn full_minutes(session: &Session) -> &[Tokens] {
    session.token_rate.split_last().map_or(&[], |(_, full)| full)
}

/// A field of the catalog; a dim dash where it is not known.
fn figure(content: &Cell<'_>, slot: Slot) -> Line<'static> {
    let (screen, width) = (content.screen, usize::from(slot.width));
    let value = slot.field.map(|field| (field.read)(content.session(), screen.now));
    let text = match value {
        Some(Value::Duration(time)) if slot.column == Column::Age => Some(format::age(time)),
        value => value.and_then(|value| value.show(screen.now, &screen.zone)),
    };
    let floor = slot.column == Column::Tokens && content.session().usage_is_floor;
    let text = if floor { text.map(|text| format!("≥{text}")) } else { text };
    let role = if text.is_some() { content.ink() } else { Role::Dim };
    let text = text.unwrap_or_else(|| format::DASH.to_owned());
    content.text(role, if slot.column.is_figure() { right(&text, width) } else { fit(&text, width) }).into()
}
