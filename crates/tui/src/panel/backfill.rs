//! How far reading history is: a line where a person looks at what was used, a few words elsewhere.

use ratatui::text::Line;
use topside_catalog::format;
use topside_model::{Backfill, Percent, Snapshot};

use crate::gauge::gauge;
use crate::paint::span;
use crate::screen::{NARROW, Overlay, Screen};
use crate::theme::Role;

/// From this width on the few words tell how long it will take.
const ROOMY: u16 = 100;

/// A few words for the end of a line; none when everything is read or the line is on the screen.
pub(crate) fn words(screen: &Screen, snapshot: &Snapshot) -> Line<'static> {
    let progress = snapshot.history.as_ref().and_then(|history| history.progress);
    let Some(progress) = progress.filter(|_| screen.overlay != Some(Overlay::Usage)) else { return Line::default() };
    let left = progress.left.filter(|_| screen.size.width >= ROOMY);
    let left = left.map(|left| format!(", {} left", format::duration(left))).unwrap_or_default();
    let share = format::or_dash(progress.share(), format::percent);
    Line::from(span(screen.theme, Role::Dim, format!("history {share}{left}")))
}

/// The whole line: a gauge, bytes, rate and time left, as far as they are known and fit.
pub(crate) fn line(screen: &Screen, progress: Backfill, width: usize) -> Line<'static> {
    let narrow = screen.size.width < NARROW;
    let title = if narrow { " reading " } else { " reading history " };
    let mut line = Line::from(span(screen.theme, Role::Title, title));
    let share = progress.share().unwrap_or(Percent(0.0));
    line.extend(gauge(screen.theme, share, None, if narrow { 8 } else { 16 }, Role::Fill));
    let rate = progress.rate.map(|rate| format!("{}/s", format::bytes(rate)));
    let left = progress.left.map(|left| format!("{} left", format::duration(left)));
    let bytes = format!("{} of {}", format::bytes(progress.read), format::bytes(progress.all));
    let parts = if narrow { [left, Some(bytes), rate] } else { [Some(bytes), rate, left] };
    for part in parts.into_iter().flatten() {
        let part = span(screen.theme, Role::Dim, format!("  {part}"));
        if line.width() + part.width() > width {
            break;
        }
        line.push_span(part);
    }
    line
}
