//! Ways of telling the user that do not work.

use ratatui::text::Line;
use topside_catalog::text::neutralise;
use topside_model::Snapshot;

use crate::paint::span;
use crate::screen::{NARROW, Screen};
use crate::text::fit;
use crate::theme::Role;

/// A few words for the end of a line: the first way that fails, and why where there is room; none where all work.
pub(crate) fn words(screen: &Screen, snapshot: &Snapshot) -> Line<'static> {
    let failing = snapshot.deliveries.iter().find_map(|delivery| Some((delivery.target, delivery.trouble()?)));
    let Some((target, why)) = failing else { return Line::default() };
    let narrow = screen.size.width < NARROW;
    let why = if narrow { String::new() } else { format!(" failed to {}", neutralise(why)) };
    let room = usize::from(screen.size.width / 2);
    Line::from(span(screen.theme, Role::Failure, fit(&format!("✕ {target}{why}"), room)))
}
