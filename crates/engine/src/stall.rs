//! Whether a session at work has been silent for longer than what it does usually takes.

use std::time::Duration;

use topside_model::{
    CallId, Evidence, ModelId, Place, Presence, SessionKey, Stall, Status, StatusGroup, Strength, Timestamp, Work,
    elapsed,
};

use crate::calls::Call;
use crate::engine::Sessions;
use crate::session::Facts;
use crate::view::FromChildren;

/// No model is missed before: a long answer may come in one record.
const MODEL: Span = Span { least: Duration::from_mins(5), most: Duration::from_mins(30) };
/// No tool without a process is missed before.
const TOOL: Span = Span { least: Duration::from_mins(2), most: Duration::from_mins(30) };
/// A process that lives may wait for much: a build, a test, a server.
const PROCESS: Span = Span { least: Duration::from_mins(20), most: Duration::from_hours(2) };
/// Of so many in a hundred nobody says that they take unusually long.
const USUAL: usize = 98;

/// Bounds of what is taken for usual.
#[derive(Debug, Clone, Copy)]
struct Span {
    least: Duration,
    most: Duration,
}

/// What a stall follows from.
pub(crate) struct Silence<'a> {
    pub(crate) key: &'a SessionKey,
    pub(crate) facts: &'a Facts,
    pub(crate) presence: &'a Presence,
    pub(crate) status: &'a Status,
    pub(crate) children: &'a FromChildren,
    /// Every session: what is usual is seen in all of them.
    pub(crate) sessions: &'a Sessions,
    /// When the machine was looked at again after nobody had for a while, as after its sleep.
    pub(crate) resumed: Option<Timestamp>,
    pub(crate) now: Timestamp,
}

impl Silence<'_> {
    /// The stall, and why it is believed. Who waits for a person, a helper, a limit or the next try is never stalled.
    pub(crate) fn stall(&self) -> Option<(Stall, Evidence)> {
        let is_loaded = self.presence.owner.is_some();
        if !is_loaded || self.status.group() != StatusGroup::Working || self.children.busy > 0 {
            return None;
        }
        let span = match self.status {
            Status::WaitingOnSubagents { .. } => return None,
            Status::Retrying { until, .. } if *until >= Some(self.now) => return None,
            Status::RunningTool { call, .. } if self.waits_for_others(call) => return None,
            Status::RunningTool { .. } if self.has_process() => PROCESS,
            Status::RunningTool { .. } => TOOL,
            _ => MODEL,
        };
        let since = self.last_sign()?;
        let silence = elapsed(since, self.now);
        if silence <= span.least {
            return None;
        }
        let (what, seen) = match self.status {
            Status::RunningTool { name, .. } => (name.raw(), self.runs_of(name.raw())),
            _ => self.answers_of(self.facts.settings.model.value()),
        };
        let usual = usual(seen, span);
        (silence > usual).then(|| (Stall { since, usual }, evidence(what, since, usual)))
    }

    /// When the last record, the last word of the agent or the last work of a process was seen.
    fn last_sign(&self) -> Option<Timestamp> {
        let report = self.presence.owner.as_ref().and_then(|owner| owner.report.as_ref());
        let reported = report.and_then(|report| report.since);
        let signs = [self.status.since(), self.facts.last_at(), reported, self.facts.life.stirred, self.resumed];
        // Without a record nothing tells when it began to be silent.
        self.facts.last_at().and(signs.into_iter().flatten().max())
    }

    /// True for a call that ends when a helper does, or somebody answers.
    fn waits_for_others(&self, call: &CallId) -> bool {
        let waits = [Work::Agent, Work::AgentWait, Work::Question, Work::Permission];
        self.open_calls().iter().any(|open| open.start.call == *call && waits.contains(&open.start.work))
    }

    fn has_process(&self) -> bool {
        let lives = |call: &&Call| call.start.work == Work::Terminal || call.has_process(self.presence);
        self.presence.command.is_some() || self.open_calls().iter().any(lives)
    }

    fn open_calls(&self) -> Vec<&Call> {
        self.facts.turn_origin().map(|turn| self.facts.calls.open(turn)).unwrap_or_default()
    }

    /// How long calls of this tool took.
    fn runs_of(&self, tool: &str) -> Vec<Duration> {
        let same_agent = self.sessions.iter().filter(|(key, _)| key.agent == self.key.agent);
        same_agent.flat_map(|(_, facts)| facts.calls.runs(tool)).collect()
    }

    /// How long this model took to answer; its name for people.
    fn answers_of<'m>(&self, model: Option<&'m ModelId>) -> (&'m str, Vec<Duration>) {
        let same = self.sessions.values().filter(|facts| facts.settings.model.value() == model);
        let seen = same.flat_map(|facts| facts.pace.answers()).collect();
        (model.map_or("the model", ModelId::as_str), seen)
    }
}

/// The time that nearly all of those seen stay within.
fn usual(mut seen: Vec<Duration>, span: Span) -> Duration {
    seen.sort_unstable();
    let place = (seen.len() * USUAL).div_ceil(100).saturating_sub(1);
    seen.get(place).copied().unwrap_or_default().clamp(span.least, span.most)
}

fn evidence(what: &str, since: Timestamp, usual: Duration) -> Evidence {
    let minutes = usual.as_secs().div_ceil(60);
    Evidence {
        about: "stall",
        signal: format!("nothing came since then; {what} usually takes at most {minutes} min"),
        place: Place::Nowhere,
        at: Some(since),
        strength: Strength::Hint,
    }
}
