//! What a user wants to be told of, and what is told.

use std::sync::Arc;
use std::time::Duration;

use crate::budget::BudgetState;
use crate::id::AgentId;
use crate::limit::LimitWindow;
use crate::process::Port;
use crate::session::Session;
use crate::text::Untrusted;
use crate::unit::{Percent, Time, TimeZone, Timestamp};

/// Something a user wants to be told of.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// What.
    pub when: AlertKind,
    /// How long it must have lasted; for [`AlertKind::Done`], how long the turn must have worked.
    pub after: Duration,
    /// Share of a limit from which on it is told.
    pub at: Percent,
    /// Only the project of exactly this name.
    pub project: Option<String>,
    /// Only this agent.
    pub agent: Option<AgentId>,
    /// True to be told in quiet hours too.
    pub urgent: bool,
}

/// What a rule is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AlertKind {
    /// A session waits for a person's leave.
    Approval,
    /// A session waits for a person's answer.
    Question,
    /// A turn is over.
    Done,
    /// A turn failed, or its process went away in the middle of it.
    Failed,
    /// A limit stops a session.
    Limited,
    /// A session is at work and silent for longer than usual.
    Stalled,
    /// Much of a limit is used.
    Limit,
    /// Much of a budget is spent, or all of it.
    Budget,
    /// A port is open whose session is over.
    OrphanPort,
}

impl AlertKind {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Approval,
        Self::Question,
        Self::Done,
        Self::Failed,
        Self::Limited,
        Self::Stalled,
        Self::Limit,
        Self::Budget,
        Self::OrphanPort,
    ];

    /// Its name in JSON and in files.
    pub fn id(self) -> &'static str {
        match self {
            Self::Approval => "approval",
            Self::Question => "question",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Limited => "limited",
            Self::Stalled => "stalled",
            Self::Limit => "limit",
            Self::Budget => "budget",
            Self::OrphanPort => "orphan_port",
        }
    }

    /// [`Rule::after`] where nobody says: short turns are watched anyway, and many a server ends soon after its session.
    pub fn usual_after(self) -> Duration {
        match self {
            Self::Done => Duration::from_secs(30),
            Self::OrphanPort => Duration::from_mins(1),
            _ => Duration::ZERO,
        }
    }
}

/// Rules, and how much their user wants to hear.
#[derive(Debug, Clone, PartialEq)]
pub struct AlertPolicy {
    /// The rules, in the user's order.
    pub rules: Vec<Rule>,
    /// When only urgent rules are heard.
    pub quiet: Option<QuietHours>,
    /// How many alerts a minute are told one by one.
    pub per_minute: u32,
}

/// Hours of every day, by the clock on the wall; they may begin on the evening before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuietHours {
    /// When they begin.
    pub from: Time,
    /// When they end.
    pub until: Time,
}

impl QuietHours {
    /// True when the clock on a wall in `zone` shows one of these hours at `now`.
    pub fn hold(self, now: Timestamp, zone: &TimeZone) -> bool {
        let time = now.to_zoned(zone.clone()).time();
        if self.from <= self.until {
            (self.from..self.until).contains(&time)
        } else {
            time >= self.from || time < self.until
        }
    }
}

/// Something to tell a user.
#[derive(Debug, Clone, PartialEq)]
pub struct Alert {
    /// Which rules ask for it, by their places.
    pub rules: Vec<usize>,
    /// What is told.
    pub about: AlertAbout,
    /// When it began, where that is known.
    pub since: Option<Timestamp>,
    /// When it was found worth telling.
    pub at: Timestamp,
    /// True when one of the rules is urgent.
    pub urgent: bool,
}

/// What an alert tells.
#[derive(Debug, Clone, PartialEq)]
pub enum AlertAbout {
    /// The state of a session.
    Session {
        /// Which kind.
        kind: AlertKind,
        /// The session.
        session: Arc<Session>,
        /// How long the turn worked that is over now.
        worked: Option<Duration>,
    },
    /// How much of a limit is used.
    Limit {
        /// Whose account.
        agent: AgentId,
        /// The vendor's name for the limit.
        name: Option<Untrusted>,
        /// The window.
        window: LimitWindow,
    },
    /// How a budget stands.
    Budget(BudgetState),
    /// A port that is still open.
    Port {
        /// The port.
        port: Port,
        /// The session that opened it.
        session: Option<Arc<Session>>,
    },
    /// So many alerts, which were too many to be told one by one.
    More(u32),
    /// Nothing: the user tries where alerts go.
    Test,
}

impl AlertAbout {
    /// Its name in JSON.
    pub fn id(&self) -> &'static str {
        match self {
            Self::Session { kind, .. } => kind.id(),
            Self::Limit { .. } => AlertKind::Limit.id(),
            Self::Budget(_) => AlertKind::Budget.id(),
            Self::Port { .. } => AlertKind::OrphanPort.id(),
            Self::More(_) => "more",
            Self::Test => "test",
        }
    }
}

/// A cause that was told, so that it is not told again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The rule, in words that stay the same while the rule does.
    pub rule: String,
    /// What it was about.
    pub subject: String,
    /// The moments that tell causes about this subject apart: the last one first, empty where none is known.
    pub marks: Vec<Timestamp>,
    /// When it was last there.
    pub at: Timestamp,
}

/// How one way of telling fares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Which way, by its name in the configuration.
    pub target: &'static str,
    /// When something last arrived.
    pub sent_at: Option<Timestamp>,
    /// When something last failed to arrive, and why.
    pub failed: Option<(Timestamp, String)>,
}

impl Delivery {
    /// Why nothing arrives there; `None` where the last attempt did, or there was none.
    pub fn trouble(&self) -> Option<&str> {
        self.failed.as_ref().filter(|(at, _)| self.sent_at.is_none_or(|sent| sent <= *at)).map(|(_, why)| why.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(from: &str, until: &str, zone: &str, quiet: &[&str], loud: &[&str]) {
        let time = |text: &str| text.parse::<Time>().expect("a time");
        let hours = QuietHours { from: time(from), until: time(until) };
        let zone = TimeZone::get(zone).expect("a zone");
        let hold = |at: &&str| hours.hold(at.parse().expect("a moment"), &zone);
        assert_eq!(quiet.iter().filter(|at| !hold(at)).collect::<Vec<_>>(), Vec::<&&str>::new());
        assert_eq!(loud.iter().filter(|at| hold(at)).collect::<Vec<_>>(), Vec::<&&str>::new());
    }

    #[test]
    fn quiet_hours_go_over_midnight() {
        let quiet = ["2026-11-20T22:00:00Z", "2026-11-20T23:59:59Z", "2026-11-21T00:00:00Z", "2026-11-21T06:59:59Z"];
        check("22:00", "07:00", "UTC", &quiet, &["2026-11-20T21:59:59Z", "2026-11-21T07:00:00Z"]);
        check("13:00", "14:30", "UTC", &["2026-11-20T13:00:00Z"], &["2026-11-20T14:30:00Z", "2026-11-20T01:00:00Z"]);
    }

    #[test]
    fn quiet_hours_keep_to_the_wall_when_the_clock_is_put_back_or_forward() {
        // Berlin: 02:00 to 03:00 came twice on 25 October 2026, and not at all on 29 March.
        let twice = ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"];
        check("02:00", "03:00", "Europe/Berlin", &twice, &["2026-10-24T23:59:59Z", "2026-10-25T02:00:00Z"]);
        let skipped = ["2026-03-29T00:59:59Z", "2026-03-29T01:00:00Z"];
        check("02:00", "03:00", "Europe/Berlin", &[], &skipped);
        let nights = ["2026-03-28T22:00:00Z", "2026-03-29T04:59:59Z", "2026-10-24T21:00:00Z", "2026-10-25T05:59:59Z"];
        check("23:00", "07:00", "Europe/Berlin", &nights, &["2026-03-29T05:00:00Z", "2026-10-25T06:00:00Z"]);
    }

    #[test]
    fn a_way_is_in_trouble_while_its_last_attempt_failed() {
        let at = |second| Timestamp::from_second(second).expect("a time");
        let delivery = |sent: Option<i64>, failed: Option<i64>| Delivery {
            target: "webhook",
            sent_at: sent.map(at),
            failed: failed.map(|second| (at(second), "timed out".to_owned())),
        };
        let trouble = |sent, failed| delivery(sent, failed).trouble().is_some();
        assert_eq!([(None, None), (Some(1), None), (Some(2), Some(1))].map(|(a, b)| trouble(a, b)), [false; 3]);
        assert_eq!([(None, Some(1)), (Some(1), Some(2)), (Some(1), Some(1))].map(|(a, b)| trouble(a, b)), [true; 3]);
    }
}
