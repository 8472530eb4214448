//! The keys that work here and now, or what came of the last thing done, over as many rows as that takes; at the right end
//! what fails to tell the user, or how far reading history is.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;
use topside_model::Snapshot;

use crate::keys;
use crate::paint::{put, span};
use crate::panel::{backfill, delivery};
use crate::screen::{Overlay, Screen};
use crate::text::{left, wrap};
use crate::theme::Role;

/// Most rows that what came of something takes.
const MOST: u16 = 4;

/// Draws the keys; one that does not fit whole is left out.
pub(crate) fn draw(buffer: &mut Buffer, area: Rect, screen: &Screen, snapshot: &Snapshot) {
    // It waits until an open question is answered, which it would cover.
    if let Some(notice) = screen.acting.notice.as_ref().filter(|_| screen.overlay != Some(Overlay::Stop)) {
        return draw_notice(buffer, area, screen, notice);
    }
    let trouble = delivery::words(screen, snapshot);
    let aside = if trouble.width() == 0 { backfill::words(screen, snapshot) } else { trouble };
    let mut line = Line::from(" ");
    let width = usize::from(area.width);
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

/// Draws what came of the last thing done, upwards over what stands there: what to do next is at its end.
fn draw_notice(buffer: &mut Buffer, area: Rect, screen: &Screen, notice: &str) {
    let width = usize::from(area.width);
    let most = MOST.min(area.bottom() / 2).max(1);
    let lines = wrap(notice, width.saturating_sub(2), usize::from(most));
    for (row, text) in (0..area.bottom()).rev().zip(lines.iter().rev()) {
        let text = left(&format!(" {text}"), width);
        put(buffer, Rect { y: row, height: 1, ..area }, &span(screen.theme, Role::Title, text).into());
    }
}
