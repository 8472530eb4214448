//! What was used: sums and the progress of reading on top, below them one of several pages.

mod chart;
mod days;
mod grid;
mod hours;
mod models;
mod projects;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};
use topside_catalog::format;
use topside_catalog::text::neutralise;
use topside_model::{History, Snapshot, Tally, UsageBoard};
use unicode_width::UnicodeWidthStr;

use crate::draw::last_scroll;
use crate::paint::{heading, put, put_all, span};
use crate::panel::backfill;
use crate::screen::{Screen, UsagePage};
use crate::text::{fit, wrap};
use crate::theme::Role;

/// Draws title, names of pages, sums and the open page.
pub(crate) fn draw(buffer: &mut Buffer, area: Rect, screen: &Screen, snapshot: &Snapshot) {
    put(buffer, area, &heading(screen.theme, title(snapshot), Role::Title, usize::from(area.width)));
    for (page, place) in &screen.areas.pages {
        let open = *page == screen.page;
        let name = span(screen.theme, if open { Role::Title } else { Role::Dim }, page.title());
        let name = if open { name.patch_style(Modifier::UNDERLINED) } else { name };
        put(buffer, *place, &Line::from(vec![Span::raw(" "), name, Span::raw(" ")]));
    }
    let head = head(screen, snapshot, usize::from(area.width));
    let [_, rest] = split(area, 1);
    put_all(buffer, rest, &head);
    let [_, body] = split(rest, head.len() as u16);
    let lines = lines(screen, snapshot, body);
    put_all(buffer, body, &lines[last_scroll(screen.scroll, lines.len(), body)..]);
}

/// The first so many lines of an area, and those below.
fn split(area: Rect, lines: u16) -> [Rect; 2] {
    let lines = lines.min(area.height);
    [Rect { height: lines, ..area }, Rect { y: area.y + lines, height: area.height - lines, ..area }]
}

/// Sums are less than what was used as long as not everything is read.
fn title(snapshot: &Snapshot) -> &'static str {
    let reads = snapshot.history.as_ref().is_some_and(|history| history.progress.is_some());
    if reads { "usage so far" } else { "usage" }
}

/// Where the names of the pages stand on the title line of `area`, each with a blank at both ends.
pub(crate) fn pages(area: Rect, snapshot: &Snapshot) -> Vec<(UsagePage, Rect)> {
    let mut x = area.x + title(snapshot).width() as u16 + 4;
    let mut pages = Vec::new();
    for page in UsagePage::ALL {
        let width = page.title().width() as u16 + 2;
        if area.height == 0 || x + width > area.right() {
            break;
        }
        pages.push((page, Rect { x, y: area.y, width, height: 1 }));
        x += width;
    }
    pages
}

/// Lines above the open page.
pub(crate) fn head_height(screen: &Screen, snapshot: &Snapshot) -> u16 {
    1 + head(screen, snapshot, usize::from(screen.areas.overlay.width)).len() as u16
}

/// What stands below the title on every page.
fn head(screen: &Screen, snapshot: &Snapshot, width: usize) -> Vec<Line<'static>> {
    let Some(history) = &snapshot.history else { return Vec::new() };
    let progress = history.progress.map(|progress| backfill::line(screen, progress, width));
    // It says at its end what to do.
    let note = history.note.iter().flat_map(|note| wrap(&format!("{}.", neutralise(note)), width.saturating_sub(2), 3));
    let note = note.map(|line| Line::from(span(screen.theme, Role::Warning, format!(" {line}"))));
    let totals = history.board.as_ref().map(|board| totals(screen, board, width));
    progress.into_iter().chain(note).chain(totals).collect()
}

/// How sums are written.
struct Sums {
    names: [&'static str; 4],
    gap: usize,
    tokens: bool,
}

/// From the one that takes most room to the one that takes least.
const SUMS: [Sums; 3] = [
    Sums { names: ["today", "7 days", "30 days", "all"], gap: 3, tokens: true },
    Sums { names: ["today", "7d", "30d", "all"], gap: 1, tokens: true },
    Sums { names: ["today", "7d", "30d", "all"], gap: 1, tokens: false },
];

/// Sums of today, 7 and 30 days and all of history, as far as there is room; those that never fit are left out from the
/// end.
fn totals(screen: &Screen, board: &UsageBoard, width: usize) -> Line<'static> {
    let lines = SUMS.map(|form| form.line(screen, board, width));
    let most = lines.iter().map(|(shown, _)| *shown).max();
    let fitting = lines.into_iter().find(|(shown, _)| Some(*shown) == most);
    fitting.map(|(_, line)| line).unwrap_or_default()
}

impl Sums {
    /// How many sums fit, and their line.
    fn line(&self, screen: &Screen, board: &UsageBoard, width: usize) -> (usize, Line<'static>) {
        let (mut shown, mut line) = (0, Line::default());
        for (name, tally) in self.names.into_iter().zip([&board.day, &board.week, &board.month, &board.all]) {
            let part = self.part(screen, name, tally);
            let gap = if shown > 0 { self.gap } else { 0 };
            if line.width() + gap + part.iter().map(Span::width).sum::<usize>() > width {
                break;
            }
            line.push_span(" ".repeat(gap));
            line.extend(part);
            shown += 1;
        }
        (shown, line)
    }

    fn part(&self, screen: &Screen, name: &str, tally: &Tally) -> Vec<Span<'static>> {
        let cost = format::or_dash(format::cost(tally), |cost| cost);
        let mut part = vec![span(screen.theme, Role::Dim, format!(" {name} ")), span(screen.theme, Role::Text, cost)];
        part.extend(self.tokens.then(|| span(screen.theme, Role::Dim, format!(" {}", format::used(tally)))));
        part
    }
}

/// The lines of the open page for an area of this size.
pub(crate) fn lines(screen: &Screen, snapshot: &Snapshot, body: Rect) -> Vec<Line<'static>> {
    let board = snapshot.history.as_ref().and_then(|history| history.board.as_ref());
    let Some(board) = board.filter(|board| board.all.replies > 0) else {
        return nothing(screen, snapshot.history.as_deref(), usize::from(body.width));
    };
    let page = Page { screen, board, width: usize::from(body.width), height: usize::from(body.height) };
    match screen.page {
        UsagePage::Days => days::lines(&page),
        UsagePage::Hours => hours::lines(&page),
        UsagePage::Projects => projects::lines(&page),
        UsagePage::Models => models::lines(&page),
    }
}

/// Why there is nothing to show.
fn nothing(screen: &Screen, history: Option<&History>, width: usize) -> Vec<Line<'static>> {
    let (title, more) = match history {
        None => ("No history is kept here.", "`topside usage` reads everything once and tells what was used."),
        Some(History { progress: Some(_), .. }) => (
            "Transcripts are being read.",
            "What was used shows here as soon as it is known; the list is live meanwhile.",
        ),
        Some(History { board: None, .. }) => {
            ("Nothing was added up yet.", "What was used shows here as soon as it is known.")
        }
        Some(_) => ("No reply of a model was found yet.", "`topside doctor` tells where transcripts were looked for."),
    };
    let said = |role, text: &str| {
        let wrapped = wrap(text, width.saturating_sub(3), 3);
        wrapped
            .into_iter()
            .map(move |line| Line::from(span(screen.theme, role, format!("  {line}"))))
            .collect::<Vec<_>>()
    };
    [vec![Line::default()], said(Role::Title, title), said(Role::Dim, more)].concat()
}

/// What a page is drawn from.
struct Page<'a> {
    screen: &'a Screen,
    board: &'a UsageBoard,
    width: usize,
    height: usize,
}

impl Page<'_> {
    fn span(&self, role: Role, text: impl Into<String>) -> Span<'static> {
        span(self.screen.theme, role, text)
    }

    /// A line of what matters less.
    fn remark(&self, text: &str) -> Line<'static> {
        Line::from(self.span(Role::Dim, format!(" {}", fit(text, self.width.saturating_sub(2)))))
    }
}
