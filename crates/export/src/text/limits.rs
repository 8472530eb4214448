//! `topside limits`: how much of each account's limits is used, by whom, and where that leads; and the user's budgets.

use topside_catalog::format;
use topside_catalog::limit::{Forecast, forecast, out_at, time_passed};
use topside_catalog::limit_use::used_in;
use topside_catalog::text::{neutralise, shown, shown_path};
use topside_model::{Limit, LimitUse, LimitWindow, Percent, Snapshot, elapsed};

use super::budgets;
use super::consumers::consumers;
use super::page::{Ink, Page, Piece, Sheet, flowing};

/// Marks on a gauge.
const MARKS: usize = 20;

/// The limits of every account, and the budgets.
pub fn limits(snapshot: &Snapshot, page: &Page) -> String {
    let mut sheet = Sheet::new(page);
    if snapshot.limits.is_empty() {
        sheet.say("No agent has reported a limit.");
        sheet.say("Agents report limits with their replies, and only on plans that have them; API keys have none.");
        sheet.say("After the next reply of an agent, look again.");
    }
    let mut told: Vec<&LimitUse> = Vec::new();
    for limit in &snapshot.limits {
        sheet.gap();
        heading(&mut sheet, limit, snapshot);
        for window in &limit.sample.windows {
            line(&mut sheet, limit, window, snapshot);
        }
        for window in &limit.sample.windows {
            // Windows of one agent that began together have the same consumers.
            if let Some(used) = used_in(limit, window, snapshot).filter(|used| !told.contains(used)) {
                sheet.gap();
                consumers(&mut sheet, window, used, snapshot);
                told.push(used);
            }
        }
    }
    if !snapshot.budgets.is_empty() {
        sheet.gap();
        budgets::section(&mut sheet, &snapshot.budgets, snapshot.taken_at);
    }
    sheet.finish()
}

/// Whose limit it is and how old its figures are.
fn heading(sheet: &mut Sheet<'_>, limit: &Limit, snapshot: &Snapshot) {
    let sample = &limit.sample;
    let (agent, id) = (neutralise(limit.agent.as_str()), neutralise(sample.limit.as_str()));
    let name = sample.name.as_ref().map(shown).or((id != agent).then_some(id));
    let plan = sample.plan.as_ref().map(|plan| format!("plan {}", shown_path(plan)));
    let mut facts: Vec<String> = name.into_iter().chain(plan).collect();
    facts.push(shown_path(&limit.home));
    facts.push(format!("reported {} ago", format::duration(elapsed(sample.seen_at, snapshot.taken_at))));
    flowing(sheet, 5, &[Piece::new(agent, Ink::Strong), Piece::dim(format!("  {}", facts.join("  ")))]);
    if let Some(reached) = &sample.reached {
        sheet.line(&[Piece::new(format!("  reached: {}", shown_path(reached)), Ink::Fail)]);
    }
}

/// One window: name, gauge, used share, end, forecast.
fn line(sheet: &mut Sheet<'_>, limit: &Limit, window: &LimitWindow, snapshot: &Snapshot) {
    let now = snapshot.taken_at;
    let future = forecast(limit, window, now);
    let name = window.window.map_or_else(|| "window".to_owned(), format::window);
    let ink = match future {
        Some(Forecast::Reached) => Ink::Fail,
        Some(Forecast::Out { .. }) => Ink::Need,
        Some(Forecast::Stale) => Ink::Dim,
        Some(Forecast::Lasts) | None => Ink::Plain,
    };
    let ends = window.resets_at.filter(|at| *at > now).map(|at| {
        format!("  resets in {} ({})", format::duration(elapsed(now, at)), format::clock(at, now, &sheet.page.zone))
    });
    let leads = match future {
        Some(Forecast::Reached) => ", used up".to_owned(),
        Some(Forecast::Lasts) => ", lasts".to_owned(),
        Some(Forecast::Out { earliest, latest }) => {
            format!(", out {}", out_at(earliest, latest, now, &sheet.page.zone))
        }
        Some(Forecast::Stale) => "  has started afresh since; what is used now is not known".to_owned(),
        None => String::new(),
    };
    let pieces = [
        Piece::plain(format!("  {name:>6}  ")),
        Piece::new(gauge(window.used, time_passed(window, now)), ink),
        Piece::plain(format!("  {:>4}", format::percent(window.used))),
        Piece::plain(ends.unwrap_or_default()),
        Piece::new(leads, ink),
    ];
    flowing(sheet, 10, &pieces);
}

/// A gauge: the used part filled, and a mark for where the clock stands in the window.
pub(super) fn gauge(used: Percent, passed: Option<Percent>) -> String {
    let place = |share: f64| (share.clamp(0.0, 100.0) / 100.0 * MARKS as f64).round() as usize;
    let filled = place(used.0);
    let clock = passed.map(|Percent(share)| place(share).min(MARKS - 1));
    (0..MARKS)
        .map(|at| match at {
            _ if clock == Some(at) => '╿',
            _ if at < filled => '▰',
            _ => '▱',
        })
        .collect()
}
