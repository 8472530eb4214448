//! `topside usage`: tokens and money, row by row.

use std::collections::{BTreeMap, BTreeSet};

use topside_catalog::session::model_name_short;
use topside_catalog::text::{neutralise, shown_path};
use topside_catalog::{format, short_ids};
use topside_model::{
    ModelId, Period, RowKey, SessionKey, Spending, Tally, Tokens, Untrusted, UsageQuery, UsageReport, UsageRow,
};

use super::page::{Ink, Page, Piece, Sheet, many, wrapped};
use super::table::{Column, Row, table};

/// A row of a page so wide names two models, others one; the rest are counted.
const WIDE: usize = 100;

/// The report as a table, its total, and what its numbers leave out.
pub fn usage(report: &UsageReport, page: &Page) -> String {
    let mut sheet = Sheet::new(page);
    heading(&mut sheet, report);
    if report.rows.is_empty() {
        nothing(&mut sheet, report);
    } else {
        let figures: Vec<&Figure> = FIGURES.iter().filter(|figure| (figure.fits)(report.query.period)).collect();
        let keys = key_columns(report.query.period);
        let columns: Vec<Column> = keys.iter().copied().chain(figures.iter().map(|figure| figure.column)).collect();
        let ids = short_ids(report.rows.iter().filter_map(|row| match &row.key {
            RowKey::Session { key, .. } => Some(key),
            _ => None,
        }));
        let line = |mut cells: Vec<Piece>, spending: &Spending| {
            cells.resize(keys.len(), Piece::plain(""));
            cells.extend(figures.iter().map(|figure| (figure.cell)(spending, page)));
            Row::Cells(cells)
        };
        let mut rows: Vec<Row> =
            report.rows.iter().map(|row| line(key_cells(row, report, &ids), &row.spending)).collect();
        rows.push(Row::Rule("total".to_owned()));
        rows.push(line(Vec::new(), &report.total));
        table(&mut sheet, &columns, &rows);
    }
    notes(&mut sheet, report);
    sheet.finish()
}

/// What to do where there is nothing to add up.
fn nothing(sheet: &mut Sheet<'_>, report: &UsageReport) {
    let UsageReport { query, unknown_project: unknown, .. } = report;
    let mut say = |text: &str| wrapped(sheet, Ink::Plain, text);
    if let Some((name, nearest)) = query.project.as_ref().zip(unknown.as_ref()) {
        say(&unknown_project(name, nearest));
    } else if *query != UsageQuery::all(query.period, query.zone.clone()) {
        say("No reply of a model was found for this.");
        say("`topside usage` without options adds up everything that is known.");
    } else {
        say("No reply of a model was found.");
        say("`topside doctor` says where topside looked; --root DIR or --home AGENT=DIR points it elsewhere.");
    }
}

/// Says that no project is called `name`, and what the `nearest` ones are called.
pub fn unknown_project(name: &str, nearest: &[Untrusted]) -> String {
    let names: Vec<String> = nearest.iter().map(|name| format!("\"{}\"", shown_path(name))).collect();
    let nearest = match names.as_slice() {
        [] => String::new(),
        [one] => format!(" The nearest name is {one}."),
        [names @ .., last] => format!(" The nearest names are {} and {last}.", names.join(", ")),
    };
    format!("No project is called \"{}\".{nearest} `topside usage project` lists all of them.", neutralise(name))
}

/// What was asked, where days begin, and what money means.
fn heading(sheet: &mut Sheet<'_>, report: &UsageReport) {
    let UsageQuery { period, since, until, zone, agent, project } = &report.query;
    let of = match period {
        Period::Daily => "day",
        Period::Weekly => "week",
        Period::Monthly => "month",
        Period::Session => "session",
        Period::Project => "project",
        Period::Model => "model",
        Period::Agent => "agent",
        Period::Blocks => "block of five hours",
    };
    let asked = [
        Some(format!("usage by {of}")),
        since.map(|day| format!("since {day}")),
        until.map(|day| format!("until {day}")),
        agent.as_ref().map(|agent| format!("of {}", neutralise(agent.as_str()))),
        project.as_ref().map(|project| format!("in {}", neutralise(project))),
    ];
    let asked: Vec<String> = asked.into_iter().flatten().collect();
    wrapped(sheet, Ink::Strong, &asked.join(", "));
    let zone = neutralise(&format::zone(zone, report.taken_at));
    wrapped(sheet, Ink::Dim, &format!("time zone {zone}; money is list price in US dollars"));
    sheet.gap();
}

/// Columns for what a row stands for.
fn key_columns(period: Period) -> &'static [Column] {
    const DAY: &[Column] = &[Column::words("day", 0)];
    const WEEK: &[Column] = &[Column::words("week of", 0)];
    const MONTH: &[Column] = &[Column::words("month", 0)];
    const SESSION: &[Column] =
        &[Column::elastic("session", 0, 8), Column::elastic("project", 2, 8), Column::words("last reply", 5)];
    const PROJECT: &[Column] = &[Column::elastic("project", 0, 12)];
    const MODEL: &[Column] = &[Column::elastic("model", 0, 12)];
    const AGENT: &[Column] = &[Column::words("agent", 0)];
    const BLOCK: &[Column] =
        &[Column::words("block", 0), Column::words("agent", 2), Column::words("last reply", 5), Column::words("", 1)];
    match period {
        Period::Daily => DAY,
        Period::Weekly => WEEK,
        Period::Monthly => MONTH,
        Period::Session => SESSION,
        Period::Project => PROJECT,
        Period::Model => MODEL,
        Period::Agent => AGENT,
        Period::Blocks => BLOCK,
    }
}

/// Cells of [`key_columns`], fewer where the rest is blank; `ids` are the short ones of sessions.
fn key_cells(row: &UsageRow, report: &UsageReport, ids: &BTreeMap<&SessionKey, &str>) -> Vec<Piece> {
    let (zone, now) = (&report.query.zone, report.taken_at);
    let last = || Piece::known(row.spending.span.map(|(_, last)| format::clock(last, now, zone)));
    match &row.key {
        RowKey::Day(day) | RowKey::Week(day) => vec![Piece::plain(day.to_string())],
        RowKey::Month(first) => vec![Piece::plain(first.strftime("%Y-%m").to_string())],
        RowKey::Block { start, agent, end, running } => {
            let start = start.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string();
            let end = end.to_zoned(zone.clone()).strftime("%H:%M").to_string();
            let running = if *running { "running" } else { "" };
            let agent = Piece::plain(neutralise(agent.as_str()));
            vec![Piece::plain(format!("{start}–{end}")), agent, last(), Piece::new(running, Ink::Strong)]
        }
        RowKey::Session { key, project } => {
            let project = Piece::known(project.as_ref().map(shown_path));
            vec![Piece::plain(neutralise(ids[key])), project, last()]
        }
        RowKey::Project(project) => vec![Piece::known(project.as_ref().map(shown_path))],
        RowKey::Model(model) => vec![Piece::known(model.as_ref().map(|model| neutralise(model.as_str())))],
        RowKey::Agent(agent) => vec![Piece::plain(neutralise(agent.as_str()))],
        RowKey::UnknownTime => vec![Piece::dim("unknown")],
    }
}

/// A column of what was used.
struct Figure {
    column: Column,
    cell: fn(&Spending, &Page) -> Piece,
    /// False where it would repeat what the row stands for.
    fits: fn(Period) -> bool,
}

const FIGURES: [Figure; 9] = [
    Figure { column: Column::elastic("models", 3, 12), cell: models, fits: |period| period != Period::Model },
    Figure {
        column: Column::figures("sessions", 9),
        cell: |spending, _| Piece::plain(format::count(spending.sessions)),
        fits: |period| period != Period::Session,
    },
    figure("replies", 8, |spending, _| Piece::plain(format::count(spending.tally.replies))),
    figure("input", 5, |spending, _| part(spending.tally.usage.input_uncached)),
    figure("cached", 6, |spending, _| part(spending.tally.usage.cache_read)),
    figure("cache writes", 7, |spending, _| {
        part(spending.tally.usage.cache_write_5m + spending.tally.usage.cache_write_1h)
    }),
    figure("output", 4, |spending, _| part(spending.tally.usage.output)),
    figure("tokens", 0, |spending, _| tokens(&spending.tally)),
    figure("cost", 0, |spending, _| cost(&spending.tally)),
];

const fn figure(title: &'static str, rank: u8, cell: fn(&Spending, &Page) -> Piece) -> Figure {
    Figure { column: Column::figures(title, rank), cell, fits: |_| true }
}

fn part(tokens: Tokens) -> Piece {
    Piece::plain(format::tokens(tokens))
}

fn tokens(tally: &Tally) -> Piece {
    Piece::new(format::used(tally), Ink::Strong)
}

fn cost(tally: &Tally) -> Piece {
    Piece::known(format::cost(tally))
}

/// The models that used most, by their short names, and how many more there are.
fn models(spending: &Spending, page: &Page) -> Piece {
    let mut names: Vec<String> = Vec::new();
    for model in spending.models.iter().filter(|model| model.tally.usage.total() > Tokens(0)) {
        let name = model.model.as_ref().map_or_else(|| "unknown".to_owned(), model_name_short);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let most = if page.width < WIDE { 1 } else { 2 };
    let more = names.len().saturating_sub(most);
    names.truncate(most);
    let more = if more > 0 { format!(" +{more}") } else { String::new() };
    Piece::plain(names.join(", ") + &more)
}

/// What the numbers leave out.
fn notes(sheet: &mut Sheet<'_>, report: &UsageReport) {
    let Tally { unsettled, cost, .. } = &report.total.tally;
    let mut notes = Vec::new();
    if *unsettled > 0 {
        let replies = were(*unsettled);
        notes.push(format!("≥ is a lower bound: {replies} counted only while being written."));
    }
    if !cost.unpriced.is_empty() {
        let replies = were(cost.unpriced_replies);
        notes.push(format!("{replies} left out of the cost, since no price is known of {}.", names(&cost.unpriced)));
    }
    let undated = &report.undated.tally;
    if undated.replies > 0 {
        let (replies, tokens) = (were(undated.replies), format::tokens(undated.usage.total()));
        notes.push(format!("{replies} left out, with {tokens} tokens: no record tells on which day."));
    }
    if !notes.is_empty() {
        sheet.gap();
    }
    for note in notes {
        wrapped(sheet, Ink::Dim, &note);
    }
}

/// `1 reply was`, `12 replies were`.
fn were(replies: u64) -> String {
    format!("{} {}", many(replies, "reply", "replies"), if replies == 1 { "was" } else { "were" })
}

/// Models by name, then those without one.
fn names(models: &BTreeSet<Option<ModelId>>) -> String {
    let named: Vec<String> = models.iter().flatten().map(|model| neutralise(model.as_str())).collect();
    let named = (!named.is_empty()).then(|| named.join(", "));
    let nameless = models.contains(&None).then(|| "models that no record names".to_owned());
    let both: Vec<String> = named.into_iter().chain(nameless).collect();
    both.join(" and ")
}
