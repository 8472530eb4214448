//! Carries out what the screen asks for, on a thread of its own: ending a process takes seconds.

use std::sync::Arc;
use std::thread;

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};
use topside_catalog::ending;
use topside_catalog::text::neutralise;
use topside_model::{Ending, SessionKey, Snapshot};
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
    /// Kept open: who listens must not wake for nothing once the thread is gone.
    tell: Sender<Told>,
}

impl Actor {
    /// One that acts on this machine.
    pub(crate) fn start(hands: Box<dyn Hands>, latest: impl Fn() -> Arc<Snapshot> + Send + 'static) -> Self {
        Self::answering(move |effect| answer(effect, &latest(), &*hands))
    }

    /// One for a simulated fleet, of which nothing can be ended.
    pub(crate) fn of_demo() -> Self {
        Self::answering(|_| vec![Told::Done("This fleet is simulated: nothing was done.".to_owned())])
    }

    fn answering(answer: impl Fn(Effect) -> Vec<Told> + Send + 'static) -> Self {
        let ((orders, taken), (tell, told)) = (bounded(WAITING), unbounded());
        let answers = tell.clone();
        thread::spawn(move || {
            for effect in taken {
                if answer(effect).into_iter().any(|answer| answers.send(answer).is_err()) {
                    return;
                }
            }
        });
        Self { orders, told, tell }
    }

    /// Takes an order.
    pub(crate) fn carry_out(&self, effect: Effect) {
        if self.orders.try_send(effect).is_err() {
            // Nobody listens any more where this cannot be told.
            self.tell
                .send(Told::Failed("Nothing was done: what was asked for before still takes its time.".to_owned()))
                .ok();
        }
    }
}

/// Does what was asked for; says what came of it.
fn answer(effect: Effect, snapshot: &Snapshot, hands: &dyn Hands) -> Vec<Told> {
    match effect {
        Effect::Quit => Vec::new(),
        Effect::Stop(order) => stop_all(order, hands),
        Effect::Jump(key) => vec![jump_to(&key, snapshot, hands)],
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

/// Ends what a person agreed to end. What must not end does not keep the rest from it.
fn stop_all(order: StopOrder, hands: &dyn Hands) -> Vec<Told> {
    let mut left: Vec<Ending> = Vec::new();
    let (mut ended, mut refused) = (Vec::new(), Vec::new());
    for mut ending in order.endings {
        let what = ending::title(&ending);
        if let Err(refusal) = stop::check(&ending, Leave::default(), hands) {
            refused.push(format!("Not ended: {what}: {refusal}."));
            continue;
        }
        let processes = ending.refs();
        let outcome = if order.force { stop::force(&processes, hands) } else { stop::ask(&processes, hands) };
        if let Some((pid, error)) = outcome.faults.first() {
            refused.push(format!("Not ended: {what}: pid {pid}: {error}."));
            continue;
        }
        ending.processes.retain(|view| outcome.left.contains(&view.process));
        if ending.processes.is_empty() {
            ended.push(what);
        } else {
            left.push(ending);
        }
    }
    if order.force && !left.is_empty() {
        let pids: Vec<String> =
            left.iter().flat_map(|ending| &ending.processes).map(|view| view.process.pid.to_string()).collect();
        refused.push(format!("Still running after SIGKILL: pid {}.", pids.join(", ")));
        left.clear();
    }
    let asks = (!left.is_empty()).then_some(Told::Left(StopOrder { endings: left, force: true }));
    let done = (!ended.is_empty()).then(|| format!("Ended: {}.", ended.join(", ")));
    let line = done.iter().chain(&refused).cloned().collect::<Vec<_>>().join(" ");
    let says = match (refused.is_empty(), asks.is_none()) {
        (true, true) => Some(Told::Done(line)),
        (false, _) => Some(Told::Failed(line)),
        (true, false) => None,
    };
    asks.into_iter().chain(says).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::act::hands::{Deed, FakeHands, Signal, Subject, User, ending, process};

    #[test]
    fn what_must_not_end_does_not_keep_the_rest_from_it() {
        let subject = |user| Subject { user, stubborn: false };
        let theirs = subject(User::Other(Some(1000)));
        let hands = FakeHands::with([(process(2), theirs), (process(3), subject(User::Same))]);
        let told = stop_all(StopOrder { endings: vec![ending(&[2], 0), ending(&[3], 0)], force: false }, &hands);
        assert!(hands.deeds().contains(&Deed::Sent(3, Signal::Terminate)));
        let [Told::Failed(line)] = told.as_slice() else { panic!("{told:?}") };
        assert!(line.starts_with("Ended: ") && line.contains("pid 2 belongs to the user"), "{line}");
    }
}
