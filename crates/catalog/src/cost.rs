//! How costs read, and what is in a context.

use topside_model::{Addition, Bill, Money, Part, PartBill, Percent, ReportedCost, ReportedFor};

use crate::format;
use crate::text::{shown, shown_path};

/// What stands beside every figure that follows from sizes.
pub const ESTIMATED: &str = "estimated from sizes";

/// The whole of a bill; a dash where nothing of it has a known price. `is_floor` says that there may have been more
/// tokens.
pub fn total(bill: &Bill, is_floor: bool) -> String {
    let show = if is_floor || !bill.cost.unpriced.is_empty() { format::money_floor } else { format::money };
    format::or_dash(bill.cost.known(), show)
}

/// A part's name for people.
pub fn part(part: Part) -> &'static str {
    match part {
        Part::Input => "input",
        Part::CacheRead => "cache read",
        Part::CacheWrite5m => "cache write 5m",
        Part::CacheWrite1h => "cache write 1h",
        Part::Output => "output",
        Part::WebSearches => "web searches",
    }
}

/// US dollars for a million tokens of a part, or for one search: `5.00`, or `5.00–10.00` where not all cost alike.
pub fn price(bill: &PartBill) -> String {
    let show = |each: Money| match bill.part {
        Part::WebSearches => format::per_million(Money(each.0 / MILLION)),
        _ => format::per_million(each),
    };
    let range = |least, most| format!("{}–{}", show(least), show(most));
    format::or_dash(bill.each, |(least, most)| if least == most { show(least) } else { range(least, most) })
}

/// A search is not billed by the million.
const MILLION: u128 = 1_000_000;

/// What a part cost; a lower bound where some of it has no known price.
pub fn part_cost(bill: &PartBill) -> String {
    match bill.priced {
        0 => format::DASH.to_owned(),
        priced if priced < bill.count => format::money_floor(bill.money),
        _ => format::money(bill.money),
    }
}

/// The agent's own figure beside the list price: `$12.50, list price $12.34, 1.3% above it`.
pub fn reported(cost: &ReportedCost) -> String {
    let of = match cost.covers {
        ReportedFor::Replies(1) => " for one reply".to_owned(),
        ReportedFor::Replies(replies) => format!(" for {} replies", format::count(replies)),
        ReportedFor::Session { outdated: false } => " with its helpers".to_owned(),
        ReportedFor::Session { outdated: true } => " when it was left last".to_owned(),
    };
    let list = cost.list.map(|list| format!(", list price {}", format::money(list))).unwrap_or_default();
    let difference = cost.difference().map(|share| format!(", {}", difference(share))).unwrap_or_default();
    format!("{}{of}{list}{difference}", format::money(cost.money))
}

/// `+1.3%`; what rounds to nothing is `no difference`.
fn difference(Percent(share): Percent) -> String {
    let text = format!("{share:+.1}%");
    if matches!(text.as_str(), "+0.0%" | "-0.0%") { "no difference".to_owned() } else { format!("difference {text}") }
}

/// What came into a context.
pub fn addition(what: &Addition) -> String {
    match what {
        Addition::Start => "the start of the context".to_owned(),
        Addition::Prompt(number) => format!("prompt {number}"),
        Addition::Tool(name) => shown(name),
        Addition::File(path) => shown_path(path),
        Addition::Notes => "notes of the agent".to_owned(),
        Addition::Replies => "what the model wrote".to_owned(),
        Addition::Unknown => "of unknown size".to_owned(),
        Addition::Rest => "everything else".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use topside_model::Untrusted;

    use super::*;

    #[track_caller]
    fn check_price(part: Part, each: Option<(u128, u128)>, expected: &str) {
        let each = each.map(|(least, most)| (Money(least), Money(most)));
        let bill = PartBill { part, count: 1, priced: 1, money: Money(0), each };
        assert_eq!(price(&bill), expected);
    }

    #[test]
    fn prices_are_for_a_million_tokens_or_one_search() {
        check_price(Part::Output, Some((15_000_000, 15_000_000)), "15.00");
        check_price(Part::CacheRead, Some((75_000, 300_000)), "0.075–0.30");
        check_price(Part::WebSearches, Some((10_000_000_000, 10_000_000_000)), "0.01");
        check_price(Part::Input, None, "–");
    }

    #[test]
    fn a_part_without_a_price_for_all_of_it_is_a_lower_bound() {
        let bill = |priced| PartBill { part: Part::Output, count: 4, priced, money: Money::micros(50_000), each: None };
        assert_eq!([4, 3, 0].map(|priced| part_cost(&bill(priced))), ["$0.05", "≥$0.05", "–"]);
    }

    #[track_caller]
    fn check_reported(cents: [u64; 2], covers: ReportedFor, expected: &str) {
        let [money, list] = cents.map(|cents| Money::micros(cents * 10_000));
        let list = Some(list).filter(|list| *list > Money::default());
        assert_eq!(reported(&ReportedCost { money, covers, list }), expected);
    }

    #[test]
    fn the_agents_figure_stands_beside_the_list_price() {
        let all = ReportedFor::Session { outdated: false };
        check_reported([1250, 1234], all, "$12.50 with its helpers, list price $12.34, difference +1.3%");
        check_reported([90, 100], ReportedFor::Replies(1), "$0.90 for one reply, list price $1.00, difference -10.0%");
        check_reported([100, 100], ReportedFor::Replies(7), "$1.00 for 7 replies, list price $1.00, no difference");
        check_reported([5, 0], ReportedFor::Session { outdated: true }, "$0.05 when it was left last");
    }

    #[test]
    fn names_of_tools_and_files_are_made_harmless() {
        assert_eq!(addition(&Addition::File(Untrusted::new("a\u{1b}[31m\nb"))), "a␛[31m b");
        assert_eq!(addition(&Addition::Tool(Untrusted::new("Bash\u{202e}"))), "Bash");
        assert_eq!(addition(&Addition::Prompt(3)), "prompt 3");
    }
}
