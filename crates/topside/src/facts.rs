//! `topside db export`: everything that history holds, fact by fact.

use std::io::{self, Write};
use std::ops::ControlFlow;
use std::path::Path;

use anyhow::Context;
use clap::Args;
use topside_export::csv;
use topside_export::wire::v1::FactV1;
use topside_model::{Bucket, Date, Fact, PastSession, TimeZone, Timestamp};
use topside_store::{Past, Store};

use crate::usage::day;

/// `topside db export`.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Export {
    /// Only from DAY on, such as 2026-11-01
    #[arg(long, value_name = "DAY", value_parser = day)]
    pub(crate) since: Option<Date>,
    /// Only up to DAY, and DAY too
    #[arg(long, value_name = "DAY", value_parser = day)]
    pub(crate) until: Option<Date>,
    /// Write JSON, one fact on each line; this is the usual form
    #[arg(long, conflicts_with = "csv")]
    pub(crate) jsonl: bool,
    /// Write comma-separated values, in one table for all kinds
    #[arg(long)]
    pub(crate) csv: bool,
}

/// Writes what the database at `place` holds to `out`; days are those of `zone`.
pub(crate) fn export(asked: Export, zone: &TimeZone, place: &Path, out: &mut dyn Write) -> anyhow::Result<()> {
    let store = Store::open_to_read(place)?
        .with_context(|| format!("export {}: it is not there yet; `topside usage` makes it", place.display()))?;
    let mut sink = Sink { out, csv: asked.csv, result: Ok(()) };
    if asked.csv {
        sink.write(&csv::facts());
    }
    tell(&store.past()?, &Range { since: asked.since, until: asked.until, zone }, &mut sink)?;
    sink.result.and_then(|()| sink.out.flush()).context("write to standard output")
}

/// Hands the facts of `range` to `sink`, one after the other.
fn tell(past: &Past<'_>, range: &Range, sink: &mut Sink<'_>) -> anyhow::Result<()> {
    for session in past.whole_sessions()?.iter().filter(|session| range.has_session(session)) {
        if sink.give(&FactV1::session(session)).is_break() {
            return Ok(());
        }
    }
    past.buckets(|bucket| {
        if range.has_bucket(&bucket) && sink.result.is_ok() {
            let (session, billing) = (&past.sessions[bucket.session].key, &past.billings[bucket.billing]);
            // The rest is passed over.
            _ = sink.give(&FactV1::usage(session, billing, &bucket));
        }
    })?;
    past.facts(|fact| if range.has_fact(&fact) { sink.give(&FactV1::from(&fact)) } else { sink.goes_on() })?;
    Ok(())
}

/// Where lines go, until one cannot be written.
struct Sink<'a> {
    out: &'a mut dyn Write,
    csv: bool,
    result: io::Result<()>,
}

impl Sink<'_> {
    fn give(&mut self, fact: &FactV1) -> ControlFlow<()> {
        let line = if self.csv { csv::fact(fact) } else { fact.to_json_line() + "\n" };
        self.write(&line);
        self.goes_on()
    }

    fn write(&mut self, line: &str) {
        if self.result.is_ok() {
            self.result = self.out.write_all(line.as_bytes());
        }
    }

    fn goes_on(&self) -> ControlFlow<()> {
        if self.result.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    }
}

/// Days of a zone from and up to which is told; what has no time is told of only where no day is named.
#[derive(Debug)]
struct Range<'a> {
    since: Option<Date>,
    until: Option<Date>,
    zone: &'a TimeZone,
}

impl Range<'_> {
    fn has_session(&self, session: &PastSession) -> bool {
        self.has(session.first_at, session.last_at)
    }

    fn has_bucket(&self, bucket: &Bucket) -> bool {
        self.has(bucket.start, None)
    }

    fn has_fact(&self, fact: &Fact) -> bool {
        match fact {
            // A state that lasts has no end that could be too early.
            Fact::State(span) => self.has(Some(span.from), Some(span.to.unwrap_or(Timestamp::MAX))),
            Fact::Turn(turn) => self.has(turn.started_at, turn.ended_at),
            Fact::Call(call) => self.has(call.started_at, call.finished_at),
            Fact::Limit(seen) => self.has(Some(seen.at), None),
        }
    }

    /// True for what was so on one of the days, from `first` to `last`; where one is not known, at the other.
    fn has(&self, first: Option<Timestamp>, last: Option<Timestamp>) -> bool {
        if self.since.is_none() && self.until.is_none() {
            return true;
        }
        let Some((first, last)) = first.or(last).zip(last.or(first)) else { return false };
        let day = |at: Timestamp| self.zone.to_datetime(at).date();
        self.since.is_none_or(|since| day(last) >= since) && self.until.is_none_or(|until| day(first) <= until)
    }
}

#[cfg(test)]
mod tests;
