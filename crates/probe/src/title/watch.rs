//! Asks for a title again and again, on a thread of its own.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use topside_model::Timestamp;

use super::ask::Trouble;
use super::{HearTitle, Seat, kitty, tmux, version};
use crate::linux::is_shown;
use crate::talk::{Connection, ConnectionState, SharedState, Wakes};

/// How often a title is asked for.
const PACE: Duration = Duration::from_millis(150);
/// The same where nothing new was heard for [`LONG`].
const CALM_PACE: Duration = Duration::from_millis(500);
const LONG: Duration = Duration::from_secs(3);
/// A terminal that does not answer so often is let be.
const ATTEMPTS: u32 = 3;

/// Starts asking for the title of the terminal at `seat`.
pub(crate) fn start(
    seat: &Seat,
    hear: HearTitle,
    now: impl Fn() -> Timestamp + Send + 'static,
    wakes: Wakes,
) -> Connection {
    let state = SharedState::new(ConnectionState::Opening);
    let (end, ended) = channel();
    let failed = format!("ask {} for a title: start a thread", seat.socket());
    let mut side = Side { seat: seat.clone(), hear, now, state: state.clone(), wakes };
    let run = move || {
        // What a title does to us must not end unseen.
        let over = catch_unwind(AssertUnwindSafe(|| side.keep_asking(&ended)));
        let why = match over {
            Ok(None) => return,
            Ok(Some(why)) => why,
            Err(_) => "what was heard made topside panic".to_owned(),
        };
        let why = format!("ask {} for a title: {why}", side.seat.socket());
        side.state.set(ConnectionState::Closed { why });
        side.wakes.ring();
    };
    if let Err(error) = thread::Builder::new().spawn(run) {
        state.set(ConnectionState::Closed { why: format!("{failed}: {error}") });
    }
    Connection::new(state, move || drop::<std::sync::mpsc::Sender<()>>(end))
}

/// What the thread has.
struct Side<N> {
    seat: Seat,
    hear: HearTitle,
    now: N,
    state: SharedState,
    wakes: Wakes,
}

impl<N: Fn() -> Timestamp> Side<N> {
    /// Asks until the end is wished for, the program is gone, or there is no use in asking: why.
    fn keep_asking(&mut self, ended: &Receiver<()>) -> Option<String> {
        let (mut failures, mut heard_at) = (0, Instant::now());
        loop {
            let said = title(&self.seat);
            let Some(is_shown) = is_shown(self.seat.process, self.seat.terminal) else {
                // That is no fault of the terminal, which others may run in.
                (self.hear)((self.now)(), None);
                self.state.set(ConnectionState::Open);
                return None;
            };
            match said {
                Ok(title) => {
                    failures = 0;
                    let title = title.filter(|_| is_shown);
                    if (self.hear)((self.now)(), title.as_deref()) {
                        self.wakes.ring();
                        heard_at = Instant::now();
                    }
                    self.state.set(ConnectionState::Open);
                }
                // One answer that is late on a busy machine takes nothing back of what was heard.
                Err(Trouble::Silent(_)) if failures + 1 < ATTEMPTS => failures += 1,
                Err(trouble) => {
                    (self.hear)((self.now)(), None);
                    return Some(trouble.to_string());
                }
            }
            let pace = if heard_at.elapsed() < LONG { PACE } else { CALM_PACE };
            if ended.recv_timeout(pace) != Err(RecvTimeoutError::Timeout) {
                return None;
            }
        }
    }
}

/// The title of the terminal at `seat`. It is the program's own while that has the terminal and nothing else was put before
/// it.
fn title(seat: &Seat) -> Result<Option<String>, Trouble> {
    if let Some(title) = pane_title(seat)? {
        return Ok(Some(title));
    }
    // Terminals stand in each other, so the environment may speak of one that is further out, or that is gone.
    let Some(window) = &seat.window else { return Ok(None) };
    let title = kitty::title(window, seat.process.pid);
    if seat.pane.is_some() { Ok(title.unwrap_or_default()) } else { title }
}

/// Of a pane only where it is the process' own terminal.
fn pane_title(seat: &Seat) -> Result<Option<String>, Trouble> {
    let Some(pane) = &seat.pane else { return Ok(None) };
    let answer = match version::refusal(pane.version.as_deref()) {
        Some(why) => Err(Trouble::Refused(why)),
        None => tmux::title(pane),
    };
    let answer = match answer {
        // A server that is gone or is not asked was further out.
        Err(trouble) if seat.window.is_some() && trouble.is_for_good() => None,
        answer => answer?,
    };
    let is_own = |tty: &str| fs::metadata(tty).is_ok_and(|facts| facts.rdev() == seat.terminal);
    Ok(answer.filter(|(tty, _)| is_own(tty)).map(|(_, title)| title))
}
