//! `topside watch`: one line for each event.

use topside_catalog::format;
use topside_catalog::text::neutralise;

use super::page::{Ink, Page, Piece, Sheet};
use crate::wire::v1::{ConflictV1, EventV1, GroupV1, PortUseV1, StatusV1, SubjectV1, ToolCallV1, WhatV1};

/// One line: time, project, agent, what happened.
pub fn event(event: &EventV1, page: &Page) -> String {
    let at = page.zone.to_datetime(event.moment).strftime("%m-%d %H:%M:%S").to_string();
    let (project, agent) = match &event.session {
        Some(session) => (session.project.clone().unwrap_or_else(|| session.id.clone()), session.agent.clone()),
        None => Default::default(),
    };
    let (words, ink) = words(&event.what);
    let mut sheet = Sheet::new(page);
    sheet.line(&[
        Piece::dim(format!("{at}  ")),
        Piece::new(format!("{project:<16}  "), Ink::Strong),
        Piece::dim(format!("{agent:<12}  ")),
        Piece::new(words, ink),
    ]);
    sheet.finish()
}

fn words(what: &WhatV1) -> (String, Ink) {
    match what {
        WhatV1::SessionAppeared { status } => {
            let does = status.as_ref().map(|status| format!(": {}", state(status))).unwrap_or_default();
            (format!("appeared{does}"), status.as_ref().map_or(Ink::Plain, ink))
        }
        WhatV1::SessionEnded { status } => (format!("over: {}", state(status)), Ink::Dim),
        WhatV1::StatusChanged { to, .. } => (state(to), ink(to)),
        WhatV1::SessionStalled { status, .. } => (format!("silent for unusually long: {}", state(status)), Ink::Need),
        WhatV1::ConflictBegan { conflict } => (format!("conflict about {}", between(conflict)), Ink::Need),
        WhatV1::ConflictEnded { conflict } => (format!("no conflict any more about {}", between(conflict)), Ink::Dim),
        WhatV1::TurnDone { turn } => (format!("turn {}", turn.how.unwrap_or("done")), Ink::Plain),
        WhatV1::ToolStarted { call } => (format!("started {}", tool(call)), Ink::Dim),
        WhatV1::ToolFinished { call } => {
            let how = call.outcome.unwrap_or("unknown");
            (format!("{how} {}", call.name), if how == "failed" { Ink::Fail } else { Ink::Dim })
        }
        WhatV1::LimitObserved { limit } => {
            let window = limit.minutes.map(|minutes| format::window(std::time::Duration::from_secs(minutes * 60)));
            let window = window.map(|window| format!(" {window}")).unwrap_or_default();
            (format!("limit {} {}{window}: {:.0}% used", limit.agent, limit.id, limit.used_percent), Ink::Plain)
        }
        WhatV1::PortOpened { port } => (format!("listens on {}", listener(port)), Ink::Plain),
        WhatV1::PortClosed { port } => (format!("listens no more on {}", listener(port)), Ink::Dim),
        WhatV1::Gap { from, why, .. } => (format!("not everything since {from} is told: {why}"), Ink::Need),
    }
}

/// What a conflict is about, and between whom.
fn between(conflict: &ConflictV1) -> String {
    let called = |one: &SubjectV1| format!("{} {}", one.agent, one.project.as_ref().unwrap_or(&one.id));
    let whom: Vec<String> = conflict.sessions.iter().map(called).collect();
    format!("{}: {}", conflict.about(), whom.join(", "))
}

/// A state in words.
fn state(status: &StatusV1) -> String {
    let rest = [&status.tool, &status.summary, &status.question, &status.message].into_iter().flatten();
    let rest: Vec<&str> = rest.map(String::as_str).collect();
    let colon = if rest.is_empty() { "" } else { ": " };
    format!("{}{colon}{}", status.id.replace('_', " "), rest.join(" "))
}

fn ink(status: &StatusV1) -> Ink {
    if status.group == GroupV1::Blocked { Ink::Need } else { Ink::Plain }
}

fn tool(call: &ToolCallV1) -> String {
    let summary = call.summary.as_ref().map(|summary| format!(" {summary}")).unwrap_or_default();
    format!("{}{summary}", call.name)
}

fn listener(port: &PortUseV1) -> String {
    let command = port.command.as_deref().map(neutralise).map(|command| format!(" ({command})")).unwrap_or_default();
    format!(":{}{command}", port.port)
}
