//! What a session costs by part, and what its agent says.

use topside_engine::{Engine, Prices};
use topside_model::{
    Bill, Covers, EventKind, ModelId, Money, Part, ResponseId, Session, SessionId, Share, SourceId, Terms, Tier,
    Tokens, Usage,
};

use crate::scene::{Scene, at, thread};

/// Dollars per million; `dear` costs more when much is read.
const PRICES: &str = r#"{"prices": [
    {"models": ["cheap"], "input": "1", "cache_read": "0.1", "output": "4", "web_search": "0.01"},
    {"models": ["dear"], "input": "10", "output": "50", "above": {"200000": {"input": "20", "output": "75"}}},
    {"models": ["half"], "input": "3"}
]}"#;

fn usage(input: u64, cache_read: u64, output: u64) -> Usage {
    let [input_uncached, cache_read, output] = [input, cache_read, output].map(Tokens);
    Usage { input_uncached, cache_read, output, ..Usage::default() }
}

fn reply(scene: Scene, id: &str, model: &str, usage: Usage) -> Scene {
    let (response, model) = (ResponseId::new(id), Some(ModelId::new(model)));
    let (terms, share) = (Terms::default(), Share::Own);
    scene.says(20, EventKind::ResponseUsage { response, model, usage, terms, share, settled: true })
}

fn says(scene: Scene, covers: Covers, micros: u64) -> Scene {
    scene.says(30, EventKind::CostReported { money: Money::micros(micros), covers })
}

/// The first of `scenes` at the prices above.
fn priced(scenes: &[&Scene]) -> Session {
    let mut engine = Engine::priced(Prices::parse(PRICES).expect("prices"));
    for (source, scene) in (1..).zip(scenes) {
        scene.tell(&mut engine, SourceId(source));
    }
    let snapshot = engine.snapshot(at(100));
    Session::clone(snapshot.session(&SessionId::new(scenes[0].id)).expect("the session is there"))
}

/// A bill in words: each part's count, the prices of a million in dollars, and cost in millionths of a dollar.
fn words(bill: &Bill) -> Vec<String> {
    let part = |part: &topside_model::PartBill| {
        let dollars = |Money(units): Money| units as f64 / 1e6;
        let each = part.each.map_or("?".to_owned(), |(least, most)| {
            if least == most { dollars(least).to_string() } else { format!("{}..{}", dollars(least), dollars(most)) }
        });
        format!("{} {} at {each}: {}", part.part.id(), part.count, part.money.0 / 1_000_000)
    };
    bill.parts.iter().map(part).collect()
}

#[track_caller]
fn check_sums(bill: &Bill) {
    let sum = bill.parts.iter().fold(Money::default(), |sum, part| sum + part.money);
    assert_eq!(sum, bill.cost.money, "the parts are the whole, to the last unit");
}

#[test]
fn each_part_has_its_tokens_its_price_and_its_cost() {
    let searched = Usage { web_searches: 2, ..usage(1_000, 50_000, 300) };
    let session = priced(&[&reply(thread("a"), "r1", "cheap", searched)]);
    let bill = &session.cost.all;
    assert_eq!(
        words(bill)[..3],
        ["input_uncached 1000 at 1: 1000", "cache_read 50000 at 0.1: 5000", "output 300 at 4: 1200"]
    );
    let web = bill.parts[3];
    assert_eq!((web.part, web.count, web.money), (Part::WebSearches, 2, Money::micros(20_000)));
    assert_eq!(bill.cost.money, Money::micros(27_200));
    check_sums(bill);
    assert_eq!(session.usage.cached_share().map(|share| share.0.round()), Some(98.0));
}

#[test]
fn prices_that_differ_are_a_range_and_models_are_told_apart() {
    let scene = reply(thread("a"), "r1", "cheap", usage(100, 0, 10));
    let scene = reply(scene, "r2", "dear", usage(100, 0, 10));
    let session = priced(&[&reply(scene, "r3", "dear", usage(300_000, 0, 0))]);
    let bill = &session.cost.all;
    assert_eq!(words(bill), ["input_uncached 300200 at 1..20: 6001100", "output 20 at 4..50: 540"]);
    check_sums(bill);
    let models: Vec<_> = session.cost.models.iter().map(|(model, _)| model.as_ref().expect("named").as_str()).collect();
    assert_eq!(models, ["dear", "cheap"], "dearest first");
    session.cost.models.iter().for_each(|(_, bill)| check_sums(bill));
}

#[test]
fn a_reply_of_which_a_part_has_no_price_has_none() {
    let scene = reply(thread("a"), "r1", "half", usage(100, 0, 0));
    let session = priced(&[&reply(scene, "r2", "half", usage(100, 7, 0))]);
    let bill = &session.cost.all;
    assert_eq!(words(bill), ["input_uncached 200 at 3: 300", "cache_read 7 at ?: 0"]);
    assert_eq!((bill.parts[0].priced, bill.cost.unpriced_replies, bill.cost.unpriced_tokens), (100, 1, Tokens(107)));
    assert_eq!(bill.cost.known(), Some(Money::micros(300)));
    check_sums(bill);
}

#[test]
fn a_reply_costs_what_it_was_when_it_was_told_last() {
    let scene = reply(thread("a"), "r1", "cheap", usage(100, 0, 1));
    let session = priced(&[&reply(scene, "r1", "cheap", usage(100, 0, 50))]);
    assert_eq!(words(&session.cost.all), ["input_uncached 100 at 1: 100", "output 50 at 4: 200"]);
}

#[test]
fn other_terms_have_other_prices() {
    let (response, model) = (ResponseId::new("r1"), Some(ModelId::new("cheap")));
    let terms = Terms { tier: Tier::Fast, regional: false };
    let usage = usage(5, 0, 0);
    let kind = EventKind::ResponseUsage { response, model, usage, terms, share: Share::Own, settled: true };
    assert_eq!(priced(&[&thread("a").says(20, kind)]).cost.all.cost.known(), None);
}

/// Compares the agent's figure, the list price of the same, and the difference in percent.
#[track_caller]
fn check_reported(scenes: &[&Scene], expected: Option<(u64, Option<u64>, Option<f64>)>) {
    let reported = priced(scenes).reported_cost;
    let found = reported.map(|one| {
        let difference = one.difference().map(|share| share.0);
        (one.money.as_micros(), one.list.map(Money::as_micros), difference)
    });
    assert_eq!(found, expected);
}

#[test]
fn figures_of_single_replies_are_compared_with_the_price_of_those_replies() {
    let of = |id: &str| Covers::Reply(ResponseId::new(id));
    let scene = reply(reply(thread("a"), "r1", "cheap", usage(100, 0, 0)), "r2", "cheap", usage(900, 0, 0));
    check_reported(&[&scene], None);
    let told = says(scene.clone(), of("r1"), 150);
    check_reported(&[&told], Some((150, Some(100), Some(50.0))));
    check_reported(&[&says(told.clone(), of("r1"), 80)], Some((80, Some(100), Some(-20.0))));
    check_reported(&[&says(told.clone(), of("nobody's"), 80)], Some((150, Some(100), Some(50.0))));
    assert_eq!(priced(&[&told]).cost.all.cost.money, Money::micros(1_000), "no figure is part of a sum");
    let early = reply(says(thread("a"), of("r1"), 150), "r1", "cheap", usage(100, 0, 0));
    check_reported(&[&early], Some((150, Some(100), Some(50.0))));
    let unpriced = says(reply(thread("a"), "r1", "nobody", usage(1, 0, 0)), of("r1"), 7);
    check_reported(&[&unpriced], Some((7, None, None)));
}

#[test]
fn a_figure_of_a_session_covers_those_it_started() {
    let parent = reply(thread("a"), "r1", "cheap", usage(100, 0, 0));
    let left = says(parent.clone(), Covers::Session, 330);
    check_reported(&[&left], Some((330, Some(100), Some(230.0))));
    let kind = topside_model::SessionKind::Subagent { nickname: None, role: None };
    let child = reply(thread("b").child_of("a", kind.clone()), "r2", "cheap", usage(200, 0, 0));
    check_reported(&[&left, &child], Some((330, Some(300), Some(10.0))));
    let grandchild = reply(thread("c").child_of("b", kind), "r3", "nobody", usage(200, 0, 0));
    check_reported(&[&left, &child, &grandchild], Some((330, None, None)));
}

#[test]
fn a_figure_that_replies_came_after_is_old() {
    let left = says(reply(thread("a"), "r1", "cheap", usage(100, 0, 0)), Covers::Session, 100);
    let resumed = reply(left, "r2", "cheap", usage(100, 0, 0));
    check_reported(&[&resumed], Some((100, None, None)));
    check_reported(&[&says(resumed, Covers::Session, 200)], Some((200, Some(200), Some(0.0))));
}
