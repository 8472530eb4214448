//! `topside wait`: returns when a session comes to something.

use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};
use topside_catalog::text::shown_path;
use topside_engine::{self as engine, Goal, Waiting};
use topside_export::{FindError, find, text, wire::v1};
use topside_model::{Session, Snapshot};

use super::pick::Pick;
use crate::cli::Options;
use crate::collecting::Setup;
use crate::command::{PULSE, alive, page, print_error, unclear, unpriced, write, written};
use crate::exit::Exit;
use crate::live::Live;

/// `topside wait`.
#[derive(Debug, Args)]
pub(crate) struct Wait {
    /// Wait for whichever session is first
    #[arg(long, required_unless_present = "session")]
    any: bool,
    /// Wait for this session: its id, the start of its id, or its name
    #[arg(long, value_name = "SESSION", conflicts_with_all = ["any", "agent", "project"])]
    session: Option<String>,
    /// What to wait for
    #[arg(long, value_name = "STATE")]
    until: Until,
    /// Give up after TIME, such as 90s, 15m or 1h30m; otherwise wait for ever
    #[arg(long, value_name = "TIME", value_parser = length)]
    timeout: Option<Duration>,
    /// What is so already does not count, only what comes from now on
    #[arg(long)]
    next: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Include what the agent asks
    #[arg(long)]
    text: bool,
    #[command(flatten)]
    pick: Pick,
}

impl Wait {
    fn takes(&self, session: &Session) -> bool {
        let project = session.project.name.as_ref().map(shown_path);
        self.pick.takes(session.key.agent.as_str(), project.as_deref())
    }
}

/// What to wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Until {
    /// It needs you: your permission or answer, or it failed or reached a limit
    Blocked,
    /// It runs and rests; the next move is yours
    Idle,
    /// Its turn is over and nothing it started goes on, or it ended after that
    Done,
    /// Its turn failed, or its process went away in the middle of one
    Failed,
}

impl Until {
    fn id(self) -> &'static str {
        match self {
            Self::Blocked => "blocked",
            Self::Idle => "idle",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }
}

impl From<Until> for Goal {
    fn from(until: Until) -> Self {
        match until {
            Until::Blocked => Self::Blocked,
            Until::Idle => Self::Idle,
            Until::Done => Self::Done,
            Until::Failed => Self::Failed,
        }
    }
}

/// A length of time as people type it; a bare number is of seconds.
fn length(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().map(Duration::from_secs).ok();
    let spoken = || Duration::try_from(text.parse::<jiff::SignedDuration>().ok()?).ok();
    seconds.or_else(spoken).ok_or_else(|| "give a length of time, such as 90s, 15m or 1h30m".to_owned())
}

/// Waits.
pub(crate) fn wait(options: &Options, asked: &Wait) -> anyhow::Result<Exit> {
    let end = asked.timeout.and_then(|time| Instant::now().checked_add(time));
    let mut setup = unpriced(options, false)?;
    let mut live = Live::start(&setup, None)?;
    let only = match &asked.session {
        None => None,
        Some(wanted) => match find(&live.latest(), wanted) {
            Ok(session) => Some(session.key.clone()),
            Err(FindError::NotFound { .. }) => {
                // One that ended long ago may be what is waited for.
                setup = Setup { scope: topside_collect::Scope::All, ..setup };
                live = Live::start(&setup, None)?;
                match find(&live.latest(), wanted) {
                    Ok(session) => Some(session.key.clone()),
                    Err(error) => return Ok(unclear(&error)),
                }
            }
            Err(error) => return Ok(unclear(&error)),
        },
    };
    let mut waiting = Waiting::new(asked.until.into(), only, asked.next);
    loop {
        let snapshot = live.latest();
        match waiting.look(&snapshot, |session| asked.takes(session)) {
            engine::Wait::Reached(session) => return written(write(&face(options, asked, &snapshot, &session))),
            engine::Wait::Over => {
                print_error(&format!("the session is over, and was not {} before", asked.until.id()));
                return Ok(Exit::Over);
            }
            engine::Wait::On => {}
        }
        let rest = end.map_or(PULSE, |end| end.saturating_duration_since(Instant::now()).min(PULSE));
        if rest.is_zero() {
            print_error(&format!("no session came to be {} in time", asked.until.id()));
            return Ok(Exit::Timeout);
        }
        // Whatever ended the rest, the latest snapshot is looked at again.
        live.bell.recv_timeout(rest).ok();
        alive(&live)?;
    }
}

fn face(options: &Options, asked: &Wait, snapshot: &Snapshot, session: &Session) -> String {
    if asked.json {
        v1::reached(snapshot, session, asked.until.id(), asked.text).to_json_line()
    } else {
        text::reached(snapshot, session, asked.text, &page(options))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<u64>) {
        assert_eq!(length(text).ok(), expected.map(Duration::from_secs), "{text}");
    }

    #[test]
    fn a_length_of_time_is_typed_as_people_do() {
        check("90", Some(90));
        check("90s", Some(90));
        check("15m", Some(900));
        check("1h30m", Some(5_400));
        check("1h 30m", Some(5_400));
        check("0", Some(0));
        check("soon", None);
        check("-5s", None);
        check("", None);
    }
}
