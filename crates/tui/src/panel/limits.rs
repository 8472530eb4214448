//! Limits: how much is used, where the clock stands, how long it lasts, and by whom; and below them the budgets.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use topside_catalog::format;
use topside_catalog::limit::{self, Forecast, forecast, time_passed};
use topside_catalog::text::{shown, shown_path};
use topside_model::{Limit, LimitWindow, Snapshot, Timestamp, elapsed};

use crate::gauge::gauge;
use crate::paint::{heading, put, put_all, span};
use crate::panel::{budget, limit_use};
use crate::screen::{NARROW, Screen};
use crate::text::fit;
use crate::theme::Role;

/// A report older than this carries its age.
const RECENT_SECONDS: u64 = 600;

/// Draws the heading and the windows at a glance.
pub(crate) fn draw_summary(buffer: &mut Buffer, area: Rect, screen: &Screen, snapshot: &Snapshot) {
    if area.is_empty() {
        return;
    }
    let lines = summary(screen, snapshot, area.width);
    let hidden = lines.len().saturating_sub(usize::from(area.height - 1));
    let title = if hidden > 0 { format!("limits, l shows {hidden} more") } else { "limits".to_owned() };
    put(buffer, area, &heading(screen.theme, &title, Role::Title, usize::from(area.width)));
    let body = Rect { y: area.y + 1, height: area.height - 1, ..area };
    put_all(buffer, body, &lines);
}

/// The windows of all limits, as many on a line as fit whole. The limit's name stands before its first window and at
/// the start of a line.
pub(crate) fn summary(screen: &Screen, snapshot: &Snapshot, width: u16) -> Vec<Line<'static>> {
    let width = usize::from(width);
    let mut lines: Vec<Line<'static>> = Vec::new();
    let mut before = String::new();
    for limit in &snapshot.limits {
        let name = format!(" {} ", name(limit, snapshot));
        for window in &limit.sample.windows {
            let glance = Line::from(glance(screen, limit, window, width.saturating_sub(Span::raw(&name).width())));
            let named = span(screen.theme, Role::Text, if name == before { " " } else { name.as_str() });
            let needed = 3 + named.width() + glance.width();
            match lines.last_mut() {
                Some(line) if line.width() + needed <= width => {
                    line.push_span("   ");
                    line.push_span(named);
                    line.extend(glance);
                }
                _ => {
                    let mut line = Line::from(span(screen.theme, Role::Text, name.as_str()));
                    line.extend(glance);
                    lines.push(line);
                }
            }
            before.clone_from(&name);
        }
    }
    lines
}

/// One window in a few words: `5 h ▰▰▰▰▰▰╿▱▱▱ 61% resets in 1h 12m, lasts`. Where there is no room for all, when it starts
/// afresh is left out first, and then how old the figure is.
fn glance(screen: &Screen, limit: &Limit, window: &LimitWindow, room: usize) -> Vec<Span<'static>> {
    let (theme, now) = (screen.theme, screen.now);
    let narrow = screen.size.width < NARROW;
    let mut spans = vec![span(theme, Role::Dim, format!("{} ", format::or_dash(window.window, format::window)))];
    let outlook = forecast(limit, window, now);
    if outlook == Some(Forecast::Stale) {
        let words = if narrow { "no report since reset" } else { "started afresh, no report since" };
        spans.push(span(theme, Role::Dim, words));
        return spans;
    }
    spans.extend(gauge(theme, window.used, time_passed(window, now), if narrow { 6 } else { 10 }, fill(outlook)));
    spans.push(span(theme, Role::Text, format!(" {}", format::percent(window.used))));
    let left = window.resets_at.map(|at| format::duration(elapsed(now, at)));
    if narrow {
        spans.extend(left.map(|left| span(theme, Role::Dim, format!(" {left}"))));
        return spans;
    }
    let outlook = outlook.and_then(|outlook| words(outlook, screen));
    let resets = left.map(|left| {
        let comma = if outlook.is_some() { "," } else { "" };
        span(theme, Role::Dim, format!(" resets in {left}{comma}"))
    });
    let outlook = outlook.map(|(role, words)| span(theme, role, format!(" {words}")));
    let age = stale_age(limit, now).map(|age| span(theme, Role::Dim, format!(" ({age} ago)")));
    let columns = |spans: &mut dyn Iterator<Item = &Span<'_>>| spans.map(Span::width).sum::<usize>();
    let free = room.saturating_sub(columns(&mut spans.iter()));
    let choices: [&[&Option<Span<'_>>]; 3] = [&[&resets, &outlook, &age], &[&outlook, &age], &[&outlook]];
    let fitting = choices.into_iter().find(|parts| columns(&mut parts.iter().copied().flatten()) <= free);
    spans.extend(fitting.into_iter().flatten().copied().flatten().cloned());
    spans
}

/// Every limit in full.
pub(crate) fn lines(screen: &Screen, snapshot: &Snapshot, width: u16) -> Vec<Line<'static>> {
    let theme = screen.theme;
    let mut lines = vec![Line::default()];
    if snapshot.limits.is_empty() {
        lines.push(span(theme, Role::Dim, "  No agent has reported a limit yet.").into());
        lines.push(Line::default());
    }
    let mut told = Vec::new();
    let heading = |limit: &Limit| (name(limit, snapshot), about(screen, limit));
    for account in snapshot.limits.chunk_by(|a, b| heading(a) == heading(b)) {
        let (name, about) = heading(&account[0]);
        let title = format!("  {name}");
        let room = usize::from(width).saturating_sub(Span::raw(&title).width());
        lines.push(Line::from(vec![span(theme, Role::Title, title), span(theme, Role::Dim, fit(&about, room))]));
        for limit in account {
            if let Some(reached) = &limit.sample.reached {
                lines.push(span(theme, Role::Warning, format!("  reached: {}", shown(reached))).into());
            }
            lines.extend(limit.sample.windows.iter().map(|window| full(screen, limit, window, width)));
        }
        for limit in account {
            lines.extend(limit_use::lines(screen, snapshot, limit, &mut told, width));
        }
        lines.push(Line::default());
    }
    lines.extend(budget::lines(screen, snapshot, width));
    lines
}

/// What else there is to say of a limit: plan, home, age of its figures.
fn about(screen: &Screen, limit: &Limit) -> String {
    let plan = limit.sample.plan.as_ref().map(|plan| format!("  plan {}", shown(plan))).unwrap_or_default();
    let reported = format::duration(elapsed(limit.sample.seen_at, screen.now));
    format!("{plan}  {}  reported {reported} ago", shown_path(&limit.home))
}

/// One window in full, on a line of its own.
fn full(screen: &Screen, limit: &Limit, window: &LimitWindow, width: u16) -> Line<'static> {
    let (theme, now) = (screen.theme, screen.now);
    let outlook = forecast(limit, window, now);
    let mut line =
        Line::from(span(theme, Role::Text, format!("  {:>6}  ", format::or_dash(window.window, format::window))));
    let resets = match (outlook, window.resets_at) {
        (Some(Forecast::Stale), Some(at)) => {
            let ago = format::duration(elapsed(at, now));
            line.push_span(span(theme, Role::Dim, format!("started afresh {ago} ago, no report since")));
            return line;
        }
        (_, None) => String::new(),
        (_, Some(at)) if width < 70 => format!(", resets in {}", format::duration(elapsed(now, at))),
        (_, Some(at)) => {
            let left = format::duration(elapsed(now, at));
            format!(", resets {} (in {left})", format::clock(at, now, &screen.zone))
        }
    };
    let cells = usize::from(width).saturating_sub(66).clamp(6, 40);
    line.extend(gauge(theme, window.used, time_passed(window, now), cells, fill(outlook)));
    line.push_span(span(theme, Role::Text, format!("{:>5} used{resets}", format::percent(window.used))));
    if let Some((role, words)) = outlook.and_then(|outlook| words(outlook, screen)) {
        line.extend([span(theme, Role::Dim, ", "), span(theme, role, words)]);
    }
    line
}

/// The limit's name, and its home where the agent has several.
fn name(limit: &Limit, snapshot: &Snapshot) -> String {
    let name = limit::name(limit);
    let several = snapshot.limits.iter().any(|other| other.agent == limit.agent && other.home != limit.home);
    if several { format!("{name} {}", shown_path(&limit.home)) } else { name }
}

fn fill(outlook: Option<Forecast>) -> Role {
    match outlook {
        Some(Forecast::Reached | Forecast::Out { .. }) => Role::Warning,
        _ => Role::Fill,
    }
}

/// The forecast in words.
fn words(outlook: Forecast, screen: &Screen) -> Option<(Role, String)> {
    match outlook {
        Forecast::Reached => Some((Role::Warning, "used up".to_owned())),
        Forecast::Lasts => Some((Role::Text, "lasts".to_owned())),
        Forecast::Out { earliest, latest } => Some((Role::Warning, out_at(earliest, latest, screen))),
        Forecast::Stale => None,
    }
}

/// `out at 14:50` for today, else `out Thu 14:50` or `out 20 Nov`; `out 14:50–15:40` where the pace changed.
fn out_at(earliest: Timestamp, latest: Option<Timestamp>, screen: &Screen) -> String {
    let clock = limit::out_at(earliest, latest, screen.now, &screen.zone);
    if clock.len() == "14:50".len() { format!("out at {clock}") } else { format!("out {clock}") }
}

fn stale_age(limit: &Limit, now: Timestamp) -> Option<String> {
    let age = elapsed(limit.sample.seen_at, now);
    (age.as_secs() > RECENT_SECONDS).then(|| format::age(age))
}
