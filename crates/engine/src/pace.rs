//! How long a session's model takes to answer.

use std::collections::BTreeMap;
use std::time::Duration;

use topside_model::{Origin, Timestamp, elapsed};

/// Requests and replies kept: enough for some dozens of answers. The oldest go first.
const KEPT: usize = 128;

/// The latest requests to the model and what came of them.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    kept: BTreeMap<Origin, (Step, Timestamp)>,
    /// Where the step that was let go of last stands. Nothing up to there comes back.
    horizon: Option<Origin>,
}

/// Whose turn it is after a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// The model was asked: by a prompt, or by the result of a call.
    Asked,
    /// Something came of the model.
    Answered,
}

impl Pace {
    pub(crate) fn note(&mut self, origin: Origin, at: Option<Timestamp>, step: Step) {
        let Some(at) = at.filter(|_| self.horizon < Some(origin)) else { return };
        self.kept.insert(origin, (step, at));
        if self.kept.len() > KEPT {
            self.horizon = self.kept.pop_first().map(|(origin, _)| origin);
        }
    }

    /// From each request to the first that came of the model.
    pub(crate) fn answers(&self) -> impl Iterator<Item = Duration> {
        let pairs = self.kept.values().zip(self.kept.values().skip(1));
        let answers = pairs.filter(|((before, _), (step, _))| (*before, *step) == (Step::Asked, Step::Answered));
        answers.map(|((_, asked), (_, answered))| elapsed(*asked, *answered))
    }
}
