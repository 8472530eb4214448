//! Where everything is. Drawing and clicking share these areas.

use ratatui::layout::{Constraint, Layout, Position, Rect};
use topside_model::Snapshot;
use unicode_width::UnicodeWidthStr;

use crate::panel::{limits, usage};
use crate::screen::{NARROW, Overlay, Screen, Tab, UsagePage};

/// From this width on the detail stands at the right of the list, always.
pub(crate) const WIDE: u16 = 160;
/// From this height on an open detail leaves room for the list above it.
const TALL: u16 = 30;

/// Blanks between the names of two pages.
const TAB_GAP: u16 = 2;

/// The areas of one frame. An area that does not fit is empty.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Areas {
    /// Totals and the time.
    pub header: Rect,
    /// The fixed line over the list.
    pub heading: Rect,
    /// The lines of the list.
    pub body: Rect,
    /// Names of the detail's pages, each where it is drawn.
    pub tabs: Vec<(Tab, Rect)>,
    /// The detail's title and tab lines.
    pub detail_head: Rect,
    /// The page of the detail.
    pub detail: Rect,
    /// Limits at a glance.
    pub limits: Rect,
    /// Ports at a glance.
    pub ports: Rect,
    /// The filter being typed or set.
    pub filter: Rect,
    /// Keys.
    pub footer: Rect,
    /// What covers list and detail, with its title line.
    pub overlay: Rect,
    /// Names of the pages of what was used, on that line, each where it is drawn.
    pub pages: Vec<(UsagePage, Rect)>,
}

/// What is under the mouse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Hit {
    /// The line of the list with this number, from the top of the screen's part of it.
    Line(usize),
    /// The name of a page.
    Tab(Tab),
    /// The name of a page of what was used.
    Page(UsagePage),
    /// The detail.
    Detail,
    /// Limits at a glance.
    Limits,
    /// Ports at a glance.
    Ports,
    /// The overlay.
    Overlay,
    /// Nothing that reacts.
    Nothing,
}

impl Areas {
    /// Works out the areas of a terminal of this size.
    pub(crate) fn new(area: Rect, screen: &Screen, snapshot: &Snapshot) -> Self {
        let height = area.height;
        // What has the screen for itself gets all of it.
        let alone = screen.overlay.is_some() || screen.focused && area.width < WIDE && height < TALL;
        let narrow = area.width < NARROW;
        let limit_rows = match height {
            _ if alone => 0,
            0..12 => 0,
            12..30 if narrow => limit_lines(screen, snapshot, area.width).min(2),
            12..20 => limit_lines(screen, snapshot, area.width).min(2),
            20..30 => limit_lines(screen, snapshot, area.width).min(3),
            _ => limit_lines(screen, snapshot, area.width).min(5),
        };
        let filters = screen.typing || !screen.wish.filter.text.is_empty();
        let [header, main, limits, ports, filter, footer] = Layout::vertical([
            Constraint::Length(u16::from(height > 1)),
            Constraint::Min(1),
            Constraint::Length(if limit_rows > 0 { limit_rows + 1 } else { 0 }),
            Constraint::Length(u16::from(
                !alone && height >= if narrow { 30 } else { 14 } && !snapshot.ports.is_empty(),
            )),
            Constraint::Length(u16::from(height > 3 && filters)),
            Constraint::Length(u16::from(height > 4)),
        ])
        .areas(area);
        let mut areas = Self { header, limits, ports, filter, footer, ..Self::default() };
        if screen.overlay.is_some() {
            areas.overlay = main;
            if screen.overlay == Some(Overlay::Usage) {
                areas.pages = usage::pages(main, snapshot);
            }
            return areas;
        }
        let (list, detail) = split(main, height, screen);
        [areas.heading, areas.body] =
            Layout::vertical([Constraint::Length(u16::from(list.height > 1)), Constraint::Min(0)]).areas(list);
        [areas.detail_head, areas.detail] =
            Layout::vertical([Constraint::Length(if detail.height > 3 { 2 } else { 0 }), Constraint::Min(0)])
                .areas(detail);
        areas.tabs = tabs(areas.detail_head, screen.tab);
        areas
    }

    /// What is at a position.
    pub fn hit(&self, x: u16, y: u16) -> Hit {
        let at = Position { x, y };
        if let Some((tab, _)) = self.tabs.iter().find(|(_, area)| area.contains(at)) {
            return Hit::Tab(*tab);
        }
        if let Some((page, _)) = self.pages.iter().find(|(_, area)| area.contains(at)) {
            return Hit::Page(*page);
        }
        match at {
            _ if self.overlay.contains(at) => Hit::Overlay,
            _ if self.body.contains(at) => Hit::Line(usize::from(y - self.body.y)),
            _ if self.detail.contains(at) || self.detail_head.contains(at) => Hit::Detail,
            _ if self.limits.contains(at) => Hit::Limits,
            _ if self.ports.contains(at) => Hit::Ports,
            _ => Hit::Nothing,
        }
    }

    /// True when the detail is on the screen.
    pub(crate) fn shows_detail(&self) -> bool {
        !self.detail.is_empty()
    }
}

/// List and detail within the main area of a terminal with this height.
fn split(main: Rect, height: u16, screen: &Screen) -> (Rect, Rect) {
    let none = Rect { width: 0, height: 0, ..main };
    if main.width >= WIDE && main.height >= 8 {
        let width = (main.width * 3 / 8).min(96);
        let [list, _, detail] =
            Layout::horizontal([Constraint::Min(0), Constraint::Length(1), Constraint::Length(width)]).areas(main);
        return (list, detail);
    }
    match (screen.focused, height >= TALL) {
        (false, _) => (main, none),
        (true, false) => (none, main),
        (true, true) => {
            let (lines, most) = (screen.entries.len() as u16, main.height / 2);
            let [list, detail] =
                Layout::vertical([Constraint::Length(lines.min(most).max(3)), Constraint::Min(0)]).areas(main);
            (list, detail)
        }
    }
}

/// Lines that the limits at a glance need.
fn limit_lines(screen: &Screen, snapshot: &Snapshot, width: u16) -> u16 {
    limits::summary(screen, snapshot, width).len() as u16
}

/// Where the names of the pages stand on the second line of the detail's head. Where there is no room for all, those
/// before the open one give way.
fn tabs(head: Rect, open: Tab) -> Vec<(Tab, Rect)> {
    let width = |tab: &Tab| tab.title().width() as u16 + TAB_GAP;
    let mut shown = Tab::ALL.as_slice();
    while let [first, rest @ ..] = shown
        && *first != open
        && shown.iter().map(width).sum::<u16>() > head.width
    {
        shown = rest;
    }
    let mut x = head.x + 1;
    let mut tabs = Vec::new();
    for tab in shown {
        let end = x + width(tab) - TAB_GAP;
        if head.height < 2 || end > head.right() {
            break;
        }
        tabs.push((*tab, Rect { x, y: head.y + 1, width: end - x, height: 1 }));
        x = end + TAB_GAP;
    }
    tabs
}
