//! What the rows can be sorted by: the fields of the catalog.

use ratatui::text::Line;
use topside_catalog::SESSION;

use crate::paint::span;
use crate::screen::Screen;
use crate::text::{fit, left};
use crate::theme::Role;

/// The lines of the menu, the chosen field marked.
pub(crate) fn lines(screen: &Screen, width: u16) -> Vec<Line<'static>> {
    let own = ("own order", "Longest wait first, then by project.", screen.wish.sort.is_none());
    let fields = SESSION.iter().map(|field| {
        let chosen = screen.wish.sort.is_some_and(|sort| sort.id == field.id);
        (field.title, field.help, chosen)
    });
    let row = |(place, (title, help, chosen)): (usize, (&str, &str, bool))| {
        let mark = if chosen { "•" } else { " " };
        let role = if place == screen.cursor { Role::Selected } else { Role::Text };
        let pointer = if place == screen.cursor { "▌" } else { " " };
        let help = fit(help, usize::from(width).saturating_sub(19));
        Line::from(vec![
            span(screen.theme, Role::Text, format!("{pointer}{mark} ")),
            span(screen.theme, role, left(title, 14)),
            span(screen.theme, Role::Dim, format!("  {help}")),
        ])
    };
    std::iter::once(own).chain(fields).enumerate().map(row).collect()
}
