//! The user's budgets: all of them among the limits, and in the header those that are nearly spent.

use ratatui::text::{Line, Span};
use topside_catalog::budget::{amount, only, share, time_passed};
use topside_catalog::format;
use topside_catalog::text::neutralise;
use topside_model::{BudgetLevel, BudgetState, Snapshot, elapsed};
use unicode_width::UnicodeWidthStr;

use crate::gauge::gauge;
use crate::paint::span;
use crate::screen::{NARROW, Screen};
use crate::text::fit;
use crate::theme::Role;

/// Columns of a budget's name among the limits, and in the header.
const NAME: usize = 14;

/// Every budget, under a title of their own; nothing where there is none.
pub(crate) fn lines(screen: &Screen, snapshot: &Snapshot, width: u16) -> Vec<Line<'static>> {
    if snapshot.budgets.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![Line::from(span(screen.theme, Role::Title, "  budgets"))];
    lines.extend(snapshot.budgets.iter().map(|state| full(screen, state, usize::from(width))));
    lines.push(Line::default());
    lines
}

/// `  webshop  ▰▰▰▰╿▱  84%  $16.80 of $20.00 per day, ends in 3h 2m`.
fn full(screen: &Screen, state: &BudgetState, width: usize) -> Line<'static> {
    let BudgetState { budget, used, level, floor, .. } = state;
    let (theme, now) = (screen.theme, screen.now);
    let mut line = Line::from(span(theme, Role::Text, format!("  {}", fit(&neutralise(&budget.name), NAME))));
    line.push_span(" ".repeat((NAME + 4).saturating_sub(line.width())));
    let cells = width.saturating_sub(66).clamp(6, 40);
    line.extend(gauge(theme, state.share, Some(time_passed(state, now)), cells, fill(*level)));
    line.push_span(span(theme, figure(*level), format!(" {:>5}", share(state))));
    let room = |line: &Line<'_>| width.saturating_sub(line.width());
    let spent = format!("  {} of {} per {}", amount(*used, *floor), amount(budget.amount, false), budget.per.id());
    line.push_span(span(theme, Role::Text, fit(&spent, room(&line))));
    let left = format!(", ends in {}", format::duration(elapsed(now, state.until)));
    let only =
        Some(only(budget)).filter(|only| !only.is_empty()).map(|only| format!(", only {only}")).unwrap_or_default();
    let room = room(&line);
    let choices = [format!("{left}{only}"), only, left];
    let rest = choices.into_iter().find(|rest| rest.width() <= room).unwrap_or_default();
    line.push_span(span(theme, Role::Dim, rest));
    line
}

/// `budget webshop 84% +1`: the one of which most is spent among those to be known of, and how many more there are.
pub(crate) fn mark(screen: &Screen, snapshot: &Snapshot) -> Option<Span<'static>> {
    let above: Vec<&BudgetState> = snapshot.budgets.iter().filter(|state| state.level > BudgetLevel::Fine).collect();
    let most = above.iter().max_by(|a, b| a.share.0.total_cmp(&b.share.0))?;
    let more = if above.len() > 1 { format!(" +{}", above.len() - 1) } else { String::new() };
    // A side pane has no room for names.
    let narrow = screen.size.width < NARROW;
    let name = if narrow { String::new() } else { fit(&neutralise(&most.budget.name), NAME) + " " };
    let words = format!("budget {name}{}{more}", share(most));
    Some(span(screen.theme, figure(most.level), words))
}

fn fill(level: BudgetLevel) -> Role {
    if level == BudgetLevel::Fine { Role::Fill } else { Role::Warning }
}

fn figure(level: BudgetLevel) -> Role {
    match level {
        BudgetLevel::Fine => Role::Text,
        BudgetLevel::Warn => Role::Warning,
        BudgetLevel::Over => Role::Failure,
    }
}
