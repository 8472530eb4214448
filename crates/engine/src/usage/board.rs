//! Takes buckets and makes the board: days, hours of the week, projects, models and agents in one pass.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use topside_model::{
    AgentId, AgentUse, Billing, Bucket, DayUse, Lineage, ModelTally, Period, ProjectUse, Tally, TimeZone, Timestamp,
    TurnUse, UsageBoard, UsageQuery, WeekHours,
};

use super::family::Families;
use super::fold::Models;
use super::rates::{PriceOf, Rates};
use super::recent::Recent;
use super::sums::{Sum, Sums, parts};
use super::turned::{TurnCounts, Turns};

/// A board in the making.
#[derive(Debug)]
pub struct BoardFold<'a> {
    billings: &'a [Billing],
    families: Families<'a>,
    models: Models<'a>,
    recent: Recent,
    cells: Sums<Cell>,
    hours: WeekHours,
    turns: Turns,
}

/// Replies that are summed: they go into the same lines of the board and are priced alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Cell {
    /// Days before today, where the board has that day.
    age: Option<usize>,
    /// Days from 1970 to their day of UTC, on which prices depend.
    day: Option<i64>,
    /// Place of their agent, and of their project; those of older days need neither.
    agent: u32,
    project: u32,
    /// Place of their billing.
    billing: u32,
    /// Which parts their usage has.
    parts: u8,
}

impl<'a> BoardFold<'a> {
    /// A board of the moment `now` in `zone` that nothing was added to yet, on what `sessions` did under `billings`.
    pub fn new(zone: TimeZone, now: Timestamp, sessions: &'a [Lineage], billings: &'a [Billing]) -> Self {
        Self {
            billings,
            families: Families::new(sessions, &UsageQuery::all(Period::Daily, zone.clone())),
            models: Models::new(billings),
            recent: Recent::new(zone, now),
            cells: Sums::default(),
            hours: WeekHours::default(),
            turns: Turns::default(),
        }
    }

    /// Adds a bucket, whose places are those of the sessions and billings given at first.
    pub fn add(&mut self, bucket: &Bucket) {
        let Some(member) = self.families.member(bucket.session) else { return };
        let moment = self.recent.moment(bucket.start);
        if let Some((weekday, hour)) = moment.hour {
            self.hours.0[weekday][hour] += bucket.usage.total();
        }
        let first = bucket.span.map(|(first, _)| first).filter(|_| member.top as usize == bucket.session);
        self.turns.replies(member.agent, member.top, moment.age, first);
        let (agent, project) = match moment.age {
            Some(0..UsageBoard::MONTH_DAYS) => (member.agent, member.project),
            Some(_) => (member.agent, 0),
            None => (0, 0),
        };
        let (billing, parts) = (bucket.billing as u32, parts(&bucket.usage));
        let cell = Cell { age: moment.age, day: moment.day, agent, project, billing, parts };
        self.cells.add(cell, &Sum::from(bucket));
    }

    /// Adds turns that the session of that place began on one day of the board's zone, the first of them at `first`. What
    /// helpers do belongs to the turns of the session that nobody started.
    pub fn add_turns(&mut self, session: usize, first: Timestamp, turns: u64) {
        let Some(member) = self.families.member(session).filter(|member| member.top as usize == session) else {
            return;
        };
        let age = self.recent.age(self.recent.zone().to_datetime(first).date());
        self.turns.told(member.agent, member.top, age, first, turns);
    }

    /// The board on everything that was added.
    pub fn board(self, price: &'a PriceOf<'a>) -> UsageBoard {
        let mut draft = Draft::default();
        let mut rates = Rates::new(price, self.billings);
        for (cell, sum) in self.cells.iter() {
            let tally = rates.tally(cell.billing, cell.day, sum);
            draft.add(&cell, self.models.place(cell.billing as usize), &tally);
        }
        let turns = self.turns.counts();
        let agents = self.agents(&draft.days, &turns);
        let mut day = |age| self.day(age, draft.days.remove(&age).unwrap_or_default(), &turns);
        let days = (0..UsageBoard::DAYS).rev().map(&mut day).collect();
        let named = draft.projects.into_iter().map(|(place, tally)| (self.families.project(place), tally));
        let mut projects: Vec<ProjectUse> =
            by_tokens(named).map(|(project, tally)| ProjectUse { project: project.cloned(), tally }).collect();
        let more_projects = projects.len().saturating_sub(UsageBoard::PROJECTS) as u64;
        projects.truncate(UsageBoard::PROJECTS);
        UsageBoard {
            zone: self.recent.zone().clone(),
            today: self.recent.today(),
            days,
            hours: self.hours,
            projects,
            more_projects,
            models: self.tallies(draft.models),
            agents,
            day: draft.day,
            week: draft.week,
            month: draft.month,
            all: draft.all,
        }
    }

    fn day(&self, age: usize, draft: DayDraft, turns: &TurnCounts) -> DayUse {
        let mut tally = Tally::default();
        draft.models.values().for_each(|part| tally += part);
        let counts: Option<Vec<u64>> =
            draft.agents.keys().map(|agent| turns.get(&(*agent, age)).copied().flatten()).collect();
        let turns = counts.filter(|counts| !counts.is_empty()).map(|counts| counts.iter().sum());
        DayUse { date: self.recent.date(age), tally, models: self.tallies(draft.models), turns }
    }

    /// Agents of the last thirty of these days.
    fn agents(&self, days: &BTreeMap<usize, DayDraft>, counts: &TurnCounts) -> Vec<AgentUse> {
        let mut sums: BTreeMap<&AgentId, (Tally, TurnUse)> = BTreeMap::new();
        for (age, draft) in days.range(..UsageBoard::MONTH_DAYS) {
            for (place, tally) in &draft.agents {
                let agent = self.families.agent(*place);
                let (whole, turns) = sums.entry(agent).or_default();
                *whole += tally;
                if let Some(Some(told)) = counts.get(&(*place, *age)) {
                    turns.count += told;
                    turns.tally += tally;
                }
            }
        }
        let of = |(agent, (tally, turns)): (&AgentId, (Tally, TurnUse))| AgentUse {
            agent: agent.clone(),
            tally,
            turns: (turns.tally.replies > 0).then_some(turns),
        };
        let mut agents: Vec<AgentUse> = sums.into_iter().map(of).collect();
        agents.sort_by_key(|agent| Reverse(agent.tally.usage.total()));
        agents
    }

    fn tallies(&self, models: BTreeMap<u32, Tally>) -> Vec<ModelTally> {
        let named = models.into_iter().map(|(place, tally)| (self.models.model(place), tally));
        by_tokens(named).map(|(model, tally)| ModelTally { model: model.cloned(), tally }).collect()
    }
}

/// Tallies by what they are of, most tokens first.
fn by_tokens<K: Ord>(lots: impl Iterator<Item = (K, Tally)>) -> impl Iterator<Item = (K, Tally)> {
    let mut lots: Vec<(K, Tally)> = lots.collect();
    lots.sort_by(|(one, less), (other, more)| more.usage.total().cmp(&less.usage.total()).then_with(|| one.cmp(other)));
    lots.into_iter()
}

/// Everything that is told apart, by place.
#[derive(Debug, Default)]
struct Draft {
    days: BTreeMap<usize, DayDraft>,
    projects: BTreeMap<u32, Tally>,
    models: BTreeMap<u32, Tally>,
    day: Tally,
    week: Tally,
    month: Tally,
    all: Tally,
}

/// One day, by place.
#[derive(Debug, Default)]
struct DayDraft {
    models: BTreeMap<u32, Tally>,
    agents: BTreeMap<u32, Tally>,
}

impl Draft {
    fn add(&mut self, cell: &Cell, model: u32, tally: &Tally) {
        self.all += tally;
        let Some(age) = cell.age else { return };
        let day = self.days.entry(age).or_default();
        *day.models.entry(model).or_default() += tally;
        *day.agents.entry(cell.agent).or_default() += tally;
        if age == 0 {
            self.day += tally;
        }
        if age < UsageBoard::WEEK_DAYS {
            self.week += tally;
        }
        if age < UsageBoard::MONTH_DAYS {
            self.month += tally;
            *self.projects.entry(cell.project).or_default() += tally;
            *self.models.entry(model).or_default() += tally;
        }
    }
}
