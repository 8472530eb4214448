//! One session in depth, page by page.

use ratatui::buffer::Buffer;
use ratatui::text::{Line, Span};
use topside_catalog::status;
use topside_catalog::text::{neutralise, shown, shown_path};
use topside_model::{Session, Snapshot};

use crate::draw::last_scroll;
use crate::layout::Areas;
use crate::paint::{heading, put, put_all, span};
use crate::screen::{Screen, Tab};
use crate::text::{fit, left, wrap};
use crate::theme::Role;

mod cost;
mod evidence;
mod files;
mod overview;
mod processes;
mod subagents;
mod timeline;

/// Draws title, pages' names and the open page.
pub(crate) fn draw(buffer: &mut Buffer, areas: &Areas, screen: &Screen, snapshot: &Snapshot) {
    let Some(session) = screen.selected_session(snapshot).filter(|_| areas.shows_detail()) else { return };
    let role = if screen.focused { Role::Title } else { Role::Dim };
    let width = usize::from(areas.detail_head.width);
    put(buffer, areas.detail_head, &heading(screen.theme, &title(session), role, width));
    for (tab, area) in &areas.tabs {
        let role = if *tab == screen.tab { Role::Title } else { Role::Dim };
        let mut name = span(screen.theme, role, tab.title());
        if *tab == screen.tab {
            name = name.patch_style(ratatui::style::Modifier::UNDERLINED);
        }
        put(buffer, *area, &Line::from(name));
    }
    let lines = lines(screen, snapshot, areas.detail.width);
    let first = last_scroll(screen.scroll, lines.len(), areas.detail);
    put_all(buffer, areas.detail, &lines[first..]);
}

/// The lines of the open page.
pub(crate) fn lines(screen: &Screen, snapshot: &Snapshot, width: u16) -> Vec<Line<'static>> {
    let Some(session) = screen.selected_session(snapshot) else { return Vec::new() };
    let page = Page { screen, snapshot, session, width: usize::from(width) };
    match screen.tab {
        Tab::Overview => overview::lines(&page),
        Tab::Timeline => timeline::lines(&page),
        Tab::Cost => cost::lines(&page),
        Tab::Processes => processes::lines(&page),
        Tab::Subagents => subagents::lines(&page),
        Tab::Files => files::lines(&page),
        Tab::Evidence => evidence::lines(&page),
    }
}

/// What a page is drawn from.
struct Page<'a> {
    screen: &'a Screen,
    snapshot: &'a Snapshot,
    session: &'a Session,
    width: usize,
}

impl Page<'_> {
    fn span(&self, role: Role, text: impl Into<String>) -> Span<'static> {
        span(self.screen.theme, role, text)
    }

    /// A path within the working directory, where it lies there.
    fn within<'p>(&self, path: &'p str) -> &'p str {
        let cwd = self.session.project.cwd.as_ref().map(|cwd| format!("{}/", shown_path(cwd)));
        cwd.and_then(|cwd| path.strip_prefix(&cwd)).unwrap_or(path)
    }

    /// A name and what belongs to it, in two columns.
    fn pair(&self, name: &str, text: &str) -> Line<'static> {
        self.pair_in(Role::Text, name, text)
    }

    fn pair_in(&self, role: Role, name: &str, text: &str) -> Line<'static> {
        let text = fit(text, self.width.saturating_sub(14));
        Line::from(vec![self.span(Role::Dim, format!(" {} ", left(name, 11))), self.span(role, text)])
    }

    /// A line that says there is nothing.
    fn nothing(&self, text: &str) -> Vec<Line<'static>> {
        vec![Line::from(self.span(Role::Dim, format!(" {}", fit(text, self.width.saturating_sub(1)))))]
    }

    /// Text over as many lines as it needs, up to `most`.
    fn wrapped(&self, role: Role, text: &str, most: usize) -> Vec<Line<'static>> {
        self.indented(1, role, text, most)
    }

    fn indented(&self, indent: usize, role: Role, text: &str, most: usize) -> Vec<Line<'static>> {
        let lines = wrap(text, self.width.saturating_sub(indent + 1), most);
        lines.into_iter().map(|line| Line::from(self.span(role, format!("{}{line}", " ".repeat(indent))))).collect()
    }
}

fn title(session: &Session) -> String {
    let project = session.project.name.as_ref().map(shown_path);
    let agent = neutralise(session.key.agent.as_str());
    let name = session.name.as_ref().map(shown);
    let parts: Vec<String> = [project, Some(agent), name].into_iter().flatten().collect();
    format!("{} {}", status::sign(session), parts.join(" · "))
}
