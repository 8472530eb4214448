//! Models and agents of the last thirty days: tokens by part, what came from the cache, cost.

use ratatui::text::Line;
use topside_catalog::format;
use topside_catalog::text::neutralise;
use topside_model::{AgentUse, ModelTally, Tally, Tokens};

use super::Page;
use super::grid::{self, Cell, Column, figures, words};
use crate::theme::Role;

const FIGURES: [Column; 8] = [
    figures("replies", 7),
    figures("input", 4),
    figures("cache read", 5),
    figures("written", 6),
    figures("output", 3),
    figures("tokens", 0),
    figures("cached", 1),
    figures("cost", 0),
];

pub(super) fn lines(page: &Page<'_>) -> Vec<Line<'static>> {
    let board = page.board;
    if board.models.is_empty() {
        return vec![page.remark("No reply in the last 30 days.")];
    }
    let columns = |name| std::iter::once(words(name, 0)).chain(FIGURES);
    let models: Vec<Vec<Cell>> = board.models.iter().map(model).collect();
    let mut lines = grid::lines(page, &columns("model").collect::<Vec<_>>(), &models);
    let agents: Vec<Vec<Cell>> = board.agents.iter().map(agent).collect();
    let columns: Vec<Column> = columns("agent").chain([figures("a turn", 2)]).collect();
    lines.push(Line::default());
    lines.extend(grid::lines(page, &columns, &agents));
    lines.push(Line::default());
    lines.push(page.remark("last 30 days; money is list price in US dollars"));
    lines.extend(floors(&board.models).iter().map(|why| page.remark(why)));
    lines
}

/// Why figures are lower bounds, where they are.
fn floors(models: &[ModelTally]) -> Vec<String> {
    let unsettled: u64 = models.iter().map(|model| model.tally.unsettled).sum();
    let unpriced: Vec<String> = models.iter().filter(|model| !model.tally.cost.unpriced.is_empty()).map(name).collect();
    let written = (unsettled > 0).then(|| {
        let (count, noun) = (format::count(unsettled), if unsettled == 1 { "reply" } else { "replies" });
        format!("≥ is a lower bound: {count} {noun} counted only while being written")
    });
    let left_out =
        (!unpriced.is_empty()).then(|| format!("≥ leaves out what has no known price: {}", unpriced.join(", ")));
    written.into_iter().chain(left_out).collect()
}

fn model(model: &ModelTally) -> Vec<Cell> {
    let role = if model.model.is_some() { Role::Text } else { Role::Dim };
    std::iter::once((role, name(model))).chain(figure_cells(&model.tally)).collect()
}

fn name(model: &ModelTally) -> String {
    model.model.as_ref().map_or_else(|| "unknown".to_owned(), |model| neutralise(model.as_str()))
}

fn agent(agent: &AgentUse) -> Vec<Cell> {
    let name = (Role::Text, neutralise(agent.agent.as_str()));
    let turn = agent.turns.as_ref().and_then(|turns| format::cost_per_turn(&turns.tally, Some(turns.count)));
    let turn = format::or_dash(turn, |cost| cost);
    std::iter::once(name).chain(figure_cells(&agent.tally)).chain([(Role::Dim, turn)]).collect()
}

/// Cells of [`FIGURES`].
fn figure_cells(tally: &Tally) -> [Cell; 8] {
    let usage = &tally.usage;
    let part = |tokens: Tokens| (Role::Dim, format::tokens(tokens));
    [
        (Role::Dim, format::count(tally.replies)),
        part(usage.input_uncached),
        part(usage.cache_read),
        part(usage.cache_write_5m + usage.cache_write_1h),
        part(usage.output),
        (Role::Text, format::used(tally)),
        (Role::Text, format::or_dash(tally.cached_share(), format::percent)),
        (Role::Text, format::or_dash(format::cost(tally), |cost| cost)),
    ]
}
