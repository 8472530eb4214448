//! Who used what a limit is of, in a few lines below it.

use ratatui::text::Line;
use topside_catalog::limit_use::{SHARES, headline, project, used_in};
use topside_catalog::text::{neutralise, shown, shown_path};
use topside_catalog::{format, short_ids};
use topside_model::{Limit, LimitUse, PastName, Percent, Snapshot};
use unicode_width::UnicodeWidthStr;

use crate::paint::span;
use crate::screen::Screen;
use crate::text::fit;
use crate::theme::Role;

/// Projects and sessions that are named.
const SHOWN: usize = 3;
/// Columns of a name, and of a project before an id.
const NAME: usize = 24;
const PROJECT: usize = 12;

/// Those who used most since each window of `limit` began. What is in `told` was told of another limit or window that
/// began together with it.
pub(crate) fn lines<'a>(
    screen: &Screen,
    snapshot: &'a Snapshot,
    limit: &Limit,
    told: &mut Vec<&'a LimitUse>,
    width: u16,
) -> Vec<Line<'static>> {
    let (theme, width) = (screen.theme, usize::from(width));
    let mut lines = Vec::new();
    for window in &limit.sample.windows {
        let Some(used) = used_in(limit, window, snapshot) else { continue };
        if used.sessions.is_empty() || told.contains(&used) {
            continue;
        }
        told.push(used);
        let brief = format!("  {}", headline(used, window, snapshot, &screen.zone));
        let full = format!("{brief}; {SHARES}");
        let head = if full.width() <= width { full } else { fit(&brief, width) };
        lines.push(Line::from(span(theme, Role::Dim, head)));
        for list in [by_project(used, width), by_session(used, snapshot, width)] {
            lines.push(Line::from(span(theme, Role::Text, list)));
        }
    }
    lines
}

/// `by project: webshop 67%, no known project 33%, 1 more`.
fn by_project(used: &LimitUse, width: usize) -> String {
    let most = used.projects.iter().take(SHOWN);
    let names: Vec<String> = most.map(|most| item(&project(most.who.as_ref()), most.share)).collect();
    list("    by project: ", &names, used.projects.len() as u64 + used.more_projects, width)
}

/// `by session: Release 2.4 40%, webshop 019c01a4 20%, 4 more`: by name, or by project and id.
fn by_session(used: &LimitUse, snapshot: &Snapshot, width: usize) -> String {
    let ids = short_ids(used.sessions.iter().map(|session| &session.who.key));
    let name = |PastName { key, project }: &PastName| {
        let live = snapshot.sessions.iter().find(|live| live.key == *key);
        if let Some(name) = live.and_then(|live| live.name.as_ref()) {
            return shown(name);
        }
        let (project, id) = (project.as_ref().map(shown_path), neutralise(ids[key]));
        project.map_or_else(|| id.clone(), |project| format!("{} {id}", fit(&project, PROJECT)))
    };
    let most = used.sessions.iter().take(SHOWN);
    let names: Vec<String> = most.map(|most| item(&name(&most.who), most.share)).collect();
    list("    by session: ", &names, used.sessions.len() as u64 + used.more_sessions, width)
}

fn item(name: &str, share: Percent) -> String {
    format!("{} {}", fit(name, NAME), format::percent(share))
}

/// As many of `names` as there is room for, at least one, and how many of `all` are left out.
fn list(head: &str, names: &[String], all: u64, width: usize) -> String {
    let of = |count: usize| head.to_owned() + &names[..count].join(", ");
    let with_rest = |count: usize| match all - count as u64 {
        0 => of(count),
        more => format!("{}, {more} more", of(count)),
    };
    let fitting = (1..=names.len()).rev().map(with_rest).find(|list| list.width() <= width);
    fitting.unwrap_or_else(|| fit(&of(names.len().min(1)), width))
}
