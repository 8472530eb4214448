//! Ends processes: asked first, and only then by force.

use std::io;
use std::time::Duration;

use topside_catalog::ending::objection;
use topside_model::{Ending, ProcessRef};

use super::hands::{Hands, Signal, User};

/// Time an agent has to put things in order.
const GRACE: Duration = Duration::from_secs(5);
/// Time everything else has.
const SHORT_GRACE: Duration = Duration::from_secs(2);

/// What a person allowed beyond the usual.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Leave {
    /// Processes of other users may end.
    pub(crate) any_user: bool,
    /// Other sessions may end with it.
    pub(crate) others: bool,
}

/// Why something is not ended; completes "failed to stop …:".
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    /// topside would end itself.
    #[error("pid {0} is topside itself or what it runs in; end it where you started it")]
    Itself(u32),
    /// It is somebody else's.
    #[error("pid {pid} belongs to {}; only --any-user ends it", whose(*user))]
    OtherUser {
        /// The process.
        pid: u32,
        /// Its user, where that is known.
        user: Option<u32>,
    },
    /// Other sessions would end.
    #[error("{0}; only `topside stop --force` ends it")]
    Others(String),
    /// The machine does not answer.
    #[error("cannot look at pid {0}")]
    Machine(u32, #[source] io::Error),
}

fn whose(user: Option<u32>) -> String {
    user.map_or_else(|| "a user who is not known".to_owned(), |user| format!("the user with the number {user}"))
}

/// An error where something of it must not be ended.
pub(crate) fn check(ending: &Ending, leave: Leave, hands: &dyn Hands) -> Result<(), Refusal> {
    let ancestry = hands.ancestry();
    for process in ending.refs() {
        let pid = process.pid;
        if ancestry.contains(&pid) {
            return Err(Refusal::Itself(pid));
        }
        let user = hands.user(process).map_err(|error| Refusal::Machine(pid, error))?;
        if let Some(User::Other(user)) = user
            && !leave.any_user
        {
            return Err(Refusal::OtherUser { pid, user });
        }
    }
    objection(ending).filter(|_| !leave.others).map_or(Ok(()), |why| Err(Refusal::Others(why)))
}

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// What still runs.
    pub(crate) left: Vec<ProcessRef>,
    /// What could not be told to end, and why.
    pub(crate) faults: Vec<(u32, io::Error)>,
}

impl Outcome {
    /// True when everything is gone.
    pub(crate) fn is_done(&self) -> bool {
        self.left.is_empty() && self.faults.is_empty()
    }
}

/// Asks processes to end and waits for it: the first one alone, since an agent ends what it started by itself; then
/// those it left. While the first one goes on, nothing is taken away from under it.
pub(crate) fn ask(processes: &[ProcessRef], hands: &dyn Hands) -> Outcome {
    let Some((first, rest)) = processes.split_first() else { return Outcome::default() };
    let mut outcome = tell(&[*first], Signal::Terminate, GRACE, hands);
    let rest = if outcome.is_done() {
        tell(rest, Signal::Terminate, SHORT_GRACE, hands)
    } else {
        settle(rest, Duration::ZERO, hands)
    };
    outcome.left.extend(rest.left);
    outcome.faults.extend(rest.faults);
    outcome
}

/// Ends processes without asking them.
pub(crate) fn force(processes: &[ProcessRef], hands: &dyn Hands) -> Outcome {
    tell(processes, Signal::Kill, SHORT_GRACE, hands)
}

fn tell(processes: &[ProcessRef], signal: Signal, grace: Duration, hands: &dyn Hands) -> Outcome {
    let mut faults = Vec::new();
    for process in processes {
        if let Err(error) = hands.signal(*process, signal) {
            faults.push((process.pid, error));
        }
    }
    let mut outcome = settle(processes, grace, hands);
    faults.append(&mut outcome.faults);
    Outcome { faults, ..outcome }
}

/// Waits for the end of processes; those of which it cannot be told count as running.
fn settle(processes: &[ProcessRef], grace: Duration, hands: &dyn Hands) -> Outcome {
    if processes.is_empty() {
        return Outcome::default();
    }
    match hands.wait(processes, grace) {
        Ok(left) => Outcome { left, faults: Vec::new() },
        Err(error) => Outcome { left: processes.to_vec(), faults: vec![(processes[0].pid, error)] },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::act::hands::{Deed, FakeHands, Subject, ending, process};

    const MINE: Subject = Subject { user: User::Same, stubborn: false };
    const STUBBORN: Subject = Subject { stubborn: true, ..MINE };
    const THEIRS: Subject = Subject { user: User::Other(Some(1000)), stubborn: false };

    /// Checks what is done to processes that behave like this, and which of them are left.
    #[track_caller]
    fn check_asked(subjects: &[Subject], deeds: &[Deed], left: &[u32]) {
        let pids = 1..;
        let running: Vec<(ProcessRef, Subject)> = pids.map(process).zip(subjects.iter().copied()).collect();
        let hands = FakeHands::with(running.clone());
        let processes: Vec<ProcessRef> = running.iter().map(|(process, _)| *process).collect();
        let outcome = ask(&processes, &hands);
        assert_eq!(hands.deeds(), deeds);
        assert_eq!(outcome.left.iter().map(|process| process.pid).collect::<Vec<_>>(), left);
    }

    #[test]
    fn the_agent_ends_before_what_it_started_is_told_to() {
        use Deed::{Sent, Waited};
        use Signal::Terminate;
        check_asked(&[MINE], &[Sent(1, Terminate), Waited(1)], &[]);
        let both = [Sent(1, Terminate), Waited(1), Sent(2, Terminate), Sent(3, Terminate), Waited(2)];
        check_asked(&[MINE, MINE, MINE], &both, &[]);
        check_asked(&[MINE, MINE, STUBBORN], &both, &[3]);
        check_asked(&[STUBBORN, MINE, MINE], &[Sent(1, Terminate), Waited(1), Waited(2)], &[1, 2, 3]);
    }

    #[test]
    fn force_ends_what_does_not_listen() {
        let hands = FakeHands::with([(process(1), STUBBORN), (process(2), MINE)]);
        assert!(force(&[process(1), process(2), process(3)], &hands).is_done());
        assert_eq!(hands.deeds(), [Deed::Sent(1, Signal::Kill), Deed::Sent(2, Signal::Kill), Deed::Waited(3)]);
    }

    /// Checks what keeps these processes from being ended.
    #[track_caller]
    fn check_refused(ending: &Ending, leave: Leave, expected: Option<&str>) {
        let mut hands = FakeHands::with([(process(2), MINE), (process(3), THEIRS)]);
        hands.ancestry = vec![9, 1];
        let refused = check(ending, leave, &hands).err().map(|error| error.to_string());
        assert_eq!(refused.as_deref(), expected);
        assert_eq!(hands.deeds(), [], "asking does nothing");
    }

    #[test]
    fn some_things_are_not_ended_unless_that_is_asked_for() {
        let usual = Leave::default();
        check_refused(&ending(&[2], 0), usual, None);
        check_refused(&ending(&[4], 0), usual, None);
        let theirs = "pid 3 belongs to the user with the number 1000; only --any-user ends it";
        check_refused(&ending(&[2, 3], 0), usual, Some(theirs));
        check_refused(&ending(&[2, 3], 0), Leave { any_user: true, ..usual }, None);
        let others = "pid 2 has another session loaded, which would end too; only `topside stop --force` ends it";
        check_refused(&ending(&[2], 1), usual, Some(others));
        check_refused(&ending(&[2], 1), Leave { others: true, ..usual }, None);
    }

    #[test]
    fn topside_never_ends_itself() {
        let everything = Leave { any_user: true, others: true };
        let itself = "pid 9 is topside itself or what it runs in; end it where you started it";
        check_refused(&ending(&[2, 9], 0), everything, Some(itself));
    }
}
