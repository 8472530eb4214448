//! What is about to end, and the question whether it shall.

use ratatui::text::Line;
use topside_catalog::{ending, format};
use topside_model::{Bytes, Ending};

use crate::paint::span;
use crate::screen::Screen;
use crate::text::{fit, wrap};
use crate::theme::Role;

/// The lines of the question.
pub(crate) fn lines(screen: &Screen, width: u16) -> Vec<Line<'static>> {
    let Some(order) = &screen.acting.question else { return Vec::new() };
    let width = usize::from(width);
    let text =
        |role, text: &str| Line::from(span(screen.theme, role, format!("  {}", fit(text, width.saturating_sub(3)))));
    let mut lines = vec![Line::default()];
    for ending in &order.endings {
        let what = ending::title(ending);
        lines.push(text(
            Role::Title,
            &if order.force { format!("Still running: {what}") } else { format!("To end: {what}") },
        ));
        lines.extend(ending.processes.iter().map(|process| text(Role::Text, &ending::line(process, screen.now))));
        lines.push(Line::default());
    }
    let memory = order.endings.iter().filter_map(Ending::memory).reduce(|sum, one| Bytes(sum.0 + one.0));
    let memory = memory.map(|memory| format!("{} of memory in all. ", format::bytes(memory))).unwrap_or_default();
    let how = if order.force {
        "Asked to end, it did not. By force (SIGKILL) it loses what it has not written down."
    } else {
        "It is asked to end (SIGTERM) and may put things in order first."
    };
    let explained = wrap(&format!("{memory}{how}"), width.saturating_sub(3), 3);
    lines.extend(explained.iter().map(|line| text(Role::Dim, line)));
    lines.push(Line::default());
    let keys = [(Role::Key, "  y"), (Role::Text, " end it   "), (Role::Key, "n"), (Role::Text, " leave it as it is")];
    lines.push(Line::from_iter(keys.map(|(role, text)| span(screen.theme, role, text))));
    lines
}
