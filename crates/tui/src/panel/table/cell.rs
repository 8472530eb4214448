//! What stands in one cell of the list.

use ratatui::text::{Line, Span};
use topside_catalog::text::{neutralise, shown, shown_path};
use topside_catalog::{Group, Value, format, session, status};
use topside_model::{Percent, Session, SessionKind, Status, StatusGroup, Tokens};

use crate::column::{Column, SPARK, Slot};
use crate::listing::Placed;
use crate::paint::{fit, gauge, right, span, spark};
use crate::screen::Screen;
use crate::theme::Role;

/// A row and what it is drawn from.
pub(crate) struct Cell<'a> {
    pub(crate) screen: &'a Screen,
    pub(crate) session: &'a Session,
    pub(crate) row: &'a Placed,
    /// True when the row above says the same project.
    pub(crate) repeats: bool,
}

impl Cell<'_> {
    /// The status's sign.
    pub(crate) fn sign(&self) -> Span<'static> {
        self.text(status_role(&self.session.status), status::glyph(&self.session.status))
    }

    fn text(&self, role: Role, text: impl Into<String>) -> Span<'static> {
        span(self.screen.theme, role, text)
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
        Column::Project => project(content, width),
        Column::Branch => branch(content, width),
        Column::Agent => content.text(Role::Dim, fit(&neutralise(content.session.key.agent.as_str()), width)).into(),
        Column::Doing => doing(content, width),
        Column::Context => context(content),
        Column::Rate => rate(content, width),
        _ => figure(content, slot),
    }
}

/// The project, dim where the row above says the same; a subagent stands under its parent by its own name.
fn project(content: &Cell<'_>, width: usize) -> Line<'static> {
    let session = content.session;
    let nickname = match session.identity.as_ref().map(|identity| &identity.kind) {
        Some(SessionKind::Subagent { nickname, role }) => nickname.as_ref().or(role.as_ref()).map(shown),
        _ => None,
    };
    if content.row.depth > 0 {
        let name = nickname.unwrap_or_else(|| "subagent".to_owned());
        let text = format!("{}└ {name}", "  ".repeat(content.row.depth - 1));
        return content.text(Role::Dim, fit(&text, width)).into();
    }
    match &session.project.name {
        Some(name) => {
            let role = if content.repeats { Role::Dim } else { content.ink() };
            content.text(role, fit(&shown_path(name), width)).into()
        }
        None => content.text(Role::Dim, format::DASH).into(),
    }
}

/// The branch, and dim behind it what differs. Changes that do not fit whole are left out.
fn branch(content: &Cell<'_>, width: usize) -> Line<'static> {
    let Some(mut parts) = session::branch_parts(content.session) else {
        return content.text(Role::Dim, format::DASH).into();
    };
    while parts.len() > 1 && Span::raw(parts.join(" ")).width() > width {
        parts.remove(1);
    }
    let changes = parts.split_off(1).join(" ");
    Line::from(vec![content.text(content.ink(), fit(&parts[0], width)), content.text(Role::Dim, format!(" {changes}"))])
}

/// What it does or asks: one sentence.
fn doing(content: &Cell<'_>, width: usize) -> Line<'static> {
    let status = &content.session.status;
    let label = status::label(status, content.screen.now, &content.screen.zone);
    let action = status::action(status);
    let (first, then) = match (content.row.group, action) {
        (_, Some(action)) if matches!(status, Status::RunningTool { .. }) => (action, None),
        (Group::Need | Group::Working, action) => (label, action),
        (_, action) => (label, action.or_else(|| content.session.name.as_ref().map(shown))),
    };
    let role = match content.row.group {
        Group::Need if matches!(status, Status::TurnDone { .. }) => Role::Title,
        Group::Idle | Group::Over | Group::Unknown => Role::Dim,
        _ => status_role(status),
    };
    let mut spans = vec![content.text(role, fit(&first, width))];
    if let Some(then) = then {
        let room = width.saturating_sub(spans[0].width() + 2);
        if room > 2 {
            spans.push(content.text(content.ink(), format!("  {}", fit(&then, room))));
        }
    }
    if content.row.folded > 0 && !matches!(status, Status::WaitingOnSubagents { .. }) {
        let taken: usize = spans.iter().map(Span::width).sum();
        let note = format!("  +{} subagents", content.row.folded);
        if taken + note.len() <= width {
            spans.push(content.text(Role::Dim, note));
        }
    }
    Line::from(spans)
}

/// A gauge of the context with its tick where the agent compacts, and the used share.
fn context(content: &Cell<'_>) -> Line<'static> {
    let used = session::context_used(content.session);
    let compacts_at = content.session.context.compacts_at;
    let role = if is_nearly_full(used, compacts_at) { Role::Warning } else { Role::Fill };
    let role = if content.row.group == Group::Over { Role::Dim } else { role };
    let Some(share) = used else { return content.text(Role::Dim, right(format::DASH, 11)).into() };
    let mut spans = gauge(content.screen.theme, share, compacts_at, 6, role);
    spans.push(content.text(content.ink(), right(&format::percent(share), 5)));
    Line::from(spans)
}

/// True close to the point where the agent compacts by itself, or the end.
pub(crate) fn is_nearly_full(used: Option<Percent>, compacts_at: Option<Percent>) -> bool {
    let brim = compacts_at.map_or(90.0, |at| at.0 - 5.0);
    used.is_some_and(|used| used.0 >= brim)
}

/// The last full minutes as a spark line and, where there is room, the last one as a number.
fn rate(content: &Cell<'_>, width: usize) -> Line<'static> {
    let Some(rate) = session::last_full_minute(content.session) else {
        return content.text(Role::Dim, right(format::DASH, width)).into();
    };
    let series = full_minutes(content.session);
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
    let value = slot.column.field().and_then(session::field).map(|field| (field.read)(content.session, screen.now));
    let text = match value {
        Some(Value::Duration(time)) if slot.column == Column::Age => Some(format::age(time)),
        value => value.and_then(|value| value.show(screen.now, &screen.zone)),
    };
    let role = if text.is_some() { content.ink() } else { Role::Dim };
    let text = text.unwrap_or_else(|| format::DASH.to_owned());
    let text = if slot.column.is_figure() { right(&text, width) } else { fit(&text, width) };
    content.text(role, text).into()
}
