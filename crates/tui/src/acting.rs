//! Keys that act on the world: what they are about, and what a person is asked first.

use std::collections::BTreeSet;

use crossterm::event::KeyCode;
use topside_catalog::ending;
use topside_model::{Ending, Leftover, LeftoverKind, ProcessRef, Session, Snapshot, StatusGroup};

use crate::msg::{Effect, StopOrder, Told};
use crate::panel::{ports, reclaim};
use crate::screen::{Overlay, Screen, Tab};

/// Said while something that was asked to end takes its time.
const WAITING: &str = "Waiting for it to end…";
const NOTHING_RUNS: &str = "Nothing of it runs.";

/// What the screen remembers of acting.
#[derive(Debug, Clone)]
pub(crate) struct Acting {
    /// False for a screen that only looks.
    pub(crate) allowed: bool,
    /// What a person is asked to agree to.
    pub(crate) question: Option<StopOrder>,
    /// True once the question stood on the terminal: what was typed before that is no answer to it.
    seen: bool,
    /// What is asked next, when the question is answered.
    later: Option<StopOrder>,
    /// What covered the list before the question.
    before: Option<Overlay>,
    /// Leftovers that are to end together, by the process that ends first.
    pub(crate) marked: BTreeSet<ProcessRef>,
    /// What came of the last thing done; shown until the next key, but not over an open question.
    pub(crate) notice: Option<String>,
}

impl Default for Acting {
    fn default() -> Self {
        let (question, later, before, marked) = (None, None, None, BTreeSet::new());
        Self { allowed: true, question, seen: false, later, before, marked, notice: None }
    }
}

/// Takes a key that acts, or any while a question is open. `None` for one that is not about acting.
pub(crate) fn press(screen: &mut Screen, snapshot: &Snapshot, key: KeyCode) -> Option<Vec<Effect>> {
    if screen.overlay == Some(Overlay::Stop) {
        return answer(screen, key);
    }
    screen.acting.notice = None;
    match key {
        KeyCode::Char('x') if screen.acting.allowed => {
            match aim(screen, snapshot) {
                Ok(endings) => ask(screen, StopOrder { endings, force: false }),
                Err(why) => screen.acting.notice = Some(why),
            }
            Some(Vec::new())
        }
        KeyCode::Char(' ') if screen.acting.allowed && screen.overlay == Some(Overlay::Reclaim) => {
            mark(screen, snapshot);
            Some(Vec::new())
        }
        KeyCode::Char('f') if screen.acting.allowed && screen.overlay.is_none() => {
            Some(screen.selected().cloned().map(Effect::Jump).into_iter().collect())
        }
        _ => None,
    }
}

/// True where `f` leads to a terminal: what is over has none.
pub(crate) fn can_jump(screen: &Screen, snapshot: &Snapshot) -> bool {
    let runs = |session: &Session| session.group() != StatusGroup::Over;
    screen.acting.allowed && screen.overlay.is_none() && screen.selected_session(snapshot).is_some_and(runs)
}

/// True where `x` asks whether something shall end.
pub(crate) fn can_end(screen: &Screen, snapshot: &Snapshot) -> bool {
    screen.acting.allowed && aim(screen, snapshot).is_ok()
}

/// Takes what came of an effect.
pub(crate) fn told(screen: &mut Screen, told: Told) {
    match told {
        Told::Done(line) | Told::Failed(line) => screen.acting.notice = Some(line),
        Told::Left(order) if screen.acting.question.is_none() => {
            screen.acting.notice = None;
            ask(screen, order);
        }
        // The open question keeps its place: the answer to it must not be taken for one to this.
        Told::Left(order) if screen.acting.later.is_none() => screen.acting.later = Some(order),
        Told::Left(order) => {
            let titles: Vec<String> = order.endings.iter().map(ending::title).collect();
            screen.acting.notice = Some(format!("Still running: {}.", titles.join(", ")));
        }
    }
}

/// A frame with the screen as it is goes to the terminal before the next key is taken.
pub(crate) fn painted(screen: &mut Screen) {
    screen.acting.seen = true;
}

/// Asks a person to agree.
fn ask(screen: &mut Screen, order: StopOrder) {
    if screen.overlay != Some(Overlay::Stop) {
        screen.acting.before = screen.overlay;
    }
    screen.acting.question = Some(order);
    screen.acting.seen = false;
    screen.overlay = Some(Overlay::Stop);
    screen.scroll = 0;
}

/// While a question is open, `y` agrees, and every key that leaves takes it back.
fn answer(screen: &mut Screen, key: KeyCode) -> Option<Vec<Effect>> {
    let order = match key {
        KeyCode::Char('y') if screen.acting.seen => screen.acting.question.take(),
        KeyCode::Esc | KeyCode::Char('n' | 'q') => {
            screen.acting.question = None;
            None
        }
        KeyCode::Up | KeyCode::Down | KeyCode::PageUp | KeyCode::PageDown | KeyCode::Char('j' | 'k') => return None,
        _ => return Some(Vec::new()),
    };
    screen.overlay = screen.acting.before.take();
    screen.scroll = 0;
    if order.is_some() {
        screen.acting.marked.clear();
        let unread = screen.acting.notice.take().filter(|unread| unread != WAITING);
        screen.acting.notice = Some(unread.map_or(WAITING.to_owned(), |unread| format!("{unread} {WAITING}")));
    }
    if let Some(order) = screen.acting.later.take() {
        ask(screen, order);
    }
    Some(order.map(Effect::Stop).into_iter().collect())
}

/// What `x` is about: the process or port under the cursor, else the session.
fn aim(screen: &Screen, snapshot: &Snapshot) -> Result<Vec<Ending>, String> {
    let found = match screen.overlay {
        Some(Overlay::Ports) => {
            let port = ports::sorted(snapshot).get(screen.cursor).copied();
            let port = port.ok_or("No port is selected.")?;
            let process = port.port.process.ok_or("It is not known which process has this port.")?;
            snapshot.ending_at(process.pid)
        }
        Some(Overlay::Reclaim) => return left_over(screen, snapshot),
        Some(_) => return Err("Nothing here can be ended.".to_owned()),
        None => {
            let session = screen.selected_session(snapshot).ok_or("No session is selected.")?;
            let process = session.processes.get(screen.cursor).filter(|_| on_processes(screen));
            process.map_or_else(|| snapshot.ending_of(session), |process| snapshot.ending_at(process.process.pid))
        }
    };
    let found = found.ok_or(NOTHING_RUNS)?;
    match ending::objection(&found) {
        Some(why) => Err(format!("Not ended: {why}. `topside stop --force` ends it all the same.")),
        None => Ok(vec![found]),
    }
}

/// The leftovers that are marked, else the one under the cursor.
fn left_over(screen: &Screen, snapshot: &Snapshot) -> Result<Vec<Ending>, String> {
    let is_marked =
        |one: &&Leftover| one.processes.first().is_some_and(|first| screen.acting.marked.contains(&first.process));
    let marked: Vec<Ending> = snapshot.leftovers.iter().filter(is_marked).filter_map(Leftover::ending).collect();
    if !marked.is_empty() {
        return Ok(marked);
    }
    let chosen = snapshot.leftovers.get(screen.cursor).ok_or("Nothing is left over.")?;
    let why = || match &chosen.kind {
        LeftoverKind::Worktree(worktree) => reclaim::removal(worktree),
        _ => NOTHING_RUNS.to_owned(),
    };
    Ok(vec![chosen.ending().ok_or_else(why)?])
}

/// Marks the leftover under the cursor, or takes its mark away, and goes to the next.
fn mark(screen: &mut Screen, snapshot: &Snapshot) {
    let Some(first) = snapshot.leftovers.get(screen.cursor).and_then(|one| one.processes.first()) else { return };
    if !screen.acting.marked.remove(&first.process) {
        screen.acting.marked.insert(first.process);
    }
    screen.cursor = (screen.cursor + 1).min(snapshot.leftovers.len().saturating_sub(1));
}

/// True when the cursor is on the processes of a session.
pub(crate) fn on_processes(screen: &Screen) -> bool {
    screen.acting.allowed && screen.overlay.is_none() && screen.focused && screen.tab == Tab::Processes
}

/// Moves the cursor among `processes` of the open page, and gives back the steps that lead past its ends.
pub(crate) fn step(screen: &mut Screen, processes: usize, steps: isize) -> isize {
    let before = screen.cursor;
    screen.cursor = before.saturating_add_signed(steps).min(processes.saturating_sub(1));
    let moved = screen.cursor.cast_signed() - before.cast_signed();
    if moved != 0 {
        // The heading of the table stands above the processes.
        let (line, height) = (screen.cursor + 1, usize::from(screen.areas.detail.height));
        screen.scroll = screen.scroll.clamp((line + 1).saturating_sub(height.max(2)), screen.cursor);
    }
    steps.saturating_sub(moved)
}
