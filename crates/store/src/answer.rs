//! Reports in the form in which they are kept.

use serde::{Deserialize, Serialize};
use topside_model::{
    AgentId, Cost, Date, ModelId, ModelTally, Money, RowKey, SessionId, SessionKey, Spending, Tally, Timestamp, Tokens,
    Untrusted, UsageQuery, UsageReport, UsageRow,
};

use crate::reply::{counts, time, usage};

/// Longer ones, in bytes, are not kept: reading them back takes as long as working them out.
const LONGEST: usize = 64 * 1024;

/// What was reported, row by row. Anything else in its place is no answer, so that its form may change at any time.
#[derive(Serialize, Deserialize)]
struct Answer {
    rows: Vec<(Key, Spent)>,
    total: Spent,
    undated: Spent,
}

/// What a row stands for. There are none of blocks: which of them is running depends on the moment.
#[derive(Serialize, Deserialize)]
enum Key {
    Day(Day),
    Week(Day),
    Month(Day),
    Session { agent: String, session: String, project: Option<String> },
    Project(Option<String>),
    Model(Option<String>),
    Agent(String),
    UnknownTime,
}

/// Year, month and day.
type Day = (i16, i8, i8);

/// Totals, sessions, times of the first and the last reply, and the same by model.
#[derive(Serialize, Deserialize)]
struct Spent(Total, u64, Option<(i64, i64)>, Vec<(Option<String>, Total)>);

/// Tokens, replies, those that are not settled, money, replies and tokens without a price, and their models.
#[derive(Serialize, Deserialize)]
struct Total([u64; 7], u64, u64, u128, u64, u64, Vec<Option<String>>);

/// A report as it is kept; `None` for one that is long, or depends on the moment it was made.
pub(crate) fn packed(report: &UsageReport) -> postcard::Result<Option<Vec<u8>>> {
    let rows = report.rows.iter().map(|row| Some((Key::of(&row.key)?, Spent::of(&row.spending))));
    let Some(rows) = rows.collect() else { return Ok(None) };
    let answer = Answer { rows, total: Spent::of(&report.total), undated: Spent::of(&report.undated) };
    postcard::to_stdvec(&answer).map(|answer| Some(answer).filter(|answer| answer.len() <= LONGEST))
}

/// The report again, as of the moment `taken_at`; `None` for what is not one.
pub(crate) fn unpacked(blob: &[u8], query: UsageQuery, taken_at: Timestamp) -> Option<UsageReport> {
    let (answer, []) = postcard::take_from_bytes::<Answer>(blob).ok()? else { return None };
    let row = |(key, spent): (Key, Spent)| Some(UsageRow { key: key.told()?, spending: spent.told()? });
    Some(UsageReport {
        taken_at,
        query,
        rows: answer.rows.into_iter().map(row).collect::<Option<_>>()?,
        total: answer.total.told()?,
        undated: answer.undated.told()?,
        unknown_project: None,
    })
}

impl Key {
    fn of(key: &RowKey) -> Option<Self> {
        let day = |date: &Date| (date.year(), date.month(), date.day());
        Some(match key {
            RowKey::Day(date) => Self::Day(day(date)),
            RowKey::Week(date) => Self::Week(day(date)),
            RowKey::Month(date) => Self::Month(day(date)),
            RowKey::Block { .. } => return None,
            RowKey::Session { key, project } => Self::Session {
                agent: key.agent.as_str().to_owned(),
                session: key.id.as_str().to_owned(),
                project: text(project.as_ref()),
            },
            RowKey::Project(project) => Self::Project(text(project.as_ref())),
            RowKey::Model(model) => Self::Model(name(model.as_ref())),
            RowKey::Agent(agent) => Self::Agent(agent.as_str().to_owned()),
            RowKey::UnknownTime => Self::UnknownTime,
        })
    }

    fn told(self) -> Option<RowKey> {
        let date = |(year, month, day): Day| Date::new(year, month, day).ok();
        Some(match self {
            Self::Day(day) => RowKey::Day(date(day)?),
            Self::Week(day) => RowKey::Week(date(day)?),
            Self::Month(day) => RowKey::Month(date(day)?),
            Self::Session { agent, session, project } => RowKey::Session {
                key: SessionKey { agent: AgentId::new(agent), id: SessionId::new(session) },
                project: project.map(Untrusted::new),
            },
            Self::Project(project) => RowKey::Project(project.map(Untrusted::new)),
            Self::Model(model) => RowKey::Model(model.map(ModelId::new)),
            Self::Agent(agent) => RowKey::Agent(AgentId::new(agent)),
            Self::UnknownTime => RowKey::UnknownTime,
        })
    }
}

impl Spent {
    fn of(spending: &Spending) -> Self {
        let Spending { tally, sessions, span, models } = spending;
        let span = span.map(|(first, last)| (first.as_millisecond(), last.as_millisecond()));
        let models = models.iter().map(|of| (name(of.model.as_ref()), Total::of(&of.tally))).collect();
        Self(Total::of(tally), *sessions, span, models)
    }

    fn told(self) -> Option<Spending> {
        let Self(total, sessions, span, models) = self;
        let span = match span {
            Some((first, last)) => Some((time(first)?, time(last)?)),
            None => None,
        };
        let model = |(model, total): (Option<String>, Total)| ModelTally {
            model: model.map(ModelId::new),
            tally: total.told(),
        };
        Some(Spending { tally: total.told(), sessions, span, models: models.into_iter().map(model).collect() })
    }
}

impl Total {
    fn of(tally: &Tally) -> Self {
        let Tally { usage, replies, unsettled, cost } = tally;
        let Cost { money, unpriced_replies, unpriced_tokens, unpriced } = cost;
        let models = unpriced.iter().map(|model| name(model.as_ref())).collect();
        Self(counts(usage), *replies, *unsettled, money.0, *unpriced_replies, unpriced_tokens.0, models)
    }

    fn told(self) -> Tally {
        let Self(counts, replies, unsettled, money, unpriced_replies, unpriced_tokens, unpriced) = self;
        let unpriced = unpriced.into_iter().map(|model| model.map(ModelId::new)).collect();
        let (money, unpriced_tokens) = (Money(money), Tokens(unpriced_tokens));
        Tally {
            usage: usage(counts),
            replies,
            unsettled,
            cost: Cost { money, unpriced_replies, unpriced_tokens, unpriced },
        }
    }
}

fn text(text: Option<&Untrusted>) -> Option<String> {
    text.map(|text| text.raw().to_owned())
}

fn name(model: Option<&ModelId>) -> Option<String> {
    model.map(|model| model.as_str().to_owned())
}
