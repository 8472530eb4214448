//! How long sessions waited for a person, by day, session or project.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::time::Duration;

use topside_model::{
    Date, Lineage, Period, RowKey, SessionKey, StateKind, StateSpan, TimeZone, Timestamp, UsageQuery, WaitQuery,
    WaitReport, WaitRow, WaitTally, WaitsBy, elapsed,
};

use super::calendar::beginning;
use super::family::{Families, Member};

/// Nobody waits longer: what says so was stamped by a clock that was wrong.
const LONGEST: Duration = Duration::from_hours(24 * 366);

/// A report on waits in the making.
#[derive(Debug)]
pub struct WaitFold<'a> {
    query: WaitQuery,
    sessions: &'a [Lineage],
    places: BTreeMap<&'a SessionKey, usize>,
    families: Families<'a>,
    /// Waits of each family, by its top.
    waits: BTreeMap<u32, (Member, Vec<Span>)>,
}

/// A wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Span {
    from: Timestamp,
    to: Timestamp,
    kind: StateKind,
}

impl<'a> WaitFold<'a> {
    /// A report that nothing was added to yet, on what `sessions` waited for.
    pub fn new(query: WaitQuery, sessions: &'a [Lineage]) -> Self {
        let (agent, project) = (query.agent.clone(), query.project.clone());
        let of = UsageQuery { agent, project, ..UsageQuery::all(Period::Session, query.zone.clone()) };
        Self {
            query,
            sessions,
            places: sessions.iter().enumerate().map(|(place, session)| (&session.key, place)).collect(),
            families: Families::new(sessions, &of),
            waits: BTreeMap::new(),
        }
    }

    /// Adds a state; one that still lasts does so until `now`. What is no wait for a person adds nothing.
    pub fn add(&mut self, state: &StateSpan, now: Timestamp) {
        let place = self.places.get(&state.session).copied().filter(|_| state.state.waits_for_a_person());
        let Some(member) = place.and_then(|place| self.families.member(place)) else { return };
        let to = state.to.unwrap_or(now);
        let from = state.from.max(to - LONGEST.min(elapsed(Timestamp::MIN, to)));
        let (_, spans) = self.waits.entry(member.top).or_insert_with(|| (member, Vec::new()));
        spans.push(Span { from, to, kind: state.state });
    }

    /// The report at the moment `now`, on everything that was added.
    pub fn report(self, now: Timestamp) -> WaitReport {
        let mut rows: BTreeMap<RowKey, Vec<Span>> = BTreeMap::new();
        let mut all = Vec::new();
        for (top, (member, spans)) in &self.waits {
            let session = &self.sessions[*top as usize];
            for span in apart(spans).into_iter().filter_map(|span| self.asked_for(span)) {
                for (day, part) in self.parts(span) {
                    let key = match self.query.by {
                        WaitsBy::Day => RowKey::Day(day),
                        WaitsBy::Session => {
                            RowKey::Session { key: session.key.clone(), project: session.project.clone() }
                        }
                        WaitsBy::Project => RowKey::Project(self.families.project(member.project).cloned()),
                    };
                    rows.entry(key).or_default().push(part);
                }
                all.push(span);
            }
        }
        let mut rows: Vec<WaitRow> =
            rows.into_iter().map(|(key, spans)| WaitRow { key, tally: tally(spans) }).collect();
        if self.query.by != WaitsBy::Day {
            rows.sort_by_key(|row| Reverse(row.tally.time()));
        }
        WaitReport { taken_at: now, query: self.query, rows, total: tally(all) }
    }

    /// What of it lies on days that were asked for.
    fn asked_for(&self, span: Span) -> Option<Span> {
        let WaitQuery { since, until, zone, .. } = &self.query;
        let start = since.map_or(Timestamp::MIN, |since| beginning(since, zone));
        let end = until.map_or(Timestamp::MAX, |until| after(until, zone));
        let asked = Span { from: span.from.max(start), to: span.to.min(end), ..span };
        (asked.from < asked.to).then_some(asked)
    }

    /// What a row has of it, and the day on which that begins. Rows other than days are not cut at midnight.
    fn parts(&self, span: Span) -> Vec<(Date, Span)> {
        let WaitQuery { by, zone, .. } = &self.query;
        let mut rest = span;
        let mut parts = Vec::new();
        while rest.from < rest.to {
            let day = zone.to_datetime(rest.from).date();
            let to = if *by == WaitsBy::Day { rest.to.min(after(day, zone)) } else { rest.to };
            parts.push((day, Span { to, ..rest }));
            rest.from = to;
        }
        parts
    }
}

/// The first moment after `day`.
fn after(day: Date, zone: &TimeZone) -> Timestamp {
    beginning(day.tomorrow().unwrap_or(Date::MAX), zone)
}

/// Times in which at least one of these waits lasted: those that overlap are one, of the kind of the first, and so are
/// those of one kind that touch.
fn apart(spans: &[Span]) -> Vec<Span> {
    let mut spans = spans.to_vec();
    spans.sort_unstable();
    let mut apart: Vec<Span> = Vec::new();
    for span in spans {
        match apart.last_mut() {
            Some(last) if span.from < last.to || span.from == last.to && span.kind == last.kind => {
                last.to = last.to.max(span.to);
            }
            _ => apart.push(span),
        }
    }
    apart
}

/// What some waits add up to.
fn tally(mut spans: Vec<Span>) -> WaitTally {
    let mut tally = WaitTally::default();
    for span in &spans {
        let time = elapsed(span.from, span.to);
        let sum = if span.kind == StateKind::Question { &mut tally.question } else { &mut tally.approval };
        *sum += time;
        tally.waits += 1;
        tally.longest = tally.longest.max(time);
    }
    spans.sort_unstable();
    tally.any = apart(&spans).iter().map(|span| elapsed(span.from, span.to)).sum();
    tally
}
