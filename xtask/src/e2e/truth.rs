//! What really happened to a thread, from what the model server and the scenario saw. No file is read for it.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use topside_testkit::mock::{Answer, Exchange, Purpose};

/// A tool has ended, or a person has sent a prompt, before the model is asked, which is all the server sees.
const EARLY: SignedDuration = SignedDuration::from_millis(300);

/// Longest time an agent takes from a person's Enter to its request.
const SENDING: SignedDuration = SignedDuration::from_secs(3);

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
/// Agents write little about a failed request before they give up.
const TRYING_AGAIN: Claim = claim(&["thinking", "retrying"]);
const COMPACTING: Claim = claim(&["compacting"]);
/// Children work for it.
pub(crate) const WAITING_ON_CHILDREN: Claim = claim(&["waiting_on_subagents"]);
/// A tool runs.
pub(crate) const TOOL: Claim = claim(&["running_tool"]);
/// A turn came to rest and the session is still open.
pub(crate) const DONE: Claim = claim(&["turn_done"]);
/// A turn came to rest, and a command of it goes on.
pub(crate) const BACKGROUND: Claim = claim(&["background"]);
/// A person is asked for leave.
pub(crate) const APPROVAL: Claim = claim(&["approval"]);
/// A person is asked for leave, and the agent's terminal says so.
pub(crate) const APPROVAL_AT_ONCE: Claim = Claim { right: &["approval"], settle: Duration::from_millis(300) };
/// A person is asked to choose or to answer.
pub(crate) const QUESTION: Claim = claim(&["question"]);
/// The last turn failed for too many requests, and the session is still open.
pub(crate) const REFUSED: Claim = claim(&["rate_limited", "failed"]);
/// The limit of a subscription is reached, and the session is still open.
pub(crate) const LIMITED: Claim = claim(&["rate_limited"]);
/// The last turn failed, and the session is still open.
pub(crate) const FAILED: Claim = claim(&["failed"]);
/// About to be closed: by itself after the answer, or because a person said so. The very moment is not seen.
pub(crate) const CLOSING: Claim = claim(&["turn_done", "ended", "interrupted"]);
/// About to be opened again and asked something. The very moment is not seen.
pub(crate) const OPENING: Claim = claim(&["ended", "new", "turn_done", "thinking"]);
/// The same of one whose process went away in the middle of a turn.
pub(crate) const TAKEN_UP: Claim = claim(&["crashed", "turn_done", "thinking"]);
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
    /// Since when it may have been right; what was right before is right as well until `at`.
    pub(crate) earliest: Timestamp,
    /// Since when nothing else is.
    pub(crate) at: Timestamp,
    pub(crate) claim: Claim,
}

impl Turning {
    /// A turning whose moment is known.
    pub(crate) fn at(at: Timestamp, claim: Claim) -> Self {
        Self { earliest: at, at, claim }
    }
}

/// What is right of `thread` over time: what the server saw of it, and the scenario's own `marks`. `sent` are the times a
/// person sent something. `rest` is right when the model has answered; a child whose parent is known is over then.
pub(crate) fn timeline(
    thread: &str,
    exchanges: &[Exchange],
    sent: &[Timestamp],
    marks: &[Turning],
    rest: Claim,
) -> Vec<Turning> {
    let own = exchanges.iter().filter(|exchange| exchange.thread.as_deref() == Some(thread));
    let seen = own.flat_map(|exchange| turnings_of(exchange, sent, rest));
    let mut turnings: Vec<Turning> = seen.chain(marks.iter().copied()).collect();
    turnings.sort_by_key(|turning| turning.at);
    turnings
}

fn turnings_of(exchange: &Exchange, sent: &[Timestamp], rest: Claim) -> impl Iterator<Item = Turning> {
    let rest = if exchange.parent.is_some() { ENDED } else { rest };
    let claim = match exchange.purpose {
        Purpose::Compaction => COMPACTING,
        Purpose::Turn | Purpose::Helper => THINKING,
    };
    let at = exchange.asked_at;
    let enter = sent.iter().copied().rfind(|sent| (at - SENDING..at).contains(sent));
    let asked = Turning { earliest: enter.unwrap_or(at - EARLY).min(at - EARLY), at, claim };
    let answered = exchange.reply.as_ref().and_then(|reply| {
        let claim = match &reply.answer {
            Answer::Text { .. } => rest,
            Answer::Calls { tools, .. } if tools.iter().any(|tool| WAITS.contains(&tool.as_str())) => {
                WAITING_ON_CHILDREN
            }
            Answer::Calls { .. } => TOOL,
            Answer::Failed(_) => TRYING_AGAIN,
            // Whoever broke off knows what is right; the scenario marks it.
            Answer::Cut => return None,
        };
        Some(Turning::at(reply.at, claim))
    });
    std::iter::once(asked).chain(answered)
}

/// Tools that last as long as the children they wait for.
const WAITS: [&str; 3] = ["wait_agent", "Agent", "Task"];
