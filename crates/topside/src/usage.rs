//! `topside usage`: what was asked, and the answer in the form it was asked for.

mod reported;

use std::collections::BTreeSet;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use topside_collect::REGISTRY;
use topside_engine::{Prices, UsageFold};
use topside_export::text::{self, Page};
use topside_export::{csv, wire::v1};
use topside_model::{
    AgentId, Date, Lineage, NoDay, Period, Problem, TimeZone, Timestamp, Untrusted, UsageQuery, UsageReport,
    written_day,
};
use topside_store::{Past, StoreError};

pub(crate) use self::reported::Reported;
use crate::cli::by_name;
use crate::nearest::nearest;

/// `topside usage`.
#[derive(Debug, Args)]
pub(crate) struct Usage {
    /// What a row stands for
    #[arg(value_name = "PERIOD", default_value = Period::default().id(), value_parser = by_name(Period::ALL, Period::id))]
    pub(crate) period: Period,
    /// Only from DAY on, such as 2026-11-01
    #[arg(long, value_name = "DAY", value_parser = day)]
    pub(crate) since: Option<Date>,
    /// Only up to DAY, and DAY too
    #[arg(long, value_name = "DAY", value_parser = day)]
    pub(crate) until: Option<Date>,
    /// Where days begin and end, such as Europe/Berlin; your own zone otherwise
    #[arg(long, value_name = "ZONE", value_parser = zone)]
    pub(crate) timezone: Option<TimeZone>,
    /// Only sessions of this agent, such as codex
    #[arg(long, value_name = "AGENT", value_parser = agents())]
    pub(crate) agent: Option<AgentId>,
    /// Only the project of this name
    #[arg(long, value_name = "NAME")]
    pub(crate) project: Option<String>,
    /// Print JSON
    #[arg(long, conflicts_with = "csv")]
    pub(crate) json: bool,
    /// Print comma-separated values
    #[arg(long)]
    pub(crate) csv: bool,
}

impl Usage {
    /// True when the answer is neither for a program nor for a table.
    fn is_for_people(&self) -> bool {
        !(self.json || self.csv)
    }
}

/// What the command line asks, in one's `own` zone unless it names another; or what is wrong with it.
pub(crate) fn query(usage: &Usage, own: impl FnOnce() -> TimeZone) -> Result<UsageQuery, String> {
    in_order(usage.since, usage.until)?;
    Ok(UsageQuery {
        period: usage.period,
        since: usage.since,
        until: usage.until,
        zone: usage.timezone.clone().unwrap_or_else(own),
        agent: usage.agent.clone(),
        project: usage.project.clone(),
    })
}

/// Says what is wrong with a range of days that ends before it begins.
pub(crate) fn in_order(since: Option<Date>, until: Option<Date>) -> Result<(), String> {
    match since.zip(until) {
        Some((since, until)) if since > until => {
            Err(format!("no day is from {since} on and up to {until}; give --since the earlier day"))
        }
        _ => Ok(()),
    }
}

/// What `past` adds up to at the moment `now`, at these prices.
pub(crate) fn report(
    query: UsageQuery,
    past: &Past<'_>,
    prices: &Prices,
    now: Timestamp,
) -> Result<UsageReport, StoreError> {
    let price = prices.quotes();
    let mut fold = UsageFold::new(query, &past.sessions, &past.billings, &price);
    past.buckets(|bucket| fold.add(&bucket))?;
    let report = fold.report(now);
    let wanted = report.query.project.as_deref().filter(|_| report.rows.is_empty());
    let unknown_project = wanted.and_then(|wanted| unknown_project(wanted, &past.sessions));
    Ok(UsageReport { unknown_project, ..report })
}

/// Where none of `sessions` is of the project of that name: the nearest names of projects there are.
pub(crate) fn unknown_project(wanted: &str, sessions: &[Lineage]) -> Option<Vec<Untrusted>> {
    let names: BTreeSet<&str> =
        sessions.iter().filter_map(|session| session.project.as_ref()).map(Untrusted::raw).collect();
    (!names.contains(wanted)).then(|| nearest(wanted, &names).into_iter().map(Untrusted::new).collect())
}

/// The report in the form that `usage` asks for. Only JSON says what is left out.
fn face(usage: &Usage, report: &UsageReport, left_out: &[Problem], page: &Page) -> String {
    if usage.json {
        v1::usage(report, left_out).to_json()
    } else if usage.csv {
        csv::usage(report)
    } else {
        text::usage(report, page)
    }
}

/// Agents that topside knows, by their ids.
pub(crate) fn agents() -> impl TypedValueParser<Value = AgentId> {
    PossibleValuesParser::new(REGISTRY.iter().map(|agent| agent.manifest().id)).map(AgentId::new)
}

/// A day as people type it.
pub(crate) fn day(text: &str) -> Result<Date, String> {
    written_day(text).map_err(|wrong| match wrong {
        NoDay::Form => "give year, month and day alone, such as 2026-11-01".to_owned(),
        NoDay::Missing => "there is no such day in the calendar".to_owned(),
    })
}

/// A time zone by its name.
pub(crate) fn zone(text: &str) -> Result<TimeZone, String> {
    let unknown = |_| "no time zone has that name; give one such as Europe/Berlin, America/New_York or UTC".to_owned();
    // Found without a look at the system's zones.
    if text == "UTC" { Ok(TimeZone::UTC) } else { TimeZone::get(text).map_err(unknown) }
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use topside_model::{
        AgentId, Billing, Bucket, Lineage, ModelId, Money, Period, Price, SessionId, SessionKey, Tokens,
    };

    use super::*;
    use crate::cli::{Cli, Command};

    fn parse(options: &[&str]) -> Result<Usage, clap::Error> {
        let cli = Cli::try_parse_from(["topside", "usage"].iter().chain(options))?;
        let Some(Command::Usage(usage)) = cli.command else { panic!("another command") };
        Ok(usage)
    }

    fn asked(options: &[&str]) -> UsageQuery {
        query(&parse(options).expect("a command line"), || TimeZone::UTC).expect("a question")
    }

    #[test]
    fn without_options_it_is_every_day_in_ones_own_zone() {
        assert_eq!(asked(&[]), UsageQuery::all(Period::Daily, TimeZone::UTC));
    }

    #[test]
    fn every_period_has_its_word() {
        for period in Period::ALL {
            assert_eq!(asked(&[period.id()]).period, period);
        }
    }

    #[test]
    fn options_narrow_the_question() {
        let query = asked(&[
            "blocks",
            "--since",
            "2026-11-01",
            "--until",
            "2026-11-20",
            "--timezone",
            "Asia/Kathmandu",
            "--agent",
            "codex",
            "--project",
            "webshop",
        ]);
        assert_eq!(query.since, "2026-11-01".parse().ok());
        assert_eq!(query.until, "2026-11-20".parse().ok());
        assert_eq!(query.zone.iana_name(), Some("Asia/Kathmandu"));
        assert_eq!((query.agent, query.project), (Some(AgentId::new("codex")), Some("webshop".to_owned())));
    }

    /// Checks that a command line is refused with the exit code of usage errors, and says `hint`.
    #[track_caller]
    fn check_refused(options: &[&str], hint: &str) {
        let error = parse(options).expect_err("it makes no sense");
        assert_eq!(error.exit_code(), crate::exit::Exit::Usage as i32);
        assert!(error.to_string().contains(hint), "{error}");
    }

    #[test]
    fn what_makes_no_sense_says_what_would() {
        check_refused(&["--timezone", "Middle/Earth"], "no time zone has that name; give one such as Europe/Berlin");
        for no_day in ["yesterday", "2026-07-03T10:00", "2026-07-03 10:00", "20260703", "2026-7-3", " 2026-07-03"] {
            check_refused(&["--since", no_day], "give year, month and day alone, such as 2026-11-01");
        }
        check_refused(&["--until", "2026-02-30"], "there is no such day");
        check_refused(&["--agent", "nobody"], "codex");
        check_refused(&["hourly"], "daily, weekly, monthly, session, project, model, agent, blocks");
        check_refused(&["--json", "--csv"], "cannot be used with");
    }

    #[test]
    fn a_range_that_ends_before_it_begins_is_refused() {
        let usage = parse(&["--since", "2026-11-20", "--until", "2026-11-19"]).expect("a command line");
        let error = query(&usage, || TimeZone::UTC).expect_err("no day is in it");
        assert_eq!(error, "no day is from 2026-11-20 on and up to 2026-11-19; give --since the earlier day");
    }

    /// The answer to `options` on a history of one reply.
    fn answer(options: &[&str]) -> String {
        let sessions = [Lineage::new(SessionKey { agent: AgentId::new("codex"), id: SessionId::new("s") })];
        let billings = [Billing { model: Some(ModelId::new("gpt-5.6")), ..Billing::default() }];
        let at: Timestamp = "2026-11-20T08:00:00Z".parse().expect("a moment");
        let usage = topside_model::Usage { output: Tokens(1_000), ..topside_model::Usage::default() };
        let bucket =
            Bucket { session: 0, billing: 0, start: Some(at), span: Some((at, at)), usage, replies: 1, unsettled: 0 };
        let page = Page { width: 80, colour: false, zone: TimeZone::UTC };
        let price = |_: &_, _| Some(Price { output: Some(Money::micros(420)), ..Price::default() });
        let mut fold = UsageFold::new(asked(options), &sessions, &billings, &price);
        fold.add(&bucket);
        let report = fold.report(at);
        face(&parse(options).expect("a command line"), &report, &[], &page)
    }

    #[test]
    fn the_answer_comes_in_the_form_that_was_asked_for() {
        assert!(answer(&[]).contains("2026-11-20  gpt-5.6"), "{}", answer(&[]));
        assert!(answer(&["--json"]).contains("\"cost_micro_usd\": 420000"), "{}", answer(&["--json"]));
        assert!(answer(&["--csv"]).contains("\r\ndaily,2026-11-20,"), "{}", answer(&["--csv"]));
    }
}
