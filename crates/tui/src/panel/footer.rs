//! The keys that work here and now, or what came of the last thing done; at the right end what fails to tell the user, or
//! how far reading history is.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;
use topside_model::Snapshot;

use crate::keys;
use crate::paint::{put, span};
use crate::panel::{backfill, delivery};
use crate::screen::Screen;
use crate::text::fit;
use crate::theme::Role;

/// Draws the keys; one that does not fit whole is left out.
pub(crate) fn draw(buffer: &mut Buffer, area: Rect, screen: &Screen, snapshot: &Snapshot) {
    let trouble = delivery::words(screen, snapshot);
    let aside = if trouble.width() == 0 { backfill::words(screen, snapshot) } else { trouble };
    let mut line = Line::from(" ");
    let width = usize::from(area.width);
    if let Some(notice) = &screen.acting.notice {
        let notice = fit(notice, width.saturating_sub(2));
        put(buffer, area, &Line::from(vec![line.spans.remove(0), span(screen.theme, Role::Title, notice)]));
        return;
    }
    // The blanks behind the last key may be cut off, or keep it apart from what follows.
    let room = if aside.width() == 0 { width + 2 } else { width.saturating_sub(aside.width() + 1) };
    for (key, what) in keys::here(screen, snapshot) {
        let spans = [span(screen.theme, Role::Key, key), span(screen.theme, Role::Dim, format!(" {what}  "))];
        let needed: usize = spans.iter().map(ratatui::text::Span::width).sum();
        if line.width() + needed <= room {
            line.extend(spans);
        }
    }
    line.push_span(" ".repeat(room.saturating_sub(line.width())));
    line.extend(aside);
    put(buffer, area, &line);
}
