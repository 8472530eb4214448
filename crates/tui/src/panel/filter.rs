//! The filter being typed or set.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;
use topside_catalog::text::neutralise;

use crate::paint::{put, span};
use crate::screen::Screen;
use crate::text::fit;
use crate::theme::Role;

/// Draws the filter line.
pub(crate) fn draw(buffer: &mut Buffer, area: Rect, screen: &Screen) {
    let text = fit(&neutralise(&screen.wish.filter.text), usize::from(area.width).saturating_sub(20));
    let mut line = Line::from(vec![span(screen.theme, Role::Need, " / "), span(screen.theme, Role::Text, text)]);
    if screen.typing {
        line.push_span(span(screen.theme, Role::Selected, "▏"));
    }
    let rows = screen.rows().count();
    line.push_span(span(screen.theme, Role::Dim, format!("  {rows} shown")));
    put(buffer, area, &line);
}
