//! Days, weeks and months, wherever clocks stand.

use topside_model::{Date, Period, RowKey, TimeZone, Timestamp, UsageQuery};

use super::scene::{Scene, bucket, check, moment, rows};

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).expect("a zone")
}

fn date(text: &str) -> Date {
    text.parse().expect("a day")
}

/// Checks that `day` has so many quarters of an hour in a zone, and when the first one begins.
#[track_caller]
fn check_day(name: &str, day: &str, quarters: u64, begins: &str) {
    let mut scene = Scene::default();
    let session = scene.session("s", None, None);
    let billing = scene.model("m");
    let around = moment(&format!("{day}T00:00:00Z")).as_second() - 2 * 86_400;
    for quarter in 0..5 * 96 {
        let at = second(around + quarter * 900);
        scene.buckets.push(bucket(session, billing, Some(at), 1));
    }
    let report = scene.report(UsageQuery::all(Period::Daily, zone(name)));
    let row = report.rows.iter().find(|row| row.key == RowKey::Day(date(day))).expect("the day has a row");
    assert_eq!(row.spending.tally.replies, quarters, "{name} {day}");
    assert_eq!(row.spending.span.map(|(first, _)| first), Some(moment(begins)), "{name} {day}");
}

fn second(second: i64) -> Timestamp {
    Timestamp::from_second(second).expect("a moment")
}

#[test]
fn a_day_is_as_long_as_its_zone_makes_it() {
    check_day("UTC", "2026-03-29", 96, "2026-03-29T00:00:00Z");
    check_day("Europe/Berlin", "2026-03-28", 96, "2026-03-27T23:00:00Z");
    check_day("Europe/Berlin", "2026-03-29", 92, "2026-03-28T23:00:00Z");
    check_day("Europe/Berlin", "2026-10-25", 100, "2026-10-24T22:00:00Z");
    check_day("America/New_York", "2026-03-08", 92, "2026-03-08T05:00:00Z");
    check_day("America/New_York", "2026-11-01", 100, "2026-11-01T04:00:00Z");
    check_day("Asia/Kathmandu", "2026-11-20", 96, "2026-11-19T18:15:00Z");
    // Its clocks move by half an hour.
    check_day("Australia/Lord_Howe", "2026-10-04", 94, "2026-10-03T13:30:00Z");
    check_day("Australia/Lord_Howe", "2026-04-05", 98, "2026-04-04T13:00:00Z");
}

/// Replies around the turn of the year, and one whose time is not known.
fn turn_of_the_year() -> Scene {
    let mut scene = Scene::default();
    let session = scene.session("s", None, Some("p"));
    for (at, tokens) in [
        (Some("2026-01-05T00:00:00Z"), 1),
        (Some("2025-12-28T23:59:00Z"), 2),
        (None, 4),
        (Some("2025-12-29T00:00:00Z"), 8),
        (Some("2026-01-04T23:59:59Z"), 16),
    ] {
        scene.reply(session, "m", at, tokens);
    }
    scene
}

#[test]
fn time_goes_upwards_and_the_unknown_comes_last() {
    let scene = turn_of_the_year();
    check(
        &scene.rows(Period::Daily),
        &[("2025-12-28", 2), ("2025-12-29", 8), ("2026-01-04", 16), ("2026-01-05", 1), ("unknown", 4)],
    );
    check(&scene.rows(Period::Monthly), &[("2025-12-01", 10), ("2026-01-01", 17), ("unknown", 4)]);
}

#[test]
fn a_week_begins_on_monday_whatever_year_it_is_in() {
    let weeks = [("2025-12-22", 2), ("2025-12-29", 24), ("2026-01-05", 1), ("unknown", 4)];
    check(&turn_of_the_year().rows(Period::Weekly), &weeks);
}

#[test]
fn both_ends_of_a_range_belong_to_it() {
    let scene = turn_of_the_year();
    let query = UsageQuery {
        since: Some(date("2025-12-29")),
        until: Some(date("2026-01-04")),
        ..UsageQuery::all(Period::Daily, TimeZone::UTC)
    };
    check(&rows(&scene.report(query.clone())), &[("2025-12-29", 8), ("2026-01-04", 16)]);
    // An hour further west it is still the day before.
    let west = UsageQuery { zone: zone("Atlantic/Cape_Verde"), ..query };
    check(&rows(&scene.report(west)), &[("2026-01-04", 17)]);
}

#[test]
fn what_has_no_day_is_told_apart_when_days_are_asked_for() {
    let scene = turn_of_the_year();
    for period in Period::ALL {
        let query = UsageQuery { since: Some(date("2026-01-05")), ..UsageQuery::all(period, TimeZone::UTC) };
        let report = scene.report(query);
        assert_eq!(report.total.tally.usage.total().0, 1, "{period:?}");
        assert_eq!((report.undated.tally.usage.total().0, report.undated.sessions), (4, 1), "{period:?}");
    }
}
