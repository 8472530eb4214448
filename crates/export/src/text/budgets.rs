//! The user's budgets: how much of each is spent.

use topside_catalog::budget::{amount, only, share, time_passed};
use topside_catalog::format;
use topside_catalog::text::neutralise;
use topside_model::{BudgetLevel, BudgetPer, BudgetState, Timestamp, elapsed};

use super::limits::gauge;
use super::page::{Ink, Page, Piece, Sheet, wrapped};
use super::table::{Column, Row, table};

const COLUMNS: [Column; 9] = [
    Column::elastic("budget", 0, 8),
    Column::words("", 3),
    Column::figures("share", 0),
    Column::figures("spent", 0),
    Column::figures("of", 0),
    Column::words("per", 1),
    Column::elastic("only", 5, 8),
    Column::words("ends in", 2),
    Column::words("", 0),
];

/// All budgets at a moment.
pub(super) fn section(sheet: &mut Sheet<'_>, budgets: &[BudgetState], now: Timestamp) {
    sheet.rule("budgets");
    let rows: Vec<Row> = budgets.iter().map(|state| Row::Cells(cells(state, now))).collect();
    table(sheet, &COLUMNS, &rows);
    if budgets.iter().any(|state| state.floor) {
        let note = "≥ is a lower bound: some replies have no known price, or were counted only while being written.";
        wrapped(sheet, Ink::Dim, note);
    }
}

/// Cells of [`COLUMNS`].
fn cells(state: &BudgetState, now: Timestamp) -> Vec<Piece> {
    let BudgetState { budget, used, level, floor, .. } = state;
    let (ink, word) = match level {
        BudgetLevel::Fine => (Ink::Plain, ""),
        BudgetLevel::Warn => (Ink::Need, "nearly spent"),
        BudgetLevel::Over => (Ink::Fail, "spent"),
    };
    vec![
        Piece::plain(neutralise(&budget.name)),
        Piece::new(gauge(state.share, Some(time_passed(state, now))), ink),
        Piece::new(share(state), Ink::Strong),
        Piece::plain(amount(*used, *floor)),
        Piece::plain(amount(budget.amount, false)),
        Piece::plain(budget.per.id()),
        Piece::dim(only(budget)),
        Piece::dim(format::duration(elapsed(now, state.until))),
        Piece::new(word, ink),
    ]
}

/// A line for each budget that is to be known of; empty where there is none.
pub fn budgets_above(budgets: &[BudgetState], page: &Page) -> String {
    let mut sheet = Sheet::new(page);
    for state in budgets.iter().filter(|state| state.level > BudgetLevel::Fine) {
        let BudgetState { budget, used, level, floor, .. } = state;
        let ink = if *level == BudgetLevel::Over { Ink::Fail } else { Ink::Need };
        let per = match budget.per {
            BudgetPer::Day => "today",
            BudgetPer::Week => "this week",
            BudgetPer::Month => "this month",
        };
        let (name, share) = (neutralise(&budget.name), share(state));
        let (used, whole) = (amount(*used, *floor), amount(budget.amount, false));
        wrapped(&mut sheet, ink, &format!("budget {name}: {share} spent {per}, {used} of {whole}"));
    }
    sheet.finish()
}
