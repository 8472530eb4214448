//! Events of what history kept.

use std::collections::BTreeMap;

use topside_catalog::text::shown;
use topside_model::{CallFact, Fact, PastSession, SessionKey, StateKind, StateSpan, Timestamp, TurnFact};

use super::super::detail::{ToolCallV1, TurnV1, outcome, turn_end, work};
use super::super::fact::LimitFactV1;
use super::super::leaf::{id, prose, time};
use super::super::status::StatusV1;
use super::super::subject::SubjectV1;
use super::{EventV1, WhatV1, limit_owner};

/// What history kept.
#[derive(Debug, Clone, Copy)]
pub struct Kept<'a> {
    /// Sessions, also such as no fact is of.
    pub sessions: &'a [PastSession],
    /// Facts, in any order.
    pub facts: &'a [Fact],
}

/// The events since a moment that follow from what was kept, by time. Facts of sessions that are not among them, or are an
/// agent's own machinery, are left out.
pub fn kept(kept: Kept<'_>, since: Timestamp) -> Vec<EventV1> {
    let subjects: BTreeMap<&SessionKey, SubjectV1> = kept
        .sessions
        .iter()
        .filter(|session| !session.internal)
        .map(|session| (&session.key, SubjectV1::from(session)))
        .collect();
    let mut events = Vec::new();
    for session in kept.sessions {
        if let (Some(at), Some(subject)) = (session.first_at, subjects.get(&session.key)) {
            let what = WhatV1::SessionAppeared { status: None };
            events.push(EventV1::new(at, Some(subject.clone()), "", what, &at.as_millisecond().to_string()));
        }
    }
    let mut spans: BTreeMap<&SessionKey, Vec<&StateSpan>> = BTreeMap::new();
    for fact in kept.facts {
        match fact {
            Fact::State(span) => spans.entry(&span.session).or_default().push(span),
            Fact::Turn(turn) => events.extend(subjects.get(&turn.session).and_then(|subject| turn_done(turn, subject))),
            Fact::Call(call) => events.extend(subjects.get(&call.session).into_iter().flat_map(|one| tool(call, one))),
            Fact::Limit(seen) => {
                let limit = LimitFactV1::from(seen);
                let (owner, which) = (limit_owner(&limit), seen.at.as_millisecond().to_string());
                events.push(EventV1::new(seen.at, None, &owner, WhatV1::LimitObserved { limit }, &which));
            }
        }
    }
    for (key, spans) in spans {
        events.extend(subjects.get(key).into_iter().flat_map(|subject| states(spans.clone(), subject)));
    }
    events.retain(|event| event.moment >= since);
    // Of what came at the same moment, what led to the rest stands first.
    events.sort_by_key(|event| (event.moment, event.what.place()));
    events
}

fn turn_done(turn: &TurnFact, subject: &SubjectV1) -> Option<EventV1> {
    let told = TurnV1 {
        id: id(turn.turn.as_str()),
        started_at: time(turn.started_at),
        ended_at: time(turn.ended_at),
        how: Some(turn_end(turn.how)),
    };
    let which = told.id.clone();
    Some(EventV1::new(turn.ended_at?, Some(subject.clone()), "", WhatV1::TurnDone { turn: told }, &which))
}

/// The start and the end of a call, as far as their times are known.
fn tool(call: &CallFact, subject: &SubjectV1) -> impl Iterator<Item = EventV1> {
    let told = ToolCallV1 {
        id: id(call.call.as_str()),
        name: shown(&call.tool),
        work: work(call.work),
        summary: None,
        started_at: time(call.started_at),
        finished_at: time(call.finished_at),
        took_ms: None,
        outcome: Some(outcome(call.outcome)),
        exit_code: None,
    };
    let event = |at, what| EventV1::new(at, Some(subject.clone()), "", what, &told.id);
    let started = call.started_at.map(|at| event(at, WhatV1::ToolStarted { call: told.clone().without_result() }));
    let finished = call.finished_at.map(|at| event(at, WhatV1::ToolFinished { call: told.clone() }));
    started.into_iter().chain(finished)
}

/// A session's way from state to state.
fn states(mut spans: Vec<&StateSpan>, subject: &SubjectV1) -> Vec<EventV1> {
    spans.sort_by_key(|span| span.from);
    let mut before: Option<&StateSpan> = None;
    let mut events = Vec::new();
    for span in spans {
        let which = format!("{}/{}", span.state.id(), span.from.as_millisecond());
        let status = StatusV1::kept(span.state, prose(span.tool.as_ref()), span.from);
        // What ended earlier was not followed by this: nobody watched in between.
        let from = before.filter(|before| before.to == Some(span.from)).map(|before| before.state.id());
        let what = match span.state {
            StateKind::Ended | StateKind::Interrupted | StateKind::Crashed => WhatV1::SessionEnded { status },
            _ => WhatV1::StatusChanged { from, to: status },
        };
        events.push(EventV1::new(span.from, Some(subject.clone()), "", what, &which));
        before = Some(span);
    }
    events
}
