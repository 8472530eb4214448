//! How many turns there were, where all are known.

use std::collections::BTreeMap;

use topside_model::Timestamp;

/// Turns by place of the agent and by day, as days before today; `None` where some are not known.
pub(super) type TurnCounts = BTreeMap<(u32, usize), Option<u64>>;

/// What is known of turns.
///
/// Those that were seen are told of, and not those before them: the first ones of a session may be missing, and so may
/// those of a time in which nobody watched. Replies of a session show on which days there must have been turns.
#[derive(Debug, Default)]
pub(super) struct Turns {
    /// By place of the session.
    courses: BTreeMap<u32, Course>,
}

/// What is known of a session that nobody started.
#[derive(Debug, Default)]
struct Course {
    /// Place of its agent.
    agent: u32,
    /// When its first own reply came.
    first_reply: Option<Timestamp>,
    /// When the first turn began that is told of, and which day of the board that was.
    first_turn: Option<(Timestamp, Option<usize>)>,
    /// Days by how long ago they were.
    days: BTreeMap<usize, Day>,
}

/// What is known of a day of a session.
#[derive(Debug, Default)]
struct Day {
    /// True when there were replies, helpers' included.
    replied: bool,
    /// The turns that are told of, where any are.
    turns: Option<u64>,
}

impl Turns {
    /// Takes that a session or a helper of it had replies on a day, or on one that nobody asks for. `own` is when the
    /// session's own ones began.
    pub(super) fn replies(&mut self, agent: u32, session: u32, age: Option<usize>, own: Option<Timestamp>) {
        let course = self.course(agent, session);
        course.first_reply = [course.first_reply, own].into_iter().flatten().min();
        if let Some(age) = age {
            course.days.entry(age).or_default().replied = true;
        }
    }

    /// Takes turns of a session that began on a day, or on one that nobody asks for, from `first` on.
    pub(super) fn told(&mut self, agent: u32, session: u32, age: Option<usize>, first: Timestamp, turns: u64) {
        let course = self.course(agent, session);
        course.first_turn = [course.first_turn, Some((first, age))].into_iter().flatten().min();
        if let Some(age) = age {
            *course.days.entry(age).or_default().turns.get_or_insert_default() += turns;
        }
    }

    fn course(&mut self, agent: u32, session: u32) -> &mut Course {
        self.courses.entry(session).or_insert_with(|| Course { agent, ..Course::default() })
    }

    /// The turns of each agent on each day on which it had replies: known where those of all its sessions are.
    pub(super) fn counts(&self) -> TurnCounts {
        let mut counts = TurnCounts::new();
        for course in self.courses.values() {
            // True while no turn is missing right before a day: of the first one after a gap, some may be.
            let mut goes_on = course.is_told_from_the_start();
            for (age, day) in course.days.iter().rev() {
                // Turns of other days cost nothing, or are a fork's copies of what another session paid for.
                if day.replied {
                    let turns = day.turns.filter(|_| goes_on);
                    let count = counts.entry((course.agent, *age)).or_insert(Some(0));
                    *count = count.zip(turns).map(|(others, turns)| others + turns);
                }
                goes_on = day.turns.is_some();
            }
        }
        counts
    }
}

impl Course {
    /// True when no turn is missing from the first day of the board on, until one is: those that are told of began before
    /// it, or with the session's first turn, as no reply came earlier. Helpers may have been warmed up before.
    fn is_told_from_the_start(&self) -> bool {
        self.first_turn.is_some_and(|(turn, age)| age.is_none() || self.first_reply.is_some_and(|reply| turn <= reply))
    }
}
