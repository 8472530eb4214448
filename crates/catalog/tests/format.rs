//! How numbers, times, statuses and limits read.

use std::time::Duration;

use topside_catalog::limit::{Forecast, forecast, out_at, time_passed};
use topside_catalog::{TimeZone, format, status};
use topside_model::{
    AgentId, Bytes, CallId, ErrorClass, Limit, LimitId, LimitMark, LimitSample, LimitWindow, Money, Percent, Status,
    Timestamp, Tokens, Untrusted,
};

fn at(text: &str) -> Timestamp {
    text.parse().expect("the tests write valid times")
}

#[test]
fn numbers_read_short() {
    for (count, text) in
        [(0, "0"), (912, "912"), (999, "999"), (1000, "1k"), (1_550, "1.5k"), (373_999, "373k"), (1_790_000, "1.7M")]
    {
        assert_eq!(format::tokens(Tokens(count)), text);
    }
    for (count, text) in
        [(0, "0"), (749, "749"), (1_070, "1070"), (9_999, "9999"), (10_000, "10k"), (1_790_000, "1.7M")]
    {
        assert_eq!(format::count(count), text);
    }
    for (size, text) in [(512, "512 B"), (38_000, "37 KB"), (1_300_000_000, "1.2 GB")] {
        assert_eq!(format::bytes(Bytes(size)), text);
    }
    assert_eq!(format::percent(Percent(83.6)), "84%");
    assert_eq!(format::percent(Percent(f64::NAN)), "–");
    assert_eq!(format::or_dash(None::<Tokens>, format::tokens), "–");
}

#[test]
fn prices_are_shown_exactly() {
    for (units, expected) in [
        (0, "0.00"),
        (3_000_000, "3.00"),
        (250_000, "0.25"),
        (18_750_000, "18.75"),
        (62_500, "0.0625"),
        (3_625, "0.003625"),
        (1, "0.000001"),
    ] {
        assert_eq!(format::per_million(Money(units)), expected);
    }
}

#[test]
fn money_reads_in_cents() {
    for (micros, text, floor) in [
        (0, "$0.00", "≥$0.00"),
        (4_999, "<$0.01", "≥$0.00"),
        (5_000, "$0.01", "≥$0.00"),
        (419_999, "$0.42", "≥$0.41"),
        (1_234_500_000, "$1234.50", "≥$1234.50"),
    ] {
        let money = Money::micros(micros);
        assert_eq!((format::money(money).as_str(), format::money_floor(money).as_str()), (text, floor));
    }
}

#[test]
fn a_zone_goes_by_its_name_or_by_its_distance() {
    let now = at("2026-11-20T14:02:00Z");
    assert_eq!(format::zone(&TimeZone::UTC, now), "UTC");
    assert_eq!(format::zone(&TimeZone::posix("<+0545>-5:45").expect("a zone"), now), "+05:45");
}

#[test]
fn times_read_short() {
    for (seconds, long, short) in [
        (12, "12s", "12s"),
        (100, "1m 40s", "1m"),
        (120, "2m", "2m"),
        (7500, "2h 5m", "2h"),
        (273_600, "3d 4h", "3d"),
        (8_650_800, "100d", "100d"),
    ] {
        assert_eq!(format::duration(Duration::from_secs(seconds)), long);
        assert_eq!(format::age(Duration::from_secs(seconds)), short);
    }
    for (millis, text) in [(35, "35ms"), (2_449, "2.4s"), (61_000, "1m 1s")] {
        assert_eq!(format::short_duration(Duration::from_millis(millis)), text);
    }
}

#[test]
fn a_clock_time_says_the_day_when_it_is_another() {
    let now = at("2026-11-20T14:02:00Z");
    for (time, text) in [
        ("2026-11-20T15:40:00Z", "15:40"),
        ("2026-11-26T14:50:00Z", "Thu 14:50"),
        ("2026-11-19T23:00:00Z", "Thu 23:00"),
        ("2026-12-01T00:00:00Z", "1 Dec"),
        ("2025-12-01T00:00:00Z", "1 Dec 2025"),
    ] {
        assert_eq!(format::clock(at(time), now, &TimeZone::UTC), text);
    }
}

#[test]
fn a_window_is_named_by_its_length() {
    for (minutes, name) in [
        (300, "5 h"),
        (299, "5 h"),
        (301, "5 h"),
        (10_080, "7 d"),
        (10_079, "7 d"),
        (43_200, "30 d"),
        (1440, "24 h"),
        (90, "90 min"),
        (60, "1 h"),
        (0, "0 min"),
    ] {
        assert_eq!(format::window(Duration::from_mins(minutes)), name, "{minutes}");
    }
}

#[test]
fn a_status_says_what_and_why() {
    let now = at("2026-11-20T14:00:00Z");
    let since = Some(at("2026-11-20T13:58:20Z"));
    let text = |text: &str| Untrusted::new(text);
    let tool = |parallel| Status::RunningTool {
        call: CallId::new("1"),
        name: text("exec"),
        summary: Some(text("cargo test")),
        parallel,
        since,
    };
    let failed = Status::Failed { error: ErrorClass::RateLimit, message: Some(text("slow down")), since };
    let statuses = [
        Status::Thinking { since },
        tool(1),
        tool(3),
        Status::WaitingOnSubagents { n: 2, since },
        Status::Compacting { since },
        Status::Retrying { error: ErrorClass::Server, until: Some(at("2026-11-20T14:00:07Z")) },
        Status::Approval { tool: text("exec"), summary: Some(text("npm publish")), since },
        Status::Question { text: Some(text("Which one?")), since },
        Status::TurnDone { since },
        Status::RateLimited { until: Some(at("2026-11-20T15:40:00Z")), since },
        Status::RateLimited { until: None, since: None },
        failed,
        Status::New { since },
        Status::Ended { at: since },
        Status::Interrupted { at: since },
        Status::Crashed { at: None },
        Status::Unknown { why: "no record", over: false },
    ];
    let lines: Vec<String> = statuses
        .iter()
        .map(|status| {
            let action = status::action(status).unwrap_or_default();
            let (label, sentence) =
                (status::label(status, now, &TimeZone::UTC), status::sentence(status, now, &TimeZone::UTC));
            format!("{} {label:<26}| {action:<20}| {sentence}", status::glyph(status)).trim_end().to_owned()
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"));
}

/// A limit with one window of five hours, reported at noon, and what was reported of it before.
fn limit(used: f64, resets_at: &str, before: &[(&str, f64)]) -> Limit {
    let length = Duration::from_hours(5);
    let window = LimitWindow { window: Some(length), used: Percent(used), resets_at: Some(at(resets_at)) };
    let sample = LimitSample {
        limit: LimitId::new("l"),
        name: None,
        plan: None,
        windows: vec![window],
        reached: None,
        seen_at: at("2026-11-20T12:00:00Z"),
    };
    let mark = |(seen, used): &(&str, f64)| LimitMark {
        window: length,
        at: at(seen),
        used: Percent(*used),
        resets_at: at(resets_at),
    };
    let marks = before.iter().map(mark).collect();
    Limit { agent: AgentId::new("codex"), home: Untrusted::new("/home"), sample, marks }
}

/// Checks where a limit is going that was reported at noon, a moment later.
#[track_caller]
fn check_forecast(limit: &Limit, now: &str, expected: &str) {
    let now = at(now);
    let words = match forecast(limit, &limit.sample.windows[0], now) {
        Some(Forecast::Out { earliest, latest }) => out_at(earliest, latest, now, &TimeZone::UTC),
        other => format!("{other:?}"),
    };
    assert_eq!(words, expected);
}

const NOON: &str = "2026-11-20T12:00:00Z";
/// The end of a window of which half is over at noon.
const HALF: &str = "2026-11-20T14:30:00Z";

#[test]
fn a_limit_is_forecast_from_its_pace() {
    let half = limit(40.0, HALF, &[]);
    assert_eq!(time_passed(&half.sample.windows[0], at(NOON)), Some(Percent(50.0)));
    check_forecast(&half, NOON, "Some(Lasts)");
    check_forecast(&limit(75.0, HALF, &[]), NOON, "12:50");
    check_forecast(&limit(75.0, HALF, &[]), "2026-11-20T13:00:00Z", "13:00");
    check_forecast(&limit(100.0, HALF, &[]), NOON, "Some(Reached)");
    check_forecast(&limit(75.0, "2026-11-20T11:59:00Z", &[]), NOON, "Some(Stale)");
    check_forecast(&limit(0.0, HALF, &[]), NOON, "Some(Lasts)");
    check_forecast(&limit(1.0, "2026-11-20T17:00:00Z", &[]), NOON, "None");
    let mut endless = limit(9.0, HALF, &[]);
    endless.sample.windows[0].resets_at = None;
    check_forecast(&endless, NOON, "None");
}

#[test]
fn a_pace_that_changed_makes_a_range() {
    // 75 % in 150 minutes: out in 50. The last hour brought 50 %: out in 30.
    check_forecast(&limit(75.0, HALF, &[("2026-11-20T11:00:00Z", 25.0)]), NOON, "12:30–12:50");
    // The last quarter brought 25 %: out in 15.
    let faster = [("2026-11-20T11:00:00Z", 25.0), ("2026-11-20T11:45:00Z", 50.0)];
    check_forecast(&limit(75.0, HALF, &faster), NOON, "12:15–12:50");
    // Nothing was used lately.
    check_forecast(&limit(75.0, HALF, &[("2026-11-20T11:00:00Z", 75.0)]), NOON, "12:50 or lasts");
    check_forecast(&limit(40.0, HALF, &[("2026-11-20T11:40:00Z", 20.0)]), NOON, "13:00 or lasts");
    // A figure that shrank is no pace backwards.
    check_forecast(&limit(75.0, HALF, &[("2026-11-20T11:00:00Z", 80.0)]), NOON, "12:50 or lasts");
}

#[test]
fn reports_of_another_window_tell_no_pace() {
    let mut limit = limit(75.0, HALF, &[("2026-11-20T11:00:00Z", 25.0), ("2026-11-20T11:00:00Z", 25.0)]);
    limit.marks[0].resets_at = at("2026-11-20T11:30:00Z");
    limit.marks[1].window = Duration::from_hours(168);
    check_forecast(&limit, NOON, "12:50");
}

#[test]
fn a_report_that_is_too_fresh_tells_no_pace() {
    check_forecast(&limit(75.0, HALF, &[("2026-11-20T11:50:00Z", 25.0)]), NOON, "12:50");
}
