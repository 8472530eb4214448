//! Keys: what each does, and which ones work here and now.

use topside_catalog::Group;
use topside_model::Snapshot;

use crate::acting;
use crate::screen::{Overlay, Screen};

/// A key and what it does, as help and the footer say it.
pub(crate) type Key = (&'static str, &'static str);

/// Every key, for help.
pub(crate) const ALL: [Key; 24] = [
    ("↑ ↓  j k", "move"),
    ("g G  Home End", "first, last"),
    ("PgUp PgDn", "a page up, down"),
    ("n N  Space", "next, previous session that needs you"),
    ("Enter", "open the detail; close it again"),
    ("Tab  Shift-Tab", "next, previous page; → and ← too"),
    ("Esc", "back: close, leave the detail, clear the filter"),
    ("/", "filter by project, branch, agent, status, model, name"),
    ("s", "sort the rows of each group"),
    ("p", "group by project"),
    ("a", "give each subagent a row of its own"),
    ("e", "hide or show what has ended"),
    ("l", "limits and where they are going"),
    ("o", "open ports, orphans marked"),
    ("r", "what is left over: idle sessions, servers, worktrees"),
    ("u", "usage: days, hours, projects and models"),
    ("w", "why: the evidence for a state"),
    ("t", "show or hide prompts and questions"),
    ("T", "next theme"),
    ("?", "this help"),
    ("q  Ctrl-C", "quit"),
    ("click", "select a row, open a page"),
    ("click again", "open the detail"),
    ("wheel", "move or scroll"),
];

/// Keys that act on the world, for help; a screen that only looks has none of them.
pub(crate) const ACTING: [Key; 3] = [
    ("f", "bring the terminal of the session to the front"),
    ("Space", "among what is left over: mark it, to be ended with x"),
    ("x", "end the session, process or port under the cursor; asks first"),
];

/// The keys that do something now, most wanted first.
pub(crate) fn here(screen: &Screen, snapshot: &Snapshot) -> Vec<Key> {
    if screen.typing {
        return vec![("Enter", "keep"), ("Esc", "clear")];
    }
    match screen.overlay {
        Some(Overlay::Sort) => return vec![("↑↓", "choose"), ("Enter", "sort"), ("Esc", "back")],
        Some(Overlay::Stop) => return vec![("y", "end it"), ("n", "leave it"), ("↑↓", "scroll")],
        Some(Overlay::Reclaim) if screen.acting.allowed && !snapshot.leftovers.is_empty() => {
            let mut keys = vec![("Esc", "back"), ("↑↓", "choose"), ("Space", "mark")];
            keys.extend(acts(screen, snapshot).chain([("q", "quit")]));
            return keys;
        }
        Some(Overlay::Ports) if screen.acting.allowed => {
            let mut keys = vec![("Esc", "back"), ("↑↓", "choose")];
            keys.extend(acts(screen, snapshot).chain([("q", "quit")]));
            return keys;
        }
        Some(Overlay::Usage) => return vec![("Esc", "back"), ("Tab", "page"), ("↑↓", "scroll"), ("q", "quit")],
        Some(_) => return vec![("Esc", "back"), ("↑↓", "scroll"), ("q", "quit")],
        None => {}
    }
    let prompts = if screen.prompts { "hide prompts" } else { "prompts" };
    let rows = screen.rows().count();
    let mut keys = Vec::new();
    if acting::on_processes(screen) {
        keys.extend([("Esc", "back"), ("Tab", "page"), ("↑↓", "choose")]);
        keys.extend(acts(screen, snapshot).chain([("q", "quit"), ("w", "why")]).chain(views(snapshot)));
    } else if screen.focused {
        keys.extend([("Esc", "back"), ("Tab", "page"), ("↑↓", "scroll"), ("q", "quit"), ("w", "why"), ("t", prompts)]);
        keys.extend(views(snapshot));
    } else {
        keys.extend(on_list(screen, snapshot, rows));
        if screen.areas.shows_detail() {
            keys.extend([("Tab", "page"), ("t", prompts)]);
        }
        if rows > 1 {
            keys.extend([("s", "sort"), ("p", if screen.wish.by_project { "by state" } else { "by project" })]);
        }
        if screen.wish.filter.children || screen.listing.rows.iter().any(|row| row.folded > 0) {
            keys.push(("a", if screen.wish.filter.children { "fold subagents" } else { "subagents" }));
        }
        if screen.listing.totals.of(Group::Over) > 0 {
            keys.push(("e", if screen.wish.filter.over { "hide ended" } else { "ended" }));
        }
    }
    keys
}

const JUMP: Key = ("f", "jump");
const END: Key = ("x", "end");

/// The keys that act on what the cursor is on.
fn acts(screen: &Screen, snapshot: &Snapshot) -> impl Iterator<Item = Key> {
    let end = acting::can_end(screen, snapshot).then_some(END);
    end.into_iter().chain(acting::can_jump(screen, snapshot).then_some(JUMP))
}

/// The keys that open a view of something there is.
fn views(snapshot: &Snapshot) -> impl Iterator<Item = Key> {
    let all = [
        (!snapshot.limits.is_empty(), ("l", "limits")),
        (snapshot.history.is_some(), ("u", "usage")),
        (!snapshot.leftovers.is_empty(), ("r", "left over")),
        (!snapshot.ports.is_empty(), ("o", "ports")),
    ];
    all.into_iter().filter_map(|(is_there, key)| is_there.then_some(key))
}

/// The keys that no list is without, and those that open views.
fn on_list(screen: &Screen, snapshot: &Snapshot, rows: usize) -> Vec<Key> {
    let mut keys = Vec::new();
    if screen.listing.totals.of(Group::Need) > 0 && rows > 1 {
        keys.push(("n", "next need"));
    }
    if rows > 0 {
        keys.push(("Enter", "detail"));
    }
    keys.extend(acting::can_jump(screen, snapshot).then_some(JUMP));
    keys.extend([("/", "filter"), ("?", "help"), ("q", "quit")]);
    keys.extend(views(snapshot));
    keys.extend(acting::can_end(screen, snapshot).then_some(END));
    keys.extend((rows > 0).then_some(("w", "why")));
    keys
}
