//! The keys that work here and now.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;
use topside_model::Snapshot;

use crate::keys;
use crate::paint::{put, span};
use crate::screen::Screen;
use crate::theme::Role;

/// Draws the keys; one that does not fit whole is left out.
pub(crate) fn draw(buffer: &mut Buffer, area: Rect, screen: &Screen, snapshot: &Snapshot) {
    let mut line = Line::from(" ");
    for (key, what) in keys::here(screen, snapshot) {
        let spans = [span(screen.theme, Role::Key, key), span(screen.theme, Role::Dim, format!(" {what}  "))];
        let width: usize = spans.iter().map(ratatui::text::Span::width).sum();
        if line.width() + width <= usize::from(area.width) + 2 {
            line.extend(spans);
        }
    }
    put(buffer, area, &line);
}
