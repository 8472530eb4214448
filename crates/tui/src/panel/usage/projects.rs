//! Projects of the last thirty days, most used first.

use ratatui::text::Line;
use topside_catalog::format;
use topside_catalog::text::shown_path;
use topside_model::{Percent, ProjectUse};

use super::Page;
use super::chart::bar;
use super::grid::{self, Cell, Column, figures, words};
use crate::theme::Role;

const COLUMNS: [Column; 6] = [
    words("project", 0),
    figures("tokens", 0),
    figures("share", 2),
    figures("cost", 0),
    figures("cached", 3),
    words("", 1),
];

pub(super) fn lines(page: &Page<'_>) -> Vec<Line<'static>> {
    let board = page.board;
    if board.projects.is_empty() {
        return vec![page.remark("No reply in the last 30 days.")];
    }
    let rows: Vec<Vec<Cell>> = board.projects.iter().map(|project| row(page, project)).collect();
    let mut lines = grid::lines(page, &COLUMNS, &rows);
    if board.more_projects > 0 {
        lines.push(page.remark(&format!("and {} more", format::count(board.more_projects))));
    }
    lines.push(Line::default());
    lines.push(page.remark("last 30 days; helpers count for the project of whoever started them"));
    lines
}

fn row(page: &Page<'_>, project: &ProjectUse) -> Vec<Cell> {
    let most = page.board.projects.first().map_or(0, |first| first.tally.usage.total().0);
    let tokens = project.tally.usage.total().0;
    let share = Percent(tokens as f64 / page.board.month.usage.total().0 as f64 * 100.0);
    let width = (page.width / 4).clamp(6, 40);
    let (role, name) = match &project.project {
        Some(name) => (Role::Text, shown_path(name)),
        None => (Role::Dim, "no project".to_owned()),
    };
    vec![
        (role, name),
        (Role::Text, format::used(&project.tally)),
        (Role::Dim, format::percent(share)),
        (Role::Text, format::or_dash(format::cost(&project.tally), |cost| cost)),
        (Role::Dim, format::or_dash(project.tally.cached_share(), format::percent)),
        (Role::Fill, format!("{:<width$}", bar(tokens, most, width))),
    ]
}
