//! `topside prices update`: what a new table of prices changes.

use topside_catalog::format;
use topside_catalog::text::{neutralise, shown_path};
use topside_model::{Money, Price, PriceChange, PriceUpdate};

use super::page::{Ink, Page, Piece, Sheet, many, wrapped};
use super::table::{Column, Row, table};

const COLUMNS: [Column; 6] = [
    Column::words("", 0),
    Column::elastic("model", 0, 16),
    Column::words("input", 0),
    Column::words("cached", 1),
    Column::words("output", 0),
    Column::words("", 2),
];

/// What becomes of each model's prices, and where the table lies.
pub fn price_update(update: &PriceUpdate, page: &Page) -> String {
    let mut sheet = Sheet::new(page);
    let (changed, same): (Vec<&PriceChange>, Vec<&PriceChange>) =
        update.changes.iter().partition(|change| change.changed);
    let count =
        |kind: fn(&PriceChange) -> bool| format::count(changed.iter().filter(|change| kind(change)).count() as u64);
    let counts = format!(
        "{} added, {} changed, {} removed, {} unchanged",
        count(|change| change.before.is_none()),
        count(|change| change.before.is_some() && change.after.is_some()),
        count(|change| change.after.is_none()),
        format::count(same.len() as u64)
    );
    wrapped(&mut sheet, Ink::Strong, &counts);
    if !changed.is_empty() {
        wrapped(&mut sheet, Ink::Dim, "latest usual prices, in US dollars per million tokens");
        sheet.gap();
        table(&mut sheet, &COLUMNS, &changed.into_iter().map(|change| Row::Cells(cells(change))).collect::<Vec<_>>());
    }
    sheet.gap();
    if !update.left_out.is_empty() {
        let names: Vec<String> = update.left_out.iter().map(|name| neutralise(name)).collect();
        let models = many(names.len() as u64, "model", "models");
        let why = "since their prices depend on more than a table here can say";
        wrapped(&mut sheet, Ink::Need, &format!("{models} left out, {why}: {}", names.join(", ")));
    }
    let place = shown_path(&update.place);
    let done = if update.dry {
        format!("Nothing was written; without --dry-run this goes to {place}.")
    } else {
        format!("Written to {place}; used from now on before the prices built in.")
    };
    wrapped(&mut sheet, Ink::Plain, &done);
    sheet.finish()
}

/// Cells of [`COLUMNS`].
fn cells(change: &PriceChange) -> Vec<Piece> {
    let PriceChange { before, after, .. } = change;
    let word = match (before, after) {
        (None, _) => "added",
        (_, None) => "removed",
        _ => "changed",
    };
    let part = |part: fn(&Price) -> Option<Money>| {
        let read = |price: &Price| format::or_dash(part(price), format::per_million);
        match (before.as_ref().map(read), after.as_ref().map(read)) {
            (Some(before), Some(after)) if before != after => Piece::plain(format!("{before} → {after}")),
            (before, after) => Piece::plain(format::or_dash(after.or(before), |price| price)),
        }
    };
    let shown = |price: &Price| (price.input, price.cache_read, price.output);
    let elsewhere = word == "changed" && before.as_ref().map(shown) == after.as_ref().map(shown);
    vec![
        Piece::plain(word),
        Piece::plain(neutralise(&change.model)),
        part(|price| price.input),
        part(|price| price.cache_read),
        part(|price| price.output),
        Piece::dim(if elsewhere { "in other parts, services or days" } else { "" }),
    ]
}
