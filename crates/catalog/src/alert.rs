//! What an alert says. Every text here is one harmless line, and none holds what people or models said. Headlines hold no
//! command either.

use jiff::tz::TimeZone;
use topside_model::{
    Alert, AlertAbout, AlertKind, BudgetLevel, BudgetState, Delivery, LimitWindow, Port, Session, Status, Timestamp,
    Untrusted, elapsed,
};
use unicode_width::UnicodeWidthChar;

use crate::text::{neutralise, shown};
use crate::{budget, format, status};

/// Columns of a headline, and of what stands below it.
const WIDTH: [usize; 2] = [100, 200];
/// Columns of a name in a headline.
const NAME: usize = 40;

/// The headline: `webshop needs your permission: Bash`.
pub fn title(alert: &Alert, zone: &TimeZone) -> String {
    let text = match &alert.about {
        AlertAbout::Session { kind, session, .. } => of_session(*kind, session, alert.at, zone),
        AlertAbout::Limit { agent, name, window } => {
            let name = name.as_ref().map(|name| format!(" {}", shown(name))).unwrap_or_default();
            let length = window.window.map(|length| format!(" {}", format::window(length))).unwrap_or_default();
            format!("{}{name}: {} of the{length} limit used", neutralise(agent.as_str()), format::percent(window.used))
        }
        AlertAbout::Budget(state) => of_budget(state),
        AlertAbout::Port { port, .. } => format!("port {} is open though its session is over", port.port.port),
        AlertAbout::More(count) => format!("{count} more need a look"),
        AlertAbout::Test => "topside can tell you here".to_owned(),
    };
    clip(&text, WIDTH[0])
}

/// What stands below the headline, where there is more to say: `npm publish --dry-run`.
pub fn body(alert: &Alert, zone: &TimeZone) -> Option<String> {
    let text = match &alert.about {
        AlertAbout::Session { kind: AlertKind::Approval, session, .. } => status::action(&session.status),
        AlertAbout::Session { worked: Some(worked), .. } => Some(format!("it worked {}", format::duration(*worked))),
        AlertAbout::Session { kind: AlertKind::Stalled, session, .. } => session.stall.map(|stall| {
            let (silent, usual) = (elapsed(stall.since, alert.at), format::duration(stall.usual));
            format!("{} without a sign of life; it usually takes up to {usual}", format::duration(silent))
        }),
        AlertAbout::Session { .. } | AlertAbout::More(_) => None,
        AlertAbout::Limit { window, .. } => resets(window, alert.at, zone),
        AlertAbout::Budget(state) => Some(spent(state)),
        AlertAbout::Port { port, session } => Some(left_by(port, session.as_deref())),
        AlertAbout::Test => Some("nothing happened; this is a test".to_owned()),
    };
    text.map(|text| clip(&text, WIDTH[1]))
}

/// How a way of telling fares: `works, last at 14:02`, `failed at 14:02: …`, `nothing was told there yet`.
pub fn fares(delivery: &Delivery, now: Timestamp, zone: &TimeZone) -> String {
    let at = |at: Timestamp| format::clock(at, now, zone);
    match (delivery.trouble(), &delivery.failed, delivery.sent_at) {
        (Some(why), Some((failed, _)), _) => format!("failed at {}: {}", at(*failed), neutralise(why)),
        (_, _, Some(sent)) => format!("works, last at {}", at(sent)),
        _ => "nothing was told there yet".to_owned(),
    }
}

/// Who it is about: the project, or the agent and the start of the session's id.
fn who(session: &Session) -> String {
    let unnamed = || {
        let id: String = session.key.id.as_str().chars().take(8).collect();
        Untrusted::new(format!("{} {id}", session.key.agent))
    };
    clip(&shown(&session.project.name.clone().unwrap_or_else(unnamed)), NAME)
}

fn of_session(kind: AlertKind, session: &Session, now: Timestamp, zone: &TimeZone) -> String {
    let who = who(session);
    match (kind, &session.status) {
        (AlertKind::Approval, Status::Approval { tool, .. }) => format!("{who} needs your permission: {}", shown(tool)),
        (AlertKind::Question, _) => format!("{who} asks you a question"),
        (AlertKind::Done, _) => format!("{who} is done"),
        (AlertKind::Stalled, _) => format!("{who} is silent for longer than usual"),
        // `failed: server error`, `limit until 15:40`, `crashed`.
        (_, status) => format!("{who}: {}", status::label(status, now, zone)),
    }
}

fn of_budget(state: &BudgetState) -> String {
    let name = clip(&neutralise(&state.budget.name), NAME);
    match state.level {
        BudgetLevel::Over => format!("budget {name} is spent"),
        BudgetLevel::Fine | BudgetLevel::Warn => format!("budget {name}: {} spent", budget::share(state)),
    }
}

fn spent(state: &BudgetState) -> String {
    let (used, whole) = (budget::amount(state.used, state.floor), budget::amount(state.budget.amount, false));
    format!("{used} of {whole} per {}", state.budget.per.id())
}

fn resets(window: &LimitWindow, now: Timestamp, zone: &TimeZone) -> Option<String> {
    window.resets_at.map(|at| format!("it starts afresh at {}", format::clock(at, now, zone)))
}

fn left_by(port: &Port, session: Option<&Session>) -> String {
    let who = session.map(|session| format!("{} left it", who(session)));
    let what = port.port.command.as_ref().map(shown);
    let pid = port.port.process.map(|process| format!("pid {}", process.pid));
    [who, pid, what].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// `text`, or as much of it as has room before an ellipsis.
fn clip(text: &str, columns: usize) -> String {
    let width = |c: char| c.width().unwrap_or(0);
    if text.chars().map(width).sum::<usize>() <= columns {
        return text.to_owned();
    }
    let mut taken = 0;
    let fits = |c: &char| {
        taken += width(*c);
        taken < columns
    };
    let kept: String = text.chars().take_while(fits).collect();
    kept.trim_end().to_owned() + "…"
}
