//! Reports that the tests share.

use std::collections::BTreeSet;
use std::time::Duration;

use topside_catalog::TimeZone;
use topside_model::{
    AgentId, Cost, ModelId, ModelTally, Money, Period, RowKey, SessionId, SessionKey, Spending, Tally, Timestamp,
    Tokens, Untrusted, Usage, UsageQuery, UsageReport, UsageRow,
};

const EVIL: &str = "=cmd|' /C calc'!A0\u{1b}[2J\u{202e}drow, \"quoted\"\nline two";

fn at(text: &str) -> Timestamp {
    text.parse().expect("a moment")
}

/// Replies of one model, `thousand` times a thousand tokens; their price in cents, where one is known.
fn model(name: Option<&str>, thousand: u64, cents: Option<u64>) -> ModelTally {
    let model = name.map(ModelId::new);
    let usage = Usage {
        input_uncached: Tokens(thousand * 100),
        cache_read: Tokens(thousand * 700),
        cache_write_5m: Tokens(thousand * 80),
        cache_write_1h: Tokens(thousand * 20),
        output: Tokens(thousand * 100),
        reasoning: Tokens(thousand * 30),
        web_searches: thousand / 1_000,
    };
    let cost = match cents {
        Some(cents) => Cost { money: Money::micros(cents * 10_000), ..Cost::default() },
        None => Cost {
            money: Money::default(),
            unpriced_replies: 3,
            unpriced_tokens: usage.total(),
            unpriced: BTreeSet::from([model.clone()]),
        },
    };
    ModelTally { model, tally: Tally { usage, replies: thousand / 10 + 3, unsettled: 0, cost } }
}

fn spending(sessions: u64, span: Option<(&str, &str)>, models: Vec<ModelTally>) -> Spending {
    let mut tally = Tally::default();
    for model in &models {
        tally += &model.tally;
    }
    Spending { tally, sessions, span: span.map(|(first, last)| (at(first), at(last))), models }
}

/// A report with rows that stand for `keys`: one whose price is known, one where it is in part, one where it is not.
fn report(period: Period, keys: [RowKey; 3]) -> UsageReport {
    let known = vec![
        model(Some("claude-opus-5-20260801"), 4_120, Some(1_234)),
        model(Some("claude-haiku-4-5"), 310, Some(42)),
        model(Some("gpt-5.6-codex"), 77, Some(8)),
    ];
    let mut partly = vec![model(Some("claude-opus-5-20260801"), 980, Some(307)), model(Some("new-model"), 12, None)];
    partly[0].tally.unsettled = 2;
    let spendings = [
        spending(7, Some(("2026-11-18T23:10:00Z", "2026-11-19T18:40:10Z")), known),
        spending(2, Some(("2026-11-20T06:00:00Z", "2026-11-20T11:58:00Z")), partly),
        spending(1, None, vec![model(None, 3, None)]),
    ];
    let mut tally = Tally::default();
    let mut models = Vec::new();
    for spending in &spendings {
        tally += &spending.tally;
        models.extend(spending.models.clone());
    }
    let total =
        Spending { tally, sessions: 9, span: Some((at("2026-11-18T23:10:00Z"), at("2026-11-20T11:58:00Z"))), models };
    UsageReport {
        taken_at: at("2026-11-20T12:00:00Z"),
        query: UsageQuery::all(period, TimeZone::get("Europe/Berlin").expect("a zone")),
        rows: keys.into_iter().zip(spendings).map(|(key, spending)| UsageRow { key, spending }).collect(),
        total,
        undated: Spending::default(),
        unknown_project: None,
    }
}

pub(super) fn daily() -> UsageReport {
    let day = |text: &str| RowKey::Day(text.parse().expect("a day"));
    report(Period::Daily, [day("2026-11-19"), day("2026-11-20"), RowKey::UnknownTime])
}

pub(super) fn blocks() -> UsageReport {
    let block = |start: &str, agent: &str, running| RowKey::Block {
        start: at(start),
        agent: AgentId::new(agent),
        end: at(start).checked_add(Duration::from_hours(5)).expect("a moment"),
        running,
    };
    let keys = [
        block("2026-11-19T20:00:00Z", "claude_code", false),
        block("2026-11-20T10:00:00Z", "codex", true),
        RowKey::UnknownTime,
    ];
    report(Period::Blocks, keys)
}

pub(super) fn sessions() -> UsageReport {
    let session = |agent: &str, id: &str, project: Option<&str>| RowKey::Session {
        key: SessionKey { agent: AgentId::new(agent), id: SessionId::new(id) },
        project: project.map(Untrusted::new),
    };
    let keys = [
        session("claude_code", "1a7d3c52-7f63-4e0e-9d10-0b6b9b3f2c11", Some("payments")),
        session("codex", "019c00a4-51d0-7c3a-b2e4-8f60a1d9c700", Some("webshop")),
        session("codex", "019c00a4-62e1-7d4b-83f5-9071b2ead801", None),
    ];
    report(Period::Session, keys)
}

/// A report on some days that leaves out what has no day.
pub(super) fn limited() -> UsageReport {
    let mut report = daily();
    let undated = report.rows.pop().expect("a row").spending;
    report.query = UsageQuery {
        since: Some("2026-11-19".parse().expect("a day")),
        until: Some("2026-11-20".parse().expect("a day")),
        agent: Some(AgentId::new("claude_code")),
        project: Some("payments".to_owned()),
        ..report.query
    };
    UsageReport { undated, ..report }
}

pub(super) fn others() -> [UsageReport; 5] {
    let date = |text: &str| text.parse().expect("a day");
    let project = |name: &str| RowKey::Project(Some(Untrusted::new(name)));
    let agent = |name: &str| RowKey::Agent(AgentId::new(name));
    let named = |name: &str| RowKey::Model(Some(ModelId::new(name)));
    [
        report(
            Period::Weekly,
            [RowKey::Week(date("2026-11-09")), RowKey::Week(date("2026-11-16")), RowKey::UnknownTime],
        ),
        report(
            Period::Monthly,
            [RowKey::Month(date("2026-10-01")), RowKey::Month(date("2026-11-01")), RowKey::UnknownTime],
        ),
        report(Period::Project, [project("payments"), project("webshop"), RowKey::Project(None)]),
        report(Period::Model, [named("claude-opus-5-20260801"), named("gpt-5.6-codex"), RowKey::Model(None)]),
        report(Period::Agent, [agent("claude_code"), agent("codex"), agent("other")]),
    ]
}

/// A report whose every text comes from somebody who means harm.
pub(super) fn hostile() -> UsageReport {
    let name = format!("{EVIL}{}", "endless".repeat(60));
    let keys = [
        RowKey::Session {
            key: SessionKey { agent: AgentId::new(EVIL), id: SessionId::new(&name) },
            project: Some(Untrusted::new(&name)),
        },
        RowKey::Project(Some(Untrusted::new(&name))),
        RowKey::Model(Some(ModelId::new(&name))),
    ];
    let mut report = report(Period::Session, keys);
    report.query.project = Some(name.clone());
    report.query.agent = Some(AgentId::new(&name));
    report.total.tally.cost.unpriced.insert(Some(ModelId::new(&name)));
    report.rows[0].spending.models[0].model = Some(ModelId::new(&name));
    report
}
