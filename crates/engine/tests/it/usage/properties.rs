//! Whatever happened and whatever is asked, reports agree with each other and with plain sums.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;
use topside_model::{
    AgentId, Billing, Bucket, Cost, Date, Lineage, ModelId, Money, Period, Price, RowKey, Spending, Tally, TimeZone,
    Timestamp, Tokens, Usage, UsageQuery, UsageReport,
};

use super::scene::{Scene, moment, session};

const SESSIONS: usize = 7;
const MODELS: [Option<&str>; 4] = [Some("large"), Some("small"), Some("secret"), None];
const ZONES: [&str; 5] = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"];

/// A price that changes with the model and the day of UTC: some models, and searches of one, have none.
fn price(billing: &Billing, at: Option<Timestamp>) -> Option<Price> {
    let model = billing.model.as_ref()?.as_str();
    let late = at.is_none_or(|at| at >= moment("2026-10-25T00:00:00Z"));
    let per_token: u128 = match (model, late) {
        ("large", true) => 5,
        ("large", false) => 15,
        ("small", _) => 1,
        _ => return None,
    };
    let of = |times: u128| Some(Money(per_token * times));
    let web_search = of(1_000).filter(|_| model == "large");
    Some(Price { input: of(10), cache_read: of(1), output: of(50), web_search, ..Price::default() })
}

/// A session: its parent (which may be itself, a child, or nobody), its project, its agent.
fn sessions() -> impl Strategy<Value = Vec<Lineage>> {
    let one = (proptest::option::of(0..SESSIONS + 1), proptest::option::of(0..3_usize), any::<bool>());
    proptest::collection::vec(one, SESSIONS).prop_map(|facts| {
        let make = |(at, (parent, project, codex)): (usize, (Option<usize>, Option<usize>, bool))| {
            let agent = if codex { "codex" } else { "claude_code" };
            let parent = parent.map(|parent| format!("session {parent}"));
            let project = project.map(|project| format!("project {project}"));
            session(agent, &format!("session {at}"), parent.as_deref(), project.as_deref())
        };
        facts.into_iter().enumerate().map(make).collect()
    })
}

/// Buckets in the days around the end of summer time; the counts are small, and often nothing.
fn bucket() -> impl Strategy<Value = Bucket> {
    let first = moment("2026-10-20T00:00:00Z").as_second();
    let start = proptest::option::weighted(0.9, (0..1_400_i64).prop_map(move |quarter| first + quarter * 900));
    let part = || prop_oneof![Just(0_u64), 1..1_000_u64];
    (0..SESSIONS, 0..MODELS.len(), start, (part(), part(), part(), 0..2_u64), 1..5_u64, 0..2_u64).prop_map(
        |(session, billing, start, (input, cached, output, searches), replies, unsettled)| {
            let at = |second| Timestamp::from_second(second).expect("a moment");
            Bucket {
                session,
                billing,
                start: start.map(at),
                span: start.map(|start| (at(start + 10), at(start + 800))),
                usage: Usage {
                    input_uncached: Tokens(input),
                    cache_read: Tokens(cached),
                    output: Tokens(output),
                    web_searches: searches,
                    ..Usage::default()
                },
                replies,
                unsettled,
            }
        },
    )
}

fn scene() -> impl Strategy<Value = Scene> {
    (sessions(), proptest::collection::vec(bucket(), 0..60)).prop_map(|(sessions, buckets)| {
        let billing = |model: Option<&str>| Billing { model: model.map(ModelId::new), ..Billing::default() };
        Scene { sessions, billings: MODELS.map(billing).into(), buckets }
    })
}

fn query() -> impl Strategy<Value = UsageQuery> {
    let day = || {
        let first: Date = "2026-10-19".parse().expect("a day");
        proptest::option::of((0..16_u64).prop_map(move |days| first.saturating_add(Duration::from_hours(24 * days))))
    };
    let of = |names: Vec<&'static str>| proptest::option::weighted(0.3, proptest::sample::select(names));
    let agent = of(vec!["codex", "claude_code"]);
    let project = of(vec!["project 0", "project 1", "nothing"]);
    (day(), day(), proptest::sample::select(&ZONES[..]), agent, project).prop_map(
        |(since, until, zone, agent, project)| UsageQuery {
            since,
            until,
            agent: agent.map(AgentId::new),
            project: project.map(str::to_owned),
            ..UsageQuery::all(Period::Daily, TimeZone::get(zone).expect("a zone"))
        },
    )
}

/// The sum of tallies.
fn sum<'a>(tallies: impl IntoIterator<Item = &'a Tally>) -> Tally {
    let mut sum = Tally::default();
    for tally in tallies {
        sum += tally;
    }
    sum
}

/// One bucket priced by itself.
fn plain(scene: &Scene, bucket: &Bucket) -> Tally {
    let billing = &scene.billings[bucket.billing];
    let cost = match price(billing, bucket.start).unwrap_or_default().cost(&bucket.usage).total() {
        Some(money) => Cost { money, ..Cost::default() },
        None => Cost {
            money: Money::default(),
            unpriced_replies: bucket.replies,
            unpriced_tokens: bucket.usage.total(),
            unpriced: [billing.model.clone()].into(),
        },
    };
    Tally { usage: bucket.usage, replies: bucket.replies, unsettled: bucket.unsettled, cost }
}

fn check_adds_up(report: &UsageReport) {
    assert_eq!(sum(report.rows.iter().map(|row| &row.spending.tally)), report.total.tally);
    let spendings = report.rows.iter().map(|row| &row.spending).chain([&report.total, &report.undated]);
    for Spending { tally, models, .. } in spendings {
        assert_eq!(sum(models.iter().map(|model| &model.tally)), *tally);
    }
}

proptest! {
    #[test]
    fn every_kind_of_report_has_the_same_total(scene in scene(), query in query()) {
        let reports = Period::ALL.map(|period| scene.priced(UsageQuery { period, ..query.clone() }, &price));
        for report in &reports {
            check_adds_up(report);
            prop_assert_eq!(&report.total, &reports[0].total);
            prop_assert_eq!(&report.undated, &reports[0].undated);
        }
    }

    #[test]
    fn without_a_question_everything_counts(scene in scene()) {
        let everything = sum(&scene.buckets.iter().map(|bucket| plain(&scene, bucket)).collect::<Vec<_>>());
        for period in Period::ALL {
            let report = scene.priced(UsageQuery::all(period, TimeZone::UTC), &price);
            prop_assert_eq!(&report.total.tally, &everything);
            prop_assert_eq!(&report.undated, &Spending::default());
        }
    }

    #[test]
    fn the_order_of_buckets_does_not_matter(scene in scene(), query in query()) {
        let mut turned = scene.clone();
        turned.buckets.reverse();
        for period in Period::ALL {
            let query = UsageQuery { period, ..query.clone() };
            prop_assert_eq!(scene.priced(query.clone(), &price), turned.priced(query, &price));
        }
    }

    #[test]
    fn blocks_of_an_agent_do_not_overlap(scene in scene()) {
        let report = scene.priced(UsageQuery::all(Period::Blocks, TimeZone::UTC), &price);
        let mut ends = BTreeMap::new();
        for row in &report.rows {
            let RowKey::Block { start, agent, end, .. } = &row.key else { continue };
            let (first, last) = row.spending.span.expect("its replies have times");
            prop_assert!(*start <= first && last < *end && first.duration_since(*start).as_hours() == 0);
            prop_assert!(ends.insert(agent, *end).is_none_or(|before| before <= *start));
        }
    }
}
