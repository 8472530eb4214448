//! Carries out what the screen asks for, on a thread of its own: ending a process takes seconds.

use std::sync::Arc;
use std::thread;

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};
use topside_catalog::ending;
use topside_catalog::text::neutralise;
use topside_model::{Ending, ProcessRef, SessionKey, Snapshot};
use topside_tui::{Effect, StopOrder, Told};

use super::hands::Hands;
use super::jump;
use super::stop::{self, Leave};

/// Orders that wait at most; a person cannot give more in the seconds one takes.
const WAITING: usize = 16;

/// Who carries out what the screen asks for.
pub(crate) struct Actor {
    orders: Sender<Effect>,
    /// What came of it.
    pub(crate) told: Receiver<Told>,
    /// Who listens must not wake for nothing once the thread is gone.
    _open: Sender<Told>,
}

impl Actor {
    /// One that acts on this machine.
    pub(crate) fn start(hands: Box<dyn Hands>, latest: impl Fn() -> Arc<Snapshot> + Send + 'static) -> Self {
        Self::answering(move |effect| answer(effect, &latest(), &*hands))
    }

    /// One for a simulated fleet, of which nothing can be ended.
    pub(crate) fn of_demo() -> Self {
        Self::answering(|_| Some(Told::Done("This fleet is simulated: nothing was done.".to_owned())))
    }

    fn answering(answer: impl Fn(Effect) -> Option<Told> + Send + 'static) -> Self {
        let ((orders, taken), (tell, told)) = (bounded(WAITING), unbounded());
        let open = tell.clone();
        thread::spawn(move || {
            for effect in taken {
                if answer(effect).is_some_and(|answer| tell.send(answer).is_err()) {
                    return;
                }
            }
        });
        Self { orders, told, _open: open }
    }

    /// Takes an order.
    pub(crate) fn carry_out(&self, effect: Effect) {
        // One too many is one that a person gives again.
        self.orders.try_send(effect).ok();
    }
}

/// Does what was asked for; says what came of it.
fn answer(effect: Effect, snapshot: &Snapshot, hands: &dyn Hands) -> Option<Told> {
    match effect {
        Effect::Quit => None,
        Effect::Stop(order) => Some(stop_all(order, hands)),
        Effect::Jump(key) => Some(jump_to(&key, snapshot, hands)),
    }
}

/// Brings the terminal of a session to the front.
fn jump_to(key: &SessionKey, snapshot: &Snapshot, hands: &dyn Hands) -> Told {
    let Some(session) = snapshot.sessions.iter().find(|session| session.key == *key) else {
        return Told::Failed("The session is gone.".to_owned());
    };
    match jump::by_key(session, snapshot, hands) {
        Ok(line) => Told::Done(line),
        Err(lost) => Told::Failed(neutralise(&format!("No way there: {lost}."))),
    }
}

/// Ends what a person agreed to end.
fn stop_all(order: StopOrder, hands: &dyn Hands) -> Told {
    let mut left: Vec<Ending> = Vec::new();
    let mut ended = Vec::new();
    for mut ending in order.endings {
        let what = ending::title(&ending);
        if let Err(refusal) = stop::check(&ending, Leave::default(), hands) {
            return Told::Failed(format!("{what} goes on: {refusal}"));
        }
        let processes: Vec<ProcessRef> = ending.processes.iter().map(|view| view.process).collect();
        let outcome = if order.force { stop::force(&processes, hands) } else { stop::ask(&processes, hands) };
        if let Some((pid, error)) = outcome.faults.first() {
            return Told::Failed(format!("{what} goes on: pid {pid}: {error}"));
        }
        ending.processes.retain(|view| outcome.left.contains(&view.process));
        if ending.processes.is_empty() {
            ended.push(what);
        } else {
            left.push(ending);
        }
    }
    match (left.is_empty(), order.force) {
        (true, _) => Told::Done(format!("Ended: {}.", ended.join(", "))),
        (false, false) => Told::Left(StopOrder { endings: left, force: true }),
        (false, true) => {
            let pids: Vec<String> =
                left.iter().flat_map(|ending| &ending.processes).map(|view| view.process.pid.to_string()).collect();
            Told::Failed(format!("Still running after SIGKILL: pid {}.", pids.join(", ")))
        }
    }
}
