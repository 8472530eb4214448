//! What really happened to a thread, from what the model server and the scenario saw. No file is read for it.

use std::time::Duration;

use jiff::Timestamp;
use topside_testkit::mock::{Answer, Exchange, Purpose};

/// What is right to say of a thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Claim {
    /// States that are right, by their names in JSON.
    pub(crate) right: &'static [&'static str],
    /// Time after which nothing else may be said.
    pub(crate) settle: Duration,
}

const fn claim(right: &'static [&'static str]) -> Claim {
    Claim { right, settle: Duration::from_secs(1) }
}

const THINKING: Claim = claim(&["thinking"]);
/// Codex writes nothing about a failed request before it gives up.
const TRYING_AGAIN: Claim = claim(&["thinking", "retrying"]);
const COMPACTING: Claim = claim(&["compacting"]);
const WAITING_ON_CHILDREN: Claim = claim(&["waiting_on_subagents"]);
/// A tool runs.
pub(crate) const TOOL: Claim = claim(&["running_tool"]);
/// A turn came to rest and the session is still open.
pub(crate) const DONE: Claim = claim(&["turn_done"]);
/// A person is asked, and the model's own words say so.
pub(crate) const APPROVAL: Claim = claim(&["approval"]);
/// A person is asked, which shows only in that an edit takes longer than any does: three seconds, and one to be seen.
pub(crate) const SILENT_APPROVAL: Claim = Claim { right: &["approval"], settle: Duration::from_secs(4) };
/// The last turn failed for a limit, and the session is still open.
pub(crate) const LIMITED: Claim = claim(&["rate_limited", "failed"]);
/// About to be closed: by itself after the answer, or because a person said so. The very moment is not seen.
pub(crate) const CLOSING: Claim = claim(&["turn_done", "ended", "interrupted"]);
/// Closed after a turn that came to rest.
pub(crate) const ENDED: Claim = claim(&["ended"]);
/// Closed after a turn that failed.
pub(crate) const ENDED_FAILED: Claim = claim(&["ended", "failed", "rate_limited"]);
/// Closed after a turn that somebody stopped.
pub(crate) const INTERRUPTED: Claim = claim(&["interrupted"]);
/// Its process went away in the middle of a turn.
pub(crate) const CRASHED: Claim = claim(&["crashed"]);

/// From here on something else is right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Turning {
    pub(crate) at: Timestamp,
    pub(crate) claim: Claim,
}

/// What is right of `thread` over time: what the server saw of it, and the scenario's own `marks`. `rest` is right when
/// the model has answered.
pub(crate) fn timeline(thread: &str, exchanges: &[Exchange], marks: &[Turning], rest: Claim) -> Vec<Turning> {
    let own = exchanges.iter().filter(|exchange| exchange.thread.as_deref() == Some(thread));
    let mut turnings: Vec<Turning> =
        own.flat_map(|exchange| turnings_of(exchange, rest)).chain(marks.iter().copied()).collect();
    turnings.sort_by_key(|turning| turning.at);
    turnings
}

fn turnings_of(exchange: &Exchange, rest: Claim) -> impl Iterator<Item = Turning> {
    let asked = match exchange.purpose {
        Purpose::Compaction => COMPACTING,
        Purpose::Turn | Purpose::Title => THINKING,
    };
    let answered = exchange.reply.as_ref().and_then(|reply| {
        let claim = match &reply.answer {
            Answer::Text { .. } => rest,
            Answer::Calls { tools, .. } if tools.iter().any(|tool| tool == "wait_agent") => WAITING_ON_CHILDREN,
            Answer::Calls { .. } => TOOL,
            Answer::Failed(_) => TRYING_AGAIN,
            // Whoever broke off knows what is right; the scenario marks it.
            Answer::Cut => return None,
        };
        Some(Turning { at: reply.at, claim })
    });
    std::iter::once(Turning { at: exchange.asked_at, claim: asked }).chain(answered)
}
