//! `topside prices`: the table of list prices, and what it lacks.

use topside_catalog::text::{neutralise, shown_path};
use topside_catalog::{cost, format};
use topside_model::{
    ModelId, Part, PriceCheck, PriceGap, PriceList, PriceNeeds, PriceRow, PriceTable, Terms, Tier, Tokens, Uncovered,
};

use super::page::{Ink, Page, Piece, Sheet, many, wrapped};
use super::table::{Column, Row, table};

const LIST: [Column; 8] = [
    Column::elastic("model", 0, 16),
    Column::words("from", 3),
    Column::elastic("service", 0, 12),
    Column::figures("input", 0),
    Column::figures("cached", 4),
    Column::figures("write 5m", 5),
    Column::figures("write 1h", 6),
    Column::figures("output", 0),
];

const GAPS: [Column; 4] = [
    Column::elastic("model", 0, 12),
    Column::figures("replies", 1),
    Column::figures("tokens", 0),
    Column::elastic("why", 0, 18),
];

/// The lines of the table, what they hold for, and where they come from.
pub fn prices(list: &PriceList<'_>, page: &Page) -> String {
    let mut sheet = Sheet::new(page);
    heading(&mut sheet, "list prices", &list.table, list.model);
    wrapped(&mut sheet, Ink::Dim, "US dollars per million tokens, whatever an account pays for its plan");
    sheet.gap();
    if list.rows.is_empty() {
        wrapped(&mut sheet, Ink::Plain, "No model of that name has a price.");
        wrapped(&mut sheet, Ink::Plain, "`topside prices` lists them all; --prices FILE adds your own.");
    } else {
        let rows: Vec<Row> = list.rows.iter().map(|row| Row::Cells(cells(row))).collect();
        table(&mut sheet, &LIST, &rows);
    }
    notes(&mut sheet, list);
    sheet.finish()
}

/// The models of history that have no price, and what can be done about them.
pub fn price_check(check: &PriceCheck<'_>, page: &Page) -> String {
    let mut sheet = Sheet::new(page);
    heading(&mut sheet, "models in history without list prices", &check.table, check.model);
    sheet.gap();
    match (check.models, check.gaps.as_slice()) {
        (0, _) if check.model.is_some() => wrapped(&mut sheet, Ink::Plain, "No model of that name is in history."),
        (0, _) => wrapped(&mut sheet, Ink::Plain, "No reply of a model is in history yet, so none needs a price."),
        (models, []) => {
            let (models, replies) = (many(models, "model", "models"), many(check.replies, "reply", "replies"));
            wrapped(&mut sheet, Ink::Plain, &format!("Every one has a price: {models}, {replies}."));
        }
        (_, gaps) => lacking(&mut sheet, gaps),
    }
    if let Some(own) = own(&check.table) {
        sheet.gap();
        wrapped(&mut sheet, Ink::Dim, &own);
    }
    sheet.finish()
}

/// What it is, of which day, and for which models.
fn heading(sheet: &mut Sheet<'_>, what: &str, table: &PriceTable<'_>, model: Option<&str>) {
    let day = table.as_of.map(|day| format!(" as of {day}")).unwrap_or_default();
    let model = model.map(|model| format!(", models with \"{}\" in their names", neutralise(model)));
    wrapped(sheet, Ink::Strong, &format!("{what}{day}{}", model.unwrap_or_default()));
}

/// Cells of [`LIST`].
fn cells(row: &PriceRow<'_>) -> Vec<Piece> {
    let price = row.price;
    let from = row.from.map_or_else(|| "always".to_owned(), |day| day.to_string());
    let mut cells = vec![Piece::plain(neutralise(row.model)), Piece::plain(from), Piece::plain(service(row))];
    let parts = [price.input, price.cache_read, price.cache_write_5m, price.cache_write_1h, price.output];
    cells.extend(parts.map(|part| Piece::known(part.map(format::per_million))));
    cells
}

/// `standard`, `>200k fast regional`: how large the request was, and what was asked for.
fn service(row: &PriceRow<'_>) -> String {
    let Terms { tier, regional } = row.terms;
    let above = row.above.map(larger);
    let is_usual = tier == Tier::Standard && (regional || above.is_some());
    let words = [above, (!is_usual).then(|| tier.id().to_owned()), regional.then(|| "regional".to_owned())];
    words.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// `>200k`: with more input than so many tokens.
fn larger(step: Tokens) -> String {
    format!(">{}", format::tokens(step))
}

/// What words in the table mean, and where its prices come from.
fn notes(sheet: &mut Sheet<'_>, list: &PriceList<'_>) {
    let step = list.rows.iter().find_map(|row| row.above);
    let has_regions = list.rows.iter().any(|row| row.terms.regional);
    let mut notes = vec![
        step.map(|step| format!("{}: for requests with more input than so many tokens.", larger(step))),
        has_regions.then(|| "regional: for replies that had to be made in one country.".to_owned()),
        own(&list.table),
    ];
    notes.extend(list.table.sources.iter().map(|source| Some(format!("source: {}", neutralise(source)))));
    sheet.gap();
    for note in notes.into_iter().flatten() {
        wrapped(sheet, Ink::Dim, &note);
    }
}

/// Whose prices win.
fn own(table: &PriceTable<'_>) -> Option<String> {
    let files: Vec<String> = table.own.iter().map(shown_path).collect();
    (!files.is_empty()).then(|| format!("Your own prices in {} are used before those built in.", files.join(", then ")))
}

/// Models without a price, and how to give them one.
fn lacking(sheet: &mut Sheet<'_>, gaps: &[PriceGap]) {
    let row = |gap: &PriceGap| {
        Row::Cells(vec![
            Piece::known(gap.model.as_ref().map(|model| neutralise(model.as_str()))),
            Piece::plain(format::count(gap.replies)),
            Piece::new(format::tokens(gap.tokens), Ink::Strong),
            Piece::plain(why(gap)),
        ])
    };
    table(sheet, &GAPS, &gaps.iter().map(row).collect::<Vec<Row>>());
    let replies = gaps.iter().map(|gap| gap.replies).sum();
    let tokens = gaps.iter().fold(Tokens(0), |sum, gap| sum + gap.tokens);
    sheet.gap();
    wrapped(
        sheet,
        Ink::Dim,
        &format!(
            "{} with {} tokens: `topside usage` leaves them out of the cost.",
            many(replies, "reply", "replies"),
            format::tokens(tokens)
        ),
    );
    if let Some((gap, model)) = gaps.iter().find_map(|gap| Some((gap, gap.model.as_ref()?))) {
        remedy(sheet, gap, model);
    }
}

/// `no price is known`, `none for cache write 5m, web searches`: what it is that has no price.
fn why(gap: &PriceGap) -> String {
    let lacks = |what: &Uncovered| match what {
        Uncovered::Days => "their day",
        Uncovered::Services => "their service",
        Uncovered::Part(part) => cost::part(*part),
    };
    match (&gap.model, gap.priced_otherwise) {
        (None, _) => "no record names it".to_owned(),
        (Some(_), true) => format!("none for {}", gap.uncovered.iter().map(lacks).collect::<Vec<_>>().join(", ")),
        (Some(_), false) => "no price is known".to_owned(),
    }
}

/// What to write where to give `model` a price.
fn remedy(sheet: &mut Sheet<'_>, gap: &PriceGap, model: &ModelId) {
    let name = serde_json::Value::from(neutralise(model.as_str()));
    let PriceNeeds { parts, tiers, regional } = &gap.needs;
    // Without a day, the entry is in place of whatever else is known of the model.
    let from = gap.from.filter(|_| gap.priced_otherwise);
    let mut fields = vec![format!(r#""models": [{name}]"#)];
    fields.extend(from.map(|day| format!(r#""from": "{day}""#)));
    let usual = [Part::Input, Part::CacheRead, Part::Output];
    let needed = Part::ALL.into_iter().filter(|part| usual.contains(part) || parts.contains(part));
    fields.extend(needed.map(|part| format!(r#""{}": "…""#, field(part))));
    fields.extend(regional.then(|| r#""regional": "…""#.to_owned()));
    let tiers: Vec<String> =
        tiers.iter().filter(|tier| **tier != Tier::Standard).map(|tier| format!(r#""{}": "…""#, tier.id())).collect();
    let has_tiers = !tiers.is_empty();
    fields.extend(has_tiers.then(|| format!(r#""tiers": {{{}}}"#, tiers.join(", "))));
    wrapped(sheet, Ink::Dim, "Write what they cost in US dollars per million tokens into a file for --prices FILE:");
    // To be copied: whole, and on one line.
    sheet.line(&[Piece::dim(format!(r#"{{"prices": [{{{}}}]}}"#, fields.join(", ")))]);
    let searched = parts.contains(&Part::WebSearches).then_some("web_search: for one search.");
    let times = match (regional, has_tiers) {
        (true, true) => Some("regional, tiers: how many times the price."),
        (true, false) => Some("regional: how many times the price."),
        (false, true) => Some("tiers: how many times the price."),
        (false, false) => None,
    };
    let instead =
        from.map(|_| "From that day on it replaces every known price of that model; without from, on all days.");
    for note in [searched, times, instead].into_iter().flatten() {
        wrapped(sheet, Ink::Dim, note);
    }
}

/// The name of a part in a file of prices.
fn field(part: Part) -> &'static str {
    match part {
        Part::Input => "input",
        Part::CacheRead => "cache_read",
        Part::CacheWrite5m => "cache_write_5m",
        Part::CacheWrite1h => "cache_write_1h",
        Part::Output => "output",
        Part::WebSearches => "web_search",
    }
}
