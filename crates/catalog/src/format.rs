//! How numbers and times read. Every function takes a value; [`or_dash`] is for those that may be missing.

use std::time::Duration;

use jiff::tz::TimeZone;
use topside_model::{Bytes, Date, Money, Percent, Tally, Timestamp, Tokens};

/// Stands for what is not known.
pub const DASH: &str = "–";
/// A hundredth of a US dollar, in the unit of [`Money`].
const CENT: u128 = Money::micros(10_000).0;

/// The value as text, or a dash.
pub fn or_dash<T>(value: Option<T>, show: impl FnOnce(T) -> String) -> String {
    value.map_or_else(|| DASH.to_owned(), show)
}

/// `912`, `373k`, `1.7M`, `2.1G`: at most four characters below a thousand billions, rounded down.
pub fn tokens(count: Tokens) -> String {
    scaled(count.0, 1000, ["", "k", "M", "G", "T"])
}

/// `912`, `1070`, `37k`: a plain count, exact up to four digits and from there on shortened like [`tokens`].
pub fn count(count: u64) -> String {
    if count < 10_000 { count.to_string() } else { scaled(count, 1000, ["", "k", "M", "G", "T"]) }
}

/// `512 B`, `37 KB`, `1.2 GB`, by powers of 1024.
pub fn bytes(size: Bytes) -> String {
    scaled(size.0, 1024, [" B", " KB", " MB", " GB", " TB"])
}

/// `value` in the largest step that leaves at least one before the point; one decimal only below ten, and only where
/// the step is not the first two.
fn scaled(value: u64, step: u64, suffixes: [&str; 5]) -> String {
    let mut unit = 1;
    let mut suffix = 0;
    while value / unit >= step && suffix + 1 < suffixes.len() {
        unit *= step;
        suffix += 1;
    }
    let whole = value / unit;
    let tenth = value % unit * 10 / unit;
    if whole < 10 && suffix >= 1 && tenth > 0 {
        format!("{whole}.{tenth}{}", suffixes[suffix])
    } else {
        format!("{whole}{}", suffixes[suffix])
    }
}

/// `$0.42`, `$1234.50`, rounded half up; `<$0.01` for what would round to nothing and is not.
pub fn money(money: Money) -> String {
    match money.0.saturating_add(CENT / 2) / CENT {
        0 if money > Money::default() => "<$0.01".to_owned(),
        cents => dollars(cents),
    }
}

/// Money where there may have been more: `≥$0.42`, rounded down.
pub fn money_floor(money: Money) -> String {
    format!("≥{}", dollars(money.0 / CENT))
}

/// `3.00`, `0.003625`: US dollars for a million, at so much each.
pub fn per_million(Money(units): Money) -> String {
    let (whole, part) = (units / 1_000_000, units % 1_000_000);
    let part = format!("{part:06}");
    let (cents, finer) = part.split_at(2);
    format!("{whole}.{cents}{}", finer.trim_end_matches('0'))
}

fn dollars(cents: u128) -> String {
    format!("${}.{:02}", cents / 100, cents % 100)
}

/// All tokens of some replies, as a lower bound where there may have been more: `373k`, `≥1.7M`.
pub fn used(tally: &Tally) -> String {
    let floor = if tally.usage_is_floor() { "≥" } else { "" };
    format!("{floor}{}", tokens(tally.usage.total()))
}

/// List price of some replies, as a lower bound where it may have been more: `$0.42`, `≥$12.30`. `None` where nothing
/// that was used has a known price.
pub fn cost(tally: &Tally) -> Option<String> {
    let show = if tally.cost_is_floor() { money_floor } else { money };
    tally.cost.known().map(show)
}

/// What each of so many turns cost, as [`cost`] says it; `None` where their number or the cost is not known.
pub fn cost_per_turn(tally: &Tally, turns: Option<u64>) -> Option<String> {
    let show = if tally.cost_is_floor() { money_floor } else { money };
    tally.cost_per_turn(turns).map(show)
}

/// `84%`. Not a number reads as a dash: a share of nothing is not known.
pub fn percent(share: Percent) -> String {
    if share.0.is_finite() { format!("{}%", share.0.round_ties_even() as i64) } else { DASH.to_owned() }
}

/// How long, to two parts: `12s`, `1m 40s`, `2h 5m`, `3d 4h`.
pub fn duration(time: Duration) -> String {
    let (large, small) = parts(time);
    small.map_or_else(|| large.clone(), |small| format!("{large} {small}"))
}

/// How long, to one part: `12s`, `41m`, `2h`, `3d`.
pub fn age(time: Duration) -> String {
    parts(time).0
}

/// The largest part of a time and the one below it, which is left out where it is zero, or next to nothing beside a
/// hundred of the other.
fn parts(time: Duration) -> (String, Option<String>) {
    let seconds = time.as_secs();
    let (large, unit, small, below) = match seconds {
        0..60 => return (format!("{seconds}s"), None),
        60..3600 => (seconds / 60, "m", seconds % 60, "s"),
        3600..86_400 => (seconds / 3600, "h", seconds % 3600 / 60, "m"),
        _ => (seconds / 86_400, "d", seconds % 86_400 / 3600, "h"),
    };
    (format!("{large}{unit}"), (small > 0 && large < 100).then(|| format!("{small}{below}")))
}

/// Milliseconds matter below ten seconds: `35ms`, `2.4s`; above, as [`duration`].
pub fn short_duration(time: Duration) -> String {
    match time.as_millis() {
        millis @ 0..1000 => format!("{millis}ms"),
        millis @ 1000..10_000 => format!("{}.{}s", millis / 1000, millis % 1000 / 100),
        _ => duration(time),
    }
}

/// The time of day where `at` lies on the same day as `now` (`15:40`), with the weekday within six days
/// (`Thu 14:50`), else the date (`20 Nov`, `20 Nov 2025`).
pub fn clock(at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let (at, now) = (at.to_zoned(zone.clone()), now.to_zoned(zone.clone()));
    let days = at.date().since(now.date()).map_or(i32::MAX, |span| span.get_days());
    let layout = match days {
        0 => "%H:%M",
        -6..=6 => "%a %H:%M",
        _ if at.year() == now.year() => "%-d %b",
        _ => "%-d %b %Y",
    };
    at.strftime(layout).to_string()
}

/// A day of the last months: `Fri 20 Nov`.
pub fn day(day: Date) -> String {
    day.strftime("%a %-d %b").to_string()
}

/// A zone's name, `Europe/Berlin`; where it has none, how far it is from UTC at that moment, `+05:45`.
pub fn zone(zone: &TimeZone, at: Timestamp) -> String {
    zone.iana_name().map_or_else(|| zone.to_offset(at).to_string(), str::to_owned)
}

/// A limit window's name from its length: `5 h`, `7 d`, `30 d`. Vendors report lengths a minute off.
pub fn window(length: Duration) -> String {
    const HOUR: u64 = 60;
    const DAY: u64 = 24 * HOUR;
    let minutes = (length.as_secs() + 30) / 60;
    let near = |unit: u64| {
        let whole = (minutes + 1) / unit;
        (whole > 0 && minutes.abs_diff(whole * unit) <= 1).then_some(whole)
    };
    match (near(DAY), near(HOUR)) {
        (Some(1), _) => "24 h".to_owned(),
        (Some(days), _) => format!("{days} d"),
        (None, Some(hours)) => format!("{hours} h"),
        (None, None) => format!("{minutes} min"),
    }
}
