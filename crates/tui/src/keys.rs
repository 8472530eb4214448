//! Keys: what each does, and which ones work here and now.

use topside_catalog::Group;

use crate::screen::{Overlay, Screen};

/// A key and what it does, as help and the footer say it.
pub(crate) type Key = (&'static str, &'static str);

/// Every key, for help.
pub(crate) const ALL: [Key; 22] = [
    ("↑ ↓  j k", "move"),
    ("g G  Home End", "first, last"),
    ("PgUp PgDn", "a page up, down"),
    ("Space", "next session that needs you"),
    ("Enter", "open the detail; close it again"),
    ("Tab  Shift-Tab", "next, previous page of the detail"),
    ("Esc", "back: close, leave the detail, clear the filter"),
    ("/", "filter by project, branch, agent, status, model, name"),
    ("s", "sort the rows of each group"),
    ("p", "group by project"),
    ("a", "give each subagent a row of its own"),
    ("e", "hide or show what has ended"),
    ("l", "limits and where they are going"),
    ("o", "open ports, orphans marked"),
    ("w", "why: the evidence for a state"),
    ("t", "show or hide prompts"),
    ("T", "next theme"),
    ("?", "this help"),
    ("q  Ctrl-C", "quit"),
    ("click", "select a row, open a page"),
    ("click again", "open the detail"),
    ("wheel", "move or scroll"),
];

/// The keys that do something now, most wanted first.
pub(crate) fn here(screen: &Screen, detail_shown: bool) -> Vec<Key> {
    if screen.typing {
        return vec![("Enter", "keep"), ("Esc", "clear")];
    }
    match screen.overlay {
        Some(Overlay::Sort) => return vec![("↑↓", "choose"), ("Enter", "sort"), ("Esc", "back")],
        Some(_) => return vec![("Esc", "back"), ("↑↓", "scroll"), ("q", "quit")],
        None => {}
    }
    let mut keys = Vec::new();
    let rows = screen.keys().len();
    let prompts = if screen.prompts { "hide prompts" } else { "prompts" };
    if screen.focused {
        keys.extend([("Esc", "back"), ("Tab", "page"), ("↑↓", "scroll")]);
        keys.push(("t", prompts));
    } else {
        keys.extend([("?", "help"), ("/", "filter")]);
        if rows > 0 {
            keys.push(("Enter", "detail"));
        }
        if screen.listing.totals.of(Group::Need) > 0 && rows > 1 {
            keys.push(("Space", "next need"));
        }
        if detail_shown {
            keys.extend([("Tab", "page"), ("t", prompts)]);
        }
        if rows > 1 {
            keys.extend([("s", "sort"), ("p", if screen.by_project { "by state" } else { "by project" })]);
        }
        keys.push(("a", if screen.filter.children { "fold" } else { "all" }));
        if screen.listing.totals.of(Group::Over) > 0 {
            keys.push(("e", if screen.filter.over { "hide ended" } else { "ended" }));
        }
    }
    if rows > 0 {
        keys.push(("w", "why"));
    }
    keys.extend([("l", "limits"), ("o", "ports"), ("q", "quit")]);
    keys
}
