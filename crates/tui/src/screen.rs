//! What the screen remembers between two frames.

use ratatui::layout::Rect;
use topside_catalog::{Field, RowFilter, TimeZone};
use topside_model::{Session, SessionKey, Snapshot, Timestamp};

use crate::layout::Areas;
use crate::listing::{Entry, Listing};
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
    pub(crate) filter: RowFilter,
    /// True while the filter is being typed.
    pub(crate) typing: bool,
    /// What the rows of each group are sorted by, when it is not their own order.
    pub(crate) sort: Option<&'static Field>,
    pub(crate) by_project: bool,
    /// True when prompts may be read.
    pub(crate) prompts: bool,
    /// What covers the list.
    pub(crate) overlay: Option<Overlay>,
    /// Place of the cursor in the sort menu.
    pub(crate) cursor: usize,
    /// True when the detail has the keys.
    pub(crate) focused: bool,
    pub(crate) tab: Tab,
    /// First line shown of the detail or the overlay.
    pub(crate) scroll: usize,
    pub(crate) listing: Listing,
    /// The session under the cursor.
    pub(crate) selected: Option<SessionKey>,
    /// First entry shown of the list.
    pub(crate) top: usize,
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
}

/// The pages of the detail.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tab {
    /// What it is and does.
    #[default]
    Overview,
    /// Turns and tool calls in time.
    Timeline,
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
    pub const ALL: [Self; 6] =
        [Self::Overview, Self::Timeline, Self::Processes, Self::Subagents, Self::Files, Self::Evidence];

    /// Its name on the screen.
    pub fn title(self) -> &'static str {
        match self {
            Self::Overview => "now",
            Self::Timeline => "timeline",
            Self::Processes => "processes",
            Self::Subagents => "subagents",
            Self::Files => "files",
            Self::Evidence => "why",
        }
    }

    /// The tab `steps` to the right, round and round.
    #[must_use]
    pub(crate) fn turned(self, steps: usize) -> Self {
        let place = Self::ALL.iter().position(|tab| *tab == self).unwrap_or_default();
        Self::ALL[(place + steps) % Self::ALL.len()]
    }
}

impl Screen {
    /// A screen that has seen nothing yet.
    pub fn new(now: Timestamp, zone: TimeZone, theme: Theme) -> Self {
        Self {
            now,
            zone,
            theme,
            size: Rect::default(),
            filter: RowFilter { over: true, ..RowFilter::default() },
            typing: false,
            sort: None,
            by_project: false,
            prompts: false,
            overlay: None,
            cursor: 0,
            focused: false,
            tab: Tab::default(),
            scroll: 0,
            listing: Listing::default(),
            selected: None,
            top: 0,
        }
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

    /// The session under the cursor, where it is still there.
    pub(crate) fn selected_session<'a>(&self, snapshot: &'a Snapshot) -> Option<&'a Session> {
        find(snapshot, self.selected.as_ref()?)
    }

    /// The entries of the list at this width.
    pub(crate) fn entries(&self, width: u16) -> Vec<Entry> {
        let all = self.filter.children || !self.filter.text.is_empty();
        self.listing.entries(width < NARROW && !all)
    }

    /// Places the rows anew, where that is allowed, and keeps the cursor on its session and in sight.
    pub(crate) fn refresh(&mut self, snapshot: &Snapshot, forced: bool) {
        let place = self.selected_place();
        self.listing.refresh(snapshot, &self.filter, self.sort, self.by_project, self.now, forced);
        let keys = self.keys();
        let kept = self.selected.as_ref().is_some_and(|selected| keys.contains(&selected));
        if !kept {
            self.selected = keys.get(place.min(keys.len().saturating_sub(1))).map(|key| (*key).clone());
        }
        self.keep_in_sight(snapshot);
    }

    /// Moves the cursor to the row at `place`, or the last one.
    pub(crate) fn select(&mut self, place: usize, snapshot: &Snapshot) {
        let keys = self.keys();
        let selected = keys.get(place.min(keys.len().saturating_sub(1))).map(|key| (*key).clone());
        if self.selected != selected {
            self.selected = selected;
            self.scroll = 0;
        }
        self.keep_in_sight(snapshot);
    }

    /// Which of the rows the cursor is on.
    pub(crate) fn selected_place(&self) -> usize {
        let selected = self.selected.as_ref();
        self.keys().iter().position(|key| Some(*key) == selected).unwrap_or_default()
    }

    /// Keys of the rows that the cursor can reach.
    pub(crate) fn keys(&self) -> Vec<&SessionKey> {
        let entries = self.entries(self.size.width);
        entries.iter().filter_map(|entry| self.listing.row(entry)).map(|row| &row.key).collect()
    }

    /// Scrolls the list so that the cursor and, where it is the first of its group, its heading are shown.
    fn keep_in_sight(&mut self, snapshot: &Snapshot) {
        let areas = Areas::new(self.size, self, snapshot);
        let height = usize::from(areas.body.height);
        if height == 0 {
            return;
        }
        let entries = self.entries(self.size.width);
        let line = entries
            .iter()
            .position(|entry| self.listing.row(entry).is_some_and(|row| Some(&row.key) == self.selected.as_ref()));
        let line = line.unwrap_or_default();
        self.top = self.top.min(entries.len().saturating_sub(height)).clamp(line.saturating_sub(height), line);
        while first_in_body(&entries, self.top) + height <= line {
            self.top += 1;
        }
        if self.top > 0 && line == self.top && matches!(entries.get(line - 1), Some(Entry::Heading { .. })) {
            self.top -= 1;
        }
    }
}

/// Below this width the list shows only who needs a person, and counts the rest.
pub(crate) const NARROW: u16 = 60;

/// The first entry below the fixed heading line, which already shows a heading that stands at the top.
pub(crate) fn first_in_body(entries: &[Entry], top: usize) -> usize {
    top + usize::from(matches!(entries.get(top), Some(Entry::Heading { .. })))
}

/// The session with this key. Snapshots list sessions by key; one that does not is searched through.
pub(crate) fn find<'a>(snapshot: &'a Snapshot, key: &SessionKey) -> Option<&'a Session> {
    let sessions = &snapshot.sessions;
    let found = sessions.binary_search_by(|session| session.key.cmp(key)).ok().map(|place| &sessions[place]);
    found.or_else(|| sessions.iter().find(|session| session.key == *key)).map(AsRef::as_ref)
}
