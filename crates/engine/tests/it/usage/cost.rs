//! What replies cost, and what is not known of it.

use std::collections::BTreeSet;

use topside_model::{Cost, ModelId, Money, Period, TimeZone, Timestamp, Tokens, Usage, UsageQuery};

use super::scene::{Scene, TOKEN, flat, moment};

fn all(period: Period) -> UsageQuery {
    UsageQuery::all(period, TimeZone::UTC)
}

fn tokens(count: u64) -> Money {
    Money(TOKEN.0 * u128::from(count))
}

#[test]
fn models_without_a_price_are_named_and_never_free() {
    let mut scene = Scene::default();
    let session = scene.session("s", None, None);
    for (model, count) in [("known", 5), ("secret", 7), ("secret", 1)] {
        scene.reply(session, model, Some("2026-11-20T10:00:00Z"), count);
    }
    let report = scene
        .priced(all(Period::Model), &|billing, _| (billing.model == Some(ModelId::new("known"))).then(|| flat(TOKEN)));
    let secret = Cost {
        money: Money::default(),
        unpriced_replies: 2,
        unpriced_tokens: Tokens(8),
        unpriced: BTreeSet::from([Some(ModelId::new("secret"))]),
    };
    assert_eq!(report.total.tally.cost, Cost { money: tokens(5), ..secret.clone() });
    assert_eq!((report.total.tally.cost.known(), report.total.tally.cost_is_floor()), (Some(tokens(5)), true));
    assert_eq!(report.rows[0].spending.tally.cost, secret);
    assert_eq!(report.rows[0].spending.tally.cost.known(), None);
    assert!(!report.rows[1].spending.tally.cost_is_floor());
}

#[test]
fn a_reply_of_nothing_needs_no_price() {
    let mut scene = Scene::default();
    let session = scene.session("s", None, None);
    scene.reply(session, "<synthetic>", None, 0);
    let report = scene.priced(all(Period::Daily), &|_, _| None);
    assert_eq!(report.total.tally.cost, Cost::default());
    assert_eq!((report.total.tally.replies, report.total.tally.cost.known()), (1, Some(Money::default())));
}

#[test]
fn a_reply_that_was_still_being_written_makes_a_floor() {
    let mut scene = Scene::default();
    let session = scene.session("s", None, None);
    scene.reply(session, "m", None, 9);
    scene.buckets[0].unsettled = 1;
    let tally = scene.report(all(Period::Session)).total.tally;
    assert!(tally.usage_is_floor() && tally.cost_is_floor());
}

#[test]
fn prices_change_at_midnight_of_utc_whatever_the_zone() {
    let mut scene = Scene::default();
    let session = scene.session("s", None, None);
    scene.reply(session, "m", Some("2026-06-30T23:59:00Z"), 10);
    scene.reply(session, "m", Some("2026-07-01T00:00:00Z"), 10);
    let change = moment("2026-07-01T00:00:00Z");
    let price = |at: Option<Timestamp>| if at.is_some_and(|at| at < change) { 3 } else { 1 };
    let zone = TimeZone::get("America/New_York").expect("a zone");
    let report = scene.priced(UsageQuery::all(Period::Daily, zone), &|_, at| Some(flat(tokens(price(at)))));
    assert_eq!(report.rows.len(), 1);
    assert_eq!(report.total.tally.cost.money, tokens(40));
}

#[test]
fn one_part_without_a_price_leaves_other_replies_priced() {
    let mut scene = Scene::default();
    let session = scene.session("s", None, None);
    scene.reply(session, "m", Some("2026-11-20T10:00:00Z"), 10);
    scene.reply(session, "m", Some("2026-11-20T10:00:00Z"), 20);
    scene.buckets[1].usage = Usage { web_searches: 1, output: Tokens(20), ..Usage::default() };
    let report = scene.priced(all(Period::Daily), &|_, _| Some(flat(TOKEN)));
    let cost = &report.total.tally.cost;
    assert_eq!((cost.money, cost.unpriced_replies), (tokens(10), 1));
}
