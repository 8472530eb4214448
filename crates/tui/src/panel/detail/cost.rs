//! What a session costs by part and model, and what came into its context and has cost since.

use ratatui::text::Line;
use topside_catalog::text::neutralise;
use topside_catalog::{cost, format};
use topside_model::{Added, Addition, Bill, PartBill, Tokens};

use super::Page;
use crate::text::{fit_end, left, right};
use crate::theme::Role;

/// Columns of the names of parts.
const NAMES: usize = 15;

pub(super) fn lines(page: &Page<'_>) -> Vec<Line<'static>> {
    let parts = [head(page), parts(page), models(page), growth(page)];
    let shown: Vec<_> = parts.into_iter().filter(|lines| !lines.is_empty()).collect();
    if shown.is_empty() {
        return page.nothing("No reply was seen yet, so nothing was spent.");
    }
    shown.join(&Line::default())
}

/// The cost in one line, for the first page.
pub(super) fn line(page: &Page<'_>) -> Option<Line<'static>> {
    let session = page.session;
    let bill = &session.cost.all;
    let cached = session.usage.cached_share();
    let cached = cached.map(|share| format!(", {} of the input cached", format::percent(share))).unwrap_or_default();
    let known = bill.cost.known().is_some() && !bill.parts.is_empty();
    known.then(|| page.pair("cost", &format!("{}{cached}", cost::total(bill, session.usage_is_floor))))
}

/// All of it, the share of the cache, and what the agent itself says.
fn head(page: &Page<'_>) -> Vec<Line<'static>> {
    let session = page.session;
    let bill = &session.cost.all;
    let mut lines = Vec::new();
    if !bill.parts.is_empty() {
        let total = format!("{} list price, whatever the account pays", cost::total(bill, session.usage_is_floor));
        lines.push(page.pair("cost", &total));
    }
    if let Some(unpriced) = unpriced(bill) {
        lines.push(page.pair_in(Role::Dim, "", &unpriced));
    }
    if let Some(share) = session.usage.cached_share() {
        lines.push(page.pair("cache hits", &format!("{} of the input", format::percent(share))));
    }
    if let Some(reported) = &session.reported_cost {
        lines.push(page.pair("agent says", &cost::reported(reported)));
    }
    lines
}

/// The models without a price.
fn unpriced(bill: &Bill) -> Option<String> {
    let name = |model: &Option<_>| model.as_ref().map_or_else(|| "an unnamed model".to_owned(), ToString::to_string);
    let names: Vec<String> = bill.cost.unpriced.iter().map(|model| neutralise(&name(model))).collect();
    (!names.is_empty()).then(|| format!("no price is known for {}", names.join(", ")))
}

fn parts(page: &Page<'_>) -> Vec<Line<'static>> {
    let parts = &page.session.cost.all.parts;
    if parts.is_empty() {
        return Vec::new();
    }
    let head = row("", ["tokens", "$ per million", "cost"].map(str::to_owned));
    let mut lines = vec![Line::from(page.span(Role::Dim, head))];
    lines.extend(parts.iter().map(|part| part_line(page, part)));
    lines
}

fn part_line(page: &Page<'_>, part: &PartBill) -> Line<'static> {
    let cells = [format::tokens(Tokens(part.count)), cost::price(part), cost::part_cost(part)];
    Line::from(page.span(Role::Text, row(cost::part(part.part), cells)))
}

fn row(name: &str, [tokens, price, cost]: [String; 3]) -> String {
    format!(" {}{}{}{}", left(name, NAMES), right(&tokens, 8), right(&price, 16), right(&cost, 11))
}

/// The same by model, where there are several.
fn models(page: &Page<'_>) -> Vec<Line<'static>> {
    let models = &page.session.cost.models;
    if models.len() < 2 {
        return Vec::new();
    }
    let name = |model: &Option<_>| model.as_ref().map_or_else(|| "unnamed model".to_owned(), ToString::to_string);
    let room = page.width.saturating_sub(21).max(8);
    let line = |(model, bill): &(Option<_>, Bill)| {
        let cells = format!("{}{}", right(&format::tokens(bill.tokens()), 8), right(&cost::total(bill, false), 11));
        Line::from(vec![
            page.span(Role::Text, format!(" {}", left(&neutralise(&name(model)), room.min(NAMES + 16)))),
            page.span(Role::Text, cells),
        ])
    };
    models.iter().map(line).collect()
}

/// What came into the context, dearest first.
fn growth(page: &Page<'_>) -> Vec<Line<'static>> {
    let growth = &page.session.detail.growth;
    if growth.items.is_empty() {
        return Vec::new();
    }
    let room = name_room(page);
    let cells = ["added", "held", "times", "cost since"].map(str::to_owned);
    let title = format!(" {}", left("in the context", room));
    let note = format!(" ≈ {}; cost since it came in, read by every reply", cost::ESTIMATED);
    let mut lines = vec![
        Line::from(vec![page.span(Role::Title, title), page.span(Role::Dim, figures(&cells))]),
        Line::from(page.span(Role::Dim, note)),
    ];
    lines.extend(growth.items.iter().map(|added| added_line(page, added, growth.cost_is_floor, room)));
    lines
}

/// Columns for the names of what came in.
fn name_room(page: &Page<'_>) -> usize {
    page.width.saturating_sub(35).clamp(8, 60)
}

fn added_line(page: &Page<'_>, added: &Added, is_floor: bool, room: usize) -> Line<'static> {
    let name = cost::addition(&added.what);
    let name = match &added.what {
        Addition::File(_) => fit_end(page.within(&name), room),
        _ => name,
    };
    let show = if is_floor { format::money_floor } else { format::money };
    let cells = [
        format::tokens(added.tokens),
        format::tokens(added.held),
        format::count(added.times),
        format::or_dash(added.cost, show),
    ];
    let role = if added.held == Tokens(0) { Role::Dim } else { Role::Text };
    Line::from(page.span(role, format!(" {}{}", left(&name, room), figures(&cells))))
}

fn figures([added, held, times, cost]: &[String; 4]) -> String {
    format!("{}{}{}{}", right(added, 7), right(held, 7), right(times, 7), right(cost, 12))
}
