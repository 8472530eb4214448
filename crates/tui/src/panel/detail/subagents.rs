//! Children of a session.

use ratatui::text::Line;
use topside_catalog::text::{neutralise, shown};
use topside_catalog::{format, status};
use topside_model::{Session, SessionKey, SessionKind, SubagentLink};

use super::Page;
use crate::panel::table::status_role;
use crate::screen::find;
use crate::text::{fit, left, right};
use crate::theme::Role;

pub(super) fn lines(page: &Page<'_>) -> Vec<Line<'static>> {
    let links = &page.session.detail.subagents;
    if links.is_empty() {
        return page.nothing("It has no subagents.");
    }
    links.iter().map(|link| line(page, link)).collect()
}

fn line(page: &Page<'_>, link: &SubagentLink) -> Line<'static> {
    let key = SessionKey { agent: page.session.key.agent.clone(), id: link.id.clone() };
    if let Some(child) = find(page.snapshot, &key) {
        return known(page, child);
    }
    let state = if link.done { "done" } else { "not seen" };
    let id = fit(&neutralise(link.id.as_str()), page.width.saturating_sub(16));
    Line::from(page.span(Role::Dim, format!(" ○ {id}  {state}")))
}

fn known(page: &Page<'_>, child: &Session) -> Line<'static> {
    let screen = page.screen;
    let name = match child.identity.as_ref().map(|identity| &identity.kind) {
        Some(SessionKind::Subagent { nickname: Some(name), .. } | SessionKind::Subagent { role: Some(name), .. }) => {
            shown(name)
        }
        _ => neutralise(child.key.id.as_str()),
    };
    let action = status::action(&child.status).filter(|_| screen.tells(&child.status));
    let action = action.unwrap_or_else(|| status::label(&child.status, screen.now, &screen.zone));
    let held = format::or_dash(status::held(&child.status, screen.now), format::duration);
    let tokens = format::tokens(child.usage.total());
    let room = page.width.saturating_sub(38).max(8);
    Line::from(vec![
        page.span(status_role(&child.status), format!(" {} ", status::sign(child))),
        page.span(Role::Text, format!("{}  ", left(&name, 14))),
        page.span(Role::Text, left(&action, room)),
        page.span(Role::Text, format!(" {}  {}", right(&held, 7), right(&tokens, 6))),
    ])
}
