//! The figures that an agent gave its status line, as far as they still hold.

use std::collections::BTreeMap;
use std::time::Duration;

use topside_model::{
    Context, Evidence, Figures, Money, ReportedCost, ReportedFor, SessionKey, Strength, Tokens, WindowSource, elapsed,
};

use crate::session::Facts;
use crate::signal::bound;

/// A status line is shown soon after each reply. Figures that lag behind more than this are of an earlier time.
const SOON: Duration = Duration::from_mins(1);
/// Sessions whose figures are remembered; status lines show figures of sessions that nobody looks at, too.
const KEPT: usize = 1_000;

/// The figures that agents last gave their status lines, by session.
#[derive(Debug, Default)]
pub(crate) struct Given(BTreeMap<SessionKey, Figures>);

impl Given {
    /// Takes figures, unless those that are known are as late. True when they are news.
    pub(crate) fn take(&mut self, key: &SessionKey, figures: Figures) -> bool {
        let is_news = self.of(key).is_none_or(|known| known.at < figures.at);
        if is_news {
            self.0.insert(key.clone(), figures);
        }
        is_news
    }

    /// Lets go of the oldest where there are too many.
    pub(crate) fn bound(&mut self) {
        bound(&mut self.0, KEPT, |figures| figures.at);
    }

    /// The figures of a session.
    pub(crate) fn of(&self, key: &SessionKey) -> Option<&Figures> {
        self.0.get(key)
    }
}

/// True when no reply came that they do not cover.
fn is_current(facts: &Facts, figures: &Figures) -> bool {
    facts.replied.is_none_or(|replied| elapsed(figures.at, replied) <= SOON)
}

/// The context; `configured` is the window that the session's process was started with, and wins: status lines are known
/// to give a smaller one.
pub(crate) fn context(facts: &Facts, configured: Option<Tokens>, figures: Option<&Figures>) -> Context {
    let context = facts.context(configured);
    let stated = figures.filter(|figures| is_current(facts, figures)).and_then(|figures| figures.window);
    let is_better = context.window_from.is_none_or(|from| from > WindowSource::Configured);
    // A window that is smaller than what was once in it is wrong.
    match stated.filter(|window| is_better && facts.context(Some(*window)).window == Some(*window)) {
        Some(window) => Context { window: Some(window), window_from: Some(WindowSource::Stated), ..context },
        None => context,
    }
}

/// The agent's own figure of what the session cost; a figure in its records wins.
pub(crate) fn cost(facts: &Facts, figures: Option<&Figures>, list: Option<Money>) -> Option<ReportedCost> {
    facts.reported_cost(list).or_else(|| {
        let figures = figures?;
        let outdated = !is_current(facts, figures);
        let list = list.filter(|_| !outdated);
        Some(ReportedCost { money: figures.cost?, covers: ReportedFor::Session { outdated }, list })
    })
}

/// Where the figures come from.
pub(crate) fn evidence(facts: &Facts, figures: &Figures) -> Option<Evidence> {
    let signal = "figures the agent gave its status line".to_owned();
    is_current(facts, figures).then(|| Evidence {
        about: "context",
        signal,
        place: figures.place.clone(),
        at: Some(figures.at),
        strength: Strength::Live,
    })
}
