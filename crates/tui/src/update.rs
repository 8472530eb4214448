//! What happened, applied to the screen.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Rect;
use topside_catalog::{Group, SESSION};
use topside_model::{Snapshot, Timestamp};

use crate::acting;
use crate::layout::Hit;
use crate::msg::{Effect, Msg};
use crate::screen::{Overlay, Screen, Tab, UsagePage, first_in_body, turned};

/// Characters taken of what is pasted.
const PASTED: usize = 200;

/// Applies what happened and gives back what the program shall do.
pub fn update(screen: &mut Screen, snapshot: &Snapshot, msg: &Msg) -> Vec<Effect> {
    match msg {
        Msg::Tick(now) => {
            // Every age on the screen moves on at the same moment, once a second.
            screen.now = Timestamp::from_second(now.as_second()).unwrap_or(*now);
            screen.refresh(snapshot, false);
            acting::painted(screen);
        }
        Msg::Resize(width, height) => {
            screen.size = Rect::new(0, 0, *width, *height);
            screen.arrange(snapshot);
        }
        Msg::Key(key) if key.kind == KeyEventKind::Release => {}
        Msg::Key(key) => {
            let effects = press(screen, snapshot, key);
            screen.arrange(snapshot);
            return effects;
        }
        Msg::Paste(text) => paste(screen, snapshot, text),
        Msg::Mouse(mouse) => {
            point(screen, snapshot, *mouse);
            screen.arrange(snapshot);
        }
        Msg::Told(told) => {
            acting::told(screen, told.clone());
            screen.arrange(snapshot);
        }
    }
    Vec::new()
}

fn press(screen: &mut Screen, snapshot: &Snapshot, key: &KeyEvent) -> Vec<Effect> {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    if control && key.code == KeyCode::Char('c') {
        return vec![Effect::Quit];
    }
    if screen.typing {
        type_filter(screen, snapshot, key.code, control);
        return Vec::new();
    }
    if !control && let Some(effects) = acting::press(screen, snapshot, key.code) {
        return effects;
    }
    let page = page(screen);
    match key.code {
        KeyCode::Char('q') => return vec![Effect::Quit],
        KeyCode::Esc => back(screen, snapshot),
        KeyCode::Char('d') if control => step(screen, snapshot, page),
        KeyCode::Char('u') if control => step(screen, snapshot, -page),
        KeyCode::Down | KeyCode::Char('j') => step(screen, snapshot, 1),
        KeyCode::Up | KeyCode::Char('k') => step(screen, snapshot, -1),
        KeyCode::PageDown => step(screen, snapshot, page),
        KeyCode::PageUp => step(screen, snapshot, -page),
        KeyCode::Home | KeyCode::Char('g') => step(screen, snapshot, isize::MIN),
        KeyCode::End | KeyCode::Char('G') => step(screen, snapshot, isize::MAX),
        KeyCode::Enter => enter(screen, snapshot),
        KeyCode::Tab | KeyCode::Right => turn(screen, false),
        KeyCode::BackTab | KeyCode::Left => turn(screen, true),
        KeyCode::Char(' ') => to_need(screen, false),
        KeyCode::Char(c) if !control => toggle(screen, snapshot, c),
        _ => {}
    }
    Vec::new()
}

/// Keys that switch something on and off.
fn toggle(screen: &mut Screen, snapshot: &Snapshot, key: char) {
    match key {
        '/' => {
            screen.overlay = None;
            screen.typing = true;
        }
        's' => cover(screen, Overlay::Sort),
        'r' => cover(screen, Overlay::Reclaim),
        'l' => cover(screen, Overlay::Limits),
        'o' => cover(screen, Overlay::Ports),
        'u' => cover(screen, Overlay::Usage),
        '?' => cover(screen, Overlay::Help),
        'n' => to_need(screen, false),
        'N' => to_need(screen, true),
        't' => screen.prompts = !screen.prompts,
        'T' => screen.theme = screen.theme.next(),
        'p' => screen.wish.by_project = !screen.wish.by_project,
        'a' => screen.wish.filter.children = !screen.wish.filter.children,
        'e' => screen.wish.filter.over = !screen.wish.filter.over,
        'w' if screen.selected.is_some() => {
            screen.overlay = None;
            screen.focused = true;
            open_tab(screen, Tab::Evidence);
        }
        _ => return,
    }
    if matches!(key, 'p' | 'a' | 'e') {
        screen.refresh(snapshot, true);
    }
}

fn cover(screen: &mut Screen, overlay: Overlay) {
    screen.overlay = (screen.overlay != Some(overlay)).then_some(overlay);
    screen.scroll = 0;
    let sorted = SESSION.iter().position(|field| screen.wish.sort.is_some_and(|sort| sort.id == field.id));
    screen.cursor = sorted.filter(|_| overlay == Overlay::Sort).map_or(0, |place| place + 1);
}

fn open_tab(screen: &mut Screen, tab: Tab) {
    screen.tab = tab;
    screen.scroll = 0;
    screen.cursor = 0;
}

/// Leaves what was entered last.
fn back(screen: &mut Screen, snapshot: &Snapshot) {
    if screen.overlay.take().is_some() {
        screen.scroll = 0;
    } else if screen.focused {
        screen.focused = false;
        screen.scroll = 0;
    } else if !screen.wish.filter.text.is_empty() {
        screen.wish.filter.text.clear();
        screen.refresh(snapshot, true);
    }
}

fn enter(screen: &mut Screen, snapshot: &Snapshot) {
    match screen.overlay {
        Some(Overlay::Sort) => {
            screen.wish.sort = screen.cursor.checked_sub(1).and_then(|place| SESSION.get(place));
            screen.overlay = None;
            screen.refresh(snapshot, true);
        }
        Some(_) => back(screen, snapshot),
        None => {
            screen.focused = !screen.focused && screen.selected.is_some();
            screen.scroll = 0;
            screen.cursor = 0;
        }
    }
}

fn open_page(screen: &mut Screen, page: UsagePage) {
    screen.page = page;
    screen.scroll = 0;
}

/// Opens the next page of what is shown, or the one before.
fn turn(screen: &mut Screen, back: bool) {
    if let Some(page) = screen.usage_page() {
        open_page(screen, turned(&UsagePage::ALL, page, back));
    } else if screen.areas.shows_detail() {
        open_tab(screen, turned(&Tab::ALL, screen.tab, back));
    }
}

/// Moves the cursor, or scrolls what has the keys.
fn step(screen: &mut Screen, snapshot: &Snapshot, steps: isize) {
    match (screen.overlay, screen.focused) {
        (Some(Overlay::Sort), _) => {
            screen.cursor = screen.cursor.saturating_add_signed(steps).min(SESSION.len());
        }
        (Some(overlay @ (Overlay::Ports | Overlay::Reclaim)), _) => {
            let things = if overlay == Overlay::Ports { snapshot.ports.len() } else { snapshot.leftovers.len() };
            let last = things.saturating_sub(1);
            screen.cursor = screen.cursor.saturating_add_signed(steps).min(last);
        }
        (Some(_), _) | (None, true) => {
            let processes = screen.selected_session(snapshot).map_or(0, |session| session.processes.len());
            let steps = if acting::on_processes(screen) { acting::step(screen, processes, steps) } else { steps };
            let lines = crate::draw::scrolled_lines(screen, snapshot);
            screen.scroll = screen.scroll.saturating_add_signed(steps).min(lines);
        }
        (None, false) => {
            let place = screen.selected_place().saturating_add_signed(steps);
            screen.select(place);
        }
    }
}

/// Lines of a page: one less than is shown, so that the eye keeps a line it knows.
fn page(screen: &Screen) -> isize {
    let areas = &screen.areas;
    let area = match (screen.overlay, screen.focused) {
        (Some(_), _) => areas.overlay,
        (None, true) => areas.detail,
        (None, false) => areas.body,
    };
    isize::from(i16::try_from(area.height).unwrap_or(i16::MAX)).saturating_sub(1).max(1)
}

/// Takes the cursor to the next session that needs a person or, with `back`, the one before, round and round.
fn to_need(screen: &mut Screen, back: bool) {
    let needs: Vec<bool> = screen.rows().map(|row| row.group == Group::Need).collect();
    let here = screen.selected_place();
    let behind = (here + 1..needs.len()).chain(0..=here).filter(|place| needs.get(*place) == Some(&true));
    let mut others = behind.filter(|place| *place != here);
    let found = if back { others.next_back() } else { others.next() };
    if let Some(place) = found {
        screen.overlay = None;
        screen.select(place);
    }
}

fn type_filter(screen: &mut Screen, snapshot: &Snapshot, code: KeyCode, control: bool) {
    match code {
        KeyCode::Enter => screen.typing = false,
        KeyCode::Esc => {
            screen.typing = false;
            screen.wish.filter.text.clear();
        }
        KeyCode::Backspace => {
            screen.wish.filter.text.pop();
        }
        KeyCode::Char('u') if control => screen.wish.filter.text.clear(),
        KeyCode::Char(c) if !control && !c.is_control() => screen.wish.filter.text.push(c),
        _ => return,
    }
    screen.refresh(snapshot, true);
}

/// Pasted text is something to look for where that is typed, and never keys.
fn paste(screen: &mut Screen, snapshot: &Snapshot, text: &str) {
    if screen.typing {
        screen.wish.filter.text.extend(text.chars().filter(|c| !c.is_control()).take(PASTED));
        screen.refresh(snapshot, true);
        screen.arrange(snapshot);
    }
}

fn point(screen: &mut Screen, snapshot: &Snapshot, mouse: MouseEvent) {
    let hit = screen.areas.hit(mouse.column, mouse.row);
    match (mouse.kind, hit) {
        (MouseEventKind::Down(MouseButton::Left), hit) => click(screen, snapshot, hit),
        (MouseEventKind::ScrollDown, hit) => wheel(screen, snapshot, hit, 1),
        (MouseEventKind::ScrollUp, hit) => wheel(screen, snapshot, hit, -1),
        _ => {}
    }
}

fn click(screen: &mut Screen, snapshot: &Snapshot, hit: Hit) {
    match hit {
        Hit::Line(line) => {
            let entry = screen.entries.get(first_in_body(&screen.entries, screen.top) + line);
            let Some(row) = entry.and_then(|entry| screen.listing.rows.get(entry.row()?)) else { return };
            if screen.selected.as_ref() == Some(row.key()) {
                return enter(screen, snapshot);
            }
            let place = screen.rows().position(|listed| listed.key() == row.key()).unwrap_or_default();
            screen.select(place);
        }
        Hit::Tab(tab) => open_tab(screen, tab),
        Hit::Page(page) => open_page(screen, page),
        Hit::Limits => toggle(screen, snapshot, 'l'),
        Hit::Ports => toggle(screen, snapshot, 'o'),
        Hit::Detail => screen.focused = true,
        Hit::Overlay | Hit::Nothing => {}
    }
}

/// The wheel scrolls what is under it; over the list it moves the cursor.
fn wheel(screen: &mut Screen, snapshot: &Snapshot, hit: Hit, steps: isize) {
    match hit {
        Hit::Line(_) => {
            let place = screen.selected_place().saturating_add_signed(steps);
            screen.select(place);
        }
        Hit::Detail | Hit::Tab(_) => {
            let lines = crate::draw::scrolled_lines(screen, snapshot);
            screen.scroll = screen.scroll.saturating_add_signed(3 * steps).min(lines);
        }
        Hit::Overlay | Hit::Page(_) => step(screen, snapshot, steps),
        Hit::Limits | Hit::Ports | Hit::Nothing => {}
    }
}
