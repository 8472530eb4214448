//! Limits: how much is used, where the clock stands, how long it lasts.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use topside_catalog::format;
use topside_catalog::limit::{Forecast, forecast, time_passed};
use topside_catalog::text::{neutralise, shown, shown_path};
use topside_model::{Limit, LimitWindow, Snapshot, Timestamp, elapsed};

use crate::paint::{fit, gauge, heading, put, put_all, span};
use crate::screen::{NARROW, Screen};
use crate::theme::Role;

/// A report older than this carries its age.
const RECENT_SECONDS: u64 = 600;

/// Draws the heading and the windows at a glance.
pub(crate) fn draw_summary(buffer: &mut Buffer, area: Rect, screen: &Screen, snapshot: &Snapshot) {
    if area.is_empty() {
        return;
    }
    put(buffer, area, &heading(screen.theme, "limits", Role::Title, usize::from(area.width)));
    let body = Rect { y: area.y + 1, height: area.height - 1, ..area };
    put_all(buffer, body, &summary(screen, snapshot, area.width));
}

/// The windows of all limits, as many on a line as fit whole.
pub(crate) fn summary(screen: &Screen, snapshot: &Snapshot, width: u16) -> Vec<Line<'static>> {
    let width = usize::from(width);
    let mut lines: Vec<Line<'static>> = Vec::new();
    for limit in &snapshot.limits {
        for (place, window) in limit.sample.windows.iter().enumerate() {
            let name = if place == 0 { format!("{} ", name(limit, snapshot)) } else { String::new() };
            let mut part = vec![span(screen.theme, Role::Text, name)];
            part.extend(glance(screen, limit, window, width));
            let part = Line::from(part);
            if let Some(line) = lines.last_mut().filter(|line| line.width() + 4 + part.width() <= width) {
                line.push_span("    ");
                line.extend(part);
            } else {
                lines.push(Line::from_iter([Span::raw(" ")].into_iter().chain(part)));
            }
        }
    }
    lines
}

/// One window in a few words: `5 h ▰▰▰▰▰▰╿▱▱▱ 61% resets in 1h 12m, lasts`.
fn glance(screen: &Screen, limit: &Limit, window: &LimitWindow, width: usize) -> Vec<Span<'static>> {
    let (theme, now) = (screen.theme, screen.now);
    let narrow = width < usize::from(NARROW);
    let mut spans = vec![span(theme, Role::Dim, format!("{} ", format::or_dash(window.window, format::window)))];
    let outlook = forecast(window, limit.sample.seen_at, now);
    spans.extend(gauge(
        theme,
        used(window, outlook),
        time_passed(window, now),
        if narrow { 6 } else { 10 },
        fill(outlook),
    ));
    if outlook == Some(Forecast::Stale) {
        spans.push(span(theme, Role::Dim, " started afresh"));
        return spans;
    }
    spans.push(span(theme, Role::Text, format!(" {}", format::percent(window.used))));
    if narrow {
        let left = window.resets_at.map(|at| elapsed(now, at));
        spans.push(span(theme, Role::Dim, format!(" {}", format::or_dash(left, format::duration))));
        return spans;
    }
    if let Some(at) = window.resets_at {
        spans.push(span(theme, Role::Dim, format!(" resets in {}", format::duration(elapsed(now, at)))));
    }
    if let Some((role, words)) = outlook.and_then(|outlook| words(outlook, screen)) {
        spans.extend([span(theme, Role::Dim, ", "), span(theme, role, words)]);
    }
    if let Some(age) = stale_age(limit, now) {
        spans.push(span(theme, Role::Dim, format!(" ({age} ago)")));
    }
    spans
}

/// Every limit in full.
pub(crate) fn lines(screen: &Screen, snapshot: &Snapshot, width: u16) -> Vec<Line<'static>> {
    let theme = screen.theme;
    let mut lines = vec![Line::default()];
    if snapshot.limits.is_empty() {
        lines.push(span(theme, Role::Dim, "  No agent has reported a limit yet.").into());
    }
    for limit in &snapshot.limits {
        let plan = limit.sample.plan.as_ref().map(|plan| format!("  plan {}", shown(plan))).unwrap_or_default();
        let reported = format::duration(elapsed(limit.sample.seen_at, screen.now));
        let about = format!("{plan}  {}  reported {reported} ago", shown_path(&limit.home));
        let title = format!("  {}", name(limit, snapshot));
        let room = usize::from(width).saturating_sub(Span::raw(&title).width());
        lines.push(Line::from(vec![span(theme, Role::Title, title), span(theme, Role::Dim, fit(&about, room))]));
        if let Some(reached) = &limit.sample.reached {
            lines.push(span(theme, Role::Need, format!("  reached: {}", shown(reached))).into());
        }
        for window in &limit.sample.windows {
            lines.push(full(screen, limit, window, width));
        }
        lines.push(Line::default());
    }
    lines
}

/// One window in full, on a line of its own.
fn full(screen: &Screen, limit: &Limit, window: &LimitWindow, width: u16) -> Line<'static> {
    let theme = screen.theme;
    let outlook = forecast(window, limit.sample.seen_at, screen.now);
    let cells = (usize::from(width) / 4).clamp(6, 40);
    let mut spans = vec![span(theme, Role::Text, format!("  {:>6}  ", format::or_dash(window.window, format::window)))];
    spans.extend(gauge(theme, used(window, outlook), time_passed(window, screen.now), cells, fill(outlook)));
    let rest = match (outlook, window.resets_at) {
        (Some(Forecast::Stale), Some(at)) => {
            format!("  started afresh {} ago, no report since", format::duration(elapsed(at, screen.now)))
        }
        (_, Some(at)) => format!(
            "  {} used, resets {} (in {})",
            format::percent(window.used),
            format::clock(at, screen.now, &screen.zone),
            format::duration(elapsed(screen.now, at))
        ),
        (_, None) => format!("  {} used", format::percent(window.used)),
    };
    spans.push(span(theme, Role::Text, rest));
    if let Some((role, words)) = outlook.and_then(|outlook| words(outlook, screen)) {
        spans.extend([span(theme, Role::Dim, ", "), span(theme, role, words)]);
    }
    Line::from(spans)
}

/// The limit's name: its agent, the vendor's name for it, and its home where the agent has several.
fn name(limit: &Limit, snapshot: &Snapshot) -> String {
    let mut name = neutralise(limit.agent.as_str());
    if let Some(own) = &limit.sample.name {
        name = format!("{name} {}", shown(own));
    }
    let several = snapshot.limits.iter().any(|other| other.agent == limit.agent && other.home != limit.home);
    if several { format!("{name} {}", shown_path(&limit.home)) } else { name }
}

fn used(window: &LimitWindow, outlook: Option<Forecast>) -> Option<topside_model::Percent> {
    (outlook != Some(Forecast::Stale)).then_some(window.used)
}

fn fill(outlook: Option<Forecast>) -> Role {
    match outlook {
        Some(Forecast::Reached | Forecast::OutAt(_)) => Role::Need,
        _ => Role::Fill,
    }
}

/// The forecast in words.
fn words(outlook: Forecast, screen: &Screen) -> Option<(Role, String)> {
    match outlook {
        Forecast::Reached => Some((Role::Need, "used up".to_owned())),
        Forecast::Lasts => Some((Role::Text, "lasts".to_owned())),
        Forecast::OutAt(at) => Some((Role::Need, format!("out {}", format::clock(at, screen.now, &screen.zone)))),
        Forecast::Stale => None,
    }
}

fn stale_age(limit: &Limit, now: Timestamp) -> Option<String> {
    let age = elapsed(limit.sample.seen_at, now);
    (age.as_secs() > RECENT_SECONDS).then(|| format::age(age))
}
