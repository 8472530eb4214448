//! A small history, and what reports on it say.

use topside_engine::{PriceOf, UsageFold};
use topside_model::{
    AgentId, Billing, Bucket, Lineage, ModelId, Money, Period, Price, RowKey, SessionId, SessionKey, TimeZone,
    Timestamp, Tokens, Untrusted, Usage, UsageQuery, UsageReport,
};

/// Money for a token, whatever model and part.
pub(crate) const TOKEN: Money = Money(3_000_000);

/// A history.
#[derive(Debug, Clone, Default)]
pub(crate) struct Scene {
    pub(crate) sessions: Vec<Lineage>,
    pub(crate) billings: Vec<Billing>,
    pub(crate) buckets: Vec<Bucket>,
}

impl Scene {
    /// Adds a session of `codex` and gives its place.
    pub(crate) fn session(&mut self, id: &str, parent: Option<&str>, project: Option<&str>) -> usize {
        self.sessions.push(session("codex", id, parent, project));
        self.sessions.len() - 1
    }

    /// The place of the billing of `model`.
    pub(crate) fn model(&mut self, model: &str) -> usize {
        let billing = Billing { model: Some(ModelId::new(model)), ..Billing::default() };
        self.billings.iter().position(|known| *known == billing).unwrap_or_else(|| {
            self.billings.push(billing);
            self.billings.len() - 1
        })
    }

    /// Adds a reply of so many tokens.
    pub(crate) fn reply(&mut self, session: usize, model: &str, at: Option<&str>, tokens: u64) {
        let billing = self.model(model);
        self.buckets.push(bucket(session, billing, at.map(moment), tokens));
    }

    /// The report, every token at the price of [`TOKEN`].
    pub(crate) fn report(&self, query: UsageQuery) -> UsageReport {
        self.priced(query, &|_, _| Some(flat(TOKEN)))
    }

    /// The report at other prices.
    pub(crate) fn priced<'a>(&'a self, query: UsageQuery, price: &'a PriceOf<'a>) -> UsageReport {
        self.at(query, price, moment("2026-11-20T12:00:00Z"))
    }

    /// The report at another time.
    pub(crate) fn at<'a>(&'a self, query: UsageQuery, price: &'a PriceOf<'a>, now: Timestamp) -> UsageReport {
        let mut fold = UsageFold::new(query, &self.sessions, &self.billings, price);
        for bucket in &self.buckets {
            fold.add(bucket);
        }
        fold.report(now)
    }

    /// What the rows of the whole report stand for, and their tokens.
    pub(crate) fn rows(&self, period: Period) -> Vec<(String, u64)> {
        rows(&self.report(UsageQuery::all(period, TimeZone::UTC)))
    }
}

/// A price that is the same for tokens of every part, and not known for searches.
pub(crate) fn flat(token: Money) -> Price {
    let token = Some(token);
    Price {
        input: token,
        cache_read: token,
        cache_write_5m: token,
        cache_write_1h: token,
        output: token,
        web_search: None,
    }
}

/// What the rows stand for, and their tokens.
pub(crate) fn rows(report: &UsageReport) -> Vec<(String, u64)> {
    report.rows.iter().map(|row| (key(&row.key), row.spending.tally.usage.total().0)).collect()
}

/// What a row stands for, short.
fn key(key: &RowKey) -> String {
    let project = |project: &Option<Untrusted>| project.as_ref().map_or("?", |name| name.raw()).to_owned();
    match key {
        RowKey::Day(date) | RowKey::Week(date) | RowKey::Month(date) => date.to_string(),
        RowKey::Block { start, agent, end, running } => {
            format!(
                "{agent} {start:.0} {}h{}",
                (end.as_second() - start.as_second()) / 3600,
                if *running { " running" } else { "" }
            )
        }
        RowKey::Session { key, project: name } => format!("{} in {}", key.id, project(name)),
        RowKey::Project(name) => project(name),
        RowKey::Model(model) => model.as_ref().map_or("?", ModelId::as_str).to_owned(),
        RowKey::Agent(agent) => agent.to_string(),
        RowKey::UnknownTime => "unknown".to_owned(),
    }
}

/// A session of which next to nothing is known.
pub(crate) fn session(agent: &str, id: &str, parent: Option<&str>, project: Option<&str>) -> Lineage {
    Lineage {
        key: SessionKey { agent: AgentId::new(agent), id: SessionId::new(id) },
        parent: parent.map(SessionId::new),
        project: project.map(Untrusted::new),
    }
}

/// A bucket of one reply.
pub(crate) fn bucket(session: usize, billing: usize, at: Option<Timestamp>, tokens: u64) -> Bucket {
    let quarter = |at: Timestamp| {
        let second = at.as_second();
        Timestamp::from_second(second - second.rem_euclid(900)).expect("a moment")
    };
    Bucket {
        session,
        billing,
        start: at.map(quarter),
        span: at.map(|at| (at, at)),
        usage: Usage { output: Tokens(tokens), ..Usage::default() },
        replies: 1,
        unsettled: 0,
    }
}

/// A moment as a test writes it.
pub(crate) fn moment(text: &str) -> Timestamp {
    text.parse().expect("the tests write valid times")
}

/// Key and tokens of rows as a test writes them.
#[track_caller]
pub(crate) fn check(found: &[(String, u64)], expected: &[(&str, u64)]) {
    let found: Vec<(&str, u64)> = found.iter().map(|(key, tokens)| (key.as_str(), *tokens)).collect();
    assert_eq!(found, expected);
}
