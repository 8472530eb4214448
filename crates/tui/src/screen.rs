//! What the screen remembers between two frames.

use std::borrow::Cow;

use ratatui::layout::Rect;
use topside_catalog::{RowFilter, TimeZone};
use topside_model::{Session, SessionKey, Snapshot, Status, Timestamp};

use crate::acting::Acting;
use crate::layout::Areas;
use crate::lines::{self, Entry};
use crate::listing::{Listing, Placed, Wish};
use crate::theme::Theme;

/// Everything a person changed by keys and mouse, and where the rows stand.
#[derive(Debug, Clone)]
pub struct Screen {
    /// The time shown.
    pub(crate) now: Timestamp,
    /// The zone times are shown in.
    pub(crate) zone: TimeZone,
    pub(crate) theme: Theme,
    /// The whole terminal.
    pub(crate) size: Rect,
    /// Where everything is, as of the last message.
    pub(crate) areas: Areas,
    pub(crate) wish: Wish,
    /// True while the filter is being typed.
    pub(crate) typing: bool,
    /// True when prompts may be read.
    pub(crate) prompts: bool,
    /// What covers the list.
    pub(crate) overlay: Option<Overlay>,
    /// Place of the cursor in the sort menu, among ports, leftovers and among the processes of a session.
    pub(crate) cursor: usize,
    /// True when the detail has the keys.
    pub(crate) focused: bool,
    pub(crate) tab: Tab,
    /// The open page of what was used.
    pub(crate) page: UsagePage,
    /// First line shown of the detail or the overlay.
    pub(crate) scroll: usize,
    pub(crate) listing: Listing,
    /// The lines of the list, as of the last message.
    pub(crate) entries: Vec<Entry>,
    /// The session under the cursor.
    pub(crate) selected: Option<SessionKey>,
    /// First entry shown of the list.
    pub(crate) top: usize,
    /// True once a person moved the cursor.
    pub(crate) steered: bool,
    pub(crate) acting: Acting,
}

/// What can cover the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Overlay {
    /// Every limit with its forecast.
    Limits,
    /// Every port.
    Ports,
    /// What the list can be sorted by.
    Sort,
    /// Every key.
    Help,
    /// What was used, by day, hour, project and model.
    Usage,
    /// What could be won back.
    Reclaim,
    /// Whether something shall end.
    Stop,
}

/// The pages of what was used.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UsagePage {
    /// Day by day.
    #[default]
    Days,
    /// Hours of the week.
    Hours,
    /// Projects, most used first.
    Projects,
    /// Models and agents.
    Models,
}

impl UsagePage {
    /// Every page, in order.
    pub const ALL: [Self; 4] = [Self::Days, Self::Hours, Self::Projects, Self::Models];

    /// Its name on the screen.
    pub fn title(self) -> &'static str {
        match self {
            Self::Days => "days",
            Self::Hours => "hours",
            Self::Projects => "projects",
            Self::Models => "models",
        }
    }
}

/// The pages of the detail.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tab {
    /// What it is and does.
    #[default]
    Overview,
    /// Turns and tool calls in time.
    Timeline,
    /// What it costs, and what its context is made of.
    Cost,
    /// Process tree and ports.
    Processes,
    /// Children.
    Subagents,
    /// Files changed.
    Files,
    /// Why its state is believed.
    Evidence,
}

impl Tab {
    /// Every tab, in order.
    pub const ALL: [Self; 7] =
        [Self::Overview, Self::Timeline, Self::Cost, Self::Processes, Self::Subagents, Self::Files, Self::Evidence];

    /// Its name on the screen.
    pub fn title(self) -> &'static str {
        match self {
            Self::Overview => "now",
            Self::Timeline => "timeline",
            Self::Cost => "cost",
            Self::Processes => "processes",
            Self::Subagents => "subagents",
            Self::Files => "files",
            Self::Evidence => "why",
        }
    }
}

/// The one behind or, with `back`, before `open` among `all`, round and round.
pub(crate) fn turned<T: Copy + PartialEq>(all: &[T], open: T, back: bool) -> T {
    let place = all.iter().position(|one| *one == open).unwrap_or_default();
    all[(place + if back { all.len() - 1 } else { 1 }) % all.len()]
}

impl Screen {
    /// False while the words of a status are what somebody is asked and texts are hidden.
    pub(crate) fn tells(&self, status: &Status) -> bool {
        self.prompts || !matches!(status, Status::Question { .. })
    }

    /// A screen that has seen nothing yet.
    pub fn new(now: Timestamp, zone: TimeZone, theme: Theme) -> Self {
        Self {
            now,
            zone,
            theme,
            size: Rect::default(),
            areas: Areas::default(),
            wish: Wish { filter: RowFilter { over: true, ..RowFilter::default() }, sort: None, by_project: false },
            typing: false,
            prompts: false,
            overlay: None,
            cursor: 0,
            focused: false,
            tab: Tab::default(),
            page: UsagePage::default(),
            scroll: 0,
            listing: Listing::default(),
            entries: Vec::new(),
            selected: None,
            top: 0,
            steered: false,
            acting: Acting::default(),
        }
    }

    /// The same screen without any key that acts on the world.
    #[must_use]
    pub fn read_only(mut self) -> Self {
        self.acting.allowed = false;
        self
    }

    /// The session under the cursor.
    pub fn selected(&self) -> Option<&SessionKey> {
        self.selected.as_ref()
    }

    /// What covers the list.
    pub fn overlay(&self) -> Option<Overlay> {
        self.overlay
    }

    /// The open page of the detail, where the detail has the keys.
    pub fn focused_tab(&self) -> Option<Tab> {
        self.focused.then_some(self.tab)
    }

    /// The open page of what was used, where that covers the list.
    pub fn usage_page(&self) -> Option<UsagePage> {
        (self.overlay == Some(Overlay::Usage)).then_some(self.page)
    }

    /// The session under the cursor, where it is still there.
    pub(crate) fn selected_session<'a>(&self, snapshot: &'a Snapshot) -> Option<&'a Session> {
        find(snapshot, self.selected.as_ref()?)
    }

    /// Where everything is.
    pub fn areas(&self) -> &Areas {
        &self.areas
    }

    /// The same screen on a terminal of another size.
    pub(crate) fn sized(&self, size: Rect, snapshot: &Snapshot) -> Cow<'_, Self> {
        if size == self.size {
            return Cow::Borrowed(self);
        }
        let mut screen = self.clone();
        screen.size = size;
        screen.arrange(snapshot);
        Cow::Owned(screen)
    }

    /// Places the rows anew, where that is allowed, and keeps the cursor on its session and in sight.
    pub(crate) fn refresh(&mut self, snapshot: &Snapshot, forced: bool) {
        let place = self.selected_place();
        let line = self.cursor_line();
        self.listing.refresh(snapshot, &self.wish, self.now, forced);
        self.lay_out(snapshot);
        let keys: Vec<&SessionKey> = self.rows().map(Placed::key).collect();
        if !self.steered {
            self.selected = keys.first().map(|key| (*key).clone());
        } else if !self.selected.as_ref().is_some_and(|selected| keys.contains(&selected)) {
            self.selected = keys.get(place.min(keys.len().saturating_sub(1))).map(|key| (*key).clone());
        }
        // At the top stands who needs a person: nothing but a person leaves it, not even for the row under the cursor. Who
        // scrolled away from it reads there: what comes and goes above does not move the lines in sight.
        if self.top > 0 {
            if let (Some(before), Some(after)) = (line, self.cursor_line()) {
                self.top = self.top.saturating_add(after).saturating_sub(before);
            }
            self.keep_in_sight();
        }
    }

    /// Works out areas and lines anew, and keeps the cursor in sight.
    pub(crate) fn arrange(&mut self, snapshot: &Snapshot) {
        self.lay_out(snapshot);
        self.keep_in_sight();
    }

    fn lay_out(&mut self, snapshot: &Snapshot) {
        self.entries = lines::full(&self.listing.rows);
        self.areas = Areas::new(self.size, self, snapshot);
        let all = self.wish.filter.children || !self.wish.filter.text.is_empty();
        if self.size.width < NARROW && !all {
            self.entries = lines::compact(&self.listing, usize::from(self.areas.body.height));
        }
    }

    /// Moves the cursor to the row at `place`, or the last one.
    pub(crate) fn select(&mut self, place: usize) {
        self.steered = true;
        let place = place.min(self.rows().count().saturating_sub(1));
        let selected = self.rows().nth(place).map(|row| row.key().clone());
        if self.selected != selected {
            self.selected = selected;
            self.scroll = 0;
        }
        self.keep_in_sight();
    }

    /// Which of the rows the cursor is on.
    pub(crate) fn selected_place(&self) -> usize {
        let selected = self.selected.as_ref();
        self.rows().position(|row| Some(row.key()) == selected).unwrap_or_default()
    }

    /// The rows that the cursor can reach, from top to bottom.
    pub(crate) fn rows(&self) -> impl Iterator<Item = &Placed> {
        self.entries.iter().filter_map(|entry| self.listing.rows.get(entry.first_of()?))
    }

    /// The line the cursor is on.
    fn cursor_line(&self) -> Option<usize> {
        let selected = self.selected.as_ref()?;
        let row = |entry: &Entry| self.listing.rows.get(entry.first_of()?);
        self.entries.iter().position(|entry| row(entry).is_some_and(|row| row.key() == selected))
    }

    /// Scrolls the list so that the cursor and, where it is the first of its group, its heading are shown.
    fn keep_in_sight(&mut self) {
        let height = usize::from(self.areas.body.height);
        if height == 0 {
            return;
        }
        let entries = &self.entries;
        let line = self.cursor_line().unwrap_or_default();
        // What belongs to the row stands below it and is kept in sight too.
        let last = line + usize::from(matches!(entries.get(line + 1), Some(Entry::Ask(_))) && height > 1);
        self.top = self.top.min(entries.len().saturating_sub(height)).clamp(line.saturating_sub(height), line);
        while first_in_body(entries, self.top) + height <= last {
            self.top += 1;
        }
        if self.top > 0 && line == self.top && matches!(entries.get(line - 1), Some(Entry::Heading(_))) {
            self.top -= 1;
        }
    }
}

/// Below this width the list shows who needs a person in full and of the rest what fits.
pub(crate) const NARROW: u16 = 60;

/// The first entry below the fixed heading line, which already shows a heading that stands at the top.
pub(crate) fn first_in_body(entries: &[Entry], top: usize) -> usize {
    top + usize::from(matches!(entries.get(top), Some(Entry::Heading(_))))
}

/// The session with this key. Snapshots list sessions by key; one that does not is searched through.
pub(crate) fn find<'a>(snapshot: &'a Snapshot, key: &SessionKey) -> Option<&'a Session> {
    let sessions = &snapshot.sessions;
    let found = sessions.binary_search_by(|session| session.key.cmp(key)).ok().map(|place| &sessions[place]);
    found.or_else(|| sessions.iter().find(|session| session.key == *key)).map(AsRef::as_ref)
}
