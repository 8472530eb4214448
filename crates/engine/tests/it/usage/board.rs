//! What the board shows, worked out by hand.

use topside_engine::{BoardFold, PriceOf};
use topside_model::{ModelId, Money, Percent, Tally, TimeZone, Tokens, Untrusted, Usage, UsageBoard};

use super::scene::{Scene, TOKEN, bucket, flat, moment};

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).expect("a zone")
}

/// The board of `scene`, every token at the price of [`TOKEN`].
fn board(scene: &Scene, zone: TimeZone, now: &str) -> UsageBoard {
    priced(scene, zone, now, &|_, _| Some(flat(TOKEN)))
}

fn priced<'a>(scene: &'a Scene, zone: TimeZone, now: &str, price: &'a PriceOf<'a>) -> UsageBoard {
    let mut fold = BoardFold::new(zone, moment(now), &scene.sessions, &scene.billings);
    scene.buckets.iter().for_each(|bucket| fold.add(bucket));
    fold.board(price)
}

fn tokens(tally: &Tally) -> u64 {
    tally.usage.total().0
}

/// Days on which something was used, and their tokens.
fn used(board: &UsageBoard) -> Vec<(String, u64)> {
    let used = board.days.iter().filter(|day| day.tally.replies > 0);
    used.map(|day| (day.date.to_string(), tokens(&day.tally))).collect()
}

/// Tokens of the hours of a weekday, from Monday on, that have any.
fn hours(board: &UsageBoard, weekday: usize) -> Vec<(usize, u64)> {
    board.hours.0[weekday].iter().map(|tokens| tokens.0).enumerate().filter(|(_, tokens)| *tokens > 0).collect()
}

const NOW: &str = "2026-11-20T12:00:00Z";

/// One reply for each reach of the board, each twice as large as the one before.
fn reaches() -> Scene {
    let mut scene = Scene::default();
    let shop = scene.session("s", None, Some("shop"));
    let docs = scene.session("d", None, Some("docs"));
    for (session, model, at, tokens) in [
        (shop, "m", Some("2026-11-20T09:00:00Z"), 1),
        (shop, "m", Some("2026-11-14T09:00:00Z"), 2),
        (docs, "m", Some("2026-11-13T09:00:00Z"), 4),
        (docs, "n", Some("2026-10-22T09:00:00Z"), 8),
        (docs, "n", Some("2026-10-21T09:00:00Z"), 16),
        (shop, "n", Some("2026-08-23T09:00:00Z"), 32),
        (shop, "n", Some("2026-08-22T09:00:00Z"), 64),
        (shop, "n", None, 128),
        (shop, "n", Some("2026-11-21T00:00:00Z"), 256),
    ] {
        scene.reply(session, model, at, tokens);
    }
    scene
}

#[test]
fn every_sum_reaches_as_far_as_it_says() {
    let board = board(&reaches(), TimeZone::UTC, NOW);
    assert_eq!([&board.day, &board.week, &board.month, &board.all].map(tokens), [1, 3, 15, 511]);
    assert_eq!(board.day.cost.known(), Some(TOKEN));
    assert_eq!(board.days.len(), UsageBoard::DAYS);
    assert_eq!(board.days.last().map(|day| day.date), Some(board.today));
    let expected = [
        ("2026-08-23", 32),
        ("2026-10-21", 16),
        ("2026-10-22", 8),
        ("2026-11-13", 4),
        ("2026-11-14", 2),
        ("2026-11-20", 1),
    ];
    assert_eq!(used(&board), expected.map(|(day, tokens)| (day.to_owned(), tokens)));
}

#[test]
fn projects_models_and_agents_are_those_of_thirty_days_most_tokens_first() {
    let board = board(&reaches(), TimeZone::UTC, NOW);
    let projects: Vec<_> = board
        .projects
        .iter()
        .map(|of| (of.project.as_ref().map_or("?", |name| name.raw()), tokens(&of.tally)))
        .collect();
    assert_eq!(projects, [("docs", 12), ("shop", 3)]);
    let models: Vec<_> =
        board.models.iter().map(|of| (of.model.as_ref().map_or("?", ModelId::as_str), tokens(&of.tally))).collect();
    assert_eq!(models, [("n", 8), ("m", 7)]);
    let agents: Vec<_> = board.agents.iter().map(|of| (of.agent.as_str(), tokens(&of.tally), &of.turns)).collect();
    assert_eq!(agents, [("codex", 15, &None)]);
    assert_eq!(board.more_projects, 0);
}

#[test]
fn projects_that_are_not_listed_are_counted() {
    let mut scene = Scene::default();
    for n in 0..UsageBoard::PROJECTS + 3 {
        let session = scene.session(&format!("s{n}"), None, Some(&format!("p{n:02}")));
        scene.reply(session, "m", Some("2026-11-20T09:00:00Z"), 1 + n as u64);
    }
    let board = board(&scene, TimeZone::UTC, NOW);
    assert_eq!((board.projects.len(), board.more_projects), (UsageBoard::PROJECTS, 3));
    assert_eq!(board.projects[0].project, Some(Untrusted::new("p52")));
}

#[test]
fn a_reply_at_midnight_belongs_to_the_day_that_begins_in_the_zone() {
    let mut scene = Scene::default();
    let session = scene.session("s", None, None);
    scene.reply(session, "m", Some("2026-11-18T23:00:00Z"), 1);
    scene.reply(session, "m", Some("2026-11-18T22:59:59Z"), 2);
    let board = board(&scene, zone("Europe/Berlin"), NOW);
    assert_eq!(used(&board), [("2026-11-18".to_owned(), 2), ("2026-11-19".to_owned(), 1)]);
    // Wednesday's last hour, and Thursday's first.
    assert_eq!((hours(&board, 2), hours(&board, 3)), (vec![(23, 2)], vec![(0, 1)]));
}

/// Checks the hours of a Sunday of which each quarter has a token.
#[track_caller]
fn check_sunday(day: &str, now: &str, all: u64, odd: &[(usize, u64)]) {
    let mut scene = Scene::default();
    let session = scene.session("s", None, None);
    let billing = scene.model("m");
    let around = moment(&format!("{day}T00:00:00Z")).as_second() - 86_400;
    for quarter in 0..3 * 96 {
        let at = topside_model::Timestamp::from_second(around + quarter * 900).expect("a moment");
        scene.buckets.push(bucket(session, billing, Some(at), 1));
    }
    let board = board(&scene, zone("Europe/Berlin"), now);
    let sunday = board.days.iter().find(|of| of.date.to_string() == day).expect("the day is on the board");
    assert_eq!(tokens(&sunday.tally), all, "{day}");
    let quarters: Vec<(usize, u64)> = hours(&board, 6);
    assert_eq!(quarters.iter().map(|(_, tokens)| tokens).sum::<u64>(), all, "{day}");
    let found: Vec<(usize, u64)> =
        (0..24).map(|hour| (hour, board.hours.0[6][hour].0)).filter(|(_, tokens)| *tokens != 4).collect();
    assert_eq!(found, odd, "{day}");
}

#[test]
fn a_sunday_on_which_clocks_change_has_23_or_25_hours() {
    check_sunday("2026-03-29", "2026-04-01T12:00:00Z", 92, &[(2, 0)]);
    check_sunday("2026-10-25", "2026-10-28T12:00:00Z", 100, &[(2, 8)]);
}

#[test]
fn hours_are_those_of_four_weeks() {
    let mut scene = Scene::default();
    let session = scene.session("s", None, None);
    for (at, tokens) in [("2026-10-24T10:00:00Z", 1), ("2026-10-23T10:00:00Z", 2), ("2026-11-20T10:15:00Z", 4)] {
        scene.reply(session, "m", Some(at), tokens);
    }
    let board = board(&scene, TimeZone::UTC, NOW);
    assert_eq!((hours(&board, 4), hours(&board, 5)), (vec![(10, 4)], vec![(10, 1)]));
}

#[test]
fn a_model_without_a_price_makes_every_sum_it_is_in_a_floor() {
    let price: &PriceOf<'_> = &|billing, _| {
        let known = billing.model.as_ref().is_some_and(|model| model.as_str() == "m");
        known.then(|| flat(TOKEN))
    };
    let board = priced(&reaches(), TimeZone::UTC, NOW, price);
    let floors = [&board.day, &board.week, &board.month, &board.all].map(Tally::cost_is_floor);
    assert_eq!(floors, [false, false, true, true]);
    assert_eq!(board.month.cost.known(), Some(Money(TOKEN.0 * 7)));
    let unpriced = board.models.first().expect("n used most");
    assert_eq!((unpriced.tally.cost.known(), unpriced.tally.cost.unpriced_tokens), (None, Tokens(8)));
}

#[test]
fn a_day_is_priced_by_the_days_of_utc_it_has() {
    let mut scene = Scene::default();
    let session = scene.session("s", None, None);
    scene.reply(session, "m", Some("2026-11-18T23:30:00Z"), 1);
    scene.reply(session, "m", Some("2026-11-19T00:30:00Z"), 1);
    let dearer = moment("2026-11-19T00:00:00Z");
    let board = priced(&scene, zone("Europe/Berlin"), NOW, &|_, at| {
        Some(flat(if at.is_some_and(|at| at < dearer) { Money(1) } else { Money(10) }))
    });
    let day = board.days.iter().find(|day| day.tally.replies > 0).expect("a day was used");
    assert_eq!((day.date.to_string().as_str(), day.tally.cost.money), ("2026-11-19", Money(11)));
}

#[test]
fn the_share_from_the_cache_is_known_by_day_and_in_all() {
    let mut scene = Scene::default();
    let session = scene.session("s", None, None);
    for (at, cached) in [("2026-11-19T10:00:00Z", 30), ("2026-11-20T10:00:00Z", 90)] {
        scene.reply(session, "m", Some(at), 7);
        let bucket = scene.buckets.last_mut().expect("there is a bucket");
        bucket.usage = Usage { input_uncached: Tokens(100 - cached), cache_read: Tokens(cached), ..bucket.usage };
    }
    let board = board(&scene, TimeZone::UTC, NOW);
    let last: Vec<_> = board.days.iter().rev().take(3).map(|day| day.tally.cached_share()).collect();
    assert_eq!(last, [Some(Percent(90.0)), Some(Percent(30.0)), None]);
    assert_eq!(board.all.cached_share(), Some(Percent(60.0)));
}

#[test]
fn the_order_of_buckets_does_not_matter() {
    let mut scene = reaches();
    // Two projects and two models with as many tokens as each other.
    let other = scene.session("o", None, Some("other"));
    scene.reply(other, "o", Some("2026-11-20T09:00:00Z"), 3);
    let third = scene.session("t", None, Some("third"));
    scene.reply(third, "p", Some("2026-11-20T09:00:00Z"), 3);
    let mut turned = scene.clone();
    turned.buckets.reverse();
    assert_eq!(board(&scene, TimeZone::UTC, NOW), board(&turned, TimeZone::UTC, NOW));
}
