//! Ninety days behind the show: what the fleet's projects used on each day. The same day of the calendar always gets the
//! same use, whenever the show begins.

use std::sync::Arc;
use std::time::Duration;

use topside_engine::BoardFold;
use topside_model::{
    AgentId, Billing, Bucket, Date, History, Lineage, ModelId, SessionId, SessionKey, TimeZone, Timestamp, Tokens,
    Untrusted, Usage,
};

use super::agent::{Agent, CLAUDE, CODEX};
use super::prop::PRICES;

/// Days before today that there is history of, more than the screen tells one by one.
const DAYS: u64 = 120;

/// Projects: who works there, how much of the time, by which model most of the work is done, and by which some.
const PROJECTS: [(&str, &Agent, u64, [usize; 2]); 9] = [
    ("webshop", &CLAUDE, 34, [0, 1]),
    ("payments", &CLAUDE, 21, [1, 0]),
    ("kernel", &CLAUDE, 17, [0, 1]),
    ("atlas", &CODEX, 24, [2, 3]),
    ("gateway", &CODEX, 12, [2, 3]),
    ("handbook", &CLAUDE, 9, [1, 0]),
    ("invoices", &CODEX, 8, [2, 3]),
    ("importer", &CLAUDE, 6, [0, 1]),
    ("scratch", &CODEX, 3, [3, 4]),
];

/// Models. The last one has no list price, as a model of one's own.
const MODELS: [&str; 5] = ["claude-sonnet-5", "claude-opus-5", "gpt-5.6-sol", "gpt-5.6-luna", "house-coder-2"];

/// How busy an hour of a working day is, of ten.
const HOURS: [u64; 24] = [0, 0, 0, 0, 0, 0, 0, 1, 4, 8, 10, 9, 4, 7, 9, 10, 8, 6, 3, 1, 2, 3, 2, 1];

/// The history of the show at `now`, its days those of `zone`.
pub(crate) fn history(now: Timestamp, zone: &TimeZone) -> History {
    let today = zone.to_datetime(now).date();
    let sessions = PROJECTS.map(|(name, agent, _, _)| {
        let key = SessionKey { agent: AgentId::new(agent.id), id: SessionId::new(name) };
        Lineage { project: Some(Untrusted::new(name)), ..Lineage::new(key) }
    });
    let billings = MODELS.map(|name| Billing { model: Some(ModelId::new(name)), ..Billing::default() });
    let mut fold = BoardFold::new(zone.clone(), now, &sessions, &billings);
    for age in 0..DAYS {
        let date = today.saturating_sub(Duration::from_hours(24 * age));
        for place in 0..sessions.len() {
            for hour in hours(date, place, zone).filter(|hour| hour.start <= now) {
                fold.add(&hour.bucket(place));
                fold.add_turns(place, hour.start, hour.turns());
            }
        }
    }
    History { board: Some(Arc::new(fold.board(&PRICES.quotes()))), ..History::default() }
}

/// What a project used in an hour.
struct Hour {
    start: Timestamp,
    model: usize,
    tokens: u64,
    /// Share of the tokens that is read from the cache, in percent: more on some days than on others.
    cached: u64,
    /// Chance, for everything else.
    dice: u64,
}

impl Hour {
    /// Codex does not say what goes into the cache.
    fn bucket(&self, session: usize) -> Bucket {
        let output = self.tokens / (30 + self.dice % 20);
        let cached = self.tokens / 100 * self.cached;
        let fresh = self.tokens.saturating_sub(output + cached);
        let written = if PROJECTS[session].1.id == CLAUDE.id { fresh / 10 * 9 } else { 0 };
        let usage = Usage {
            input_uncached: Tokens(fresh - written),
            cache_read: Tokens(cached),
            cache_write_5m: Tokens(written),
            output: Tokens(output),
            reasoning: Tokens(output / 3),
            ..Usage::default()
        };
        let span = Some((self.start, self.start));
        let replies = self.tokens / 60_000 + 1;
        Bucket { session, billing: self.model, start: Some(self.start), span, usage, replies, unsettled: 0 }
    }

    fn turns(&self) -> u64 {
        self.tokens / 900_000 + self.dice % 2
    }
}

/// Hours of a day on which a project was worked on.
fn hours(date: Date, place: usize, zone: &TimeZone) -> impl Iterator<Item = Hour> {
    let (_, _, weight, [most, some]) = PROJECTS[place];
    let number = i64::from(date.year()) * 400 + i64::from(date.day_of_year());
    let day = dice(number.unsigned_abs() * 31 + place as u64);
    let ease = match date.weekday().to_monday_zero_offset() {
        5 => 22,
        6 => 13,
        4 => 70,
        _ => 100,
    };
    // Projects are worked on for some days and then left alone; now and then nobody works at all.
    let rests =
        dice(number.unsigned_abs()).is_multiple_of(17) || dice(number.unsigned_abs() / 5 + place as u64) % 10 < 3;
    let zone = zone.clone();
    (0..if rests { 0 } else { 24_usize }).filter_map(move |hour| {
        let dice = dice(day + hour as u64);
        let tokens = HOURS[hour] * weight * ease * (40 + dice % 160) / 3;
        let start = zone.to_timestamp(date.at(hour as i8, 15 * (dice / 11 % 4) as i8, 0, 0)).ok()?;
        let model = if (dice / 3).is_multiple_of(6) { some } else { most };
        (tokens > 20_000).then_some(Hour { start, model, tokens, cached: 66 + day / 7 % 28, dice })
    })
}

/// A number that looks like chance and is always the same (`SplitMix64`).
fn dice(seed: u64) -> u64 {
    let mut z = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    (z ^ z >> 31) >> 8
}

#[cfg(test)]
mod tests {
    use topside_model::{TimeZone, Timestamp};

    use super::{MODELS, PROJECTS, history};

    fn now() -> Timestamp {
        "2026-11-17T12:00:00Z".parse().expect("a moment")
    }

    #[test]
    fn a_day_gets_the_same_use_whenever_the_show_begins() {
        let board = |now| history(now, &TimeZone::UTC).board.expect("there is one");
        let (first, second) = (board(now()), board(super::super::prop::later(now(), 86_400)));
        assert_eq!(first, board(now()));
        assert_eq!(first.days[1..89], second.days[..88]);
        assert_ne!(first.days[89], second.days[88], "today was not over");
    }

    #[test]
    fn every_project_and_model_is_seen_and_every_sum_grows() {
        let board = history(now(), &TimeZone::UTC).board.expect("there is one");
        assert_eq!((board.projects.len(), board.models.len()), (PROJECTS.len(), MODELS.len()));
        let sums = [&board.day, &board.week, &board.month, &board.all].map(|tally| tally.usage.total());
        assert!(sums.is_sorted() && sums[0] > topside_model::Tokens(0), "{sums:?}");
        assert!(board.month.cost_is_floor(), "a model has no price");
        assert!(board.days.iter().any(|day| day.turns > Some(0)));
    }
}
