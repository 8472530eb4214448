//! How budgets stand, worked out by hand.

use topside_engine::{BudgetFold, PriceOf};
use topside_model::{AgentId, Amount, Budget, BudgetLevel, BudgetPer, BudgetState, Money, Percent, TimeZone, Tokens};

use super::scene::{Scene, TOKEN, flat, moment, session};

/// Money that so many tokens cost here.
fn cost_of(tokens: u64) -> Amount {
    Amount::Money(Money(TOKEN.0 * u128::from(tokens)))
}

fn budget(per: BudgetPer, amount: Amount) -> Budget {
    Budget { name: "all".to_owned(), per, project: None, agent: None, amount, warn: Percent(80.0) }
}

fn tokens(count: u64) -> Amount {
    Amount::Tokens(Tokens(count))
}

/// How `budget` stands at a moment in a zone, every token at the price of [`TOKEN`] but those of the model `free`, which
/// has no price.
fn state(scene: &Scene, budget: &Budget, zone: &str, now: &str) -> BudgetState {
    let zone = TimeZone::get(zone).expect("a zone");
    let budgets = std::slice::from_ref(budget);
    let price: &PriceOf<'_> = &|billing, _| {
        let unpriced = billing.model.as_ref().is_some_and(|model| model.as_str() == "unpriced");
        (!unpriced).then(|| flat(TOKEN))
    };
    let mut fold = BudgetFold::new(budgets, &zone, moment(now), (&scene.sessions, &scene.billings), price);
    scene.buckets.iter().for_each(|bucket| fold.add(bucket));
    fold.states().pop().expect("one for each budget")
}

/// A scene with one session and a reply of so many tokens at each of these times.
fn replies(at: &[(&str, u64)]) -> Scene {
    let mut scene = Scene::default();
    let session = scene.session("s", None, Some("webshop"));
    for (at, tokens) in at {
        scene.reply(session, "m", Some(at), *tokens);
    }
    scene
}

/// Checks what counts for a budget per `per`, and when that part of time begins and ends.
#[track_caller]
fn check(scene: &Scene, per: BudgetPer, zone: &str, now: &str, used: u64, from: &str, until: &str) {
    let state = state(scene, &budget(per, tokens(1_000)), zone, now);
    assert_eq!(state.used, tokens(used), "{per:?} {zone} {now}");
    assert_eq!((state.from, state.until), (moment(from), moment(until)), "{per:?} {zone} {now}");
}

#[test]
fn a_day_of_twenty_five_hours_counts_all_of_them() {
    let scene = replies(&[
        ("2026-10-24T21:45:00Z", 1),
        ("2026-10-24T22:00:00Z", 2),
        ("2026-10-25T00:30:00Z", 4),
        ("2026-10-25T01:30:00Z", 8),
        ("2026-10-25T22:59:59Z", 16),
        ("2026-10-25T23:00:00Z", 32),
    ]);
    let (from, until) = ("2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z");
    for now in [from, "2026-10-25T00:30:00Z", "2026-10-25T22:59:59Z"] {
        check(&scene, BudgetPer::Day, "Europe/Berlin", now, 2 + 4 + 8 + 16, from, until);
    }
    check(&scene, BudgetPer::Day, "Europe/Berlin", until, 32, until, "2026-10-26T23:00:00Z");
}

#[test]
fn a_day_of_twenty_three_hours_ends_an_hour_sooner() {
    let scene = replies(&[("2026-03-29T21:59:59Z", 1), ("2026-03-29T22:00:00Z", 2)]);
    let (from, until) = ("2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z");
    check(&scene, BudgetPer::Day, "Europe/Berlin", "2026-03-29T12:00:00Z", 1, from, until);
    check(&scene, BudgetPer::Day, "Europe/Berlin", until, 2, until, "2026-03-30T22:00:00Z");
}

#[test]
fn weeks_begin_on_monday_and_months_on_their_first_day() {
    let scene = replies(&[
        ("2026-10-24T12:00:00Z", 1),
        ("2026-10-26T00:00:00Z", 2),
        ("2026-11-01T12:00:00Z", 4),
        ("2026-11-02T00:00:00Z", 8),
    ]);
    let now = "2026-11-01T12:00:00Z";
    check(&scene, BudgetPer::Week, "UTC", now, 2 + 4, "2026-10-26T00:00:00Z", "2026-11-02T00:00:00Z");
    check(&scene, BudgetPer::Month, "UTC", now, 4 + 8, "2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z");
    check(
        &scene,
        BudgetPer::Month,
        "Europe/Berlin",
        "2026-10-31T12:00:00Z",
        1 + 2,
        "2026-09-30T22:00:00Z",
        "2026-10-31T23:00:00Z",
    );
}

/// Checks share and level of a budget of a hundred tokens of which `used` were.
#[track_caller]
fn check_level(used: u64, share: f64, level: BudgetLevel) {
    let now = "2026-11-20T12:00:00Z";
    let scene = replies(&[(now, used)]);
    for amount in [tokens(100), cost_of(100)] {
        let state = state(&scene, &budget(BudgetPer::Day, amount), "UTC", now);
        assert_eq!((state.share, state.level, state.floor), (Percent(share), level, false), "{used}");
    }
}

#[test]
fn it_warns_from_its_share_on_and_is_over_at_all_of_it() {
    check_level(0, 0.0, BudgetLevel::Fine);
    check_level(79, 79.0, BudgetLevel::Fine);
    check_level(80, 80.0, BudgetLevel::Warn);
    check_level(99, 99.0, BudgetLevel::Warn);
    check_level(100, 100.0, BudgetLevel::Over);
    check_level(250, 250.0, BudgetLevel::Over);
}

#[test]
fn a_budget_keeps_to_its_project_and_its_agent() {
    let now = "2026-11-20T12:00:00Z";
    let mut scene = Scene::default();
    let shop = scene.session("shop", None, Some("webshop"));
    // A helper works for its parent's project.
    let helper = scene.session("helper", Some("shop"), Some("elsewhere"));
    let other = scene.session("other", None, Some("atlas"));
    scene.sessions.push(session("claude_code", "claude", None, Some("webshop")));
    for (session, tokens) in [(shop, 1), (helper, 2), (other, 4), (3, 8)] {
        scene.reply(session, "m", Some(now), tokens);
    }
    let used = |project: Option<&str>, agent: Option<&str>| {
        let all = budget(BudgetPer::Day, tokens(100));
        let only = Budget { project: project.map(str::to_owned), agent: agent.map(AgentId::new), ..all };
        state(&scene, &only, "UTC", now).used
    };
    assert_eq!(used(None, None), tokens(15));
    assert_eq!(used(Some("webshop"), None), tokens(11));
    assert_eq!(used(None, Some("codex")), tokens(7));
    assert_eq!(used(Some("webshop"), Some("claude_code")), tokens(8));
    assert_eq!(used(Some("nowhere"), None), tokens(0));
}

#[test]
fn a_model_without_a_price_makes_money_a_lower_bound_and_tokens_exact() {
    let now = "2026-11-20T12:00:00Z";
    let mut scene = replies(&[(now, 90)]);
    scene.reply(0, "unpriced", Some(now), 60);
    let money = state(&scene, &budget(BudgetPer::Day, cost_of(100)), "UTC", now);
    assert_eq!((money.used, money.level, money.floor), (cost_of(90), BudgetLevel::Warn, true));
    let counted = state(&scene, &budget(BudgetPer::Day, tokens(100)), "UTC", now);
    assert_eq!((counted.used, counted.level, counted.floor), (tokens(150), BudgetLevel::Over, false));
    scene.buckets[0].unsettled = 1;
    assert!(state(&scene, &budget(BudgetPer::Day, tokens(100)), "UTC", now).floor);
}

#[test]
fn a_reply_of_no_known_time_belongs_to_no_budget() {
    let mut scene = replies(&[("2026-11-20T12:00:00Z", 1)]);
    scene.reply(0, "m", None, 2);
    let state = state(&scene, &budget(BudgetPer::Month, tokens(100)), "UTC", "2026-11-20T12:00:00Z");
    assert_eq!((state.used, state.floor), (tokens(1), false));
}
