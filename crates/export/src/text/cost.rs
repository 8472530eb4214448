//! What a session costs: by part and model, and what came into its context.

use topside_catalog::text::neutralise;
use topside_catalog::{cost, format};
use topside_model::{Added, Bill, ModelId, PartBill, Session, Tokens};

use super::page::{Piece, Sheet};
use super::table::{Column, Row, table};

/// The cost in one line, and what the agent itself says.
pub(super) fn figures(sheet: &mut Sheet<'_>, session: &Session) {
    let bill = &session.cost.all;
    if bill.parts.is_empty() {
        return;
    }
    let known = bill.cost.known().map(|_| format!("{} list price", cost::total(bill, session.usage_is_floor)));
    let hits =
        session.usage.cached_share().map(|share| format!("{} of the input from the cache", format::percent(share)));
    let unpriced = bill.cost.unpriced.iter().map(|model| format!("no price for {}", name(model.as_ref())));
    let parts: Vec<String> = known.into_iter().chain(hits).chain(unpriced).collect();
    sheet.pair("cost", Some(parts.join(", ")));
    if let Some(reported) = &session.reported_cost {
        sheet.pair("agent says", Some(cost::reported(reported)));
    }
}

/// Each part with its price, and each model where there are several.
pub(super) fn parts(sheet: &mut Sheet<'_>, session: &Session) {
    const PARTS: [Column; 4] = [
        Column::words("part", 0),
        Column::figures("tokens", 0),
        Column::figures("$ per million", 0),
        Column::figures("cost", 0),
    ];
    const MODELS: [Column; 3] =
        [Column::elastic("model", 0, 12), Column::figures("tokens", 0), Column::figures("cost", 0)];
    let part = |bill: &PartBill| {
        vec![
            Piece::plain(cost::part(bill.part)),
            Piece::plain(format::tokens(Tokens(bill.count))),
            Piece::plain(cost::price(bill)),
            Piece::plain(cost::part_cost(bill)),
        ]
    };
    ranked(sheet, "cost", &PARTS, session.cost.all.parts.iter().map(part).collect());
    let model = |(model, bill): &(Option<ModelId>, Bill)| {
        vec![
            Piece::plain(name(model.as_ref())),
            Piece::plain(format::tokens(bill.tokens())),
            Piece::plain(cost::total(bill, false)),
        ]
    };
    if session.cost.models.len() > 1 {
        ranked(sheet, "cost by model", &MODELS, session.cost.models.iter().map(model).collect());
    }
}

/// What came into the context, dearest first.
pub(super) fn growth(sheet: &mut Sheet<'_>, session: &Session) {
    const COLUMNS: [Column; 5] = [
        Column::elastic("what", 0, 20),
        Column::figures("added", 0),
        Column::figures("held", 2),
        Column::figures("times", 1),
        Column::figures("cost since", 0),
    ];
    let growth = &session.detail.growth;
    let show = if growth.cost_is_floor { format::money_floor } else { format::money };
    let row = |added: &Added| {
        let held = format::tokens(added.held);
        vec![
            Piece::plain(cost::addition(&added.what)),
            Piece::plain(format::tokens(added.tokens)),
            if added.held == Tokens(0) { Piece::dim(held) } else { Piece::plain(held) },
            Piece::plain(format::count(added.times)),
            Piece::known(added.cost.map(show)),
        ]
    };
    let title = format!("in the context, {}", cost::ESTIMATED);
    ranked(sheet, &title, &COLUMNS, growth.items.iter().map(row).collect());
}

/// The first rows under a rule; the JSON form has them all.
fn ranked(sheet: &mut Sheet<'_>, title: &str, columns: &[Column], rows: Vec<Vec<Piece>>) {
    const ENTRIES: usize = 12;
    if rows.is_empty() {
        return;
    }
    let more = rows.len().saturating_sub(ENTRIES);
    sheet.gap();
    sheet.rule(title);
    table(sheet, columns, &rows.into_iter().take(ENTRIES).map(Row::Cells).collect::<Vec<_>>());
    if more > 0 {
        sheet.line(&[Piece::dim(format!("{more} more; --json has what was kept"))]);
    }
}

fn name(model: Option<&ModelId>) -> String {
    model.map_or_else(|| "an unnamed model".to_owned(), |model| neutralise(model.as_str()))
}
